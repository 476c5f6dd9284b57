// Lines of characters → their types, where they have any, and what each type is to a record.
// Known by the forms that Italian systems write: slips of 120 characters, rolls with N0 … N9, and
// heads and tails of one or two characters. Invariant: exactly one type begins a record.
import type { FixedSpec } from '../format/record-spec.ts'

export interface LineTypes {
  lineType: NonNullable<FixedSpec['lineType']>
  lines: FixedSpec['lines']
  codeOf(line: string): string
}

/** Types of lines in one file, at most; more are values. */
const MAXIMUM_TYPES = 12

/** Where a type may stand, and what it looks like; tried in order. */
const places = [
  { start: 2, length: 2, form: /^ ([A-Z]{2}|\d\d)/, isLoose: true },
  { start: 1, length: 2, form: /^[A-Z]\d/, isLoose: true },
  { start: 1, length: 1, form: /^[A-Z0-9]/, isLoose: false },
  { start: 1, length: 2, form: /^[A-Z0-9]{2}/, isLoose: false },
] as const

/**
 * The types of lines; null where all lines are alike. `hasDate` says whether the lines of a type
 * hold a date: what is due stands on the line that begins a record.
 */
export function guessLineTypes(
  lines: readonly string[],
  hasDate: (lines: readonly string[]) => boolean,
): LineTypes | null {
  for (const { start, length, form, isLoose } of places) {
    if (!lines.every((line) => form.test(line))) continue
    const codeOf = (line: string) => line.slice(start - 1, start - 1 + length)
    const byCode = Map.groupBy(lines, codeOf)
    if (byCode.size < 2 || byCode.size > MAXIMUM_TYPES) continue
    if (!isLoose && !hasEnds(lines, byCode, codeOf)) continue
    return { lineType: { start, length }, lines: rolesOf(lines, byCode, codeOf, hasDate), codeOf }
  }
  return null
}

/** A head and a tail that come once each, around others. */
function hasEnds(
  lines: readonly string[],
  byCode: ReadonlyMap<string, string[]>,
  codeOf: (line: string) => string,
): boolean {
  const ends = [codeOf(lines[0]!), codeOf(lines.at(-1)!)]
  const isOnce = (code: string) => byCode.get(code)?.length === 1
  return lines.length >= 3 && ends[0] !== ends[1] && ends.every(isOnce) && byCode.size <= 6
}

function rolesOf(
  lines: readonly string[],
  byCode: ReadonlyMap<string, string[]>,
  codeOf: (line: string) => string,
  hasDate: (lines: readonly string[]) => boolean,
): FixedSpec['lines'] {
  const roles: FixedSpec['lines'] = {}
  const [first, last] = [codeOf(lines[0]!), codeOf(lines.at(-1)!)]
  const isOnce = (code: string) => byCode.get(code)!.length === 1
  const inner = [...byCode.keys()].filter((code) => {
    return !(code === first && isOnce(first)) && !(code === last && isOnce(last))
  })
  const codes = inner.length === 0 ? [...byCode.keys()] : inner
  const start = codes.find((code) => hasDate(byCode.get(code)!)) ?? codes[0]!
  const at = codes.indexOf(start)
  for (const code of byCode.keys()) {
    const index = codes.indexOf(code)
    if (index < 0) roles[code] = code === last ? 'footer' : 'header'
    else roles[code] = index < at ? 'header' : index === at ? 'start' : 'part'
  }
  return roles
}
