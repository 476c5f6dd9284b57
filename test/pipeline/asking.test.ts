// Systems that are asked before a drop is mapped, through the real stage and the real tables; the
// system itself is a connector in this process, with the faults that such systems have.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SourceError } from '../../src/connector.ts'
import { AnsweredTable } from '../../src/mapping/system-lookup.ts'
import type { AskableSystem } from '../../src/pipeline/connector/ask.ts'
import type { MapFeed } from '../../src/pipeline/map.ts'
import {
  canteenFile,
  canteenRow,
  canteenRows,
  feedOf,
  feedOfSpec,
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

type Answer = Record<string, string> | SourceError | null

/** A registry office: everybody lives, but for those of whom the test says otherwise. */
interface Office {
  system: AskableSystem
  /** Keys of each call. */
  calls: string[][]
  said: Map<string, Answer>
  /** Called before each answer; what it throws is the fault of the whole call. */
  before: (keys: readonly string[]) => Promise<void>
}

let offices = 0
function openOffice(changes: Partial<AskableSystem> = {}): Office {
  const name = `anagrafe-${++offices}`
  const office: Office = { system: {} as AskableSystem, calls: [], said: new Map(), before }
  const lookup = async (_: unknown, keys: readonly string[]) => {
    office.calls.push([...keys])
    await office.before(keys)
    const answers = new Map<string, Record<string, string> | SourceError>()
    for (const key of keys) {
      const said = office.said.has(key) ? office.said.get(key) : { IN_VITA: 'S', ALTRO: 'x' }
      if (said) answers.set(key, said)
    }
    return answers
  }
  office.system = {
    ...{ institution: `comune-${offices}`, name, settings: {}, zone: 'Europe/Rome' },
    notify: ['ced@comune.example'],
    ...{ cacheHours: 24, perSecond: 100, perDay: null, batch: 50, timeoutSeconds: 10 },
    connector: { lookup } as unknown as AskableSystem['connector'],
    ...changes,
  }
  given.systems.set(name, office.system)
  return office
}

const before = async () => {}

/** The canteen's bills, of whose recipients the office is asked. */
function feedAsking(office: Office, policy: object = {}, spec: object = {}): MapFeed {
  const { name } = office.system
  const table = AnsweredTable.parse({
    fields: { in_vita: { column: 'in_vita', type: 'boolean' } },
    ...policy,
  })
  const base = feedOf('mensa', { institution: office.system.institution })
  const raw = {
    ...base.mapping.spec,
    lookups: { vita: { system: name, by: 'codice_fiscale', onMissing: 'refuse' } },
    skip: [
      { when: 'importo == 0', because: 'niente da pagare' },
      { when: 'vita.in_vita == false', because: 'deceduto' },
    ],
    ...spec,
  }
  const feed = `mensa-${name}`
  return feedOfSpec(feed, raw, { ...base, feed }, { [name]: table })
}

const codeOf = (n: number) => canteenRow(n).split(',')[1] as string
const file = (...ns: number[]) => canteenFile(canteenRows(...ns))
const down = new SourceError('SRC_UNREACHABLE', 'it is down', { retry: true })

async function fates({ flowId }: Pick<Taken, 'flowId'>): Promise<string[]> {
  const { rows } = await given.pool.query<{ fate: string }>(
    'select fate from source_records where flow_id = $1 order by record',
    [flowId],
  )
  return rows.map((row) => row.fate)
}

/** Maps again and again, as the queue and the sweep do, until nothing is asked any more. */
async function mapOn(dropId: number, feed: MapFeed) {
  for (let turn = 0; turn < 500; turn++) {
    const result = await given.map(dropId, feed)
    if (result.kind !== 'waiting') return result
    if (Temporal.Instant.compare(result.until, given.clock.now) > 0) given.clock.now = result.until
  }
  throw new Error('it waits for ever')
}

async function take(feed: MapFeed, key: string, bytes: string): Promise<Taken> {
  const dropId = await given.receive(feed, key, bytes)
  const result = await mapOn(dropId, feed)
  const { rows } = await given.pool.query<{ id: number }>(
    'select id from flows where drop_id = $1',
    [dropId],
  )
  return { dropId, result, flowId: rows[0]?.id ?? null }
}

describe('a system that answers', () => {
  test('is asked once about each recipient, and its answers decide', async () => {
    const office = openOffice()
    office.said.set(codeOf(2), { in_vita: 'N' }).set(codeOf(3), null)
    const rows = [...canteenRows(1, 2, 3), canteenRow(1, { month: '2026-04' })]
    const taken = await take(feedAsking(office), 'a', canteenFile(rows))
    expect(office.calls).toEqual([[codeOf(1), codeOf(2), codeOf(3)]])
    expect(await fates(taken)).toEqual(['message', 'skipped', 'refused', 'message'])
    await given.accountOf(taken, 4)
  })

  test('is not asked about records that are refused or skipped without it', async () => {
    const office = openOffice()
    const rows = [
      canteenRow(1, { cents: '0' }),
      canteenRow(2, { due: '2026-02-31' }),
      canteenRow(3, { fiscalCode: 'nobody' }),
      canteenRow(4),
    ]
    await take(feedAsking(office), 'a', canteenFile(rows))
    expect(office.calls).toEqual([[codeOf(4)]])
  })

  test('is not asked again while its answers are fresh, and is when they are not', async () => {
    const office = openOffice({ cacheHours: 2 })
    const feed = feedAsking(office)
    await take(feed, 'a', file(1))
    await take(feed, 'b', file(1, 2))
    given.clock.now = given.clock.now.add({ hours: 3 })
    await take(feed, 'c', canteenFile([canteenRow(1, { month: '2026-05' })]))
    expect(office.calls).toEqual([[codeOf(1)], [codeOf(2)], [codeOf(1)]])
  })

  test('is asked anew by each drop where nothing is kept for others', async () => {
    const office = openOffice({ cacheHours: 0 })
    const feed = feedAsking(office)
    await take(feed, 'a', file(1))
    given.clock.now = given.clock.now.add({ seconds: 1 })
    await take(feed, 'b', file(1))
    expect(office.calls).toHaveLength(2)
  })

  test('leaves a record that comes again a duplicate, on whatever day it answered', async () => {
    const office = openOffice({ cacheHours: 1 })
    const text = { it: 'Mensa: il conto di {{ mese }}, al {{ vita.asked_at | date_it }}' }
    const notice = { ...feedOf('mensa').mapping.spec, notice: undefined }
    expect(notice.notice).toBeUndefined()
    const spec = feedOf('mensa').mapping.spec as unknown as { notice: object }
    const feed = feedAsking(
      office,
      {},
      {
        notice: { ...spec.notice, subject: text, markdown: { it: 'x'.repeat(90) } },
        reminders: [],
      },
    )
    await take(feed, 'a', file(1))
    given.clock.now = given.clock.now.add({ hours: 48 })
    const again = await take(feed, 'b', file(1))
    expect(office.calls).toHaveLength(2)
    expect(await fates(again)).toEqual(['duplicate'])
  })

  test('is asked no faster than it bears, over several passes', async () => {
    const office = openOffice({ perSecond: 2 })
    const begun = given.clock.now
    const taken = await take(feedAsking(office), 'a', file(...numbers(60)))
    expect(office.calls.every((keys) => keys.length <= 2)).toBe(true)
    expect(office.calls.flat()).toHaveLength(60)
    expect(begun.until(given.clock.now).total('seconds')).toBeGreaterThanOrEqual(29)
    await given.accountOf(taken, 60)
  })

  test('has only the declared fields of its answers kept', async () => {
    const office = openOffice()
    await take(feedAsking(office), 'a', file(1))
    const { rows } = await given.pool.query<{ sealed: Buffer }>(
      'select sealed from system_answers where system = $1',
      [office.system.name],
    )
    expect(rows).toHaveLength(1)
    const kept = await given.store.answers.find(
      office.system.institution,
      { system: office.system.name, shape: shapeOf(office) },
      [codeOf(1)],
      given.clock.now.subtract({ hours: 1 }),
    )
    expect([...kept.values()]).toEqual([{ in_vita: 'true', asked_at: expect.any(String) }])
  })
})

function shapeOf(office: Office): string {
  const mapping = feedAsking(office).mapping
  if (mapping.shape !== 'notice') throw new Error('no notices')
  return mapping.lookups[0]?.asked?.shape ?? ''
}

describe('a system that does not answer', () => {
  test('keeps its records waiting, lets the others go, and is asked again', async () => {
    const office = openOffice({ batch: 1, perSecond: 1 })
    office.before = async ([key]) => {
      if (key !== codeOf(1)) throw down
    }
    const feed = feedAsking(office)
    const taken = await take(feed, 'a', file(1, 2, 3))
    expect(await fates(taken)).toEqual(['message', 'waiting', 'waiting'])
    office.before = before
    expect(await given.store.waits.due(given.clock.now, 10)).toEqual([])
    given.clock.now = given.clock.now.add({ minutes: 5 })
    expect(await given.store.waits.due(given.clock.now, 10)).toEqual([taken.dropId])
    await mapOn(taken.dropId, feed)
    expect(await fates(taken)).toEqual(['message', 'message', 'message'])
    await given.accountOf(taken, 3)
  })

  test.each([
    ['skip', ['message', 'skipped']],
    ['refuse', ['message', 'refused']],
  ])('does to its records what its file says: %s', async (onFailure, expected) => {
    const office = openOffice()
    office.said.set(codeOf(2), down)
    const taken = await take(feedAsking(office, { onFailure }), 'a', file(1, 2))
    expect(await fates(taken)).toEqual(expected)
    await given.accountOf(taken, 2)
  })

  test('has its records refused when the hours to hold them are over', async () => {
    const office = openOffice()
    office.before = async () => {
      throw down
    }
    const feed = feedAsking(office, { holdHours: 2 })
    const taken = await take(feed, 'a', file(1))
    expect(await fates(taken)).toEqual(['waiting'])
    given.clock.now = given.clock.now.add({ hours: 3 })
    await mapOn(taken.dropId, feed)
    expect(await fates(taken)).toEqual(['refused'])
  })

  test('is left alone for a while after failures in a row', async () => {
    const office = openOffice({ batch: 1 })
    office.before = async () => {
      throw down
    }
    const taken = await take(feedAsking(office), 'a', file(...numbers(20)))
    expect(office.calls.length).toBeLessThan(5)
    expect(new Set(await fates(taken))).toEqual(new Set(['waiting']))
    const [row] = (await given.store.systems.list()).filter(
      ({ name }) => name === office.system.name,
    )
    expect(row).toMatchObject({ failureCode: 'SRC_UNREACHABLE', failure: 'it is down' })
    expect(Temporal.Instant.compare(row!.resumesAt!, given.clock.now)).toBe(1)
  })

  test('fails for one key alone, whose record waits', async () => {
    const office = openOffice()
    office.said.set(codeOf(2), new SourceError('SRC_REFUSED', 'not this one', { retry: false }))
    const taken = await take(feedAsking(office), 'a', file(1, 2, 3))
    expect(await fates(taken)).toEqual(['message', 'waiting', 'message'])
  })

  test('is asked no further after it has refused who asks', async () => {
    const office = openOffice({ batch: 1 })
    office.before = async () => {
      throw new SourceError('SRC_CREDENTIALS', 'wrong password', { retry: false })
    }
    await take(feedAsking(office), 'a', file(1, 2, 3))
    expect(office.calls).toHaveLength(1)
  })

  test('does not use up its day where no answer can be read', async () => {
    const office = openOffice({ batch: 1, perDay: 1000 })
    for (const n of numbers(90)) office.said.set(codeOf(n), { ALTRO: 'x' })
    await take(feedAsking(office), 'a', file(...numbers(90)))
    expect(office.calls.flat()).toHaveLength(20)
    const rows = await given.store.systems.list()
    const row = rows.find(({ name }) => name === office.system.name)
    expect(row).toMatchObject({ failures: 1, failureCode: 'SRC_ANSWER' })
  })

  test('counts as failed when it takes too long, whatever it does with its signal', async () => {
    const office = openOffice({ timeoutSeconds: 0.02 })
    office.before = () => new Promise(() => {})
    const taken = await take(feedAsking(office), 'a', file(1))
    expect(await fates(taken)).toEqual(['waiting'])
  })

  test('counts as failed where its answer lacks a field; no value is said', async () => {
    const office = openOffice()
    office.said.set(codeOf(1), { STATO: 'segreto' })
    await take(feedAsking(office), 'a', file(1))
    const [row] = (await given.store.systems.list()).filter(
      ({ name }) => name === office.system.name,
    )
    expect(row).toMatchObject({ failureCode: 'SRC_ANSWER' })
    expect(row?.failure).toContain('in_vita')
    expect(row?.failure).toContain('STATO')
    expect(row?.failure).not.toContain('segreto')
  })
})

describe('a system with a cap a day', () => {
  test('is asked no more that day, by any drop; the next day it is', async () => {
    const office = openOffice({ perDay: 3 })
    const feed = feedAsking(office)
    given.clock.now = Temporal.Instant.from('2026-06-01T08:00:00Z')
    const first = await take(feed, 'a', file(1, 2))
    const second = await take(feed, 'b', file(3, 4, 5))
    expect(await fates(first)).toEqual(['message', 'message'])
    expect(await fates(second)).toEqual(['message', 'waiting', 'waiting'])
    given.clock.now = Temporal.Instant.from('2026-06-01T21:59:59Z')
    await mapOn(second.dropId, feed)
    expect(await fates(second)).toEqual(['message', 'waiting', 'waiting'])
    given.clock.now = Temporal.Instant.from('2026-06-01T22:00:00Z')
    await mapOn(second.dropId, feed)
    expect(await fates(second)).toEqual(['message', 'message', 'message'])
    expect(office.calls.flat()).toHaveLength(5)
  })
})

describe('asking that is cut', () => {
  test('goes on where it was: only what was under way is asked again', async () => {
    const office = openOffice({ batch: 10, perSecond: 10 })
    const feed = feedAsking(office)
    const dropId = await given.receive(feed, 'a', file(...numbers(300)))
    let left = 7
    office.before = async () => {
      if (--left === 0) throw new Killed()
    }
    const { keep } = given.ports.asking.answers
    given.ports.asking.answers = {
      ...given.ports.asking.answers,
      async keep(...of) {
        if (left <= 0) throw new Killed()
        return keep(...of)
      },
    }
    for (let turn = 0; turn < 50 && left > 0; turn++) await given.map(dropId, feed).catch(() => {})
    given.ports.asking.answers = { ...given.ports.asking.answers, keep }
    office.before = before
    await mapOn(dropId, feed)
    const asked = office.calls.flat()
    expect(new Set(asked).size).toBe(300)
    expect(asked.length).toBeLessThanOrEqual(300 + 2 * 10)
  })
})

class Killed extends Error {}
