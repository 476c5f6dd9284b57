// One file's data put over another's, as JSON Merge Patch says (RFC 7396): maps are merged key by
// key, a null takes a key away, and anything else replaces what stood there, lists too. Pure.
// Invariant: neither of the two is changed, and no map of the result has a prototype.

type Data = Record<string, unknown>

/** What the patch makes of `target`. Nulls inside lists are values and stay. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch
  const merged: Data = Object.create(null)
  if (isMap(target)) for (const key of Object.keys(target)) merged[key] = target[key]
  for (const key of Object.keys(patch)) {
    const value = patch[key]
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

function isMap(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
