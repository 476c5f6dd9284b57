// Cells of a record → typed values, and everything that is wrong with them at once.
// Invariant: a refused value reads as null, is named in `refused`, and never reaches a notice.
import type { FieldValue } from '../../domain/notice.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { FieldSpec } from './field-spec.ts'
import { type Bad, type Doubtful, parserOf } from './value-parser.ts'

/**
 * A value that the mapping decides about: a code whose check is wrong, or that is no person's.
 * Judged later, since testers' codes are always good, and a reference keeps what its readers skip.
 */
export interface Doubt {
  code: string
  verdict: Doubtful['verdict']
  refusal: Refusal
}

/** What was found while reading; one for each record. */
export interface Findings {
  refusals: Refusal[]
  doubts: Doubt[]
  /** Fields that have no usable value because it was refused. */
  refused: string[]
}

/** Reads one cell. Null when there is no value, or when it was refused and `findings` says why. */
export type ReadField = (text: string, findings: Findings) => FieldValue

/** A reader of one field. `name` is how refusals call it. */
export function fieldReader(name: string, field: FieldSpec): ReadField {
  const parse = parserOf(field)
  const nothing = new Set(field.empty)
  const keepsBlanks = field.type === 'text' && !field.trim
  return (text, findings) => {
    const bare = text.trim()
    if (bare === '' || nothing.has(bare)) {
      if (!field.optional) refuse(findings, missing(name))
      return null
    }
    const read = parse(keepsBlanks ? text : bare)
    if (typeof read !== 'object' || read === null) return read
    if ('verdict' in read) {
      findings.doubts.push(doubtOf(name, text, read))
      return read.value
    }
    refuse(findings, refusalOf(name, text, read))
    return null
  }
}

/** The doubt about a kept value, if there is one: the reference was told to keep it anyway. */
export function findDoubt(name: string, field: FieldSpec, value: FieldValue): Doubt | null {
  if ((field.type !== 'fiscalCode' && field.type !== 'vatNumber') || value === null) return null
  const text = String(value)
  const read = parserOf(field)(text)
  if (typeof read !== 'object' || read === null || !('verdict' in read)) return null
  return doubtOf(name, text, read)
}

/** Why the record is skipped for its recipient, without naming the value; null when it is not. */
export function findSkip(doubts: Doubt[]): string | null {
  return doubts.find(({ verdict }) => verdict === 'skip')?.refusal.detail ?? null
}

export interface Verdicts {
  refusals: readonly Refusal[]
  warnings: readonly Refusal[]
}

const noDoubts: Verdicts = { refusals: [], warnings: [] }

/** Splits doubts by what the mapping says of them; codes of testers have none. */
export function judge(doubts: Doubt[], testers: ReadonlySet<string>): Verdicts {
  if (doubts.length === 0) return noDoubts
  const standing = doubts.filter(({ code }) => !testers.has(code))
  const byVerdict = (wanted: Doubt['verdict']) =>
    standing.flatMap(({ verdict, refusal }) => (verdict === wanted ? [refusal] : []))
  return { refusals: byVerdict('refuse'), warnings: byVerdict('warn') }
}

/** A value as a message quotes it: one short line. */
export function quoted(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ').toWellFormed()
  return `«${line.length > 60 ? `${line.slice(0, 59).toWellFormed()}…` : line}»`
}

/** The refusal of a record that has nothing where something is needed. */
export function missing(name: string): Refusal {
  return {
    code: 'REC_FIELD_MISSING',
    field: name,
    detail: `Il campo ${name} è vuoto.`,
    remedy: 'Completa il dato alla fonte e rimanda la riga.',
  }
}

function doubtOf(name: string, text: string, read: Doubtful): Doubt {
  const { verdict, value: code } = read
  const refusal = refusalOf(name, text, read)
  // The report of what was skipped is no list of companies.
  if (verdict === 'skip') refusal.detail = `Il campo ${name} ${read.why}.`
  return { code, verdict, refusal }
}

function refusalOf(name: string, text: string, { code, why, remedy }: Bad | Doubtful): Refusal {
  return { code, field: name, detail: `${quoted(text)} ${why}.`, remedy }
}

function refuse(findings: Findings, refusal: Refusal): void {
  findings.refusals.push(refusal)
  findings.refused.push(refusal.field ?? '')
}
