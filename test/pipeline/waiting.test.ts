// Records that wait for a row of a reference, through the real stage and the real tables.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bill, billsCsv, contact, contactsCsv } from '../../scripts/samples.ts'
import type { WaitingLot } from '../../src/pipeline/map/waiting.ts'
import type { MapFeed, MapPorts } from '../../src/pipeline/map.ts'
import { resultFile } from '../../src/pipeline/write-back/result-file.ts'
import { wholeOf } from '../store/given.ts'
import {
  feedOf,
  feedOfSpec,
  feedWith,
  type GivenPipeline,
  givenPipeline,
  numbers,
  type Taken,
} from './given.ts'

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

const DUE = Temporal.PlainDate.from('2027-04-30')
const wait = { reference: 'contatti', by: 'codice_cliente', onMissing: 'wait', waitHours: 24 }

let institutions = 0
/** Bills that wait a day for their contacts, and the feed of the contacts. */
function pair(changes: Partial<MapFeed> = {}) {
  const institution = `comune-${++institutions}`
  return {
    bills: feedWith('bollette', { lookups: { contatto: wait } }, { institution, ...changes }),
    people: feedOf('contatti', { institution }),
  }
}

const bills = (...customers: number[]) =>
  billsCsv(customers.map((customer) => bill(customer, '2027-03', DUE)))
const people = (...customers: number[]) => contactsCsv(customers.map(contact))

/** The fates of a flow's records, in order. */
async function fates({ flowId }: Taken): Promise<string[]> {
  const { rows } = await given.pool.query<{ fate: string }>(
    'select fate from source_records where flow_id = $1 order by record',
    [flowId],
  )
  return rows.map((row) => row.fate)
}

async function later<T>(hours: number, work: () => Promise<T>): Promise<T> {
  const { now } = given.clock
  given.clock.now = now.add({ hours })
  return work().finally(() => {
    given.clock.now = now
  })
}

const due = () => given.store.waits.due(given.clock.now, 100)
const release = ({ flowId }: Taken) =>
  given.store.flows.release(
    flowId as number,
    { actor: 'staffetta', origin: 'daemon', verb: 'approved' },
    given.clock.now,
  )
const stateOf = async ({ flowId }: Taken) => (await given.store.flows.get(flowId as number)).state

/** What the source would be told: line, fate and reason. */
async function reportOf({ flowId }: Taken): Promise<string[]> {
  const { store } = given
  async function* receipts() {
    for await (const { receipt } of store.receipts.ofFlow(flowId as number)) yield receipt
  }
  return (await wholeOf(resultFile(receipts()))).toString().trim().split('\r\n').slice(1)
}

describe('a record whose contact is missing', () => {
  test('waits, in an account that closes, and makes no message', async () => {
    const { bills: feed, people: contacts } = pair()
    await given.take(contacts, 'c', people(1))
    const taken = await given.take(feed, 'a', bills(1, 2, 3))
    expect(await fates(taken)).toEqual(['message', 'waiting', 'waiting'])
    expect(await given.accountOf(taken, 3)).toEqual({ read: 3, waiting: 3 })
    expect(await given.messages(taken.flowId)).toHaveLength(3)
    expect(await given.store.waits.ofFlow(taken.flowId as number)).toEqual([
      {
        ...{ reference: 'contatti', records: 2, askAt: null },
        until: given.clock.now.add({ hours: 24 }),
      },
    ])
    expect((await reportOf(taken))[1]).toContain('waiting')
  })

  test('is refused at once when something else is wrong with it', async () => {
    const { bills: feed } = pair()
    const { number: _, ...rest } = bill(1, '2027-03', DUE)
    const bad = billsCsv([{ ...rest, number: 'X', amount: 'dieci euro' }])
    const taken = await given.take(feed, 'a', bad)
    expect(await fates(taken)).toEqual(['refused'])
    const refusals = await given.store.flows.refusals(taken.flowId as number, 10)
    expect(refusals.flatMap((one) => one.refusals.map(({ code }) => code))).toEqual([
      'REC_AMOUNT_FORM',
    ])
  })

  test('shows nothing of its person to who reads the tables', async () => {
    const { bills: feed } = pair()
    await given.take(feed, 'a', bills(7))
    const { rows } = await given.pool.query('select * from record_waits')
    expect(JSON.stringify(rows)).not.toContain(contact(7).customer)
  })
})

describe('when the contacts come', () => {
  test('their bills are mapped into the same flow, and the others go on waiting', async () => {
    const { bills: feed, people: contacts } = pair()
    const taken = await given.take(feed, 'a', bills(1, 2, 3))
    const before = (await given.wakes()).length
    const { dropId } = await given.take(contacts, 'c', people(2, 9))
    expect((await given.wakes()).slice(before)).toEqual([
      `map ${dropId}`,
      `map ${taken.dropId} ${given.clock.now}`,
    ])
    expect(await due()).toContain(taken.dropId)
    expect(await given.map(taken.dropId, feed)).toEqual({ kind: 'mapped', records: 1 })
    expect(await fates(taken)).toEqual(['waiting', 'message', 'waiting'])
    expect(await given.messages(taken.flowId)).toEqual([
      'first waiting',
      'reminder waiting',
      'reminder waiting',
    ])
    expect(await given.accountOf(taken, 3)).toEqual({ read: 3, waiting: 3 })
    expect(await given.changedTexts(feed)).toEqual([])
    expect(await due()).not.toContain(taken.dropId)
    expect(await given.map(taken.dropId, feed)).toEqual({ kind: 'done-already' })
  })

  test('in the middle of the mapping, the sweep finds who just missed them', async () => {
    const { bills: feed, people: contacts } = pair()
    const late: MapPorts = {
      ...given.ports,
      async openLot(target) {
        const lot = await given.ports.openLot(target)
        if (lot === null) return null
        const commit: typeof lot.commit = async (summary) => {
          await given.take(contacts, 'c', people(1))
          await lot.commit(summary)
        }
        return { ...lot, commit }
      },
    }
    const dropId = await given.receive(feed, 'a', bills(1))
    await given.map(dropId, feed, late)
    expect(await due()).toContain(dropId)
    expect(await given.map(dropId, feed)).toEqual({ kind: 'mapped', records: 1 })
  })

  test('with a bill’s own reader in batches of any size, all of them are mapped', async () => {
    for (const batchRecords of [1, 2, 7]) {
      const { bills: feed, people: contacts } = pair({ batchRecords })
      const taken = await given.take(feed, 'a', bills(...numbers(9)))
      await given.take(contacts, 'c', people(0, 4, 5, 8))
      expect(await given.map(taken.dropId, feed)).toEqual({ kind: 'mapped', records: 4 })
      expect(await fates(taken)).toEqual(
        numbers(9).map((n) => ([0, 4, 5, 8].includes(n) ? 'message' : 'waiting')),
      )
    }
  })

  test('a contact that is refused itself lets its bill go on waiting', async () => {
    const { bills: feed, people: contacts } = pair()
    const taken = await given.take(feed, 'a', bills(1))
    const { customer, email } = contact(1)
    await given.take(contacts, 'c', contactsCsv([{ customer, email, fiscalCode: 'ROSSI' }]))
    expect(await given.map(taken.dropId, feed)).toEqual({ kind: 'done-already' })
    expect(await fates(taken)).toEqual(['waiting'])
  })

  test('the mapping is the one that the flow was made with', async () => {
    const { bills: feed, people: contacts } = pair()
    const taken = await given.take(feed, 'a', bills(1))
    await given.take(contacts, 'c', people(1))
    const spec = { lookups: { contatto: wait }, reminders: [] }
    const changed = feedWith('bollette', spec, { institution: feed.institution })
    await given.map(taken.dropId, changed)
    expect(await given.messages(taken.flowId)).toHaveLength(3)
    expect(await given.changedTexts(feed)).toEqual([])
  })
})

describe('when the time is over', () => {
  test('a record is refused, and not a moment before', async () => {
    const { bills: feed } = pair()
    const taken = await given.take(feed, 'a', bills(1))
    expect(await given.wakes()).toContain(
      `map ${taken.dropId} ${given.clock.now.add({ hours: 24 })}`,
    )
    await later(23, async () => {
      expect(await given.map(taken.dropId, feed)).toEqual({ kind: 'done-already' })
    })
    await later(24, async () => {
      expect(await due()).toContain(taken.dropId)
      expect(await given.map(taken.dropId, feed)).toEqual({ kind: 'mapped', records: 1 })
    })
    expect(await given.accountOf(taken, 1)).toEqual({ read: 1, refused: 1 })
    const [refused] = await given.store.flows.refusals(taken.flowId as number, 10)
    expect(refused?.refusals.map(({ code }) => code)).toEqual(['REC_LOOKUP_MISSING'])
  })

  test('a row that has come by then still counts', async () => {
    const { bills: feed, people: contacts } = pair()
    const taken = await given.take(feed, 'a', bills(1, 2))
    await given.take(contacts, 'c', people(1))
    await later(25, () => given.map(taken.dropId, feed))
    expect(await fates(taken)).toEqual(['message', 'refused'])
  })
})

describe('the flow of records that wait', () => {
  test('is not sent before they have ended, and then it is', async () => {
    const { bills: feed } = pair({ account: 'conto-a' })
    const taken = await given.take(feed, 'a', bills(1))
    await release(taken)
    expect(await given.store.flows.closeEnded('conto-a', given.clock.now)).toEqual([])
    expect(await given.store.messages.accountsWithWork(given.clock.now)).not.toContain('conto-a')
    await later(24, () => given.map(taken.dropId, feed))
    expect(await stateOf(taken)).toBe('sent')
  })

  test('is looked at anew with what joins it before it has begun, and then goes', async () => {
    const { bills: feed, people: contacts } = pair({ account: 'conto-b' })
    const taken = await given.take(feed, 'a', bills(1))
    await release(taken)
    await given.take(contacts, 'c', people(1))
    const before = (await given.wakes()).length
    await given.map(taken.dropId, feed)
    expect((await given.wakes()).slice(before)).toEqual([
      `release ${taken.flowId} ${given.clock.now}`,
    ])
    expect(await given.store.messages.accountsWithWork(given.clock.now)).not.toContain('conto-b')
    expect(await given.store.flows.awaitingRelease(1000)).toContain(taken.flowId)
    await release(taken)
    expect((await given.wakes()).slice(before)).toContain(`send conto-b ${given.clock.now}`)
    expect(await given.store.messages.accountsWithWork(given.clock.now)).toContain('conto-b')
    expect(await stateOf(taken)).toBe('active')
  })

  test('is reported after the feed’s hours, and finally once they have ended', async () => {
    const { bills: feed } = pair()
    const taken = await given.take(feed, 'a', bills(1))
    await release(taken)
    const { institution, feed: name } = feed
    const terms = [{ institution, feed: name, target: 'source', reportAfterHours: 6 }]
    const dueAfter = (hours: number) =>
      given.store.writeBacks.due(terms, given.clock.now.add({ hours }))
    expect(await dueAfter(5)).toEqual([])
    expect(await dueAfter(7)).toMatchObject([{ flowId: taken.flowId, number: 0, final: false }])
    await later(24, () => given.map(taken.dropId, feed))
    expect(await dueAfter(25)).toMatchObject([{ flowId: taken.flowId, number: 0, final: true }])
  })

  test('gives nothing more to send once it is stopped', async () => {
    const { bills: feed, people: contacts } = pair()
    const taken = await given.take(feed, 'a', bills(1))
    await release(taken)
    await given.pool.query('update flows set stopped_at = now() where id = $1', [taken.flowId])
    await given.take(contacts, 'c', people(1))
    await given.map(taken.dropId, feed)
    expect(new Set(await given.messages(taken.flowId))).toEqual(
      new Set(['first cancelled stopped', 'reminder cancelled stopped']),
    )
    expect(await given.accountOf(taken, 1)).toEqual({ read: 1, cancelled: 1 })
  })

  test('keeps them while it is suspended', async () => {
    const { bills: feed, people: contacts } = pair({ account: 'conto-c' })
    const taken = await given.take(feed, 'a', bills(1))
    await release(taken)
    await given.pool.query('update flows set suspended_at = now() where id = $1', [taken.flowId])
    await given.take(contacts, 'c', people(1))
    await given.map(taken.dropId, feed)
    expect(await given.messages(taken.flowId)).toContain('first waiting')
    expect(await given.store.messages.accountsWithWork(given.clock.now)).not.toContain('conto-c')
  })

  test('says in its history that they have been mapped', async () => {
    const { bills: feed, people: contacts } = pair()
    const taken = await given.take(feed, 'a', bills(1, 2))
    await given.take(contacts, 'c', people(1, 2))
    await given.map(taken.dropId, feed)
    const acts = await given.store.acts.ofFlow(taken.flowId as number)
    expect(acts.map(({ verb }) => verb)).toEqual(['mapped 2 that waited'])
  })
})

describe('what is said of a waiting bill meanwhile', () => {
  test('by a newer drop holds: the older record is a duplicate', async () => {
    const { bills: feed, people: contacts } = pair()
    const older = await given.take(feed, 'a', bills(1, 2))
    const newer = await given.take(feed, 'b', bills(1))
    expect(await fates(older)).toEqual(['duplicate', 'waiting'])
    expect((await reportOf(older))[0]).toContain('ripresa da un file più recente')
    expect(await given.accountOf(older, 2)).toEqual({ read: 2, duplicate: 1, waiting: 1 })
    await given.take(contacts, 'c', people(1, 2))
    for (const { dropId } of [older, newer]) await given.map(dropId, feed)
    expect(await fates(older)).toEqual(['duplicate', 'message'])
    expect(await fates(newer)).toEqual(['message'])
  })

  describe('by a newer snapshot that does not name it', () => {
    const spec = { lookups: { contatto: wait }, delivery: 'snapshot' }
    const snapshots = (atMostPercent: number) => {
      const institution = `comune-${++institutions}`
      const missing = { as: 'cancelled', atMostPercent }
      const feed = feedWith('bollette', { ...spec, missing }, { institution, from: 'all' })
      return { feed, contacts: feedOf('contatti', { institution }) }
    }

    test('holds: it is skipped', async () => {
      const { feed } = snapshots(100)
      const older = await given.take(feed, 'a', bills(1, 2))
      await given.take(feed, 'b', bills(2))
      expect(await fates(older)).toEqual(['skipped', 'duplicate'])
      expect((await reportOf(older))[0]).toContain('non è più nel file più recente')
      expect(await due()).not.toContain(older.dropId)
    })

    test('changes nothing where the snapshot is in doubt', async () => {
      const { feed, contacts } = snapshots(10)
      await given.take(contacts, 'c', people(8, 9))
      const older = await given.take(feed, 'a', bills(1, 8, 9))
      await given.take(feed, 'b', bills(8))
      expect(await fates(older)).toEqual(['waiting', 'message', 'message'])
    })
  })

  test('by a settlement holds: it is skipped as paid, once its contact has come', async () => {
    const { bills: feed, people: contacts } = pair()
    const taken = await given.take(feed, 'a', bills(1))
    const { number } = bill(1, '2027-03', DUE)
    const field = { column: 'NUMERO', type: 'text' }
    const record = { format: 'csv', delimiter: ';', fields: { numero: field } }
    const spec = { series: 'bollette-acqua', record, key: ['numero'], as: 'settled' }
    const silent = { feed: 'pagati', service: null, account: null }
    const paid = feedOfSpec('pagati', { shape: 'settlement', ...spec }, { ...feed, ...silent })
    await given.take(paid, 'p', `NUMERO\n${number}\n`)
    await given.take(contacts, 'c', people(1))
    await given.map(taken.dropId, feed)
    expect(await fates(taken)).toEqual(['skipped'])
    expect(await given.messages(taken.flowId)).toEqual([])
  })
})

describe('mapping again what waited', () => {
  test('that breaks off leaves it waiting, and the next run maps it', async () => {
    const { bills: feed, people: contacts } = pair({ batchRecords: 2 })
    const taken = await given.take(feed, 'a', bills(...numbers(6)))
    await given.take(contacts, 'c', people(...numbers(6)))
    let calls = 0
    const lookup: MapPorts['lookup'] = (...asked) => {
      if (++calls === 3) throw new Error('the database went away')
      return given.ports.lookup(...asked)
    }
    const broken = { ...given.ports, lookup }
    await expect(given.map(taken.dropId, feed, broken)).rejects.toThrow('went away')
    expect(new Set(await fates(taken))).toEqual(new Set(['waiting']))
    expect(await given.messages(taken.flowId)).toEqual([])
    expect(await given.map(taken.dropId, feed)).toEqual({ kind: 'mapped', records: 6 })
    expect(new Set(await fates(taken))).toEqual(new Set(['message']))
  })

  test('by a process that is killed before it commits changes nothing', async () => {
    const { bills: feed, people: contacts } = pair()
    const taken = await given.take(feed, 'a', bills(1))
    await given.take(contacts, 'c', people(1))
    const { waits } = given.ports
    const open = async (...asked: Parameters<typeof waits.open>) => {
      const lot = (await waits.open(...asked)) as WaitingLot
      const commit: typeof lot.commit = async (summary) => {
        await given.pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and state = 'idle in transaction'`,
        )
        await lot.commit(summary)
      }
      return { ...lot, commit }
    }
    const killed = { ...given.ports, waits: { ...waits, open } }
    await expect(given.map(taken.dropId, feed, killed)).rejects.toThrow()
    expect(await fates(taken)).toEqual(['waiting'])
    expect(await given.map(taken.dropId, feed)).toEqual({ kind: 'mapped', records: 1 })
    expect(await given.messages(taken.flowId)).toHaveLength(3)
  })

  test('twice at once maps it once', async () => {
    const { bills: feed, people: contacts } = pair()
    const taken = await given.take(feed, 'a', bills(...numbers(20)))
    await given.take(contacts, 'c', people(...numbers(20)))
    const results = await Promise.all([1, 2, 3].map(() => given.map(taken.dropId, feed)))
    expect(results.map(({ kind }) => kind).sort()).toEqual([
      'done-already',
      'done-already',
      'mapped',
    ])
    expect(await given.messages(taken.flowId)).toHaveLength(60)
  })
})
