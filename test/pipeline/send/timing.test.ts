// Any claim of messages, judged with the real log and the real tables: what goes, what waits, what
// is held and what is given up are all there is, and together the claim.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { alwaysOpen, type Calendar, isOpen, nextOpening } from '../../../src/domain/calendar.ts'
import type { LateRule } from '../../../src/domain/lateness.ts'
import type { NoticeData } from '../../../src/domain/notice.ts'
import type { ClaimedMessage, SendLog, SendService } from '../../../src/pipeline/send/one.ts'
import { keepTime, type TimingPorts, takeDays } from '../../../src/pipeline/send/timing.ts'
import { openSendLog } from '../../../src/store/attempts.ts'
import { openSendJournal, type SendJournal } from '../../../src/store/send-journal.ts'
import { type GivenStore, givenStore } from '../../store/given.ts'

const ZONE = 'Europe/Rome'
const BEGINNING = Temporal.Instant.from('2026-10-20T00:00:00Z')

let given: GivenStore
let directory: string
let journal: SendJournal
beforeAll(async () => {
  given = await givenStore()
  directory = await mkdtemp(join(tmpdir(), 'staffetta-timing-'))
  journal = await openSendJournal(given.pool, directory)
})
afterAll(async () => {
  await journal.close()
  await given.close()
  await rm(directory, { recursive: true })
})

const hours = fc.integer({ min: -15 * 24, max: 24 })
const message = fc.record({
  purpose: fc.constantFrom('first', 'reminder', 'reminder', 'campaign'),
  feed: fc.constantFrom('tari', 'mensa'),
  recipient: fc.nat(4),
  plannedHours: fc.option(hours, { freq: 9 }),
  dueHours: fc.option(fc.integer({ min: -10 * 24, max: 20 * 24 })),
  crowdedDays: fc.option(fc.nat(8)),
  isOneADay: fc.boolean(),
  waived: fc.subarray(['HOLD_LATE', 'HOLD_PAYMENTS_STALE']),
  notice: fc.nat(8),
})
type Drawn = typeof message extends fc.Arbitrary<infer T> ? T : never

const claim = fc.record({
  messages: fc.array(message, { minLength: 1, maxLength: 25 }),
  nowMinutes: fc.nat(30 * 24 * 60),
  openDays: fc.integer({ min: 0, max: 127 }),
  isAlwaysOpen: fc.boolean(),
  rule: fc.record({
    policy: fc.constantFrom('send', 'hold', 'skip'),
    afterDays: fc.nat(3),
  }) as fc.Arbitrary<LateRule>,
  isStale: fc.boolean(),
})
type Claim = typeof claim extends fc.Arbitrary<infer T> ? T : never

const service: SendService = {
  institution: 'comune',
  service: 'tari',
  account: 'esempio',
  baseUrl: 'http://127.0.0.1',
  key: { reveal: () => 'key' },
  mode: 'live',
  testers: new Set(),
}

let lastId = 0

function claimedOf(drawn: Drawn, now: Temporal.Instant): ClaimedMessage {
  lastId += 1
  const { purpose, feed, plannedHours, dueHours, crowdedDays, isOneADay, waived } = drawn
  const after = (hour: number | null) => (hour === null ? null : now.add({ hours: hour }))
  const today = now.toZonedDateTimeISO(ZONE).toPlainDate()
  return {
    ...{ id: lastId, institutionId: 1, institution: 'comune', flowId: 1, service: 'tari' },
    ...{ mappingVersionId: 1, template: purpose === 'first' ? 0 : 1, textHash: randomBytes(4) },
    purpose: purpose as ClaimedMessage['purpose'],
    feed: purpose === 'campaign' ? null : feed,
    campaign: purpose === 'campaign' ? feed : null,
    dueAt: after(dueHours),
    plannedAt: after(plannedHours === null ? null : Math.min(plannedHours, 0)),
    isOneADay: isOneADay && purpose !== 'first',
    ...{ attempts: 0, limits: [], trial: null, waived, isLetGo: false },
    crowdedSince: crowdedDays === null ? null : today.subtract({ days: crowdedDays }),
    data: { fiscalCode: `recipient-${drawn.recipient}` } as NoticeData,
  }
}

const TOKEN = 7

async function keep(drawn: readonly Drawn[], claimed: readonly ClaimedMessage[]): Promise<SendLog> {
  await given.pool.query('truncate messages, contact_days')
  await given.pool.query(
    `insert into messages (id, institution_id, flow_id, notice_id, purpose, template, send_at, state,
       text_hash, fence)
     select id, 1, 1, notice, 'reminder', 1, $4, 'claimed', '', $3
     from unnest($1::bigint[], $2::bigint[]) as t (id, notice)`,
    [claimed.map(({ id }) => id), drawn.map(({ notice }) => notice), TOKEN, BEGINNING.toString()],
  )
  const lease = { name: 'account/esempio', token: TOKEN }
  const held = { ...lease, lost: new AbortController().signal, isHeld: () => true }
  return openSendLog(given.pool, journal, 'esempio', held, () => BEGINNING)
}

function calendarOf({ isAlwaysOpen, openDays }: Claim): Calendar {
  const always = alwaysOpen(ZONE)
  if (isAlwaysOpen) return always
  const opening = { from: Temporal.PlainTime.from('08:00'), to: Temporal.PlainTime.from('19:00') }
  return {
    ...always,
    opening: (day) => ((openDays >> (day.dayOfWeek - 1)) % 2 === 1 ? opening : null),
  }
}

function timingOf(drawn: Claim, calendar: Calendar): TimingPorts {
  return {
    calendar: ({ feed }) => (feed === 'tari' ? calendar : alwaysOpen(ZONE)),
    closed: () => [],
    lateRule: async () => drawn.rule,
    paymentsOf: ({ feed }) =>
      feed === 'mensa' ? [{ feed: 'pagamenti', maximumAgeHours: 26, by: 'drops' }] : [],
    payments: { findStale: async () => (drawn.isStale ? 'pagamenti: no news' : null) },
    contactDays: given.store.contactDays,
    others: given.store.otherMessages.find,
  }
}

interface Row {
  id: number
  state: string
  code: string | null
  at: Temporal.Instant
}

it('leaves each message of any claim in one state, and no recipient with two a day', async () => {
  await fc.assert(
    fc.asyncProperty(claim, async (drawn) => {
      const now = BEGINNING.add({ minutes: drawn.nowMinutes })
      const claimed = drawn.messages.map((one) => claimedOf(one, now))
      const log = await keep(drawn.messages, claimed)
      const calendar = calendarOf(drawn)
      const timing = timingOf(drawn, calendar)
      const said: { code?: string; messages?: number }[] = []
      const saying = { info: (fields: object) => void said.push(fields) }
      const ports = { timing, service: () => service, now: () => now, log: saying }
      const going = await takeDays(await keepTime(claimed, log, ports), log, ports)

      const { rows } = await given.pool.query<Row>(
        'select id, state, code, send_at as at from messages order by id',
      )
      expect(rows.map(({ id }) => id)).toEqual(claimed.map(({ id }) => id))
      const left = rows.filter(({ state }) => state === 'claimed').map(({ id }) => id)
      expect(going.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(left)
      const isSaid = ({ code }: Row) => code !== null && code !== 'crowded'
      const kept = Map.groupBy(rows.filter(isSaid), ({ code }) => code)
      for (const [code, own] of kept) {
        expect(said).toContainEqual({ code, messages: own.length })
      }
      const contacted = going.filter(({ isOneADay }) => isOneADay)
      const recipients = new Set(contacted.map(({ data }) => data.fiscalCode))
      expect(recipients.size).toBe(contacted.length)

      const isClosed = !isOpen(calendar, now.toZonedDateTimeISO(ZONE).toPlainDateTime())
      for (const one of going) {
        expect(isClosed && one.feed === 'tari').toBe(false)
        expect(drawn.isStale && one.feed === 'mensa' && one.purpose === 'reminder').toBe(
          drawn.isStale &&
            one.feed === 'mensa' &&
            one.purpose === 'reminder' &&
            one.waived?.includes('HOLD_PAYMENTS_STALE') === true,
        )
      }
      for (const { id, state, code, at } of rows) {
        const one = claimed.find((message) => message.id === id) as ClaimedMessage
        const isFirst = one.purpose === 'first'
        if (state === 'waiting') expect(Temporal.Instant.compare(at, now)).toBe(1)
        if (state === 'held' && isFirst) expect(code).toBe('HOLD_CLOSED')
        if (code === 'HOLD_CLOSED') expect(nextOpening(calendar, now)).toBeNull()
        if (state === 'cancelled') expect([isFirst, code]).toEqual([false, code])
        expect(['claimed', 'waiting', 'held', 'cancelled']).toContain(state)
      }
    }),
    { numRuns: 150 },
  )
})

it('asks nothing about first messages', async () => {
  const now = BEGINNING
  const drawn: Drawn = { ...first, isOneADay: true, plannedHours: -200, dueHours: -100 }
  const claimed = [claimedOf(drawn, now)]
  const log = await keep([drawn], claimed)
  const asked = () => {
    throw new Error('asked about a first message')
  }
  const timing: TimingPorts = {
    calendar: () => alwaysOpen(ZONE),
    closed: asked,
    lateRule: asked,
    paymentsOf: asked,
    payments: { findStale: asked },
    contactDays: { take: asked, nextOf: asked },
    others: asked,
  }
  const ports = { timing, service: () => service, now: () => now, log: { info: asked } }
  expect(await takeDays(await keepTime(claimed, log, ports), log, ports)).toEqual(claimed)
})

const first: Drawn = {
  ...{ purpose: 'first', feed: 'tari', recipient: 1, plannedHours: null, dueHours: null },
  ...{ crowdedDays: null, isOneADay: false, waived: [], notice: 1 },
}
