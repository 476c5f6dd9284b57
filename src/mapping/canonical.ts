// Data as JSON with sorted keys, so that equal data have equal text, whatever order they were built
// in or a database gave them back in. Invariant: plain data only; anything else is a fault of the
// caller.

/** Canonical JSON of plain data: objects, lists, texts, finite numbers, booleans and null. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const object = value as Record<string, unknown>
    const parts = Object.keys(object)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`)
    return `{${parts.join(',')}}`
  }
  const text = JSON.stringify(value)
  if (text === undefined || (typeof value === 'number' && !Number.isFinite(value))) {
    throw new TypeError(`not plain data: ${typeof value}`)
  }
  return text
}
