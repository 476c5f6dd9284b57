// Data as JSON with sorted keys, so that equal data have equal text, whatever order they were built
// in or a database gave them back in. Invariant: plain data only; anything else is a fault of the
// caller.

/** Canonical JSON of plain data: objects, lists, texts, finite numbers, booleans and null. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value))
}

/** A copy with sorted keys. One call of `JSON.stringify` for the whole costs half of many. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value === 'object' && value !== null) {
    const object = value as Record<string, unknown>
    const copy: Record<string, unknown> = {}
    for (const key of inOrder(Object.keys(object))) copy[key] = sorted(object[key])
    return copy
  }
  if (!isPlain(value)) throw new TypeError(`not plain data: ${typeof value}`)
  return value
}

/** By insertion: `sort` makes lists of its own in every call, and there are a dozen keys. */
function inOrder(keys: string[]): string[] {
  for (let from = 1; from < keys.length; from++) {
    const key = keys[from]!
    let to = from
    for (; to > 0 && keys[to - 1]! > key; to--) keys[to] = keys[to - 1]!
    keys[to] = key
  }
  return keys
}

function isPlain(value: unknown): boolean {
  const type = typeof value
  return type === 'string' || type === 'boolean' || value === null || Number.isFinite(value)
}
