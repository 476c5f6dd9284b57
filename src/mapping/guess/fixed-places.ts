// Lines of one type → where values stand in them. Values whose form is beyond doubt are found
// first: fiscal codes, notice numbers, dates, then amounts with zeros in front; the rest is cut at
// its blanks. Invariant: no two values overlap, and none goes beyond the longest line.
import { type DateFormat, findCivilDate } from '../../domain/civil-date.ts'
import { readFiscalCode } from '../../domain/fiscal-code.ts'

export interface Place {
  /** 1-based. */
  start: number
  length: number
  /** What it is called, as its form says. */
  name: string
}

/** Part of the lines in which a value must have its form. */
const ENOUGH = 0.8
/** Lines that are looked at for one place. */
const MAXIMUM_LINES = 200

/** The places of values, by their start. `typeEnd`: characters that the type of line takes. */
export function guessPlaces(all: readonly string[], typeEnd: number): Place[] {
  const lines = all.slice(0, MAXIMUM_LINES)
  const width = Math.max(...lines.map((line) => line.trimEnd().length))
  const taken: boolean[] = Array.from({ length: width }, (_, at) => at < typeEnd)
  const places: Place[] = []
  const take = (start: number, length: number, name: string) => {
    for (let at = start; at < start + length; at++) taken[at] = true
    places.push({ start: start + 1, length, name })
  }
  for (const { name, length, fits } of forms) {
    for (let start = typeEnd; start + length <= width; start++) {
      if (taken.slice(start, start + length).includes(true)) continue
      const good = lines.filter((line) => fits(line, start)).length
      if (good > 0 && good >= lines.length * ENOUGH) take(start, length, name)
    }
  }
  for (const [start, end] of freeRuns(taken, width)) {
    for (const place of cut(lines, start, end)) take(place.start - 1, place.length, place.name)
  }
  return places.sort((a, b) => a.start - b.start)
}

/** Whether lines hold a date at a place of their own. */
export function hasDatePlace(lines: readonly string[], typeEnd: number): boolean {
  return guessPlaces(lines, typeEnd).some(({ name }) => name === 'data')
}

interface Form {
  name: string
  length: number
  fits(line: string, start: number): boolean
}

const forms: Form[] = [
  {
    name: 'codice fiscale',
    length: 16,
    fits: (line, start) => readFiscalCode(line.slice(start, start + 16)).kind !== 'bad',
  },
  // Exactly eighteen digits: of a longer number any part would do.
  {
    name: 'avviso',
    length: 18,
    fits: (line, start) =>
      /^[0-3]\d{17}$/.test(line.slice(start, start + 18)) &&
      !/\d/.test(line[start - 1] ?? '') &&
      !/\d/.test(line[start + 18] ?? ''),
  },
  dateForm('dd/MM/yyyy'),
  dateForm('yyyy-MM-dd'),
  dateForm('yyyyMMdd'),
  dateForm('ddMMyyyy'),
  // Six digits are a date only where other digits stand beside them: slips write them so.
  {
    name: 'data',
    length: 6,
    fits: (line, start) =>
      /^ *$|^ \d\d/.test(line.slice(0, 3)) &&
      line[start - 1] === ' ' &&
      isNear(findCivilDate(line.slice(start, start + 6), ['ddMMyy'], 40)),
  },
]

function dateForm(format: DateFormat): Form {
  const { length } = format
  return {
    name: 'data',
    length,
    fits: (line, start) => isNear(findCivilDate(line.slice(start, start + length), [format])),
  }
}

/** Years in which something may be due; digits of other things rarely make one. */
function isNear(date: string | null): boolean {
  return date !== null && date >= '2015' && date < '2045'
}

/** Runs of characters that nothing has taken. */
function freeRuns(taken: readonly boolean[], width: number): [start: number, end: number][] {
  const runs: [number, number][] = []
  for (let at = 0; at < width; at++) {
    if (taken[at]) continue
    const start = at
    while (at < width && !taken[at]) at++
    runs.push([start, at])
  }
  return runs
}

/**
 * A run cut before what begins after two blanks in every line, and where digits begin or end in
 * every line.
 */
function cut(lines: readonly string[], start: number, end: number): Place[] {
  const kinds = Array.from({ length: end - start }, (_, at) => kindAt(lines, start + at))
  const starts: number[] = []
  for (const [at, kind] of kinds.entries()) {
    const before = kinds[at - 1] ?? 'blank'
    const isAfterGap = before === 'blank' && (at < 2 || kinds[at - 2] === 'blank')
    const isTurn = before !== 'blank' && (kind === 'digit') !== (before === 'digit')
    if (kind !== 'blank' && (isAfterGap || (isTurn && isCertain(kind) && isCertain(before)))) {
      starts.push(at)
    }
  }
  return starts.map((at, index) => {
    const next = starts[index + 1] ?? kinds.length
    const length = lengthOf(kinds, at, next)
    return { start: start + at + 1, length, name: nameOf(lines, start + at, length) }
  })
}

type Kind = 'blank' | 'digit' | 'letter' | 'mixed'

/** What stands at a character in all lines. */
function kindAt(lines: readonly string[], at: number): Kind {
  const kinds = new Set(lines.map((line) => kindOf(line[at] ?? ' ')))
  const [only] = kinds
  return kinds.size === 1 && only !== undefined ? only : 'mixed'
}

function kindOf(character: string): Kind {
  if (character === ' ') return 'blank'
  return /\d/.test(character) ? 'digit' : 'letter'
}

function isCertain(kind: Kind): boolean {
  return kind === 'digit' || kind === 'letter'
}

/** Numbers end with their digits; texts go on over the blanks, which longer ones fill. */
function lengthOf(kinds: readonly Kind[], at: number, next: number): number {
  if (kinds[at] !== 'digit') return next - at
  let end = at
  while (end < next && kinds[end] === 'digit') end++
  const isNumber = kinds.slice(end, next).every((kind) => kind === 'blank')
  return isNumber ? end - at : next - at
}

function nameOf(lines: readonly string[], start: number, length: number): string {
  const values = lines.map((line) => line.slice(start, start + length).trim())
  const isAmount = values.every((value) => /^0\d{7,14}$/.test(value)) && length <= 15
  if (isAmount) return 'importo'
  return values.every((value) => /^[A-Z\d/-]*\d[A-Z\d/-]*$/.test(value)) ? 'codice' : 'campo'
}
