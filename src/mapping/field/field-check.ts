// Checks of what a single field declares, beyond the form of its keys.
// Invariant: after these checks every key of a field has an effect, and no text has two meanings.
import { hasShortYear } from '../../domain/civil-date.ts'
import type { Faults } from '../fault.ts'
import type { FieldSpec } from './field-spec.ts'
import { normaliser } from './text-value.ts'

/** Adds what is wrong with the options of a field. */
export function checkField(name: string, field: FieldSpec, faults: Faults): void {
  const add = (key: string, message: string, hint: string) =>
    faults.add('CFG_VALUE', ['record', 'fields', name, key], message, hint)
  if (field.absent === 'empty' && !field.optional) {
    add('absent', 'a column that may be missing, of a field that may not', 'add `optional: true`')
  }
  if (field.split !== undefined && 'take' in field.split && field.split.take === 0) {
    add('split', 'there is no piece 0', 'write `take: 1` for the first, `take: -1` for the last')
  }
  if (field.type === 'date') checkPivot(field, add)
  if (field.type === 'boolean') checkWords(field, add)
  if (field.type === 'text' && field.values) checkValues(field.values, field, add)
  if (field.type === 'noticeNumber' && field.fromIuv) checkPrefix(field.fromIuv, add)
}

type Add = (key: string, message: string, hint: string) => void
type Of<Type extends FieldSpec['type']> = Extract<FieldSpec, { type: Type }>

function checkPivot({ formats, pivot }: Of<'date'>, add: Add): void {
  const short = formats.find(hasShortYear)
  if (short !== undefined && pivot === undefined) {
    const hint = 'add `pivot: 40`, the last year of this century: 40 is 2040, 41 is 1941'
    add('formats', `${short} has a year of two digits`, hint)
  }
  if (short === undefined && pivot !== undefined) {
    add('pivot', 'no format has a year of two digits', 'remove `pivot`')
  }
}

function checkWords({ true: yes, false: no }: Of<'boolean'>, add: Add): void {
  const upper = new Set(yes.map((word) => word.toUpperCase()))
  const both = no.find((word) => upper.has(word.toUpperCase()))
  if (both !== undefined) add('false', `${both} is both true and false`, 'remove one of them')
}

function checkValues(listed: Record<string, string>, field: Of<'text'>, add: Add): void {
  const normal = normaliser(field.normalise)
  const seen = new Map<string, string>()
  for (const value of Object.keys(listed)) {
    const same = seen.get(normal(value))
    if (same !== undefined) {
      add('values', `${same} and ${value} are the same value`, 'remove one, or see `normalise`')
    }
    seen.set(normal(value), value)
  }
}

function checkPrefix(
  { auxDigit, code }: NonNullable<Of<'noticeNumber'>['fromIuv']>,
  add: Add,
): void {
  if (auxDigit === 0 && code === undefined) {
    add('fromIuv', 'auxDigit 0 without an application code', 'add `code`, two digits in quotes')
  }
  if ((auxDigit === 1 || auxDigit === 2) && code !== undefined) {
    add('fromIuv', `auxDigit ${auxDigit} has no code`, 'remove `code`')
  }
}
