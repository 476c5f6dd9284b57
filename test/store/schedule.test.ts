import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ScheduledLot } from '../../src/domain/schedule.ts'
import type { ScheduleFilter } from '../../src/store/schedule.ts'
import { type GivenStore, givenStore } from './given.ts'

let given: GivenStore
beforeEach(async () => {
  given = await givenStore()
})
afterEach(() => given.close())

const now = Temporal.Instant.from('2026-03-27T08:00:00Z')
const all: ScheduleFilter = { institution: 'comune', feed: null, service: null, emission: null }

interface GivenMessages {
  institution: string
  feed: string | null
  campaign: string | null
  service: string
  released: boolean
  purpose: string
  template: number
  at: string
  state: string
  code: string | null
  moved: string | null
  emission: string | null
  count: number
  rules: string[] | null
  fiscalCode: string
}

let lastId = 0

/** A flow with so many messages, all alike; answers its id. */
async function addMessages(changes: Partial<GivenMessages>): Promise<number> {
  const one: GivenMessages = {
    ...{ institution: 'comune', feed: 'mensa', campaign: null, service: 'mensa', released: true },
    ...{ purpose: 'reminder', template: 1, at: '2026-03-28T08:30:00Z', state: 'waiting' },
    ...{ code: null, moved: null, emission: null, count: 1, rules: null, fiscalCode: '' },
    ...changes,
  }
  const { pool } = given
  await pool.query('insert into institutions (name) values ($1) on conflict do nothing', [
    one.institution,
  ])
  const { rows } = await pool.query<{ id: number; owner: number }>(
    `with version as (
       insert into mapping_versions (institution_id, name, sha256, spec, first_used_at)
       select id, 'mensa', sha256($8::bytea), $7, $6 from institutions
       where name = $1 and $7::jsonb is not null
       on conflict (institution_id, name, sha256) do update set name = excluded.name returning id)
     insert into flows (institution_id, feed, campaign, origin, service, account, state, zone,
       calendar_version, created_at, released_at, mapping_version_id)
     select id, $2, $3, 'drop', $4, 'esempio', 'active', 'Europe/Rome', '1', $6,
       case when $5 then $6::timestamptz end, (select id from version)
     from institutions where name = $1 returning id, institution_id as owner`,
    [
      ...[one.institution, one.feed, one.campaign, one.service, one.released, now.toString()],
      one.rules && JSON.stringify({ mapping: { reminders: one.rules.map((at) => ({ at })) } }),
      Buffer.from(JSON.stringify(one.rules)),
    ],
  )
  const { id, owner } = rows[0] as { id: number; owner: number }
  const from = lastId
  lastId += one.count
  await pool.query(
    `insert into notices (id, institution_id, series_id, key_hash, state, flow_id,
       mapping_version_id, service, content_hash, matter_hash, fiscal_code_hash, emission, sealed,
       created_at, changed_at)
     select n, $3, 1, int8send(n), 'open', $4, 1, $5, '', '', $6, $7, 'sealed', $8, $8
     from generate_series($1::bigint + 1, $1::bigint + $2) n`,
    [
      ...[from, one.count, owner, id, one.service, Buffer.from(one.fiscalCode), one.emission],
      now.toString(),
    ],
  )
  await pool.query(
    `insert into messages (id, institution_id, flow_id, notice_id, purpose, template, send_at,
       state, code, moved, text_hash)
     select n, $3, $4, n, $5, $6, $7, $8, $9, $10, ''
     from generate_series($1::bigint + 1, $1::bigint + $2) n`,
    [
      ...[from, one.count, owner, id, one.purpose, one.template, one.at, one.state, one.code],
      one.moved,
    ],
  )
  return id
}

/** The first instants of so many days from a day on, and the end of the last. */
function startsOf(day: string, days: number, zone = 'Europe/Rome'): Temporal.Instant[] {
  const first = Temporal.PlainDate.from(day)
  return Array.from({ length: days + 1 }, (_, n) =>
    first.add({ days: n }).toZonedDateTime(zone).toInstant(),
  )
}

/** Lots in few words: `day 1: 3 reminder -7d 09:30`. */
function say(lots: readonly ScheduledLot[]): string[] {
  return lots
    .map(({ day, messages, purpose, rule, moved }) =>
      [`day ${day}: ${messages} ${purpose}`, rule, moved].filter(Boolean).join(' '),
    )
    .sort()
}

describe('lots', () => {
  it('are none where nothing is known of the institution', async () => {
    expect(await given.store.schedule.lots(all, now, startsOf('2026-03-27', 30))).toEqual([])
  })

  it('count what waits by day, purpose, rule and why it was moved', async () => {
    const rules = ['-7d 09:30', '+3d 10:00']
    await addMessages({ rules, count: 3 })
    await addMessages({ rules, template: 2, count: 2, moved: 'closed' })
    await addMessages({ purpose: 'first', template: 0, at: '2026-03-27T07:00:00Z', count: 4 })
    await addMessages({ purpose: 'campaign', feed: null, campaign: 'solleciti', template: 0 })
    await addMessages({ state: 'sent' })
    await addMessages({ institution: 'altro' })
    const lots = await given.store.schedule.lots(all, now, startsOf('2026-03-27', 3))
    expect(say(lots)).toEqual([
      'day -1: 4 first',
      'day 1: 1 campaign',
      'day 1: 2 reminder +3d 10:00 closed',
      'day 1: 3 reminder -7d 09:30',
    ])
  })

  it('fall on the civil day of the zone, also where it has 23 or 25 hours', async () => {
    for (const hour of ['2026-03-28T22:59:59Z', '2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z']) {
      await addMessages({ at: hour })
    }
    await addMessages({ at: '2026-03-29T22:00:00Z' })
    const spring = await given.store.schedule.lots(all, now, startsOf('2026-03-27', 4))
    expect(say(spring)).toEqual(['day 1: 1 reminder', 'day 2: 2 reminder', 'day 3: 1 reminder'])

    for (const hour of ['2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z', '2026-10-25T23:00:00Z']) {
      await addMessages({ at: hour })
    }
    const autumn = Temporal.Instant.from('2026-10-24T00:00:00Z')
    const lots = await given.store.schedule.lots(all, autumn, startsOf('2026-10-24', 3))
    expect(say(lots).slice(1)).toEqual(['day 1: 2 reminder', 'day 2: 1 reminder'])
    expect(say(lots)[0]).toBe('day -1: 4 reminder')
  })

  it('of the same instant fall on another day in another zone', async () => {
    await addMessages({ at: '2026-03-28T12:00:00Z' })
    const dayIn = async (zone: string) => {
      const day = now.toZonedDateTimeISO(zone).toPlainDate()
      const starts = startsOf(day.toString(), 3, zone)
      const [lot] = await given.store.schedule.lots(all, now, starts)
      return day.add({ days: lot?.day ?? -99 }).toString()
    }
    expect(await dayIn('Europe/Rome')).toBe('2026-03-28')
    expect(await dayIn('Pacific/Kiritimati')).toBe('2026-03-29')
    expect(await dayIn('America/Los_Angeles')).toBe('2026-03-28')
  })

  it('reach as far as 400 days, and no further than the last day', async () => {
    await addMessages({ at: '2027-04-30T21:59:59Z' })
    await addMessages({ at: '2027-04-30T22:00:00Z' })
    const lots = await given.store.schedule.lots(all, now, startsOf('2026-03-27', 400))
    expect(say(lots)).toEqual(['day 399: 1 reminder'])
  })

  it('of a flow that is not released have its number, the others none', async () => {
    await addMessages({ count: 2 })
    await addMessages({ count: 3 })
    const kept = await addMessages({ released: false, count: 4 })
    const lots = await given.store.schedule.lots(all, now, startsOf('2026-03-27', 3))
    expect(lots.map(({ standing, flowId, messages }) => [standing, flowId, messages])).toEqual(
      expect.arrayContaining([
        ['released', null, 5],
        ['unreleased', kept, 4],
      ]),
    )
    expect(lots).toHaveLength(2)
  })

  it.each<[string, Partial<ScheduleFilter>]>([
    ['feed', { feed: 'tari' }],
    ['service', { service: 'tributi' }],
    ['emission', { emission: '2026' }],
    ['feed, service and emission', { feed: 'tari', service: 'tributi', emission: '2026' }],
  ])('are those of one %s where it is named', async (_, filter) => {
    await addMessages({ count: 2 })
    await addMessages({ feed: 'tari', service: 'tributi', emission: '2026', count: 3 })
    const wanted = { ...all, ...filter }
    const lots = await given.store.schedule.lots(wanted, now, startsOf('2026-03-27', 3))
    expect(say(lots)).toEqual(['day 1: 3 reminder'])
    const [from, to] = startsOf('2026-03-28', 1) as [Temporal.Instant, Temporal.Instant]
    const instants = await given.store.schedule.instants(wanted, from, to)
    expect(instants).toMatchObject([{ feed: 'tari', messages: 3 }])
  })
})

it('the instants of a day come in their order, flow by flow, with their rules', async () => {
  const rules = ['-7d 09:30']
  const first = await addMessages({ rules, count: 2 })
  const second = await addMessages({ at: '2026-03-28T07:00:00Z', moved: 'crowded' })
  await addMessages({ at: '2026-03-28T23:00:00Z' })
  const [from, to] = startsOf('2026-03-28', 1) as [Temporal.Instant, Temporal.Instant]
  const said = (await given.store.schedule.instants(all, from, to)).map(
    ({ at, flowId, rule, moved, messages }) => [at.toString(), flowId, rule, moved, messages],
  )
  expect(said).toEqual([
    ['2026-03-28T07:00:00Z', second, null, 'crowded', 1],
    ['2026-03-28T08:30:00Z', first, '-7d 09:30', null, 2],
  ])
})

describe('what leaves not', () => {
  const [from, , , end] = startsOf('2026-03-27', 3) as Temporal.Instant[]
  const unsent = (filter = all) =>
    given.store.schedule.unsent(filter, from as Temporal.Instant, end as Temporal.Instant)

  it('is counted by code, of reminders and campaigns in these days', async () => {
    await addMessages({ state: 'cancelled', code: 'settled', count: 3 })
    await addMessages({ state: 'cancelled', code: 'superseded', feed: 'tari' })
    await addMessages({ state: 'cancelled', code: 'settled', purpose: 'first' })
    await addMessages({ state: 'cancelled', code: 'settled', at: '2026-03-30T00:00:00Z' })
    expect((await unsent()).cancelled).toEqual([
      { code: 'settled', messages: 3 },
      { code: 'superseded', messages: 1 },
    ])
    expect((await unsent({ ...all, feed: 'tari' })).cancelled).toEqual([
      { code: 'superseded', messages: 1 },
    ])
  })

  it('is held whenever it was due, and uncertain', async () => {
    const held = { state: 'held', code: 'HOLD_PAYMENTS_STALE', at: '2026-01-01T00:00:00Z' }
    await addMessages({ ...held, count: 2 })
    await addMessages({ ...held, purpose: 'first', code: 'HOLD_SERVICE', emission: '2026' })
    await addMessages({ state: 'uncertain', count: 4 })
    const { held: found, uncertain } = await unsent()
    expect(found).toEqual([
      { purpose: 'reminder', code: 'HOLD_PAYMENTS_STALE', messages: 2 },
      { purpose: 'first', code: 'HOLD_SERVICE', messages: 1 },
    ])
    expect(uncertain).toBe(4)
    expect((await unsent({ ...all, emission: '2026' })).held).toHaveLength(1)
  })

  it('waits for people who are not to be written to', async () => {
    await addMessages({ fiscalCode: 'one', count: 2 })
    await addMessages({ fiscalCode: 'one', at: '2026-03-30T00:00:00Z' })
    await addMessages({ fiscalCode: 'other' })
    await given.pool.query(
      `insert into do_not_contact (institution_id, fiscal_code_hash, sealed, since, actor, because)
       select id, $1, 'sealed', $2, 'root', 'asked' from institutions where name = 'comune'`,
      [Buffer.from('one'), now.toString()],
    )
    expect((await unsent()).blocked).toBe(2)
  })
})

it('the plan of a flow is told template by template', async () => {
  const rules = ['-7d 09:30', '-1d 09:30']
  const flow = await addMessages({ rules, count: 3, moved: 'closed' })
  await given.pool.query(
    `update messages set state = 'sent', moved = null where flow_id = $1
     and id = (select min(id) from messages where flow_id = $1)`,
    [flow],
  )
  await given.pool.query(
    `insert into messages (id, institution_id, flow_id, notice_id, purpose, template, send_at,
       state, text_hash) select id + 1000000, institution_id, flow_id, notice_id, purpose, 2,
       send_at, 'cancelled', '' from messages where flow_id = $1`,
    [flow],
  )
  expect(await given.store.schedule.ofFlow(flow)).toEqual([
    {
      ...{ purpose: 'reminder', rule: '-7d 09:30', moved: 2 },
      nextAt: Temporal.Instant.from('2026-03-28T08:30:00Z'),
      states: { sent: 1, waiting: 2 },
    },
    {
      ...{ purpose: 'reminder', rule: '-1d 09:30', moved: 0, nextAt: null },
      states: { cancelled: 3 },
    },
  ])
})
