// A small seeded hash: the sandbox's only source of variety.
// The same seed gives the same world, on every machine.

/** 32 bits from a text and a seed: FNV-1a with a final mix. Not for secrets. */
export function hash(text: string, seed: number): number {
  let bits = 0x811c9dc5 ^ seed
  for (let i = 0; i < text.length; i += 1) {
    bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193)
  }
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** A share between 0 (included) and 1 (excluded), always the same for the same text and seed. */
export function shareOf(text: string, seed: number): number {
  return hash(text, seed) / 0x1_0000_0000
}
