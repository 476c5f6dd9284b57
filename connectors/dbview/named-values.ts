// Statements with named values (`:key`) → the places of a database (`$1`, `?`), in their order.
// Invariant: a value goes to its place beside the statement, never into its text; a colon in a
// string, a comment or a cast is no name.

/** Strings, quoted names, comments and casts pass as they are; else a `:` begins a name. */
const pieces =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\/|::|:=|:([A-Za-z_]\w*)/g

/** The names in a statement, in their order, as often as they stand there. */
export function namesIn(statement: string): string[] {
  return [...statement.matchAll(pieces)].flatMap(([, name]) => (name === undefined ? [] : [name]))
}

/** The statement for a database; a name that stands twice has two places. */
export function bindNames(statement: string, placeholder: (position: number) => string): string {
  let position = 0
  return replaceNames(statement, () => placeholder(++position))
}

/** With a place for each of the keys where `:keys` stands, and one where `:key` does. */
export function bindKeys(
  statement: string,
  keys: readonly string[],
  placeholder: (position: number) => string,
): { sql: string; values: string[] } {
  const values: string[] = []
  const place = (key: string) => placeholder(values.push(key))
  const sql = replaceNames(statement, (name) =>
    (name === 'keys' ? keys : keys.slice(0, 1)).map(place).join(', '),
  )
  return { sql, values }
}

function replaceNames(statement: string, replace: (name: string) => string): string {
  return statement.replace(pieces, (piece, name?: string) =>
    name === undefined ? piece : replace(name),
  )
}
