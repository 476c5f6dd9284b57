import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Receipt } from '../../src/connector.ts'
import type { WriteBacks } from '../../src/store/write-backs.ts'
import { child, INSTITUTION, type Installation, openInstallation } from '../installation.ts'

const now = () => Temporal.Now.instant()
const feeds = [{ institution: INSTITUTION, feed: 'mensa', reportAfterHours: 72 }]

let here: Installation
let writeBacks: WriteBacks
let flow: number

beforeAll(async () => {
  here = await openInstallation()
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
  await here.query('update source_records set reported = null')
  await here.query(`update messages set state = 'sent', track_at = null, delivery = 'processed',
    io_id = 'id-' || id, closed_at = '2026-03-02T08:00:00Z', code = null where purpose = 'first'`)
  await here.query(`update flows set state = 'sent', reason = null`)
  await here.query('update drops set mapped_at = now()')
})

const due = (at = now()) => writeBacks.due(feeds, at)
const toFirst = (change: string) =>
  here.query(`update messages set ${change}
    where id = (select min(id) from messages where purpose = 'first')`)

async function receipts(changedOnly = false): Promise<Receipt[]> {
  const all = await Array.fromAsync(writeBacks.receipts(flow, changedOnly))
  return all.map(({ receipt }) => receipt)
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
    await writeBacks.written({ ...report!, final: false }, 4, now())
    await here.query(`update flows set state = 'sending'`)
    expect(await due(now().add({ hours: 1000 }))).toEqual([])
    await here.query(`update flows set state = 'sent'`)
    const [supplement] = await due()
    expect(supplement).toMatchObject({ number: 1, final: true })
    await writeBacks.written(supplement!, 1, now())
    expect(await due(now().add({ hours: 1000 }))).toEqual([])
  })

  it('that is remembered twice is remembered once', async () => {
    const [report] = await due()
    await writeBacks.written(report!, 4, now())
    await writeBacks.written(report!, 4, now())
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

  it('show what is open as waiting, and an uncertain outcome as what it is', async () => {
    await here.query(`update messages set state = 'claimed' where purpose = 'first'`)
    await toFirst(`state = 'uncertain', code = 'IO_ANSWER_LOST', delivery = null`)
    const [one, two] = await receipts()
    expect([one?.fate, one?.code, two?.fate]).toEqual(['uncertain', 'IO_ANSWER_LOST', 'waiting'])
  })

  it('of a supplement are those alone whose fate is not what the source was told', async () => {
    const all = await Array.fromAsync(writeBacks.receipts(flow, false))
    await writeBacks.told(
      flow,
      all.map(({ record, receipt }) => ({ record, fate: receipt.fate })),
    )
    expect(await receipts(true)).toEqual([])
    await toFirst(`state = 'undeliverable', code = 'IO_PROCESSING_REJECTED', delivery = 'rejected'`)
    expect((await receipts(true)).map(({ line, fate }) => [line, fate])).toEqual([
      [2, 'undeliverable'],
    ])
  })
})
