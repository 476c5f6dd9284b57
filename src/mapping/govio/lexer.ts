// The pieces of a FreeMarker template: text, `${…}`, directives and comments, each with its place.
// White space is stripped as FreeMarker does: a line with nothing but directives leaves no line.
// Invariant: every character of the template is in one piece; work is linear.

export interface Piece {
  kind: 'text' | 'output' | 'number' | 'open' | 'close' | 'comment' | 'macro'
  /** As it stands in the template. */
  source: string
  /** The name of a directive; empty for the others. */
  name: string
  /** What stands between the marks: the expression, the arguments, the text itself. */
  content: string
  /** In UTF-16 units from the beginning of the template. */
  at: number
}

/** UTF-16 units of an output or a directive; what is longer counts as never closed. */
const MAXIMUM_PIECE = 2_000

/** Cuts a template into its pieces; what is opened and never closed is text. */
export function piecesOf(template: string): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  // Beyond it no comment ends: nobody looks for one again and again.
  const lastComment = template.lastIndexOf('-->')
  const opening = /\$\{|#\{|<#--|<\/?#[a-zA-Z]|<\/?@/g
  for (let match = opening.exec(template); match !== null; match = opening.exec(template)) {
    const at = match.index
    if (match[0] === '<#--' && at > lastComment) continue
    const piece = pieceAt(template, at, match[0])
    if (piece === null) continue
    if (at > from) pieces.push(textPiece(template.slice(from, at), from))
    pieces.push(piece)
    from = at + piece.source.length
    opening.lastIndex = from
    if (piece.kind !== 'open' || piece.name !== 'noparse') continue
    const end = template.indexOf('</#noparse>', from)
    if (end === -1) continue
    pieces.push(textPiece(template.slice(from, end), from))
    from = end
    opening.lastIndex = end
  }
  if (from < template.length) pieces.push(textPiece(template.slice(from), from))
  return stripped(pieces, template)
}

/** The line and column of a place, both from 1. */
export function placeOf(template: string, at: number): { line: number; column: number } {
  const before = template.slice(0, at).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

function textPiece(source: string, at: number): Piece {
  return { kind: 'text', source, name: '', content: source, at }
}

function pieceAt(template: string, at: number, mark: string): Piece | null {
  if (mark === '<#--') {
    const end = template.indexOf('-->', at + mark.length)
    if (end === -1) return null
    const source = template.slice(at, end + 3)
    return { kind: 'comment', source, name: '', content: source.slice(4, -3), at }
  }
  const isOutput = mark.endsWith('{')
  const end = endOf(template, at + 2, isOutput ? '}' : '>')
  if (end === -1) return null
  const source = template.slice(at, end + 1)
  if (isOutput) {
    const kind = mark === '${' ? 'output' : 'number'
    return { kind, source, name: '', content: source.slice(2, -1).trim(), at }
  }
  const inner = source.replace(/^<\/?[#@]/, '').replace(/\/?>$/, '')
  const [name = ''] = /^[\w.]*/.exec(inner) ?? []
  const content = inner.slice(name.length).trim()
  if (mark.endsWith('@')) return { kind: 'macro', source, name, content, at }
  return { kind: mark.startsWith('</') ? 'close' : 'open', source, name, content, at }
}

/** Where the mark stands that ends a piece: not in a text, nor in brackets. -1: nowhere. */
function endOf(template: string, from: number, end: '}' | '>'): number {
  let depth = 0
  let quote = ''
  const bound = Math.min(template.length, from + MAXIMUM_PIECE)
  for (let at = from; at < bound; at++) {
    const character = template[at]!
    if (quote !== '') {
      if (character === '\\') at++
      else if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === end && depth === 0) return at
    else if ('([{'.includes(character)) depth++
    else if (')]}'.includes(character)) depth--
  }
  return -1
}

/** Directives that stand alone on a line take the line with them. */
function stripped(pieces: readonly Piece[], template: string): Piece[] {
  const isTag = ({ kind }: Piece) => kind !== 'text' && kind !== 'output' && kind !== 'number'
  const cut = new Map<Piece, { start: number; end: number }>()
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind !== 'text') continue
    const { content } = piece
    let [start, end] = [0, content.length]
    // Its first line, after tags; and its last one, before tags.
    const first = content.indexOf('\n')
    if (
      first !== -1 &&
      content.slice(0, first).trim() === '' &&
      isLineOfTags(pieces, index - 1, -1)
    )
      start = first + 1
    const last = content.lastIndexOf('\n') + 1
    const isLast = last > 0 || index === 0
    if (
      isLast &&
      last >= start &&
      content.slice(last).trim() === '' &&
      isLineOfTags(pieces, index + 1, 1)
    )
      end = last
    cut.set(piece, { start, end })
  }
  return pieces.map((piece) => {
    const { start, end } = cut.get(piece) ?? { start: 0, end: piece.source.length }
    return piece.kind === 'text' ? { ...piece, content: piece.content.slice(start, end) } : piece
  })

  /** From a piece on, up to the end of the line, there is at least one tag and nothing else. */
  function isLineOfTags(all: readonly Piece[], from: number, step: 1 | -1): boolean {
    let tags = 0
    for (let index = from; index >= 0 && index < all.length; index += step) {
      const piece = all[index]!
      if (isTag(piece)) {
        if (piece.source.includes('\n') || piece.kind === 'macro') return false
        tags++
        continue
      }
      if (piece.kind !== 'text') return false
      const { source } = piece
      const breakAt = step === 1 ? source.indexOf('\n') : source.lastIndexOf('\n')
      if (breakAt === -1) {
        if (source.trim() !== '') return false
        continue
      }
      const beside = step === 1 ? source.slice(0, breakAt) : source.slice(breakAt + 1)
      return tags > 0 && beside.trim() === ''
    }
    return tags > 0 && template !== ''
  }
}
