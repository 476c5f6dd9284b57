import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MapFeed } from '../../src/pipeline/map.ts'
import {
  canteenFile,
  canteenRow,
  canteenRows,
  feedOf,
  feedWith,
  type GivenPipeline,
  givenPipeline,
  numbers,
  settlementFeed,
} from '../pipeline/given.ts'
import { untilBlocked } from './given.ts'

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

let institutions = 0
function canteen(): MapFeed {
  return feedOf('mensa', { institution: `comune-${++institutions}` })
}

const paidFile = (...ns: number[]) =>
  ['PRATICA,MESE', ...ns.map((n) => `MENSA-${n},2026-03`), ''].join('\n')

/** A settlement of the institution of this feed. */
const paying = ({ institution }: MapFeed, as: 'settled' | 'cancelled' = 'settled') =>
  settlementFeed(as, { institution })

/** `MENSA-1 settled`, by notice number. */
async function notices({ institution }: MapFeed): Promise<string[]> {
  const { rows } = await given.pool.query(
    `select n.id, n.institution_id as institution, n.state, n.sealed from notices n
     join institutions i on i.id = n.institution_id where i.name = $1 order by n.id`,
    [institution],
  )
  return rows.map(({ id, institution: number, state, sealed }) => {
    const clear = given.vault.open(`notice/${number}/${id}`, sealed).toString('utf8')
    return `${JSON.parse(clear).key} ${state}`
  })
}

describe('a settlement', () => {
  test('closes the notices of its keys and silences them, and no other', async () => {
    const feed = canteen()
    const { flowId } = await given.take(feed, 'a', canteenFile(canteenRows(1, 2)))
    const { result, flowId: none } = await given.take(paying(feed), 'paid', paidFile(1, 99))
    expect(result).toEqual({ kind: 'mapped', records: 2 })
    expect(none).toBeNull()
    expect(await notices(feed)).toEqual(['MENSA-1|2026-03 settled', 'MENSA-2|2026-03 open'])
    expect(await given.messages(flowId)).toEqual([
      'first cancelled settled',
      'reminder cancelled settled',
      'first waiting',
      'reminder waiting',
    ])
  })

  test('says why: what was withdrawn is cancelled, not settled', async () => {
    const feed = canteen()
    const { flowId } = await given.take(feed, 'a', canteenFile(canteenRows(1)))
    await given.take(paying(feed, 'cancelled'), 'withdrawn', paidFile(1))
    expect(await notices(feed)).toEqual(['MENSA-1|2026-03 cancelled'])
    expect(await given.messages(flowId)).toEqual([
      'first cancelled cancelled',
      'reminder cancelled cancelled',
    ])
  })

  test('silences what waits or is held, and leaves alone what has left or is leaving', async () => {
    const feed = canteen()
    const states = ['waiting', 'held', 'claimed', 'sending', 'sent', 'uncertain', 'undeliverable']
    const { flowId } = await given.take(feed, 'a', canteenFile(canteenRows(...numbers(7))))
    await given.pool.query(`delete from messages where flow_id = $1 and purpose = 'reminder'`, [
      flowId,
    ])
    await given.pool.query(
      `update messages m set state = s.state from (
         select id, ($2::text[])[row_number() over (order by id)] as state
         from messages where flow_id = $1) s where s.id = m.id`,
      [flowId, states],
    )
    await given.take(paying(feed), 'paid', paidFile(...numbers(7)))
    expect(await given.messages(flowId)).toEqual([
      'first cancelled settled',
      'first cancelled settled',
      'first claimed',
      'first sending',
      'first sent',
      'first uncertain',
      'first undeliverable',
    ])
  })

  test('closes nothing of another institution, and nothing twice', async () => {
    const [feed, other] = [canteen(), canteen()]
    await given.take(feed, 'a', canteenFile(canteenRows(1)))
    await given.take(other, 'a', canteenFile(canteenRows(1)))
    await given.take(paying(feed), 'paid', paidFile(1))
    await given.take(paying(feed, 'cancelled'), 'late', paidFile(1))
    expect(await notices(feed)).toEqual(['MENSA-1|2026-03 settled'])
    expect(await notices(other)).toEqual(['MENSA-1|2026-03 open'])
  })

  test('counts a row without a key as refused, and closes the rest', async () => {
    const feed = canteen()
    await given.take(feed, 'a', canteenFile(canteenRows(1)))
    const { dropId } = await given.take(paying(feed), 'paid', `${paidFile(1)},2026-03\n`)
    const counts = 'select records * 100 + refused from drops where id = $1'
    expect(await given.count(counts, dropId)).toBe(201)
    expect(await notices(feed)).toEqual(['MENSA-1|2026-03 settled'])
  })

  test('that cannot be read to its end closes nothing', async () => {
    const feed = canteen()
    await given.take(feed, 'a', canteenFile(canteenRows(1)))
    const { result } = await given.take(paying(feed), 'paid', `${paidFile(1)}"`)
    expect(result.kind).toBe('failed')
    expect(await notices(feed)).toEqual(['MENSA-1|2026-03 open'])
  })

  test('is not undone by the bill that comes again, be it changed', async () => {
    const feed = canteen()
    await given.take(feed, 'a', canteenFile(canteenRows(1)))
    await given.take(paying(feed), 'paid', paidFile(1))
    const again = await given.take(feed, 'b', canteenFile([canteenRow(1, { cents: '1' })]))
    expect(await given.accountOf(again, 1)).toEqual({ read: 1, duplicate: 1 })
    expect(await given.messages(again.flowId)).toEqual([])
    expect(await notices(feed)).toEqual(['MENSA-1|2026-03 settled'])
  })

  test('waits for a drop that is being mapped, and closes what it made', async () => {
    const feed = canteen()
    await given.take(feed, 'a', canteenFile(canteenRows(1)))
    const dropId = await given.receive(feed, 'b', canteenFile([canteenRow(1, { cents: '1' })]))
    let paid: Promise<unknown> = Promise.resolve()
    const ports: typeof given.ports = {
      ...given.ports,
      async openLot(target) {
        const lot = await given.ports.openLot(target)
        if (!lot) return null
        const commit: typeof lot.commit = async (summary) => {
          paid = given.take(paying(feed), 'paid', paidFile(1))
          await untilBlocked(given, paid)
          await lot.commit(summary)
        }
        return { ...lot, commit }
      },
    }
    await given.map(dropId, feed, ports)
    await paid
    expect(await notices(feed)).toEqual(['MENSA-1|2026-03 settled'])
    const waiting = `select count(*) from messages m join flows f on f.id = m.flow_id
      where f.drop_id = $1 and m.state = 'waiting'`
    expect(await given.count(waiting, dropId)).toBe(0)
  })
})

describe('a message that was on its way when its notice was closed', () => {
  test.each([
    ['settled', (feed: MapFeed) => given.take(paying(feed), 'paid', paidFile(1))],
    [
      'superseded',
      (feed: MapFeed) => given.take(feed, 'b', canteenFile([canteenRow(1, { cents: '1' })])),
    ],
  ])('is not sent when it comes back to wait: %s', async (code, close) => {
    const { now } = given.clock
    const feed = { ...canteen(), account: `account-${institutions}` }
    const { flowId } = await given.take(feed, 'a', canteenFile(canteenRows(1, 2)))
    await given.store.flows.release(
      flowId as number,
      { actor: 'staffetta', origin: 'daemon', verb: 'approved' },
      now,
    )
    await given.pool.query(
      `update messages set state = 'claimed' where flow_id = $1 and purpose = 'first'`,
      [flowId],
    )
    await close(feed)
    await given.pool.query(`update messages set state = 'waiting' where state = 'claimed'`)
    const claimed = await given.store.leases.hold(feed.account, (lease) =>
      given.store.messages.claim(feed.account, lease, 10, now),
    )
    expect(claimed?.map(({ data }) => data.key)).toEqual(['MENSA-2|2026-03'])
    expect((await given.messages(flowId))[0]).toBe(`first cancelled ${code}`)
  })
})

describe('the instalments of one debt', () => {
  /** A single instalment of 90 euro, the same in two halves, and somebody else’s. */
  async function instalments(...amounts: string[]): Promise<MapFeed> {
    const feed = feedWith('mensa', { group: 'pratica' }, canteen())
    const rows = amounts.map((cents, n) =>
      canteenRow(1, { month: `rata-${n}`, cents, notice: `3020000000000000${10 + n}` }),
    )
    await given.take(feed, 'a', canteenFile([...rows, canteenRow(2, { month: 'rata-0' })]))
    return feed
  }
  const pay = (feed: MapFeed, n: number, as: 'settled' | 'cancelled' = 'settled') =>
    given.take(paying(feed, as), 'paid', `PRATICA,MESE\nMENSA-1,rata-${n}\n`)
  const states = async (feed: MapFeed) => (await notices(feed)).map((said) => said.split(' ')[1])

  test('are settled by the single one, which asks for as much as all of them', async () => {
    const feed = await instalments('9000', '4500', '4500')
    await pay(feed, 0)
    expect(await states(feed)).toEqual(['settled', 'settled', 'settled', 'open'])
    const waiting = `select count(*) from messages m join notices n on n.id = m.notice_id
      join institutions i on i.id = n.institution_id
      where i.name = $1 and m.state = 'waiting'`
    expect(await given.count(waiting, feed.institution)).toBe(2)
  })

  test('go on when one of them is paid: the rest is still to be paid', async () => {
    const feed = await instalments('9000', '4500', '4500')
    await pay(feed, 1)
    expect(await states(feed)).toEqual(['open', 'settled', 'open', 'open'])
  })

  test.each([[['3000', '3000', '3000']], [['4500', '4500']], [['9000']]])(
    'go on where none of them is the single one: %s',
    async (amounts) => {
      const feed = await instalments(...amounts)
      await pay(feed, 0)
      const others = amounts.slice(1).map(() => 'open')
      expect(await states(feed)).toEqual(['settled', ...others, 'open'])
    },
  )

  test('go on when the single one is withdrawn, not paid', async () => {
    const feed = await instalments('9000', '4500', '4500')
    await pay(feed, 0, 'cancelled')
    expect(await states(feed)).toEqual(['cancelled', 'open', 'open', 'open'])
  })
})
