// A set of ids from a sequence, one bit each: a drop of millions of duplicates remembers in a few
// hundred kilobytes which notices it named. Invariant: an id is in it exactly when it was added.

export interface IdSet {
  add(id: number): void
  has(id: number): boolean
}

const PAGE_IDS = 32_768

/** An empty set of integers from 0 on. Ids that lie close together share a page of 4 KiB. */
export function createIdSet(): IdSet {
  const pages = new Map<number, Uint8Array>()
  return {
    add(id) {
      const number = Math.floor(id / PAGE_IDS)
      const page = pages.get(number) ?? new Uint8Array(PAGE_IDS / 8)
      pages.set(number, page)
      const bit = id % PAGE_IDS
      page[bit >> 3] = (page[bit >> 3] as number) | (1 << (bit & 7))
    },
    has(id) {
      const bit = id % PAGE_IDS
      const byte = pages.get(Math.floor(id / PAGE_IDS))?.[bit >> 3] ?? 0
      return (byte & (1 << (bit & 7))) !== 0
    },
  }
}
