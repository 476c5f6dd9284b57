// What the records of a drop say about notices that stand: the same file again, snapshots, actions,
// and where a feed begins. Through the whole stage, with the real store.
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
  type Taken,
} from './given.ts'

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

let institutions = 0
/** A canteen of its own, with a mapping that says more. */
const canteen = (spec: object, changes: Partial<MapFeed> = {}) =>
  feedWith('mensa', spec, { institution: `comune-${++institutions}`, ...changes })

const snapshot = (missing: object = { as: 'settled' }, changes: Partial<MapFeed> = {}) =>
  canteen({ delivery: 'snapshot', missing }, changes)

/** `MENSA-1 open`, in the order in which they were made; why it ended is in brackets. */
async function notices({ institution }: MapFeed): Promise<string[]> {
  const { rows } = await given.pool.query(
    `select n.id, n.institution_id as institution, n.state, n.ended_by as by, n.sealed
     from notices n join institutions i on i.id = n.institution_id
     where i.name = $1 order by n.id`,
    [institution],
  )
  return rows.map(({ id, institution: number, state, by, sealed }) => {
    const clear = given.vault.open(`notice/${number}/${id}`, sealed).toString('utf8')
    return `${JSON.parse(clear).key.split('|')[0]} ${state}${by === null ? '' : ` (${by})`}`
  })
}

/** What a snapshot said of what it no longer named. */
async function missingOf({ dropId }: Taken) {
  const { rows } = await given.pool.query('select missing from drops where id = $1', [dropId])
  return rows[0]?.missing
}

/** The receipts of a flow: `2 skipped già pagata`. */
async function receipts({ flowId }: Taken): Promise<string[]> {
  const told = await Array.fromAsync(given.store.receipts.ofFlow(flowId as number))
  return told.map(({ receipt }) => `${receipt.line} ${receipt.fate} ${receipt.detail}`.trim())
}

describe('a file of bills that comes again (T10)', () => {
  const rows = canteenRows(...numbers(8))
  const sent = async (taken: Taken) =>
    (await given.messages(taken.flowId)).filter((said) => said === 'first waiting').length

  test('makes nothing under another name, all under the same name with other bills', async () => {
    const feed = canteen({})
    expect(await sent(await given.take(feed, 'mensa.csv', canteenFile(rows)))).toBe(8)
    const copy = await given.take(feed, 'copia di mensa.csv', canteenFile(rows))
    expect(await given.accountOf(copy, 8)).toEqual({ read: 8, duplicate: 8 })
    expect(await sent(copy)).toBe(0)
    const next = canteenRows(...numbers(8, 100))
    // The same name at another time is another key: connectors put the time into it.
    expect(await sent(await given.take(feed, 'mensa.csv 2026-04', canteenFile(next)))).toBe(8)
  })

  test('is not even saved under the same key', async () => {
    const feed = canteen({})
    await given.take(feed, 'mensa.csv', canteenFile(rows))
    await expect(given.receive(feed, 'mensa.csv', canteenFile(rows))).rejects.toThrow('known')
  })

  test('sends the one row that changed, and cancels what it replaces', async () => {
    const feed = canteen({})
    const first = await given.take(feed, 'a', canteenFile(rows))
    const changed = [...rows.slice(1), canteenRow(0, { cents: '1234' })]
    const again = await given.take(feed, 'b', canteenFile(changed))
    expect(await given.accountOf(again, 8)).toEqual({ read: 8, waiting: 1, duplicate: 7 })
    expect(await given.accountOf(first, 8)).toEqual({ read: 8, waiting: 7, cancelled: 1 })
  })
})

describe('a snapshot', () => {
  test('closes what it no longer names, and silences it', async () => {
    const feed = snapshot()
    const first = await given.take(feed, 'a', canteenFile(canteenRows(...numbers(10))))
    const second = await given.take(feed, 'b', canteenFile(canteenRows(...numbers(9, 1))))
    expect(await notices(feed)).toEqual([
      'MENSA-0 settled (missing)',
      ...numbers(9, 1).map((n) => `MENSA-${n} open`),
    ])
    expect((await given.messages(first.flowId)).slice(0, 2)).toEqual([
      'first cancelled settled',
      'reminder cancelled settled',
    ])
    expect(await missingOf(second)).toMatchObject({
      counts: { records: 9, keyless: 0, standing: 10, missing: 1 },
      closed: 1,
      problem: null,
    })
    const history = await given.store.acts.ofFlow(second.flowId as number)
    expect(history.map(({ verb }) => verb)).toEqual(['closed-missing'])
  })

  test('names what it changes, repeats, refuses and skips: a typo closes nothing', async () => {
    const feed = snapshot({ as: 'cancelled', atMostPercent: 100 })
    await given.take(feed, 'a', canteenFile(canteenRows(1, 2, 3, 4, 5)))
    const rows = [
      canteenRow(1, { cents: '9100' }),
      canteenRow(2),
      canteenRow(3, { fiscalCode: 'ROSSI' }),
      canteenRow(4, { cents: '0' }),
    ]
    const second = await given.take(feed, 'b', canteenFile(rows))
    expect(await missingOf(second)).toMatchObject({ counts: { standing: 5, missing: 1 } })
    expect(await notices(feed)).toEqual([
      'MENSA-1 open',
      'MENSA-2 open',
      'MENSA-3 open',
      'MENSA-4 open',
      'MENSA-5 cancelled (missing)',
    ])
  })

  test.each([
    ['is empty', '', 'SNAP_EMPTY'],
    ['has a header alone', canteenFile([]), 'SNAP_EMPTY'],
    ['lacks more than the share', canteenFile(canteenRows(1, 2, 3)), 'SNAP_MISSING'],
    [
      'has a row without a key',
      canteenFile([...canteenRows(1, 2, 3, 4), canteenRow(5, { child: '' })]),
      'SNAP_KEYS',
    ],
  ])('that %s closes nothing, and people are told', async (_, file, code) => {
    const feed = snapshot({ as: 'settled', atMostPercent: 25 })
    await given.take(feed, 'a', canteenFile(canteenRows(1, 2, 3, 4, 5)))
    const second = await given.take(feed, 'b', file)
    expect(await missingOf(second)).toMatchObject({ closed: 0, problem: { code } })
    expect((await notices(feed)).filter((said) => said.endsWith('open'))).toHaveLength(5)
    const mails = `select count(*) from staff_mails m join institutions i
      on i.id = m.institution_id where i.name = $1 and m.body like '%' || $2 || '%'`
    expect(await given.count(mails, feed.institution, code)).toBe(1)
    const history = await given.store.acts.ofFlow(second.flowId as number)
    expect(history.map(({ verb }) => verb)).toEqual(['kept-missing'])
  })

  test('closes up to the very share that the mapping allows', async () => {
    const feed = snapshot({ as: 'settled', atMostPercent: 20 })
    await given.take(feed, 'a', canteenFile(canteenRows(1, 2, 3, 4, 5)))
    await given.take(feed, 'b', canteenFile(canteenRows(1, 2, 3, 4)))
    expect((await notices(feed)).filter((said) => said.includes('missing'))).toHaveLength(1)
  })

  test('may be let close all the same, by a person, until a newer one has come', async () => {
    const feed = snapshot()
    await given.take(feed, 'a', canteenFile(canteenRows(1, 2, 3)))
    const second = await given.take(feed, 'b', canteenFile(canteenRows(1)))
    const { missing } = given.store
    const act = { actor: 'anna', origin: 'cli', detail: { note: 'verificato' } }
    expect(await missing.close(second.dropId, act, given.clock.now)).toBe(2)
    expect(await missing.close(second.dropId, act, given.clock.now)).toBeNull()
    expect((await notices(feed)).filter((said) => said.includes('missing'))).toHaveLength(2)
    const history = await given.store.acts.ofFlow(second.flowId as number)
    expect(history.at(-1)).toMatchObject({ actor: 'anna', verb: 'closed-missing' })
    const third = await given.take(feed, 'c', '')
    await given.take(feed, 'd', canteenFile(canteenRows(1)))
    expect(await missing.close(third.dropId, act, given.clock.now)).toBeNull()
  })

  test('leaves alone what another feed of the series made', async () => {
    const feed = snapshot({ as: 'settled', atMostPercent: 100 })
    await given.take({ ...feed, feed: 'altro' }, 'a', canteenFile(canteenRows(1, 2)))
    await given.take(feed, 'b', canteenFile(canteenRows(3, 4)))
    await given.take(feed, 'c', canteenFile(canteenRows(4)))
    expect(await notices(feed)).toEqual([
      'MENSA-1 open',
      'MENSA-2 open',
      'MENSA-3 settled (missing)',
      'MENSA-4 open',
    ])
  })

  test('that names a missing one again opens it: reminders go on, nothing is told', async () => {
    const feed = snapshot({ as: 'settled', atMostPercent: 100 })
    const first = await given.take(feed, 'a', canteenFile(canteenRows(1, 2)))
    await given.pool.query(
      `update messages set state = 'sent' where flow_id = $1 and purpose = 'first'`,
      [first.flowId],
    )
    await given.take(feed, 'b', canteenFile(canteenRows(2)))
    const third = await given.take(feed, 'c', canteenFile(canteenRows(1, 2)))
    expect((await notices(feed))[0]).toBe('MENSA-1 open')
    expect(await given.messages(third.flowId)).toEqual(['reminder waiting'])
    expect(await given.accountOf(third, 2)).toEqual({ read: 2, duplicate: 2 })
    expect(await given.changedTexts(feed)).toEqual([])
  })

  test('that names again one whose message had not left makes that message anew', async () => {
    const feed = snapshot({ as: 'settled', atMostPercent: 100 })
    await given.take(feed, 'a', canteenFile(canteenRows(1, 2)))
    await given.take(feed, 'b', canteenFile(canteenRows(2)))
    const third = await given.take(feed, 'c', canteenFile(canteenRows(1, 2)))
    expect(await given.messages(third.flowId)).toEqual(['first waiting', 'reminder waiting'])
  })

  test('says nothing of a group by what it lacks: it speaks of each', async () => {
    const spec = { delivery: 'snapshot', missing: { as: 'settled', atMostPercent: 100 } }
    const feed = canteen({ ...spec, group: 'pratica', single: 'pasti == 0' })
    const [whole, part, later] = ['unica', 'rata-1', 'rata-2'].map((month, n) =>
      canteenRow(1, { month, meals: n === 0 ? '0' : '9' }),
    ) as [string, string, string]
    await given.take(feed, 'a', canteenFile([whole, part]))
    await given.take(feed, 'b', canteenFile([part]))
    await given.take(feed, 'c', canteenFile([part, later]))
    expect(await notices(feed)).toEqual([
      'MENSA-1 settled (missing)',
      'MENSA-1 open',
      'MENSA-1 open',
    ])
  })

  test('does not wake what was paid', async () => {
    const feed = snapshot({ as: 'cancelled', atMostPercent: 100 })
    await given.take(feed, 'a', canteenFile(canteenRows(1)))
    const paid = settlementFeed('settled', { institution: feed.institution })
    await given.take(paid, 'paid', 'PRATICA,MESE\nMENSA-1,2026-03\n')
    await given.take(feed, 'b', canteenFile([]))
    await given.take(feed, 'c', canteenFile([canteenRow(1, { cents: '1' })]))
    expect(await notices(feed)).toEqual(['MENSA-1 settled (settlement)'])
  })
})

describe('an action column', () => {
  const action = { field: 'mese', insert: ['I'], modify: ['M'], cancel: ['A'] }
  /** Keys are the child alone; the action stands where the month was. */
  const acting = (changes: Partial<MapFeed> = {}) => canteen({ action, key: ['pratica'] }, changes)
  const row = (n: number, month: string, changes: object = {}) =>
    canteenRow(n, { month, ...changes })

  test('withdraws what it cancels, reading the key alone of such a record', async () => {
    const feed = acting()
    const first = await given.take(feed, 'a', canteenFile([row(1, 'I'), row(2, 'I')]))
    const bare = { fiscalCode: '', cents: '', due: '', notice: '' }
    const second = await given.take(
      feed,
      'b',
      canteenFile([row(1, 'a', bare), row(9, ' A ', bare)]),
    )
    expect(await notices(feed)).toEqual(['MENSA-1 cancelled (action)', 'MENSA-2 open'])
    expect(await given.accountOf(second, 2)).toEqual({ read: 2, cancelled: 1, skipped: 1 })
    expect(await given.accountOf(first, 2)).toEqual({ read: 2, waiting: 1, cancelled: 1 })
    expect(await receipts(second)).toEqual([
      '2 cancelled annullata dalla fonte',
      '3 skipped annullata dalla fonte, ma qui non era nota',
    ])
  })

  test('takes an insert of a known key as a change, a change of a new one as new', async () => {
    const feed = acting()
    await given.take(feed, 'a', canteenFile([row(1, 'I')]))
    const rows = [row(1, 'I', { cents: '9100' }), row(2, 'M')]
    const second = await given.take(feed, 'b', canteenFile(rows))
    expect(await given.accountOf(second, 2)).toEqual({ read: 2, waiting: 2 })
    expect(await notices(feed)).toEqual(['MENSA-1 open', 'MENSA-2 open'])
  })

  test('refuses what is in no list', async () => {
    const taken = await given.take(acting(), 'a', canteenFile([row(1, 'X')]))
    const [refused] = await given.store.flows.refusals(taken.flowId as number, 1)
    expect(refused?.refusals.map(({ code, field }) => `${code} ${field}`)).toEqual([
      'REC_VALUE_UNKNOWN mese',
    ])
  })

  test.each([
    ['I, then A', ['I', 'A'], 'cancelled (action)', { cancelled: 2 }],
    ['A, then I', ['A', 'I'], 'open', { skipped: 1, waiting: 1 }],
    ['I, A and a changed I', ['I', 'A', 'I+'], 'open', { cancelled: 2, waiting: 1 }],
    ['I and a changed M', ['I', 'M+'], 'open', { cancelled: 1, waiting: 1 }],
    ['I twice', ['I', 'I'], 'open', { waiting: 1, duplicate: 1 }],
  ])(
    'is obeyed in the order of the drop, however it is batched: %s',
    async (_, said, end, terms) => {
      for (const batchRecords of [1, 2, 100]) {
        const feed = acting({ batchRecords })
        const rows = said.map((one) =>
          row(1, one[0] as string, one.endsWith('+') ? { cents: '9100' } : {}),
        )
        const taken = await given.take(feed, 'a', canteenFile(rows))
        expect(await notices(feed)).toEqual([`MENSA-1 ${end}`])
        expect(await given.accountOf(taken, said.length)).toEqual({ read: said.length, ...terms })
        const waiting = (await given.messages(taken.flowId)).filter(
          (one) => one === 'first waiting',
        )
        expect(waiting).toHaveLength(end === 'open' ? 1 : 0)
        expect(await given.changedTexts(feed)).toEqual([])
      }
    },
  )

  test('settles what is paid, and with the single payment its instalments', async () => {
    const paying = { ...action, settle: ['pagata'] }
    const spec = { action: paying, key: ['avviso'], group: 'pratica', single: 'pasti == 0' }
    const feed = canteen(spec)
    const notice = (n: number) => `3030000000000000${10 + n}`
    const rows = [0, 1, 2].map((n) =>
      row(1, 'I', { notice: notice(n), meals: n === 0 ? '0' : '9' }),
    )
    await given.take(feed, 'a', canteenFile(rows))
    const paid = [row(1, 'PAGATA', { notice: notice(0) }), row(1, 'M', { notice: notice(0) })]
    const second = await given.take(feed, 'b', canteenFile(paid))
    expect(await given.accountOf(second, 2)).toEqual({ read: 2, cancelled: 1, duplicate: 1 })
    const ended = 'settled (action)'
    expect((await notices(feed)).map((said) => said.slice(said.indexOf(' ') + 1))).toEqual([
      ...[ended, ended, ended],
    ])
  })

  test('is not undone by an older file that comes again', async () => {
    const feed = acting()
    await given.take(feed, 'a', canteenFile([row(1, 'I')]))
    await given.take(feed, 'b', canteenFile([row(1, 'A')]))
    const again = await given.take(feed, 'copia di a', canteenFile([row(1, 'I')]))
    expect(await given.accountOf(again, 1)).toEqual({ read: 1, duplicate: 1 })
    expect(await notices(feed)).toEqual(['MENSA-1 cancelled (action)'])
  })
})

describe('a feed that begins', () => {
  const TODAY = '2026-03-02'
  const dated = (from: string) => canteen({ startsAt: 'scadenza' }, { from })

  test.each([
    ['on a day', '2026-04-30'],
    ['now, on the day of its first poll in its zone', 'now'],
  ])('%s skips the records from before, and takes those of the day', async (_, from) => {
    const feed = dated(from)
    const poll = Temporal.Instant.from('2026-04-29T22:30:00Z')
    await given.store.feeds.open(feed.institution, feed.feed, poll)
    const rows = [canteenRow(1, { due: '2026-04-29' }), canteenRow(2, { due: '2026-04-30' })]
    const taken = await given.take(feed, 'a', canteenFile(rows))
    expect(await given.accountOf(taken, 2)).toEqual({ read: 2, waiting: 1, skipped: 1 })
    expect((await receipts(taken))[0]).toBe('2 skipped prima dell’avvio del collegamento')
  })

  test('now, without ever having been polled, begins with its drop', async () => {
    const rows = [canteenRow(1, { due: '2026-03-01' }), canteenRow(2, { due: TODAY })]
    const taken = await given.take(dated('now'), 'a', canteenFile(rows))
    expect(await given.accountOf(taken, 2)).toEqual({ read: 2, waiting: 1, skipped: 1 })
  })

  test('with everything skips nothing', async () => {
    const taken = await given.take(
      dated('all'),
      'a',
      canteenFile([canteenRow(1, { due: '2001-01-01' })]),
    )
    expect(await given.accountOf(taken, 1)).toEqual({ read: 1, waiting: 1 })
  })

  test('now with a snapshot knows what stands untold, and tells what comes later', async () => {
    const feed = snapshot({ as: 'settled', atMostPercent: 50 }, { from: 'now' })
    await given.take(feed, 'empty', '')
    await given.take(feed, 'broken', canteenFile([canteenRow(1, { fiscalCode: 'ROSSI' })]))
    const first = await given.take(feed, 'a', canteenFile(canteenRows(1, 2, 3)))
    expect(await given.accountOf(first, 3)).toEqual({ read: 3, skipped: 3 })
    expect(await given.messages(first.flowId)).toEqual([])
    const rows = [canteenRow(1), canteenRow(2, { cents: '9100' }), canteenRow(4)]
    const second = await given.take(feed, 'b', canteenFile(rows))
    expect(await given.accountOf(second, 3)).toEqual({ read: 3, waiting: 2, duplicate: 1 })
    expect(await notices(feed)).toEqual([
      'MENSA-1 open',
      'MENSA-2 open',
      'MENSA-3 settled (missing)',
      'MENSA-4 open',
    ])
  })

  test('with a delta tells of every record, wherever it begins', async () => {
    const feed = feedOf('mensa', { institution: `comune-${++institutions}`, from: 'now' })
    const taken = await given.take(feed, 'a', canteenFile(canteenRows(1)))
    expect(await given.accountOf(taken, 1)).toEqual({ read: 1, waiting: 1 })
  })
})
