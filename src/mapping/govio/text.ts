// One text of a GovIO template → Liquid. What has no equal is left out, and said: where it stands,
// why, and what was written instead. Invariant: nothing of the template goes away without a word,
// and the institution's own words stay as they are.
import { type GovioColumn, type GovioColumns, timeField } from './columns.ts'
import { readExpression } from './expression.ts'
import { type Piece, piecesOf, placeOf } from './lexer.ts'
import { type Condition, type Output, toCondition, toOutput } from './liquid.ts'
import { liquidOf } from './values.ts'

/** Something of a template that could not be turned. */
export interface NotTurned {
  where: 'subject' | 'message_body'
  /** From 1. */
  line: number
  column: number
  /** As it stands there, shortened. */
  found: string
  because: string
  /** What the new text has in its place. */
  wrote: string
}

export interface TurnedText {
  liquid: string
  notTurned: NotTurned[]
  differs: string[]
  /** The columns that it shows or asks about. */
  used: Set<GovioColumn>
  /** Those that GovIO cannot do without: rows that lack them are refused, as there. */
  needed: Set<GovioColumn>
  /** Those of which only the time is a field of its own. */
  timed: Set<GovioColumn>
  /** Texts that it compares with, by field. */
  values: Condition['values']
}

interface Work extends TurnedText {
  where: NotTurned['where']
  template: string
  columns: GovioColumns
  pieces: Piece[]
  at: number
  depth: number
  /** What is surely there in the branch that is being turned. */
  proven: GovioColumn[]
}

/** Blocks inside blocks, as texts allow them. */
const MAXIMUM_DEPTH = 8

/** Stands for what could not be turned inside the address of a link. */
const BROKEN = '\u0001'

/** Turns a text; every placeholder is looked for among the columns. */
export function turnText(
  template: string,
  where: NotTurned['where'],
  columns: GovioColumns,
): TurnedText {
  const work: Work = {
    ...{ where, template, columns, pieces: piecesOf(template), at: 0, depth: 0, proven: [] },
    ...{ liquid: '', notTurned: [], differs: [], values: [] },
    ...{ used: new Set(), needed: new Set(), timed: new Set() },
  }
  turnUntil(work, [])
  const { notTurned, differs, used, needed, timed, values } = work
  const liquid = work.liquid
    .replace(new RegExp(`\\[([^\\]\\n]*)\\]\\([^)\\n]*${BROKEN}[^)\\n]*\\)`, 'g'), '$1')
    .replaceAll(BROKEN, '')
  return { liquid, notTurned, differs, used, needed, timed, values }
}

/** Pieces up to a directive of these names, which is left for the caller. */
function turnUntil(work: Work, ends: readonly string[]): void {
  while (work.at < work.pieces.length) {
    const piece = work.pieces[work.at]!
    if (ends.includes(nameOf(piece))) return
    work.at++
    if (piece.kind === 'text') work.liquid += inertText(piece.content)
    else if (piece.kind === 'output') turnOutput(work, piece)
    else if (piece.kind === 'number') leaveOut(work, piece, 'numbers of this form have no equal')
    else if (piece.kind === 'comment') work.differs.push('comments of the template are left out')
    else if (piece.kind === 'open') turnDirective(work, piece)
    else if (piece.kind === 'macro') leaveOut(work, piece, 'macros have no equal')
    else if (!silent.has(piece.name)) leaveOut(work, piece, 'it closes nothing')
  }
}

/** `if`, and `/if` for what closes it; nothing for what is no directive. */
function nameOf({ kind, name }: Piece): string {
  if (kind === 'open') return name
  return kind === 'close' ? `/${name}` : ''
}

/** What Liquid would read is written as a value. */
function inertText(text: string): string {
  return text.replace(/\{(?=[{%])/g, '{{ "{" }}')
}

function turnOutput(work: Work, piece: Piece): void {
  const expression = readExpression(piece.content)
  if (expression === null) {
    leaveOut(work, piece, 'this expression has no equal')
    return
  }
  const output = toOutput(expression, work.columns)
  if ('because' in output) {
    const { column, because } = output
    const instead = column && plainOf(work, column)
    if (!column || !instead) {
      leaveOut(work, piece, because)
      return
    }
    writeOutput(work, piece, instead, because)
    return
  }
  writeOutput(work, piece, output.turned, null)
}

/** The value itself, where what was to be done with it has no equal. */
function plainOf(work: Work, column: GovioColumn): Output | null {
  const output = toOutput({ kind: 'name', name: column.name }, work.columns)
  return 'turned' in output ? output.turned : null
}

function writeOutput(work: Work, piece: Piece, output: Output, because: string | null): void {
  const { value, hasDefault } = output
  const { column, parts, differs } = value
  const place = placeIn(work.liquid)
  const fields = parts.filter((part) => typeof part === 'object')
  const isWritable = value.isText || fields.every(({ filters }) => filters.length > 0)
  const isEncoded = fields.at(-1)?.filters.at(-1) === 'url_encode'
  if (place === 'broken' || (place === 'address' && !isWritable)) {
    work.liquid += BROKEN
    const why = 'an address must have its site in the template; a button can open a whole address'
    tell(work, piece, why, 'the words of the link without the link')
    return
  }
  if (place === 'label') {
    leaveOut(work, piece, 'a value in the label of a button')
    return
  }
  const more = place === 'address' && !isEncoded ? ['url_encode'] : []
  const liquid = more.length > 0 ? liquidOf(parts, more) : output.liquid
  if (more.length > 0)
    work.differs.push(`\${${column.name}} is encoded where it stands in an address`)
  work.liquid += liquid
  work.used.add(column)
  if (fields.some(({ field }) => field === timeField(column))) work.timed.add(column)
  if (!hasDefault && !work.proven.includes(column)) work.needed.add(column)
  if (differs !== null) work.differs.push(differs)
  if (because !== null) tell(work, piece, because, liquid)
}

/** UTF-16 units of a line that are looked at: no address is longer. */
const MAXIMUM_TAIL = 3_000

/** Where the text so far ends: in an address, in one without its site, in front matter, or free. */
function placeIn(liquid: string): 'text' | 'address' | 'broken' | 'label' {
  const tail = liquid
    .slice(Math.max(liquid.lastIndexOf('\n') + 1, liquid.length - MAXIMUM_TAIL))
    .replace(/\{%[^%]*%\}/g, '')
    .replace(/\{\{[^}]*\}\}/g, 'x')
  if (liquid.startsWith('---\n') && !/\n---[ \t]*\n/.test(liquid))
    return /https?:\/\/[^/?#\s]+[/?#]\S*$/.test(tail) ? 'address' : 'label'
  const target = /(?:\]\(|^ {0,3}\[[^\]]+\]:)\s*([^)\s]*)$/.exec(tail)?.[1]
  if (target === undefined) return 'text'
  return /^https?:\/\/[^/?#]+[/?#]/.test(target) ? 'address' : 'broken'
}

/** Directives whose marks say nothing that is lost. */
const silent = new Set(['noparse', 'escape', 'noescape', 'autoesc', 'noautoesc', 'outputformat'])

/** Those that have an end, and whose whole inside goes with them. */
const blocks = new Set(['list', 'macro', 'function', 'attempt', 'foreach', 'transform', 'items'])

function turnDirective(work: Work, piece: Piece): void {
  if (piece.name === 'if') {
    turnBlock(work, piece, tryIf)
    return
  }
  if (piece.name === 'switch') {
    turnBlock(work, piece, trySwitch)
    return
  }
  if (silent.has(piece.name)) {
    work.differs.push(`<#${piece.name}> is left out: values are always plain words here`)
    return
  }
  if (piece.name === 'compress') {
    tell(work, piece, 'white space stays', 'what stands in it')
    return
  }
  if (['t', 'lt', 'rt', 'nt', 'ftl'].includes(piece.name)) {
    work.differs.push(`<#${piece.name}> is left out: white space may differ`)
    return
  }
  const hasEnd =
    blocks.has(piece.name) ||
    (['assign', 'global', 'local'].includes(piece.name) && !piece.content.includes('='))
  if (hasEnd) {
    leaveOutBlock(work, piece, `<#${piece.name}> has no equal`)
    return
  }
  leaveOut(work, piece, `<#${piece.name}> has no equal`)
}

/** A block is turned whole, or left out whole with all that was noted of it. */
function turnBlock(
  work: Work,
  opening: Piece,
  turn: (work: Work, opening: Piece) => string | null,
): void {
  const { at, liquid, depth, proven } = work
  const notes = copyOf(work)
  const because = turn(work, opening)
  if (because === null) return
  Object.assign(work, { at, liquid, depth, proven, ...notes })
  leaveOutBlock(work, opening, because)
}

function copyOf({ notTurned, differs, values, used, needed, timed }: TurnedText) {
  const lists = { notTurned: [...notTurned], differs: [...differs], values: [...values] }
  return { ...lists, used: new Set(used), needed: new Set(needed), timed: new Set(timed) }
}

/** Null when it was turned whole; else why not. */
function tryIf(work: Work, opening: Piece): string | null {
  if (work.depth >= MAXIMUM_DEPTH) return `blocks more than ${MAXIMUM_DEPTH} deep`
  if (placeIn(work.liquid) === 'label') return 'a condition in the front matter'
  let piece = opening
  let tag = 'if'
  const proven = work.proven
  work.depth++
  for (;;) {
    work.proven = proven
    if (piece.name === 'else') work.liquid += '{% else %}'
    else {
      const condition = conditionOf(work, piece)
      if (typeof condition === 'string') {
        work.depth--
        work.proven = proven
        return condition
      }
      work.liquid += `{% ${tag} ${condition.liquid} %}`
      work.proven = [...proven, ...condition.proves]
    }
    turnUntil(work, ['elseif', 'elseIf', 'else', '/if'])
    const next = work.pieces[work.at++]
    work.proven = proven
    if (next === undefined || next.kind === 'close') {
      work.depth--
      if (next === undefined) return '</#if> is missing'
      work.liquid += '{% endif %}'
      return null
    }
    piece = next
    tag = 'elsif'
  }
}

function conditionOf(work: Work, { content }: Piece): Condition | string {
  const expression = readExpression(content)
  if (expression === null) return 'this condition has no equal'
  const condition = toCondition(expression, work.columns)
  if ('because' in condition) return condition.because
  noteCondition(work, condition.turned)
  return condition.turned
}

function noteCondition(work: Work, { proves, needs, values, liquid }: Condition): void {
  for (const column of [...proves, ...needs]) work.used.add(column)
  for (const { field } of work.columns.all) {
    if (new RegExp(`\\b${field}\\b`).test(liquid)) {
      const column = work.columns.all.find((one) => one.field === field)
      if (column) work.used.add(column)
    }
  }
  for (const column of needs) if (!work.proven.includes(column)) work.needed.add(column)
  work.values.push(...values)
}

/** Cases end with `<#break>`, but the last one. Null when it was turned whole; else why not. */
function trySwitch(work: Work, opening: Piece): string | null {
  if (work.depth >= MAXIMUM_DEPTH) return `blocks more than ${MAXIMUM_DEPTH} deep`
  const subject = readExpression(opening.content)
  const output = subject && toOutput(subject, work.columns)
  const part = output && 'turned' in output ? output.turned.value.parts[0] : null
  if (!output || !('turned' in output) || typeof part !== 'object' || part === null)
    return 'this value has no equal'
  const { value, hasDefault } = output.turned
  if (!value.isText || part.filters.length > 0) return 'only a text can be switched over here'
  work.used.add(value.column)
  if (!hasDefault && !work.proven.includes(value.column)) work.needed.add(value.column)
  work.liquid += `{% case ${part.field} %}`
  work.depth++
  const because = turnCases(work, part.field)
  work.depth--
  if (because === null) work.liquid += '{% endcase %}'
  return because
}

function turnCases(work: Work, field: string): string | null {
  const isBlank = (piece: Piece) => piece.kind === 'text' && piece.content.trim() === ''
  while (work.pieces[work.at] && isBlank(work.pieces[work.at]!)) work.at++
  for (;;) {
    const piece = work.pieces[work.at++]
    if (piece === undefined) return '</#switch> is missing'
    if (nameOf(piece) === '/switch') return null
    if (nameOf(piece) === 'default') work.liquid += '{% else %}'
    else if (nameOf(piece) === 'case') {
      const value = readExpression(piece.content)
      if (value?.kind !== 'text' || /["\\\n{}%]/.test(value.value)) return 'a case that is no text'
      work.liquid += `{% when "${value.value}" %}`
      work.values.push({ field, value: value.value })
    } else return 'text between <#switch> and <#case>'
    turnUntil(work, ['break', 'case', 'default', '/switch'])
    const end = work.pieces[work.at]
    if (end === undefined) return '</#switch> is missing'
    if (nameOf(end) === 'break') work.at++
    else if (nameOf(end) !== '/switch') return 'a case that goes on into the next one'
    while (work.pieces[work.at] && isBlank(work.pieces[work.at]!)) work.at++
  }
}

/** A block with all that is in it. */
function leaveOutBlock(work: Work, opening: Piece, because: string): void {
  let depth = 1
  while (depth > 0 && work.at < work.pieces.length) {
    const piece = work.pieces[work.at++]!
    if (piece.name !== opening.name) continue
    if (piece.kind === 'open') depth++
    if (piece.kind === 'close') depth--
  }
  tell(work, opening, because, 'nothing: the block is left out with all that is in it')
}

function leaveOut(work: Work, piece: Piece, because: string): void {
  tell(work, piece, because, 'nothing')
}

/** UTF-16 units of what is quoted of a template. */
const MAXIMUM_QUOTED = 80

function tell({ where, template, notTurned }: Work, piece: Piece, because: string, wrote: string) {
  const { source, at } = piece
  const found = source.length > MAXIMUM_QUOTED ? `${source.slice(0, MAXIMUM_QUOTED)}…` : source
  notTurned.push({ where, ...placeOf(template, at), found, because, wrote })
}
