import { beforeEach, describe, expect, it } from 'vitest'
import { watchKeptBack } from '../../../src/pipeline/send/kept-back.ts'

const suspended = new Set<number>()
let asked: number[][]
let milliseconds: number
beforeEach(() => {
  suspended.clear()
  asked = []
  milliseconds = 0
})

function opened() {
  const session = { keptBack: new Set<number>() }
  const watch = watchKeptBack(session, {
    flows: {
      async keptBack(ids) {
        asked.push([...ids])
        return ids.filter((id) => suspended.has(id))
      },
    },
    monotonic: () => milliseconds,
  })
  return { ...watch, found: () => [...session.keptBack] }
}

describe('what was claimed of a flow before it was suspended', () => {
  it('is found a second later, for all flows of the claim by one question', async () => {
    const watch = opened()
    suspended.add(2)
    await watch.look(() => [1, 2, 2])
    expect([watch.found(), asked]).toEqual([[], []])
    milliseconds = 1000
    await watch.look(() => [1, 2, 2])
    await watch.look(() => [1, 2])
    expect([watch.found(), asked]).toEqual([[2], [[1, 2]]])
  })

  it('is found by everybody who takes up a message while it is asked', async () => {
    const watch = opened()
    suspended.add(1)
    milliseconds = 1000
    await Promise.all([watch.look(() => [1]), watch.look(() => [1]).then(() => watch.found())])
    expect(watch.found()).toEqual([1])
    expect(asked).toHaveLength(1)
  })

  it('is asked anew when a round begins, since it may go on again', async () => {
    const watch = opened()
    suspended.add(1)
    milliseconds = 1000
    await watch.look(() => [1])
    suspended.clear()
    watch.forget()
    expect(watch.found()).toEqual([])
    await watch.look(() => [1])
    expect([watch.found(), asked]).toEqual([[], [[1], [1]]])
  })
})

it('is nothing where nobody can suspend', async () => {
  const session = { keptBack: new Set<number>() }
  const watch = watchKeptBack(session, { flows: {}, monotonic: () => milliseconds })
  milliseconds = 5000
  await watch.look(() => [1])
  expect(session.keptBack.size).toBe(0)
})
