// Patterns of file names, with what they say by name: `bollette-{ente}-{data:yyyyMMdd}.zip`. Feeds
// choose, order and pair files by them, mappings read values out of them. Names are the source's.
// Invariant: matching takes at most length of name × length of pattern steps, whatever both hold.

/** What one character of a pattern stands for; `many` stands for any text, also none. */
type Token = { kind: 'letter'; letter: string } | { kind: 'one' | 'digit' | 'many' }

/** A part of a pattern: what is named by braces, or what stands between. */
interface Piece {
  /** Null for what is not named. */
  name: string | null
  /** How the date is written; null for any text. */
  format: string | null
  tokens: Token[]
}

const brace = /\{([a-z][a-zA-Z0-9]*)(?::([^{}]*))?\}/y
const dateUnits: readonly string[] = ['yyyy', 'MM', 'dd', 'HH', 'mm', 'ss']
const dateUnit = new RegExp(dateUnits.join('|'), 'g')

/** Whether every brace of a pattern is one that `matchName` understands, each name once. */
export function isNamePattern(pattern: string): boolean {
  return parse(pattern) !== null
}

/** The names in a pattern's braces, in order. */
export function groupsOf(pattern: string): string[] {
  return (parse(pattern) ?? []).flatMap(({ name }) => name ?? [])
}

/**
 * What a name says by a pattern, or null when it does not match. `*` stands for any text, `?` for
 * one character, `{lotto}` for some text, `{mese:yyyyMM}` for a date, which is given as
 * `yyyy-MM-ddTHH:mm:ss`, as much of it as is written. Each takes as little as it can, the last one
 * the rest. Where `values` holds a name of the pattern, that value is meant and no other.
 * Case counts; letters with accents are the same however they are composed.
 */
export function matchName(
  name: string,
  pattern: string,
  values: Readonly<Record<string, string>> = {},
): Record<string, string> | null {
  const pieces = (parse(pattern.normalize('NFC')) ?? []).map((piece) => fix(piece, values))
  const text = [...name.normalize('NFC')]
  const starts = align(
    text,
    pieces.flatMap(({ tokens }) => tokens),
  )
  if (starts === null) return null
  const said: Record<string, string> = {}
  let at = 0
  for (const { name, format, tokens } of pieces) {
    const from = starts[at]
    at += tokens.length
    if (name === null) continue
    const written = text.slice(from, starts[at]).join('')
    const value = format === null ? written : dateOf(written, format)
    if (value === null || (values[name] ?? value) !== value) return null
    said[name] = value
  }
  return said
}

/** What every name begins with that matches a pattern with these values, in composed letters. */
export function startOf(pattern: string, values: Readonly<Record<string, string>>): string {
  const pieces = (parse(pattern.normalize('NFC')) ?? []).map((piece) => fix(piece, values))
  let start = ''
  for (const token of pieces.flatMap(({ tokens }) => tokens)) {
    if (token.kind !== 'letter') break
    start += token.letter
  }
  return start
}

/** Whether a name matches a pattern. */
export function matchesPattern(name: string, pattern: string): boolean {
  return matchName(name, pattern) !== null
}

/** There are few patterns and thousands of names: each pattern is understood once. */
const parsed = new Map<string, Piece[] | null>()
const maxParsed = 1000

/** Null when a brace is not understood. */
function parse(pattern: string): Piece[] | null {
  const known = parsed.get(pattern)
  if (known !== undefined) return known
  if (parsed.size >= maxParsed) parsed.clear()
  const pieces = parseAnew(pattern)
  parsed.set(pattern, pieces)
  return pieces
}

function parseAnew(pattern: string): Piece[] | null {
  const pieces: Piece[] = []
  const names = new Set<string>()
  for (let at = 0; at < pattern.length; ) {
    const letter = String.fromCodePoint(pattern.codePointAt(at) ?? 0)
    if (letter === '}') return null
    if (letter !== '{') {
      pieces.push({ name: null, format: null, tokens: [tokenOf(letter)] })
      at += letter.length
      continue
    }
    brace.lastIndex = at
    const [whole, name, format = null] = brace.exec(pattern) ?? []
    if (whole === undefined || name === undefined || names.has(name)) return null
    if (format !== null && !isDateFormat(format)) return null
    const tokens: Token[] = format === null ? [{ kind: 'one' }, { kind: 'many' }] : digitsOf(format)
    names.add(name)
    pieces.push({ name, format, tokens })
    at += whole.length
  }
  return pieces
}

function tokenOf(letter: string): Token {
  if (letter === '*') return { kind: 'many' }
  return letter === '?' ? { kind: 'one' } : { kind: 'letter', letter }
}

/** A year, and every unit at most once, with nothing but punctuation between. */
function isDateFormat(format: string): boolean {
  const units: readonly string[] = format.match(dateUnit) ?? []
  const between = format.replace(dateUnit, '')
  const known = dateUnits.slice(0, units.length).every((unit) => units.includes(unit))
  return units.length > 0 && known && /^[-_. ]*$/.test(between)
}

function digitsOf(format: string): Token[] {
  return [...format].map((letter) =>
    /[a-zA-Z]/.test(letter) ? { kind: 'digit' } : { kind: 'letter', letter },
  )
}

/** What is known already is looked for as the pattern writes it. */
function fix(piece: Piece, values: Readonly<Record<string, string>>): Piece {
  const { name, format } = piece
  const value = name === null ? undefined : values[name]
  if (value === undefined) return piece
  const text = format === null ? value : writtenAs(value, format)
  if (text === null) return piece
  return { ...piece, tokens: [...text].map((letter) => ({ kind: 'letter', letter })) }
}

/** `2026-03` as `MMyyyy` → `032026`; null when the date says less than the format writes. */
function writtenAs(date: string, format: string): string | null {
  const parts = date.split(/[-T:]/)
  const text = format.replace(dateUnit, (unit) => parts[dateUnits.indexOf(unit)] ?? unit)
  return /[a-zA-Z]/.test(text) ? null : text
}

/**
 * Where each token begins in the text, and at the end where the text ends; null when they do not
 * fit. Only the last `many` is ever tried again: what fits before it, fits at its first place.
 */
function align(text: string[], tokens: Token[]): number[] | null {
  const starts: number[] = []
  let at = 0
  let inTokens = 0
  let many = -1
  let afterMany = 0
  while (at < text.length) {
    const token = tokens[inTokens]
    starts[inTokens] = at
    if (token?.kind === 'many') {
      many = inTokens++
      afterMany = at
    } else if (token !== undefined && fits(token, text[at] ?? '')) {
      inTokens++
      at++
    } else if (many >= 0) {
      inTokens = many + 1 // The last `many` takes one character more.
      at = ++afterMany
    } else return null
  }
  if (tokens.slice(inTokens).some(({ kind }) => kind !== 'many')) return null
  for (let left = inTokens; left <= tokens.length; left++) starts[left] = text.length
  return starts
}

function fits(token: Token, letter: string): boolean {
  if (token.kind === 'letter') return token.letter === letter
  return token.kind === 'one' || (letter >= '0' && letter <= '9')
}

/** `032026` as `MMyyyy` → `2026-03`; null when there is no such date. */
function dateOf(written: string, format: string): string | null {
  const [year, month, day, hour, minute, second] = dateUnits.map((unit) => {
    const at = format.indexOf(unit)
    return at < 0 ? undefined : written.slice(at, at + unit.length)
  })
  const date = [year, month, day].filter((part) => part !== undefined).join('-')
  const time = [hour, minute, second].filter((part) => part !== undefined).join(':')
  try {
    const full = `${year}-${month ?? '01'}-${day ?? '01'}`
    Temporal.PlainDateTime.from(`${full}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}`)
    return time === '' ? date : `${date}T${time}`
  } catch {
    return null
  }
}
