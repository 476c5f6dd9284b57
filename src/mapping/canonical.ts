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
    for (const key of Object.keys(object).sort()) copy[key] = sorted(object[key])
    return copy
  }
  if (!isPlain(value)) throw new TypeError(`not plain data: ${typeof value}`)
  return value
}

function isPlain(value: unknown): boolean {
  const type = typeof value
  return type === 'string' || type === 'boolean' || value === null || Number.isFinite(value)
}
