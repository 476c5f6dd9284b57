// Statements with named values (`:key`) → the places of a database (`$1`, `?`), and the values.
// Invariant: a value goes to its place beside the statement, never into its text; a colon in a
// string, a comment or a cast is no name.
import type { Receipt } from '../../src/connector.ts'
import type { Row } from './dialect.ts'

/** Parts of a key that a statement may name, `:key1` to `:key8`. */
const mostParts = 8

const values: Record<string, (receipt: Receipt, drop: string) => string | null> = {
  key: ({ key }) => key,
  fate: ({ fate }) => fate,
  code: ({ code }) => code,
  detail: ({ detail }) => detail,
  messageId: ({ messageId }) => messageId,
  at: ({ at }) => at?.round('second').toString() ?? null,
  line: ({ line }) => String(line),
  drop: (_receipt, drop) => drop,
}
for (let part = 1; part <= mostParts; part++) {
  values[`key${part}`] = ({ key }) => partsOf(key ?? '')[part - 1] ?? null
}

/** Strings, quoted names, comments and casts pass as they are; else a `:` begins a name. */
const pieces =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\/|::|:=|:([A-Za-z_]\w*)/g

export interface Bound {
  sql: string
  valuesOf(receipt: Receipt, drop: string): Row
}

/** Names in the statement that stand for nothing. */
export function unknownNames(statement: string): string[] {
  return namesIn(statement).filter((name) => !Object.hasOwn(values, name))
}

/** The statement for a database; a name that stands twice has two places. */
export function bindNames(statement: string, placeholder: (position: number) => string): Bound {
  const names = namesIn(statement)
  let position = 0
  const sql = statement.replace(pieces, (piece, name?: string) =>
    name === undefined ? piece : placeholder(++position),
  )
  return { sql, valuesOf: (receipt, drop) => names.map((name) => values[name]!(receipt, drop)) }
}

/** The values of which a mapping made a key: joined with `|`, where `\` keeps one as it is. */
export function partsOf(key: string): string[] {
  const parts = ['']
  for (const [piece, kept] of key.matchAll(/\\([\s\S])|[\s\S]/g)) {
    if (piece === '|') parts.push('')
    else parts.push(`${parts.pop()}${kept ?? piece}`)
  }
  return parts
}

function namesIn(statement: string): string[] {
  return [...statement.matchAll(pieces)].flatMap(([, name]) => (name === undefined ? [] : [name]))
}
