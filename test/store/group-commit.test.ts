import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createGroupCommit } from '../../src/store/group-commit.ts'

/** A flush that waits to be let go, and the groups that it was given. */
function heldFlush() {
  const groups: number[][] = []
  const gates: PromiseWithResolvers<void>[] = []
  const flush = async (items: number[]) => {
    groups.push(items)
    const gate = Promise.withResolvers<void>()
    gates.push(gate)
    await gate.promise
    return items.map((item) => item * 10)
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return {
    groups,
    flush,
    turn,
    async release() {
      gates.shift()?.resolve()
      await turn()
    },
  }
}

describe('a group commit', () => {
  test('answers each item with its own result, whatever the size of the groups', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(), { maxLength: 50 }),
        fc.integer({ min: 1, max: 60 }),
        async (items, largest) => {
          const add = createGroupCommit(async (group: number[]) => {
            expect(group.length).toBeGreaterThan(0)
            expect(group.length).toBeLessThanOrEqual(largest)
            return group.map((item) => `done ${item}`)
          }, largest)
          const results = await Promise.all(items.map(add))
          expect(results).toEqual(items.map((item) => `done ${item}`))
        },
      ),
    )
  })

  test('takes together all who add in the same turn', async () => {
    const held = heldFlush()
    const add = createGroupCommit(held.flush, 100)
    const results = Promise.all([add(1), add(2), add(3)])
    await held.turn()
    expect(held.groups).toEqual([[1, 2, 3]])
    await held.release()
    expect(await results).toEqual([10, 20, 30])
  })

  test('gathers those who come during a flush, and never flushes twice at once', async () => {
    const held = heldFlush()
    const add = createGroupCommit(held.flush, 2)
    const first = add(1)
    await held.turn()
    const rest = [add(2), add(3), add(4)]
    await held.turn()
    expect(held.groups).toEqual([[1]])
    await held.release()
    expect(held.groups).toEqual([[1], [2, 3]])
    await held.release()
    await held.release()
    expect(await Promise.all([first, ...rest])).toEqual([10, 20, 30, 40])
    expect(held.groups).toEqual([[1], [2, 3], [4]])
  })

  test('fails those of one flush alone, and goes on', async () => {
    const add = createGroupCommit(async (items: number[]) => {
      if (items.includes(2)) throw new Error('the database went away')
      return items
    }, 2)
    const results = await Promise.allSettled([1, 2, 3, 4].map(add))
    expect(results.map((result) => result.status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ])
    expect(await add(5)).toBe(5)
  })

  test('also fails those of a flush that throws before it waits', async () => {
    const add = createGroupCommit((items: number[]): Promise<number[]> => {
      if (items[0] === 1) throw new Error('not even begun')
      return Promise.resolve(items)
    }, 1)
    await expect(add(1)).rejects.toThrow('not even begun')
    expect(await add(2)).toBe(2)
  })
})
