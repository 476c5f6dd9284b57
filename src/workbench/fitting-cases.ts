// The catalogue's cases of one record → those that hold for own columns too. They speak of fields,
// so that only dates and amounts have to be written as the file writes them; cases of a sample are
// about the catalogue's file. Invariant: what is kept passes by the mapping that was made.
import { parseDocument } from 'yaml'
import { rewriteValues, type ValueEdit } from '../config/cases-rewrite.ts'
import { findNode } from '../config/yaml-place.ts'
import type { CaseSpec } from '../mapping/case-spec.ts'
import type { FieldSpec } from '../mapping/field/field-spec.ts'
import { parserOf } from '../mapping/field/value-parser.ts'
import type { CompiledNotice } from '../mapping/mapping.ts'
import type { NoticeMapping } from '../mapping/spec.ts'
import { runAnywhere } from '../pipeline/map/record-case.ts'
import { judgeRecord } from '../pipeline/map/record-verdict.ts'

export interface KeptCases {
  /** The cases as they stand in a file, with their indentation; empty: none. */
  text: string
  kept: number
  /** Cases of a record that do not hold for the own columns. */
  left: number
}

/** `text` is the catalogue's file of cases, `cases` what stands in it, `below` its mapping. */
export async function keepCases(
  text: string,
  cases: readonly CaseSpec[],
  below: NoticeMapping,
  own: CompiledNotice,
  institution: string,
): Promise<KeptCases> {
  const edits: ValueEdit[] = []
  const kept = new Set<number>()
  let left = 0
  for (const [index, one] of cases.entries()) {
    if (one.file !== undefined) continue
    const record = inOwnForm(one.record ?? {}, below.record.fields, own.spec.record.fields)
    if (!(await holds({ ...one, record }, own, institution))) {
      left += 1
      continue
    }
    kept.add(index)
    for (const [name, value] of Object.entries(record)) {
      if (value === one.record?.[name]) continue
      edits.push({ path: ['cases', index, 'record', name], value })
    }
  }
  const written = rewriteValues(text, edits)
  return { text: itemsOf(written, kept), kept: kept.size, left }
}

async function holds(one: CaseSpec, own: CompiledNotice, institution: string): Promise<boolean> {
  const ran = await runAnywhere(one, own, new Map(), institution)
  return !('fault' in ran) && judgeRecord(one.expect, ran.record, ran.clock).length === 0
}

type Fields = NoticeMapping['record']['fields']

function inOwnForm(record: Readonly<Record<string, string>>, below: Fields, own: Fields) {
  const written = Object.entries(record).map(([name, text]) => {
    const [from, to] = [below[name], own[name]]
    return [name, from && to ? asOwn(text, from, to) : text]
  })
  return Object.fromEntries(written) as Record<string, string>
}

/** The same value in the other form; what is no value there, or would be another here, stays. */
function asOwn(text: string, from: FieldSpec, to: FieldSpec): string {
  const value = parserOf(from)(text.trim())
  let other = text
  if (from.type === 'date' && to.type === 'date' && typeof value === 'string') {
    other = asDate(value, to.formats[0] ?? '')
  } else if (from.type === 'euro' && to.type === 'euro' && typeof value === 'number') {
    other = asAmount(value, to.decimals)
  }
  return parserOf(to)(other) === value ? other : text
}

function asDate(iso: string, format: string): string {
  const [year = '', month = '', day = ''] = iso.split('-')
  const parts: Record<string, string> = {
    ...{ yyyy: year, yy: year.slice(2), MM: month, M: String(Number(month)) },
    ...{ dd: day, d: String(Number(day)), HH: '00', mm: '00', ss: '00', XXX: 'Z' },
  }
  return format.replace(/yyyy|yy|MM?|dd?|HH|mm|ss|XXX/g, (part) => parts[part] ?? part)
}

function asAmount(cents: number, decimals: 'comma' | 'dot' | 'cents' | 'thousandths'): string {
  if (decimals === 'cents') return String(cents)
  if (decimals === 'thousandths') return String(cents * 10)
  const digits = String(Math.abs(cents)).padStart(3, '0')
  const sign = cents < 0 ? '-' : ''
  return `${sign}${digits.slice(0, -2)}${decimals === 'comma' ? ',' : '.'}${digits.slice(-2)}`
}

/** The text of these cases, from the beginning of the line on which each begins. */
function itemsOf(text: string, kept: ReadonlySet<number>): string {
  const document = parseDocument(text)
  const count = (document.toJS() as { cases: unknown[] }).cases.length
  const starts = Array.from({ length: count }, (_, index) => {
    const [from] = findNode(document, ['cases', index]).value?.range ?? [0]
    return text.lastIndexOf('\n', from - 1) + 1
  })
  const items = [...kept].map((index) => text.slice(starts[index], starts[index + 1]).trimEnd())
  return items.map((item) => `${item}\n`).join('\n')
}
