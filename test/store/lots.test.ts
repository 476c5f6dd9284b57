import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NoticeData } from '../../src/domain/notice.ts'
import type { LotNotice, LotTarget, MapLot } from '../../src/pipeline/map/lot.ts'
import { openPool } from '../../src/store/database.ts'
import { createInstitutions } from '../../src/store/institutions.ts'
import { createLots } from '../../src/store/lots.ts'
import {
  comune,
  dropOf,
  dropTarget,
  type GivenStore,
  givenStore,
  now,
  untilBlocked,
} from './given.ts'

let given: GivenStore
let drops = 0
beforeAll(async () => {
  given = await givenStore()
})
afterAll(() => given.close())

/** A drop with its flow, and where its lot goes. */
async function targetIn(series: string): Promise<LotTarget> {
  const { store } = given
  const saved = await store.drops.save(dropTarget(), dropOf(`drop-${++drops}`, 'x'), now)
  const dropId = (saved as { id: number }).id
  const place = { institution: comune, feed: 'tari', service: 'tari', account: 'esempio' }
  const flow = { ...place, dropId, zone: 'Europe/Rome', calendarVersion: '1', tells: [] }
  const flowId = await store.flows.openForDrop(flow, now)
  const version = { name: 'tari', sha256: 'ab'.repeat(32), spec: {} }
  const mappingVersionId = await store.versions.idOf(comune, version, now)
  return { institution: comune, series, service: 'tari', flowId, dropId, mappingVersionId }
}

async function openLot(target: LotTarget): Promise<MapLot> {
  return (await given.store.openLot(target)) as MapLot
}

function dataOf(key: string): NoticeData {
  return {
    key,
    group: null,
    fiscalCode: 'AAAAAA00A00A000A',
    dueAt: '2026-04-30T21:59:59Z',
    payment: null,
    facets: { customer: null, document: null, emission: null },
    fields: {},
  }
}

/** New notices with one message each, in the order of their keys. */
function noticesOf(lot: MapLot, keys: string[]): LotNotice[] {
  return keys.map((key, index) => ({
    record: index + 1,
    line: index + 2,
    noticeId: null,
    silent: false,
    data: dataOf(key),
    contentHash: lot.hash('content', key),
    matterHash: lot.hash('content', key),
    messages: [{ purpose: 'first', template: 0, sendAt: now, civilAt: null }],
    textHashes: [lot.hash('text', key)],
  }))
}

const summaryOf = (records: number) => ({ records, contentHash: Buffer.of(1), now })

describe('a lot', () => {
  test('stands whole after its commit, and nothing of it before', async () => {
    const target = await targetIn('whole')
    const lot = await openLot(target)
    await lot.add(noticesOf(lot, ['a', 'b']), [], now)
    const rows = `select (select count(*) from notices where flow_id = $1)
      + (select count(*) from messages where flow_id = $1)
      + (select count(*) from source_records where flow_id = $1)`
    const wakes = (await given.wakes()).length
    expect(await given.count(rows, target.flowId)).toBe(0)
    await lot.commit(summaryOf(2))
    expect(await given.count(rows, target.flowId)).toBe(6)
    expect((await given.wakes()).slice(wakes)).toEqual([`release ${target.flowId}`])
    expect((await given.store.drops.get(target.dropId)).state).toBe('mapped')
  })

  test('leaves nothing after its rollback, and its ids are not given again', async () => {
    const target = await targetIn('rolled-back')
    const first = await openLot(target)
    await first.add(noticesOf(first, ['a']), [], now)
    await first.rollback()
    const second = await openLot(target)
    expect(await second.find(['a'])).toEqual(new Map())
    await second.add(noticesOf(second, ['a']), [], now)
    await second.commit(summaryOf(1))
    expect(
      await given.count('select count(*) from notices where flow_id = $1', target.flowId),
    ).toBe(1)
  })

  test('finds the notices of its keys, with what they were compared by', async () => {
    const target = await targetIn('found')
    const lot = await openLot(target)
    await lot.add(noticesOf(lot, ['a', 'b']), [], now)
    const found = await lot.find(['b', 'c'])
    await lot.commit(summaryOf(2))
    expect([...found.keys()]).toEqual(['b'])
    expect(found.get('b')).toMatchObject({ flowId: target.flowId, state: 'open' })
    expect(found.get('b')?.contentHash).toEqual(lot.hash('content', 'b'))
  })

  test('gives every notice and message an id of its own, over lots and processes', async () => {
    const other = given.another().store
    for (const [index, { openLot }] of [given.store, other, given.store].entries()) {
      const target = await targetIn(`ids-${index}`)
      const lot = (await openLot(target)) as MapLot
      const keys = Array.from({ length: 1500 }, (_, n) => `${n}`)
      await lot.add(noticesOf(lot, keys.slice(0, 700)), [], now)
      const rest = noticesOf(lot, keys.slice(700)).map((n) => ({ ...n, record: n.record + 700 }))
      await lot.add(rest, [], now)
      await lot.commit(summaryOf(1500))
      const same = `select count(*) from messages m join notices n on n.id = m.notice_id
        join source_records r on r.message_id = m.id and r.notice_id = n.id
        where m.flow_id = $1 and r.flow_id = $1`
      expect(await given.count(same, target.flowId)).toBe(1500)
    }
    const ids = 'select count(*) - count(distinct id) from messages'
    expect(await given.count(ids)).toBe(0)
  })

  test('is not opened for a drop that was mapped while it waited for its turn', async () => {
    const target = await targetIn('taken')
    const first = await openLot(target)
    const second = given.store.openLot(target)
    await untilBlocked(given, second)
    await first.commit(summaryOf(0))
    expect(await second).toBeNull()
  })

  test('waits for nobody who writes another series', async () => {
    const one = await openLot(await targetIn('one'))
    const another = await openLot(await targetIn('another'))
    await Promise.all([one.rollback(), another.rollback()])
    expect(given.pool.idleCount).toBe(given.pool.totalCount)
  })

  test('that cannot have its turn gives its connection back', async () => {
    const pool = openPool({ url: given.url }, 2)
    const institutions = createInstitutions(pool)
    const impatient = createLots(pool, given.vault, institutions, async () => {})
    const target = await targetIn('busy')
    const busy = await openLot(target)
    const waiting = impatient(target)
    const refused = expect(waiting).rejects.toThrow('canceling statement')
    await untilBlocked(given, waiting)
    await given.pool.query(
      `select pg_cancel_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event = 'advisory'`,
    )
    await refused
    expect(pool.idleCount).toBe(pool.totalCount)
    await busy.rollback()
    await pool.end()
  })
})
