import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Receipt } from '../../src/connector.ts'
import type { DueReport, ReportTarget } from '../../src/pipeline/write-back.ts'
import { openPool } from '../../src/store/database.ts'
import { applyMigrations, migrate, migrationNames } from '../../src/store/migrate.ts'
import type { WriteBacks } from '../../src/store/write-backs.ts'
import { freshDatabase } from '../database.ts'
import { child, INSTITUTION, type Installation, openInstallation } from '../installation.ts'

const now = () => Temporal.Now.instant()
const feeds = [{ institution: INSTITUTION, feed: 'mensa', target: 'source', reportAfterHours: 72 }]

let here: Installation
let writeBacks: WriteBacks
let flow: number

beforeAll(async () => {
  here = await openInstallation({ tells: 'protocollo' })
  writeBacks = here.app.store.writeBacks
  flow = await here.drop([
    child(0),
    child(1),
    child(2, { cents: 0 }),
    child(3, { fiscalCode: 'X' }),
  ])
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await here.query('delete from write_backs')
  await here.query('delete from receipts')
  await here.query(`update messages set state = 'sent', track_at = null, delivery = 'processed',
    io_id = 'id-' || id, closed_at = '2026-03-02T08:00:00Z', code = null,
    detail = null where purpose = 'first'`)
  await here.query(`update flows set state = 'sent', reason = null, telling = tells`)
  await here.query('update drops set mapped_at = now()')
})

const due = (at = now()) => writeBacks.due(feeds, at)
const toFirst = (change: string) =>
  here.query(`update messages set ${change}
    where id = (select min(id) from messages where purpose = 'first')`)

async function receipts(): Promise<Receipt[]> {
  const all = await Array.fromAsync(here.app.store.receipts.ofFlow(flow))
  return all.map(({ receipt }) => receipt)
}

const nothing = { records: [], fates: [] }

/** What the source would be told by a report, or by a supplement: line and fate. */
async function owed(changes: Partial<DueReport> = {}, fates: string[] | null = null) {
  const report = { flowId: flow, target: 'source', retriesOnly: false, ...changes } as DueReport
  const all = await Array.fromAsync(here.app.store.receipts.owed(report, { fates }, now()))
  const said = all.map(({ receipt: { line, fate } }) => `${line} ${fate}`)
  const told = {
    records: all.map(({ record }) => record),
    fates: all.map(({ receipt }) => receipt.fate),
  }
  return { said, told }
}

describe('a report', () => {
  it('does not wait for premium messages, which are followed for months', async () => {
    await toFirst('track_at = now()')
    expect(await due()).toMatchObject([{ flowId: flow, final: true }])
    await toFirst('track_at = null')
  })

  it('is due once every first message has ended and was followed to its end', async () => {
    expect(await due()).toMatchObject([{ flowId: flow, feed: 'mensa', number: 0, final: true }])
  })

  it.each([
    ['is still being sent', async () => here.query(`update flows set state = 'sending'`)],
    [
      'waits for what IO says of a message',
      () => toFirst(`track_at = now(), delivery = 'accepted'`),
    ],
    ['has a message that a person must decide', () => toFirst(`state = 'held'`)],
    ['has a message of uncertain outcome', () => toFirst(`state = 'uncertain'`)],
  ])('of a flow that %s is not due, until its hours have passed', async (_, change) => {
    await change()
    expect(await due()).toEqual([])
    expect(await due(now().add({ hours: 71 }))).toEqual([])
    const [late] = await due(now().add({ hours: 73 }))
    expect(late).toMatchObject({ number: 0, final: false })
  })

  it('that was final is never due again; one that was not has a supplement', async () => {
    const [report] = await due()
    await writeBacks.written({ ...report!, final: false }, nothing, now())
    await here.query(`update flows set state = 'sending'`)
    expect(await due(now().add({ hours: 1000 }))).toEqual([])
    await here.query(`update flows set state = 'sent'`)
    const [supplement] = await due()
    expect(supplement).toMatchObject({ number: 1, final: true })
    await writeBacks.written(supplement!, nothing, now())
    expect(await due(now().add({ hours: 1000 }))).toEqual([])
  })

  it('that is remembered twice is remembered once', async () => {
    const [report] = await due()
    await writeBacks.written(report!, nothing, now())
    await writeBacks.written(report!, nothing, now())
    expect(await here.query('select from write_backs')).toHaveLength(1)
  })

  it('is not due for feeds that do not report', async () => {
    expect(await writeBacks.due([], now())).toEqual([])
    expect(await writeBacks.due([{ ...feeds[0]!, feed: 'bollette' }], now())).toEqual([])
    expect(await writeBacks.due([{ ...feeds[0]!, institution: 'altro' }], now())).toEqual([])
  })
})

describe('the receipts', () => {
  it('are one a record, by line, each with its key and how it ended', async () => {
    expect((await receipts()).map(({ line, fate, key }) => [line, fate, key])).toEqual([
      [2, 'sent', expect.stringContaining('MENSA-0')],
      [3, 'sent', expect.stringContaining('MENSA-1')],
      [4, 'skipped', expect.stringContaining('MENSA-2')],
      [5, 'refused', expect.anything()],
    ])
  })

  it('carry the reason of a refusal, and the id and instant of an acceptance', async () => {
    const [sent, , skipped, refused] = await receipts()
    expect(sent).toMatchObject({ code: '', detail: 'processed' })
    expect(sent?.messageId).toMatch(/^id-\d+$/)
    expect(sent?.at?.toString()).toBe('2026-03-02T08:00:00Z')
    expect(skipped?.detail).toBe('niente da pagare questo mese')
    expect(refused?.code).toBe('REC_FISCAL_CODE_FORM')
  })

  it('carry what a system said of a message that did not leave, not of one that did', async () => {
    const said = `code = 'answered', detail = 'secondo il sistema dei pagamenti'`
    await toFirst(`state = 'cancelled', delivery = null, ${said}`)
    const [cancelled] = await receipts()
    expect(cancelled).toMatchObject({
      ...{ fate: 'cancelled', code: 'answered', detail: 'secondo il sistema dei pagamenti' },
    })
    await toFirst(`state = 'sent', delivery = 'processed'`)
    expect((await receipts())[0]?.detail).toBe('processed')
  })

  it('show what is open as waiting, and an uncertain outcome as what it is', async () => {
    await here.query(`update messages set state = 'claimed' where purpose = 'first'`)
    await toFirst(`state = 'uncertain', code = 'IO_ANSWER_LOST', delivery = null`)
    const [one, two] = await receipts()
    expect([one?.fate, one?.code, two?.fate]).toEqual(['uncertain', 'IO_ANSWER_LOST', 'waiting'])
  })

  it('of a supplement are those alone whose fate is not what the source was told', async () => {
    const [report] = await due()
    await writeBacks.written(report!, (await owed()).told, now())
    expect((await owed()).said).toEqual([])
    await toFirst(`state = 'undeliverable', code = 'IO_PROCESSING_REJECTED', delivery = 'rejected'`)
    expect((await owed()).said).toEqual(['2 undeliverable'])
    expect((await owed({ target: 'protocollo' })).said).toHaveLength(4)
  })

  it('are owed of the fates alone that the target wants to hear of', async () => {
    expect((await owed({}, ['sent'])).said).toEqual(['2 sent', '3 sent'])
    expect((await owed({}, ['refused', 'skipped'])).said).toEqual(['4 skipped', '5 refused'])
  })

  it('say of each record what every target answered, also after it was told again', async () => {
    const [report] = await due()
    const all = await receipts()
    const [first] = all as [Receipt]
    const { receipts: store } = here.app.store
    const to = { ...report!, target: 'protocollo' }
    await store.given(to, [{ receipt: first, answer: { number: '0000001' } }], now())
    await store.begin(to, [{ ...first, fate: 'undeliverable' }], now())
    await store.given(report!, [{ receipt: first }], now())
    const targets = (await receipts())[0] as Receipt & { targets: object[] }
    expect(targets.targets).toMatchObject([
      {
        target: 'protocollo',
        state: 'begun',
        fate: 'undeliverable',
        answer: { number: '0000001' },
      },
      { target: 'source', state: 'given', answer: {}, failure: null },
    ])
    const [sealed] = await here.query<{ sealed: Buffer }>(
      `select sealed from receipts where target = 'protocollo'`,
    )
    expect(sealed?.sealed.toString('latin1')).not.toContain('0000001')
  })
})

describe('a report to several targets', () => {
  const both = [...feeds, { ...feeds[0]!, target: 'protocollo' }]

  it('is due to each, and written to each by itself', async () => {
    const [toRegister, toSource] = await writeBacks.due(both, now())
    expect([toRegister?.target, toSource?.target]).toEqual(['protocollo', 'source'])
    await writeBacks.written(toSource!, (await owed()).told, now())
    expect(await writeBacks.due(both, now())).toMatchObject([{ target: 'protocollo', number: 0 }])
    expect(await writeBacks.list(flow)).toMatchObject([
      { target: 'source', number: 0, records: 4, final: true },
    ])
  })

  it('is due in an order of drops, with how often it has failed and since when', async () => {
    const [report] = await writeBacks.due(both, now())
    const since = now()
    const target = { ...both[1]!, notify: [], retryHours: 168 } as unknown as ReportTarget
    const failure = { code: 'SRC_BUSY', message: 'closed', retry: true }
    await writeBacks.failed({ report: report!, target, failure, since, nextTryAt: since }, now())
    const [again] = await writeBacks.due(both, now())
    expect(again).toMatchObject({ target: 'protocollo', tries: 1 })
    expect(again?.failingSince?.epochMilliseconds).toBe(since.epochMilliseconds)
  })
})

it('that the source was told before it had targets is remembered as told', async () => {
  const database = await freshDatabase()
  const pool = openPool({ url: database.url }, 2)
  try {
    const all = await migrationNames()
    const before = all.slice(0, all.indexOf('2026-11-22T1220-receipts.sql'))
    await applyMigrations(pool, before)
    await pool.query(YESTERDAY)
    await migrate(pool)
    const { rows } = await pool.query(
      'select record, target, fate, state, at::text as at from receipts order by record',
    )
    const at = '2026-03-02 08:00:00+00'
    expect(rows).toEqual([
      { record: 1, target: 'source', fate: 'sent', state: 'given', at },
      { record: 3, target: 'source', fate: 'refused', state: 'given', at },
    ])
    const reports = await pool.query('select target, number, records, final from write_backs')
    expect(reports.rows).toEqual([{ target: 'source', number: 0, records: 2, final: true }])
  } finally {
    await pool.end()
    await database.drop()
  }
})

const YESTERDAY = `
  insert into institutions (name) values ('comune');
  insert into drops (institution_id, feed, key, state, received_at, bytes, sha256)
    values (1, 'tari', 'a', 'mapped', '2026-03-01', 0, '');
  insert into flows (institution_id, drop_id, feed, origin, service, account, state, zone,
      calendar_version, created_at)
    values (1, 1, 'tari', 'drop', 'tari', 'a', 'sent', 'Europe/Rome', '1', '2026-03-01');
  insert into source_records (flow_id, record, line, institution_id, fate, reported)
    values (1, 1, 2, 1, 'message', 'sent'), (1, 2, 3, 1, 'message', null),
      (1, 3, 4, 1, 'refused', 'refused');
  insert into write_backs values (1, 0, 1, '2026-03-02T08:00:00Z', 2, true)`
