import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { overrideFinding } from '../../src/pipeline/release/override.ts'
import { releaseFlow } from '../../src/pipeline/release.ts'
import {
  canteenFile,
  canteenRow,
  canteenRows,
  feedOf,
  type GivenPipeline,
  givenPipeline,
  numbers,
} from './given.ts'
import { releasePortsOf as portsOf } from './given-release.ts'

describe('a flow that is ready', () => {
  let given: GivenPipeline
  let institutions = 0
  beforeAll(async () => {
    given = await givenPipeline()
  })
  afterAll(() => given.close())

  const release = (flowId: number) => {
    return releaseFlow(flowId, portsOf(given))
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

describe('a flow whose amounts are a hundred times those of the emission before', () => {
  let given: GivenPipeline
  let institutions = 0
  beforeAll(async () => {
    given = await givenPipeline()
  })
  afterAll(() => given.close())

  const release = (flowId: number) => releaseFlow(flowId, portsOf(given))
  const confirm = (flowId: number, totalCents: number) =>
    overrideFinding(
      flowId,
      { code: 'FLOW_AMOUNTS', actor: 'anna', origin: 'cli', totalCents, messages: null, note },
      portsOf(given),
    )
  const note = 'ruolo suppletivo, importi confermati dai tributi'

  const amounts = ['9000', '4500', '13500', '9000']
  const rowsOf = (first: number, cents: string[]) =>
    cents.map((one, n) => canteenRow(first + n, { cents: one }))
  /** An emission of 360,00 euro that has gone, and the next, whose amounts lost their comma. */
  async function lostComma(first = 10, times = 100) {
    const feed = feedOf('mensa', { institution: `ente-${++institutions}` })
    const usual = await given.take(feed, 'a', canteenFile(rowsOf(0, amounts)))
    expect(await release(usual.flowId as number)).toBe(true)
    const jumped = amounts.map((cents) => String(Number(cents) * times))
    const next = await given.take(feed, 'b', canteenFile(rowsOf(first, jumped)))
    return { feed, flowId: next.flowId as number }
  }
  const mails = () =>
    given.count('select count(*) from staff_mails where subject like $1', 'Flusso fermo%')

  test('is kept back, says so once to the staff, and is not asked for again', async () => {
    const { flowId } = await lostComma()
    const before = await mails()
    expect(await release(flowId)).toBe(false)
    expect(await release(flowId)).toBe(false)
    expect(await mails()).toBe(before + 1)
    expect(await given.store.flows.get(flowId)).toMatchObject({
      ...{ state: 'active', reason: 'blocked', releasedAt: null },
      problem: { code: 'FLOW_AMOUNTS', detail: expect.stringContaining('100 volte') },
    })
    expect(await given.store.flows.awaitingRelease(100)).not.toContain(flowId)
    const [kept] = await given.store.acts.ofFlow(flowId)
    expect(kept).toMatchObject({ actor: 'staffetta', verb: 'kept-back' })
    expect(kept?.note).toContain('36.000,00 €')
  })

  test('goes when a person names its total, and its history says who, which and why', async () => {
    const { flowId } = await lostComma()
    await release(flowId)
    expect(await confirm(flowId, 3_600_000)).toMatchObject({ kind: 'done', led: 'released' })
    const flow = await given.store.flows.get(flowId)
    expect(flow).toMatchObject({ reason: 'approved', releasedAt: given.clock.now, problem: null })
    const history = await given.store.acts.ofFlow(flowId)
    expect(history.slice(1)).toEqual([
      {
        ...{ at: given.clock.now, actor: 'anna', origin: 'cli', verb: 'overrode FLOW_AMOUNTS' },
        note: `36.000,00 €: ${note}`,
      },
      { at: given.clock.now, actor: 'staffetta', origin: 'daemon', verb: 'approved', note: null },
    ])
  })

  test.each([36_000, 3_600_001, 0])('does not go for the total %i', async (totalCents) => {
    const { flowId } = await lostComma()
    await release(flowId)
    expect(await confirm(flowId, totalCents)).toMatchObject({
      ...{ kind: 'refused', because: 'other-total' },
    })
    expect(await given.store.flows.get(flowId)).toMatchObject({ releasedAt: null })
    expect(await given.store.acts.ofFlow(flowId)).toHaveLength(1)
  })

  test('is caught too when it repeats the very bills of the emission before', async () => {
    const { flowId } = await lostComma(0)
    expect(await release(flowId)).toBe(false)
    expect(await given.store.flows.emission(flowId)).toEqual({
      amounts: emission(4, 3_600_000, 450_000, 900_000, 1_350_000),
      before: emission(4, 36_000, 4_500, 9_000, 13_500),
    })
  })

  test('is caught too when the comma is one too many', async () => {
    const { flowId } = await lostComma(10, 0.01)
    expect(await release(flowId)).toBe(false)
    const { problem } = await given.store.flows.get(flowId)
    expect(problem?.detail).toContain('100 volte più piccola')
  })

  test('is not what the emission after it is compared with, until it has gone', async () => {
    const { feed, flowId } = await lostComma()
    await release(flowId)
    const right = await given.take(feed, 'c', canteenFile(rowsOf(20, amounts)))
    expect(await release(right.flowId as number)).toBe(true)
    expect(await confirm(right.flowId as number, 36_000)).toMatchObject({
      ...{ kind: 'refused', because: 'leaving' },
    })
  })

  test('is caught too when a lot of two corrected bills came between', async () => {
    const feed = feedOf('mensa', { institution: `ente-${++institutions}` })
    const usual = await given.take(feed, 'a', canteenFile(rowsOf(0, amounts)))
    await release(usual.flowId as number)
    const few = await given.take(feed, 'b', canteenFile(rowsOf(40, ['9000', '4500'])))
    expect(await release(few.flowId as number)).toBe(true)
    const jumped = amounts.map((cents) => `${cents}00`)
    const next = await given.take(feed, 'c', canteenFile(rowsOf(10, jumped)))
    expect(await release(next.flowId as number)).toBe(false)
    const { before } = await given.store.flows.emission(next.flowId as number)
    expect(before).toMatchObject({ count: 4, totalCents: 36_000 })
  })

  test('of another feed are not compared', async () => {
    const { feed } = await lostComma()
    const other = { ...feed, feed: 'asilo' }
    const large = await given.take(
      other,
      'a',
      canteenFile(rowsOf(30, ['900000', '800000', '700000'])),
    )
    expect(await release(large.flowId as number)).toBe(true)
  })

  function emission(count: number, totalCents: number, ...cents: [number, number, number]) {
    const [minimumCents, medianCents, maximumCents] = cents
    const sums = { count, totalCents, minimumCents, medianCents, maximumCents }
    return { ...sums, p99Cents: maximumCents, wholeEuros: expect.any(Number) }
  }
})
