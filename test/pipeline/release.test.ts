import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { releaseFlow } from '../../src/pipeline/release.ts'
import {
  canteenFile,
  canteenRows,
  feedOf,
  type GivenPipeline,
  givenPipeline,
  numbers,
} from './given.ts'

describe('a flow that is ready', () => {
  let given: GivenPipeline
  let institutions = 0
  beforeAll(async () => {
    given = await givenPipeline()
  })
  afterAll(() => given.close())

  const release = (flowId: number) => {
    const { flows, acts } = given.store
    return releaseFlow(flowId, { flows, acts, now: () => given.clock.now })
  }
  const flowOf = async (bytes: string) => {
    const feed = feedOf('mensa', { institution: `comune-${++institutions}` })
    return (await given.take(feed, 'a', bytes)).flowId as number
  }

  test('goes, and its history says who let it go, when and from where', async () => {
    const id = await flowOf(canteenFile(canteenRows(1)))
    expect(await given.store.flows.awaitingRelease(100)).toContain(id)
    expect(await release(id)).toBe(true)
    expect(await given.store.flows.awaitingRelease(100)).not.toContain(id)
    expect(await given.store.acts.ofFlow(id)).toEqual([
      { at: given.clock.now, actor: 'staffetta', origin: 'daemon', verb: 'approved', note: null },
    ])
  })

  test('goes once, with one act, however often and however many at once ask', async () => {
    const id = await flowOf(canteenFile(canteenRows(1)))
    const answers = await Promise.all(numbers(5).map(() => release(id)))
    expect(answers.filter((did) => did)).toHaveLength(1)
    expect(await release(id)).toBe(false)
    expect(await given.store.acts.ofFlow(id)).toHaveLength(1)
  })

  test('is none whose drop could not be read, and nobody is said to have approved it', async () => {
    const id = await flowOf('"')
    expect(await release(id)).toBe(false)
    expect(await given.store.acts.ofFlow(id)).toEqual([])
  })
})
