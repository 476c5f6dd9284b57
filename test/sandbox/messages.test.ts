// The sandbox's memory of what it accepted, and the ids that it finds it by.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NewMessage } from '../../src/domain/new-message.ts'
import { createMessages } from '../../src/sandbox/messages.ts'
import { createPopulation } from '../../src/sandbox/population.ts'
import { createServices } from '../../src/sandbox/services.ts'
import { decodeIndex, encodeId } from '../../src/sandbox/ulid.ts'

const caller = createServices({ key: { service: 'tari', account: 'a' } }, false).findCaller('key')!
const content = { subject: 'Avviso TARI', markdown: 'a'.repeat(80) }

function messageOf(number: number): NewMessage {
  const notice_number = `3${String(number).padStart(17, '0')}`
  const payment_data = { amount: 1, notice_number }
  return { fiscal_code: codeOf(number), content: { ...content, payment_data } }
}

const codeOf = (number: number) => `AAAAAA${String(number % 100).padStart(2, '0')}A00A000A`

function createStore(clock: { now: number }) {
  const population = createPopulation(1, { notOnIo: 0, serviceOff: 0 })
  const options = { seed: 1, population, processingDelayMilliseconds: 1_000, now: () => clock.now }
  return { messages: createMessages(options), population }
}

describe('an id', () => {
  test('is a ULID that gives its index back', () => {
    const times = fc.integer({ min: 0, max: 281_474_976_710_655 })
    fc.assert(
      fc.property(times, fc.nat(), fc.nat(10_000_000), (time, seed, index) => {
        const id = encodeId(time, seed, index)
        expect(id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
        expect(decodeIndex(id)).toBe(index)
      }),
    )
  })

  test('that was never given finds nothing', () => {
    const { messages } = createStore({ now: 1_000 })
    const id = messages.accept(caller, codeOf(0), messageOf(0))
    const forged = `${id.slice(0, 12)}${id[12] === 'A' ? 'B' : 'A'}${id.slice(13)}`
    expect(messages.find(id)).not.toBeNull()
    for (const other of [forged, encodeId(1_000, 1, 1), 'x', '']) {
      expect(messages.find(other)).toBeNull()
    }
  })
})

test('every message of many is found again; only the newest 10,000 keep their content', () => {
  const clock = { now: 1_700_000_000_000 }
  const { messages } = createStore(clock)
  const ids: string[] = []
  for (let number = 0; number < 40_000; number += 1) {
    clock.now += 1
    ids.push(messages.accept(caller, codeOf(number), messageOf(number)))
  }
  expect(new Set(ids).size).toBe(40_000)
  for (const number of [0, 16_383, 16_384, 29_999, 30_000, 39_999]) {
    expect(messages.find(ids[number]!)).toMatchObject({
      id: ids[number],
      fiscalCode: codeOf(number),
      service: 'tari',
      noticeNumber: messageOf(number).content.payment_data?.notice_number,
      acceptedAt: 1_700_000_000_001 + number,
      message: number < 30_000 ? null : messageOf(number),
    })
  }
  expect([...messages.all()].map(({ id }) => id)).toEqual(ids)
})

test('the same text has the same content hash, another text another', () => {
  const { messages } = createStore({ now: 0 })
  const other = { ...content, markdown: 'b'.repeat(80) }
  messages.accept(caller, codeOf(0), { fiscal_code: codeOf(0), content })
  messages.accept(caller, codeOf(1), { fiscal_code: codeOf(1), content })
  messages.accept(caller, codeOf(2), { fiscal_code: codeOf(2), content: other })
  const hashes = [...messages.all()].map(({ contentHash }) => contentHash)
  expect(hashes[0]).toBe(hashes[1])
  expect(hashes[2]).not.toBe(hashes[0])
})

test('a citizen who changes before processing is due decides it, after it was due does not', () => {
  const clock = { now: 0 }
  const { messages, population } = createStore(clock)
  const early = messages.accept(caller, codeOf(7), messageOf(7))
  clock.now = 1_500
  const late = messages.accept(caller, codeOf(7), messageOf(7))
  messages.settle()
  population.state(codeOf(7), { off: 'all' })
  clock.now = 9_000
  expect(messages.find(early)?.status).toBe('PROCESSED')
  expect(messages.find(late)?.status).toBe('REJECTED')
})

test('each message is settled once, however often citizens change and clocks go back', () => {
  const clock = { now: 0 }
  const asked: string[] = []
  const messages = createMessages({
    seed: 1,
    population: {
      findProfile(code) {
        asked.push(code)
        return { senderAllowed: true, languages: null, mode: 'AUTO' }
      },
    },
    processingDelayMilliseconds: 1_000,
    now: () => clock.now,
  })
  for (const at of [5_000, 0, 2_000]) {
    clock.now = at
    messages.accept(caller, codeOf(at), messageOf(at))
  }
  for (const [now, settled] of [
    [2_500, 1],
    [2_500, 1],
    [3_000, 2],
    [6_000, 3],
    [9_000, 3],
  ] as const) {
    clock.now = now
    messages.settle()
    expect(asked).toHaveLength(settled)
  }
})

test('a status can be forced, even to be stuck', () => {
  const clock = { now: 0 }
  const { messages } = createStore(clock)
  const ids = [0, 1].map((number) => messages.accept(caller, codeOf(number), messageOf(number)))
  messages.force(ids[0]!, 'ACCEPTED')
  messages.force(ids[1]!, 'FAILED')
  clock.now = 86_400_000
  expect(ids.map((id) => messages.find(id)?.status)).toEqual(['ACCEPTED', 'FAILED'])
  expect(() => messages.force('x', 'FAILED')).toThrow('never accepted')
})

test('content comes first, then PROCESSED, then the end of pending', () => {
  const clock = { now: 0 }
  const population = createPopulation(1, { notOnIo: 0, serviceOff: 0 })
  const messages = createMessages({
    seed: 1,
    population,
    processingDelayMilliseconds: 1_000,
    settlingMilliseconds: 100,
    now: () => clock.now,
  })
  const id = messages.accept(caller, codeOf(0), messageOf(0))
  const seen = [999, 1_000, 1_100, 1_200].map((now) => {
    clock.now = now
    const { hasContent, status, isPending } = messages.find(id)!
    return [hasContent, status, isPending]
  })
  expect(seen).toEqual([
    [false, 'ACCEPTED', true],
    [true, 'ACCEPTED', true],
    [true, 'PROCESSED', true],
    [true, 'PROCESSED', false],
  ])
})

test('shares of the messages are stuck, or fail', () => {
  const clock = { now: 0 }
  const population = createPopulation(1, { notOnIo: 0, serviceOff: 0 })
  const messages = createMessages({
    seed: 1,
    population,
    processingDelayMilliseconds: 0,
    stuckShare: 0.2,
    failedShare: 0.3,
    now: () => clock.now,
  })
  const ids = Array.from({ length: 5_000 }, (_, number) =>
    messages.accept(caller, codeOf(number), messageOf(number)),
  )
  const ends = Map.groupBy(ids, (id) => messages.find(id)!.status)
  expect(ends.get('ACCEPTED')!.length / ids.length).toBeCloseTo(0.2, 1)
  expect(ends.get('FAILED')!.length / ids.length).toBeCloseTo(0.3, 1)
  expect(ends.get('PROCESSED')!.length / ids.length).toBeCloseTo(0.5, 1)
})
