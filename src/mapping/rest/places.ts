// Places of a part that are left out of its rest: lines, rows of a sheet or elements, by number.
// Invariant: places are added in ascending order and asked for in ascending order, so that a
// million of them cost two numbers each and no search.

export interface Places {
  /** From the first to the one before `to`. */
  add(from: number, to: number): void
  /** How many ranges were added. */
  count(): number
  /** Whether a place is among them; to be asked in ascending order. */
  reader(): (place: number) => boolean
}

/** No places yet. */
export function createPlaces(): Places {
  const bounds: number[] = []
  return {
    add: (from, to) => void bounds.push(from, to),
    count: () => bounds.length / 2,
    reader() {
      let at = 0
      return (place) => {
        while (at < bounds.length && bounds[at + 1]! <= place) at += 2
        return at < bounds.length && bounds[at]! <= place
      }
    },
  }
}
