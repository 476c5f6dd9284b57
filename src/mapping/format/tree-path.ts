// Where a value stands in an XML or JSON document, as mappings write it: steps of names from the
// row, from one of its ancestors (`../`) or from the root (`/`). Invariant: a path that parses has
// one meaning, and says itself which of several values it takes.

/** XML separates names with `/`, JSON with `.`; in JSON a name may begin with `@`. */
export type TreeStyle = 'xml' | 'json'

/**
 * Which of the elements of one name: `one` refuses several values, `all` joins them, a number is a
 * 1-based position, `where` keeps those with a child or an attribute of this text.
 */
export type Pick = 'one' | 'all' | 'last' | number | { where: string; equals: string }

export interface TreeStep {
  /** `@name` is an attribute, in JSON `@key` the name of the element itself; `*` is any name. */
  name: string
  pick: Pick
  /** JSON's `rate.0.importo`: where nothing has this name, the 0-based entry of a list. */
  index: number | null
}

export interface TreePath {
  /** How many elements above the row the steps begin; null: at the document. */
  up: number | null
  steps: TreeStep[]
}

/** Names down to the row: from the root when `anchored`, else at any depth. */
export interface RowPath {
  names: string[]
  anchored: boolean
}

/** The name under which a JSON document stands, so that it has a root as XML has. */
export const JSON_ROOT = '$'

/** The path of a field; what is wrong with it, in English, where it is none. */
export function parseTreePath(text: string, style: TreeStyle): TreePath | string {
  const [, climbs = '', rest = ''] = /^(\/|(?:\.\.\/)*)(.*)$/s.exec(text) ?? []
  const up = climbs === '/' ? null : climbs.length / 3
  if (rest === '.' && up !== null) return { up, steps: [] }
  const parts = piecesOf(rest, style)
  if (parts.length === 0 || parts.includes('')) return 'has an empty name'
  const steps: TreeStep[] = up === null && style === 'json' ? [stepOf(JSON_ROOT)] : []
  for (const part of parts) {
    const step = parseStep(part, style, steps.length > 0)
    if (typeof step === 'string') return step
    const before = steps.at(-1)?.name ?? ''
    const isLast = style === 'xml' ? before.startsWith('@') : before === '@key'
    if (isLast) return `goes on after ${before}`
    steps.push(step)
  }
  return { up, steps }
}

/** The path of the rows; absent, it is the JSON document. What is wrong with it, where it is. */
export function parseRowPath(text: string | undefined, style: TreeStyle): RowPath | string {
  if (text === undefined) return { names: [JSON_ROOT], anchored: true }
  const anchored = style === 'json' || text.startsWith('/')
  const names = piecesOf(text.replace(/^\//, ''), style).map((name) => localName(name, style))
  if (names.some((name) => name === '')) return 'has an empty name'
  const odd = names.find((name) => /[[\]@]/.test(name) || name === '..' || name === '.')
  if (odd !== undefined) return `has ${odd}, which is no name`
  return { names: style === 'json' ? [JSON_ROOT, ...names] : names, anchored }
}

/** The name without the prefix of its namespace, which differs from file to file. */
export function localName(name: string, style: TreeStyle): string {
  return style === 'xml' ? name.slice(name.indexOf(':') + 1) : name
}

function piecesOf(text: string, style: TreeStyle): string[] {
  const mark = style === 'xml' ? '/' : '.'
  const pieces = ['']
  let depth = 0
  for (const character of text) {
    if (character === '[') depth++
    if (character === ']') depth--
    if (character === mark && depth <= 0) pieces.push('')
    else pieces[pieces.length - 1] += character
  }
  return pieces
}

function parseStep(part: string, style: TreeStyle, follows: boolean): TreeStep | string {
  const match = /^(@?)([^[\]@]+)(?:\[([^[\]]+)\])?$/.exec(part)
  if (match === null) return `has ${part}, which is no name`
  const [, mark = '', name = '', condition] = match
  if (name === '..' || name === '.') return `has ${name} in the middle`
  if (style === 'json' && name.includes('/')) return `has ${part}; names are separated by a dot`
  const pick = condition === undefined ? 'one' : parsePick(condition, style)
  if (pick === null) return `has [${condition}], which is not understood`
  const isIndex = style === 'json' && follows && /^\d{1,6}$/.test(name)
  return { name: mark + localName(name, style), pick, index: isIndex ? Number(name) : null }
}

function parsePick(condition: string, style: TreeStyle): Pick | null {
  if (condition === '*') return 'all'
  if (condition === 'last') return 'last'
  if (/^[1-9]\d{0,5}$/.test(condition)) return Number(condition)
  const match = /^(@?)([^=@]+)=(?:"([^"]*)"|(.*))$/s.exec(condition)
  if (match === null) return null
  const [, mark = '', name = '', quoted, bare = ''] = match
  return { where: mark + localName(name.trim(), style), equals: (quoted ?? bare).trim() }
}

function stepOf(name: string): TreeStep {
  return { name, pick: 'one', index: null }
}
