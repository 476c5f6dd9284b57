// Drawn by a seed: the same seed gives the same draws, in the order in which they are asked for.
// mulberry32: 32 bits of state are enough for lives that are told apart by their seed.

export interface Random {
  /** From 0 up to 1, without it. */
  share(): number
  /** An integer, both ends included. */
  between(least: number, most: number): number
  isBelow(probability: number): boolean
  pick<T>(choices: readonly T[]): T
  /** A stream of its own: what it draws moves nothing of this one. */
  fork(name: string): Random
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const share = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    share,
    between: (least, most) => least + Math.floor(share() * (most - least + 1)),
    isBelow: (probability) => share() < probability,
    pick: <T>(choices: readonly T[]) => choices[Math.floor(share() * choices.length)] as T,
    fork: (name) => createRandom(Math.imul(seed ^ hashOf(name), 0x9e3779b1)),
  }
}

function hashOf(name: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  }
  return hash
}
