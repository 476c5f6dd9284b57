// The JSON Schema of a JSON Merge Patch (RFC 7396) over what another schema describes: every key
// may be left out, or be null, which removes it; lists are whole. Invariant: what the schema allows
// in full, this one allows in parts.
import type { Shape } from '../src/config/shape.ts'

/** Any part of it. Names within `$defs` stay the same. */
export function patchOf(shape: Shape): Shape {
  const { $defs, ...body } = shape
  if (!$defs) return partOf(body)
  const parts = Object.entries($defs).map(([name, one]) => [name, partOf(one)])
  return { ...partOf(body), $defs: Object.fromEntries(parts) }
}

function partOf({ required: _, oneOf, anyOf, properties, ...shape }: Shape): Shape {
  // A part may be one of several branches: what tells them apart may be left out.
  const branches = (oneOf ?? anyOf)?.map(partOf)
  const { additionalProperties } = shape
  return {
    ...shape,
    ...(branches ? { anyOf: branches } : {}),
    ...(properties ? { properties: eachRemovable(properties) } : {}),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: removable(additionalProperties) }
      : {}),
  }
}

function eachRemovable(properties: Record<string, Shape>): Record<string, Shape> {
  const parts = Object.entries(properties).map(([name, one]) => [name, removable(one)])
  return Object.fromEntries(parts)
}

/** Without its default: what is left out is as it stands below. */
function removable(shape: Shape): Shape {
  const { description, default: _, ...body } = shape
  const said = description === undefined ? {} : { description }
  return { ...said, anyOf: [partOf(body), { type: 'null' }] }
}
