import { expect, it } from 'vitest'
import type { Braked } from '../../../src/domain/brake.ts'
import type { Outcome } from '../../../src/domain/outcome.ts'
import { type BrakePorts, createBrake } from '../../../src/pipeline/send/brake.ts'
import type { ClaimedMessage } from '../../../src/pipeline/send/one.ts'

// The brake of one session: what it watches, when it acts, and what it forgets.

const rules = { refusedPercent: 20, sameCause: 50, outlierPercent: 20 }
const refused: Outcome = { kind: 'rejected', code: 'IO_PAYLOAD', detail: 'HTTP 400' }
const accepted: Outcome = { kind: 'accepted', ioId: '01AAAAAAAAAAAAAAAAAAAAAAAA' }

const messageOf = (flowId: number, amountCents: number | null = null) =>
  ({
    ...{ flowId, institution: 'comune', feed: 'tari', campaign: null },
    data: { payment: amountCents === null ? null : { amountCents } },
  }) as ClaimedMessage

function given(more: Partial<BrakePorts> = {}) {
  const suspended: [number, Braked][] = []
  const asked: number[] = []
  const ports: BrakePorts = {
    rulesOf: () => rules,
    async usualCents(flowId) {
      asked.push(flowId)
      return 100
    },
    async suspend({ flowId }, braked) {
      suspended.push([flowId, braked])
      return true
    },
    ...more,
  }
  return { brake: createBrake(ports), suspended, asked }
}

it('suspends the flow that ends badly, once, and no other', async () => {
  const { brake, suspended } = given()
  for (let n = 0; n < 60; n++) {
    await brake.follow(messageOf(1))(accepted)
    await brake.follow(messageOf(2))(refused)
    if (suspended.length > 0) break
  }
  expect(suspended).toEqual([[2, { by: 'refused', count: 50, of: 50, cause: 'IO_PAYLOAD' }]])
})

it('counts nothing of what was in flight when it suspended the flow', async () => {
  const { brake, suspended } = given()
  const inFlight = Array.from({ length: 60 }, () => brake.follow(messageOf(1)))
  for (const ended of inFlight) await ended(refused)
  expect(suspended).toHaveLength(1)
  // Begun after it was resumed: watched from nothing.
  for (let n = 0; n < 49; n++) await brake.follow(messageOf(1))(refused)
  expect(suspended).toHaveLength(1)
  await brake.follow(messageOf(1))(refused)
  expect(suspended).toHaveLength(2)
})

it('lets nothing more of the flow begin while it is being suspended', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const { brake } = given({ suspend: () => promise })
  for (let n = 0; n < 49; n++) await brake.follow(messageOf(1))(refused)
  const last = brake.follow(messageOf(1))(refused)
  await Promise.resolve()
  await Promise.resolve()
  expect([brake.isOn(1), brake.isOn(2)]).toEqual([true, false])
  resolve(true)
  await last
  expect(brake.isOn(1)).toBe(false)
})

it('asks for the usual amount of a flow once', async () => {
  const { brake, asked, suspended } = given()
  for (let n = 0; n < 50; n++) await brake.follow(messageOf(7, n < 39 ? 100 : 1000))(accepted)
  expect(asked).toEqual([7])
  expect(suspended).toEqual([[7, { by: 'outliers', count: 11, of: 50, cause: null }]])
})

it('watches at most a thousand flows, and forgets the one watched longest', async () => {
  const { brake, asked } = given()
  for (let flow = 1; flow <= 1001; flow++) await brake.follow(messageOf(flow))(accepted)
  await brake.follow(messageOf(1001))(accepted)
  expect(asked).toHaveLength(1001)
  await brake.follow(messageOf(1))(accepted)
  expect(asked).toHaveLength(1002)
})

it('asks again where the usual amount could not be read', async () => {
  let fails = true
  const { brake } = given({
    async usualCents() {
      if (fails) throw new Error('the database is away')
      return null
    },
  })
  await expect(brake.follow(messageOf(1))(accepted)).rejects.toThrow('away')
  fails = false
  await brake.follow(messageOf(1))(accepted)
})

it('does nothing without rules, and without ports', async () => {
  const { brake, asked } = given({ rulesOf: () => null })
  for (let n = 0; n < 200; n++) await brake.follow(messageOf(1))(refused)
  for (let n = 0; n < 200; n++) await createBrake(undefined).follow(messageOf(1))(refused)
  expect(asked).toEqual([])
})
