// Two people at once, each with a process of their own: one wins and the other is told, whatever
// the two do. Neither ever fails, no citizen hears twice, and every account closes.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { App } from '../src/app.ts'
import type { Decided } from '../src/domain/decision.ts'
import { difference } from '../src/domain/flow-account.ts'
import {
  approveAsSeen,
  child,
  INSTITUTION,
  type Installation,
  openInstallation,
} from './installation.ts'

let here: Installation
let apps: [App, App]
beforeAll(async () => {
  here = await openInstallation({
    configuration: { [`${INSTITUTION}/feeds/mensa.yaml`]: { 'release.approval': 'one' } },
  })
  apps = [here.app, await here.another()]
  await writeFile(
    errataFile(),
    'markdown:\n  it: >-\n    Mensa di {{ mese }}: l’importo giusto è {{ importo | euro }}.\n' +
      '    Ci scusiamo per l’errore nel messaggio di prima sulla mensa scolastica.\n',
  )
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const errataFile = () => join(here.playground.directory, 'errata.yaml')
const RECORDS = 12
const PAST = 6

let month = 0
/** A flow of a month of its own; half of it past due, where it is to be blocked. */
async function aFlow(isBlocked: boolean): Promise<number> {
  month += 1
  const name = `${2030 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`
  const rows = Array.from({ length: RECORDS }, (_, n) =>
    child(n + month * 100, { month: name, ...(isBlocked && n < PAST && { due: '2020-01-31' }) }),
  )
  return here.drop(rows, `mensa-${name}.csv`)
}

type Act = (app: App, flow: number, actor: string) => Promise<Decided | { kind: 'wrong-text' }>

const asked = (actor: string) => ({ actor, origin: 'cli', note: 'prova' })
const code = 'FLOW_PAST_DUE' as const

const acts = {
  approve: (app, flow, actor) => approveAsSeen(app, flow, actor, asked(actor)),
  override: (app, flow, actor) =>
    app.flows.override(flow, { ...asked(actor), code, totalCents: RECORDS * 4500, messages: null }),
  leaveOut: (app, flow, actor) => app.flows.leaveOut(flow, { ...asked(actor), code }),
  redo: (app, flow, actor) => app.flows.redo(flow, asked(actor)),
  stop: (app, flow, actor) => app.flows.stop(flow, { ...asked(actor), atMost: null }),
  suspend: (app, flow, actor) => app.flows.suspend(flow, asked(actor)),
  resume: (app, flow, actor) => app.flows.resume(flow, asked(actor)),
  sendBack: (app, flow, actor) => app.flows.sendBack(flow, asked(actor)),
  recheck: (app, flow, actor) => app.flows.recheck(flow, asked(actor)),
  check: (app, flow) => app.flows.check(flow),
  errata: (app, flow, actor) =>
    app.flows.errata(flow, { path: errataFile() }, { messages: RECORDS, errata: [] }, asked(actor)),
  async brake({ store }, flow) {
    const braked = { by: 'refused', count: 60, of: 100, cause: 'X' } as const
    const which = { flowId: flow, institution: INSTITUTION, feed: 'mensa', campaign: null }
    const done = await store.brakes.suspend(which, braked, [], Temporal.Now.instant())
    return done ? { kind: 'done' } : { kind: 'refused', because: 'stopped', state: 'active' }
  },
} satisfies Record<string, Act>

/** What happened before, and how many of the two may have been done. */
const pairs: [keyof typeof acts, keyof typeof acts, (keyof typeof acts | 'send')[], number[]][] = [
  ['approve', 'approve', [], [1]],
  ['approve', 'redo', [], [1, 2]],
  ['approve', 'stop', [], [1, 2]],
  ['approve', 'sendBack', [], [1, 2]],
  ['approve', 'suspend', [], [1, 2]],
  ['redo', 'redo', [], [1]],
  ['redo', 'stop', [], [1, 2]],
  ['sendBack', 'sendBack', [], [1]],
  ['recheck', 'recheck', ['sendBack'], [1]],
  ['recheck', 'redo', ['sendBack'], [1, 2]],
  ['suspend', 'suspend', [], [1]],
  ['stop', 'stop', ['approve'], [1]],
  ['resume', 'stop', ['approve', 'suspend'], [1, 2]],
  ['suspend', 'brake', ['approve'], [1]],
  ['resume', 'brake', ['approve', 'suspend'], [1, 2]],
  ['errata', 'errata', ['approve', 'send'], [1]],
  ['errata', 'stop', ['approve', 'send'], [1, 2]],
]

const blocked: typeof pairs = [
  ['override', 'override', [], [1, 2]],
  ['override', 'leaveOut', [], [1, 2]],
  ['leaveOut', 'leaveOut', [], [1, 2]],
  ['leaveOut', 'approve', [], [1, 2]],
  ['leaveOut', 'redo', [], [1, 2]],
  ['leaveOut', 'check', [], [1, 2]],
  ['override', 'approve', [], [1, 2]],
  ['override', 'stop', [], [1, 2]],
]

const cases = [
  ...pairs.map((one) => [...one, false] as const),
  ...blocked.map((one) => [...one, true] as const),
]

test.each(cases)(
  '%s beside %s, after %j: %j are done',
  async (one, other, before, done, isBlocked) => {
    const flow = await aFlow(isBlocked)
    for (const act of before) {
      if (act === 'send') await here.send()
      else expect((await acts[act](here.app, flow, 'dora')).kind).toBe('done')
    }
    const [a, b] = await Promise.all([
      acts[one](apps[0], flow, 'anna'),
      acts[other](apps[1], flow, 'bruno'),
    ])
    const kinds = [a, b].map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind !== 'done' && kind !== 'refused')).toEqual([])
    expect(done).toContain(kinds.filter((kind) => kind === 'done').length)
    await here.send()
    const told = await here.query<{ n: number }>(
      `select count(*)::int as n from messages m where m.state = 'sent' and m.purpose = 'first'
     group by (select f.drop_id from flows f where f.id = m.flow_id), m.notice_id
     having count(*) > 1`,
    )
    expect(told).toEqual([])
    const flows = await here.query<{ id: number }>('select id::int from flows order by id')
    for (const { id } of flows) {
      expect([id, difference(await here.app.store.flows.account(id))]).toEqual([id, 0])
    }
    const state = await here.query(
      `select f.id from flows f where f.stopped_at is not null and exists (
         select from messages m
         where m.flow_id = f.id and m.state in ('waiting', 'held', 'claimed'))`,
    )
    expect(state).toEqual([])
  },
)

test('an approval that is given as something changes does not count', async () => {
  const flow = await aFlow(false)
  const other = new pg.Client({ connectionString: here.databaseUrl })
  await other.connect()
  try {
    await other.query('begin')
    await other.query('select from flows where id = $1 for update', [flow])
    const [{ emission } = { emission: '' }] = await here.query<{ emission: string }>(
      'select emission from notices where flow_id = $1 limit 1',
      [flow],
    )
    const postponed = here.app.postpone({
      filter: { name: { by: 'emission', emission }, institution: INSTITUTION, series: null },
      wanted: { byDays: 30 },
      mayPass: false,
      act: { ...asked('dora'), note: 'proroga' },
    })
    const waiting = `select from pg_stat_activity where wait_event_type = 'Lock'`
    await vi.waitFor(async () => expect((await here.query(waiting)).length).toBeGreaterThan(0))
    await other.query(
      `insert into flow_approvals (institution_id, flow_id, at, actor, origin, digest, expires_at)
       select institution_id, id, now(), 'anna', 'cli', '', now() + interval '1 day'
       from flows where id = $1`,
      [flow],
    )
    await other.query('commit')
    await postponed
  } finally {
    await other.end()
  }
  expect(await here.app.store.approvals.ofFlow(flow)).toMatchObject([
    { actor: 'anna', voidedBecause: 'changed' },
  ])
})

test('who changes a lot that is kept back has prepared it, before anybody is asked', async () => {
  const flow = await aFlow(true)
  expect((await here.app.store.flows.get(flow)).reason).toBe('blocked')
  const [{ emission } = { emission: '' }] = await here.query<{ emission: string }>(
    'select emission from notices where flow_id = $1 limit 1',
    [flow],
  )
  await here.app.postpone({
    filter: { name: { by: 'emission', emission }, institution: INSTITUTION, series: null },
    wanted: { on: Temporal.PlainDate.from('2099-06-30') },
    mayPass: false,
    act: { ...asked('dora'), note: 'proroga' },
  })
  expect((await here.app.store.flows.get(flow)).preparedBy).toEqual(['dora'])
})
