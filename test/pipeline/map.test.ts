import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bill, billsCsv, contact } from '../../scripts/samples.ts'
import type { MapFeed, MapPorts } from '../../src/pipeline/map.ts'
import {
  canteenFile,
  canteenRow,
  canteenRows,
  feedOf,
  feedWith,
  type GivenPipeline,
  givenPipeline,
  numbers,
} from './given.ts'

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

/** A canteen of its own: another institution, so that no test sees the notices of another. */
let institutions = 0
const canteen = (changes = {}) =>
  feedOf('mensa', { institution: `comune-${++institutions}`, ...changes })

describe('a drop that is mapped', () => {
  test('accounts for every line: new, skipped, refused', async () => {
    const feed = canteen()
    const rows = [
      ...canteenRows(1, 2, 3),
      canteenRow(4, { cents: '0' }),
      canteenRow(5, { fiscalCode: 'ROSSI' }),
    ]
    const taken = await given.take(feed, 'a', canteenFile(rows))
    expect(taken.result).toEqual({ kind: 'mapped', records: 5 })
    expect(await given.accountOf(taken, 5)).toEqual({ read: 5, waiting: 3, skipped: 1, refused: 1 })
  })

  test('becomes one flow, active, that wakes its release and nothing else', async () => {
    const before = (await given.wakes()).length
    const { flowId, dropId } = await given.take(canteen(), 'a', canteenFile(canteenRows(1)))
    const flow = await given.store.flows.get(flowId as number)
    expect(flow).toMatchObject({ state: 'active', reason: 'awaiting-approval', releasedAt: null })
    expect((await given.wakes()).slice(before)).toEqual([`map ${dropId}`, `release ${flowId}`])
    expect((await given.store.drops.get(dropId)).state).toBe('mapped')
  })

  test('says in which encoding it was read, to its end or not', async () => {
    const feed = canteen()
    const { dropId, flowId } = await given.take(feed, 'a', canteenFile(canteenRows(1)))
    expect((await given.store.drops.get(dropId)).encoding).toBe('utf-8')
    expect((await given.store.flows.get(flowId as number)).encoding).toBe('utf-8')
    const wide = Buffer.from(`\ufeff${canteenFile(canteenRows(2))}\ud800`, 'utf16le')
    const cut = await given.take(feed, 'b', wide)
    expect(cut.result.kind).toBe('failed')
    expect((await given.store.drops.get(cut.dropId)).encoding).toBe('utf-16le')
  })

  test('plans a first message at once and each reminder at its instant', async () => {
    const { flowId } = await given.take(canteen(), 'a', canteenFile(canteenRows(1)))
    const { rows } = await given.pool.query(
      `select purpose, send_at as at, civil_at as civil from messages
       where flow_id = $1 order by id`,
      [flowId],
    )
    expect(rows.map(({ purpose, at, civil }) => `${purpose} ${at} ${civil}`)).toEqual([
      `first ${given.clock.now} null`,
      'reminder 2026-04-27T07:30:00Z 2026-04-27T09:30:00',
    ])
  })

  test('has an empty flow when it has no bytes, or a header alone', async () => {
    for (const bytes of ['', canteenFile([])]) {
      const taken = await given.take(canteen(), 'a', bytes)
      expect(taken.result).toEqual({ kind: 'mapped', records: 0 })
      expect(await given.accountOf(taken, 0)).toEqual({})
    }
  })

  test('is not mapped again', async () => {
    const feed = canteen()
    const taken = await given.take(feed, 'a', canteenFile(canteenRows(1)))
    expect(await given.map(taken.dropId, feed)).toEqual({ kind: 'done-already' })
    expect(await given.messages(taken.flowId)).toHaveLength(2)
  })

  test('shows nothing of its people to who reads the tables', async () => {
    const feed = canteen()
    const row = canteenRow(7, { child: 'SEGRETISSIMA', fiscalCode: 'TROPPO-LUNGO-PER-UN-CF' })
    await given.take(feed, 'a', canteenFile([...canteenRows(6), row]))
    for (const table of [
      'drops',
      'drop_chunks',
      'source_records',
      'notices',
      'messages',
      'flows',
    ]) {
      const { rows } = await given.pool.query(`select * from ${table}`)
      const all = rows.map((one) =>
        Object.values(one).map((value) =>
          Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value),
        ),
      )
      expect(all.length).toBeGreaterThan(0)
      expect(all.flat(2).join(' ')).not.toMatch(/MENSA-6|SEGRETISSIMA|TROPPO-LUNGO|Z999|303202603/)
    }
  })
})

describe('a record that came before', () => {
  const rows = canteenRows(...numbers(20))

  test('is a duplicate when the same drop comes again under another key', async () => {
    const feed = canteen()
    await given.take(feed, 'mensa-a.csv', canteenFile(rows))
    const again = await given.take(feed, 'mensa-b.csv', canteenFile(rows))
    expect(await given.accountOf(again, 20)).toEqual({ read: 20, duplicate: 20 })
    expect(await given.messages(again.flowId)).toEqual([])
  })

  test('is a duplicate in whatever order the rows come', async () => {
    const feed = canteen()
    const first = await given.take(feed, 'a', canteenFile(rows))
    let drops = 0
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(rows, { minLength: 20 }),
        fc.integer({ min: 1, max: 30 }),
        async (shuffled, batchRecords) => {
          const key = `shuffled-${++drops}`
          const again = await given.take({ ...feed, batchRecords }, key, canteenFile(shuffled))
          expect(await given.accountOf(again, 20)).toEqual({ read: 20, duplicate: 20 })
        },
      ),
      { numRuns: 10 },
    )
    expect(await given.messages(first.flowId)).toHaveLength(40)
  })

  test('makes one new message where something that matters changed', async () => {
    const feed = canteen()
    const first = await given.take(feed, 'a', canteenFile(rows))
    const changed = [canteenRow(0, { cents: '9500', due: '2026-05-31' }), ...rows.slice(1)]
    const second = await given.take(feed, 'b', canteenFile(changed))
    expect(await given.accountOf(second, 20)).toEqual({ read: 20, waiting: 1, duplicate: 19 })
    expect(await given.messages(second.flowId)).toEqual(['first waiting', 'reminder waiting'])
    expect(await given.accountOf(first, 20)).toEqual({ read: 20, waiting: 19, cancelled: 1 })
    const superseded = (await given.messages(first.flowId)).filter((said) => /cancelled/.test(said))
    expect(superseded).toEqual(['first cancelled superseded', 'reminder cancelled superseded'])
    const plan = `select send_at::text from messages where flow_id = $1 and purpose = 'reminder'`
    const { rows: instants } = await given.pool.query(plan, [second.flowId])
    expect(instants).toEqual([{ send_at: '2026-05-28 07:30:00+00' }])
    expect(await given.changedTexts(feed)).toEqual([])
  })

  test('leaves alone what has left already when it changes', async () => {
    const feed = canteen()
    const first = await given.take(feed, 'a', canteenFile(canteenRows(1)))
    await given.pool.query(
      `update messages set state = 'sent' where flow_id = $1 and purpose = 'first'`,
      [first.flowId],
    )
    await given.take(feed, 'b', canteenFile([canteenRow(1, { cents: '1' })]))
    expect(await given.messages(first.flowId)).toEqual([
      'first sent',
      'reminder cancelled superseded',
    ])
  })

  test('is updated silently where nothing that matters changed, texts included', async () => {
    const feed = canteen()
    const first = await given.take(feed, 'a', canteenFile(canteenRows(1)))
    const second = await given.take(feed, 'b', canteenFile([canteenRow(1, { meals: '21' })]))
    expect(await given.accountOf(second, 1)).toEqual({ read: 1, duplicate: 1 })
    expect(await given.messages(second.flowId)).toEqual([])
    expect(await given.messages(first.flowId)).toEqual(['first waiting', 'reminder waiting'])
    expect(await given.changedTexts(feed)).toEqual([])
  })

  test('lends its due date to its messages, also when it changed silently', async () => {
    const feed = feedWith('mensa', { changesMatter: [] }, canteen())
    const { flowId } = await given.take(feed, 'a', canteenFile(canteenRows(1)))
    const dueDates = async () => {
      const sql = 'select distinct due_at::text as due from messages where flow_id = $1'
      return (await given.pool.query<{ due: string }>(sql, [flowId])).rows.map(({ due }) => due)
    }
    expect(await dueDates()).toEqual(['2026-04-30 21:59:59+00'])
    await given.take(feed, 'b', canteenFile([canteenRow(1, { due: '2026-05-31' })]))
    expect(await dueDates()).toEqual(['2026-05-31 21:59:59+00'])
  })

  test('is updated with the text of a reminder that is due and has not left yet', async () => {
    const feed = feedWith('mensa', { changesMatter: [] }, canteen())
    await given.take(feed, 'a', canteenFile(canteenRows(1)))
    const { now } = given.clock
    given.clock.now = Temporal.Instant.from('2026-04-28T08:00:00Z')
    await given.take(feed, 'b', canteenFile([canteenRow(1, { cents: '9100' })]))
    given.clock.now = now
    expect(await given.changedTexts(feed)).toEqual([])
  })

  test('loses the reminders that its mapping no longer has', async () => {
    const feed = canteen()
    const first = await given.take(feed, 'a', canteenFile(canteenRows(1)))
    const { institution } = feed
    const without = feedWith('mensa', { reminders: [] }, { institution })
    await given.take(without, 'b', canteenFile([canteenRow(1, { meals: '21' })]))
    expect(await given.messages(first.flowId)).toEqual([
      'first waiting',
      'reminder cancelled superseded',
    ])
  })

  test('is found by what it says now, no longer by what it said', async () => {
    const feed = feedWith('mensa', { group: 'avviso', key: ['codice_fiscale'] }, canteen())
    await given.take(feed, 'a', canteenFile(canteenRows(1)))
    const changed = canteenRow(1, { child: 'ALTRA', month: '2026-04', notice: '3'.repeat(18) })
    await given.take(feed, 'b', canteenFile([changed]))
    const { rows: found } = await given.pool.query(
      `select emission, document_hash = $2 as document, group_hash = $3 as grouped
       from notices n join institutions i on i.id = n.institution_id where i.name = $1`,
      [
        feed.institution,
        given.vault.hash('facet', 'ALTRA'),
        given.vault.hash('key', '3'.repeat(18)),
      ],
    )
    expect(found).toEqual([{ emission: '2026-04', document: true, grouped: true }])
  })

  test('belongs to its institution: the same key elsewhere is another notice', async () => {
    await given.take(canteen(), 'a', canteenFile(rows))
    const elsewhere = await given.take(canteen(), 'a', canteenFile(rows))
    expect(await given.accountOf(elsewhere, 20)).toEqual({ read: 20, waiting: 20 })
  })
})

describe('a key that stands twice in a drop', () => {
  test('is a duplicate with the same data, refused with other data: the first holds', async () => {
    const other = canteenRow(1, { cents: '1' })
    const rows = [...canteenRows(1, 2, 1), other]
    const taken = await given.take(canteen(), 'a', canteenFile(rows))
    expect(await given.accountOf(taken, 4)).toEqual({
      read: 4,
      waiting: 2,
      duplicate: 1,
      refused: 1,
    })
    const [refused] = await given.store.flows.refusals(taken.flowId as number, 10)
    expect(refused).toMatchObject({
      line: 5,
      key: 'MENSA-1|2026-03',
      refusals: [{ code: 'REC_KEY_REPEATED', remedy: expect.stringContaining('key') }],
    })
  })

  test('ends in the same way however the records are batched, known before or not', async () => {
    const variant = fc.record({
      n: fc.nat(3),
      meals: fc.constantFrom('20', '21'),
      cents: fc.constantFrom('9000', '9500', '0'),
    })
    const file = fc.array(variant, { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(file, file, async (before, after) => {
        const accounts: object[] = []
        for (const batchRecords of [1, 2, 1000]) {
          const feed = canteen({ batchRecords })
          const accountOf = async (key: string, rows: typeof before) => {
            const lines = rows.map(({ n, meals, cents }) => canteenRow(n, { meals, cents }))
            return given.accountOf(await given.take(feed, key, canteenFile(lines)), rows.length)
          }
          accounts.push([await accountOf('before', before), await accountOf('after', after)])
          expect(await given.changedTexts(feed)).toEqual([])
        }
        expect(accounts[1]).toEqual(accounts[0])
        expect(accounts[2]).toEqual(accounts[0])
      }),
      { numRuns: 12 },
    )
  })
})

describe('a mapping that breaks off', () => {
  const rows = canteenRows(...numbers(30))
  const left = (dropId: number, institution: string) =>
    given.count(
      `select (select count(*) from source_records r join flows f on f.id = r.flow_id
           where f.drop_id = $1)
         + (select count(*) from messages m join flows f on f.id = m.flow_id where f.drop_id = $1)
         + (select count(*) from notices n join institutions i on i.id = n.institution_id
           where i.name = $2)`,
      dropId,
      institution,
    )

  /** Ports whose nth report of progress fails, as it does when the database goes away. */
  function failing(nth: number): MapPorts {
    let calls = 0
    const progress: MapPorts['drops']['progress'] = async (id, bytes) => {
      if (++calls === nth) throw new Error('the database went away')
      await given.ports.drops.progress(id, bytes)
    }
    return { ...given.ports, drops: { ...given.ports.drops, progress } }
  }

  test.each([1, 2, 3])('in batch %i leaves nothing, and the next run maps all', async (nth) => {
    const feed = canteen({ batchRecords: 10 })
    const dropId = await given.receive(feed, 'a', canteenFile(rows))
    await expect(given.map(dropId, feed, failing(nth))).rejects.toThrow('the database went away')
    expect(await left(dropId, feed.institution)).toBe(0)
    expect((await given.store.drops.get(dropId)).state).toBe('received')
    expect(await given.map(dropId, feed)).toEqual({ kind: 'mapped', records: 30 })
    const flowId = await given.count('select id from flows where drop_id = $1', dropId)
    const account = await given.accountOf({ dropId, flowId, result: { kind: 'done-already' } }, 30)
    expect(account).toEqual({ read: 30, waiting: 30 })
  })

  test.each([0, 5, 9, 10, 25])(
    'at a fault of the file after %i rows leaves nothing',
    async (good) => {
      const feed = canteen({ batchRecords: 5 })
      const damaged = `${canteenFile(rows.slice(0, good))}"MENSA-99,`
      const dropId = await given.receive(feed, 'a', damaged)
      const result = await given.map(dropId, feed)
      expect(result).toMatchObject({ kind: 'failed', problem: { code: 'DROP_CSV_QUOTE' } })
      expect(await left(dropId, feed.institution)).toBe(0)
    },
  )

  test('again and again, by a fault that is not its own, is given up after five', async () => {
    const feed = canteen()
    const dropId = await given.receive(feed, 'a', canteenFile(rows))
    for (let time = 0; time < 5; time++) {
      await expect(given.map(dropId, feed, failing(1))).rejects.toThrow('went away')
    }
    const result = await given.map(dropId, feed)
    expect(result).toMatchObject({ kind: 'failed', problem: { code: 'DROP_MAPPING_FAULT' } })
    expect(await given.map(dropId, feed)).toEqual({ kind: 'done-already' })
    expect(await left(dropId, feed.institution)).toBe(0)
  })

  test('gives its connection back, always', async () => {
    for (let time = 0; time < 10; time++) {
      const feed = canteen({ batchRecords: 5 })
      const dropId = await given.receive(feed, 'a', canteenFile(rows))
      await expect(given.map(dropId, feed, failing(1))).rejects.toThrow('went away')
    }
    expect(given.pool.idleCount).toBe(given.pool.totalCount)
  })

  test('by more records than the bound keeps none of them', async () => {
    const feed = canteen({ batchRecords: 10, maximumRecords: 29 })
    const taken = await given.take(feed, 'a', canteenFile(rows))
    expect(taken.result).toMatchObject({ kind: 'failed', problem: { code: 'DROP_RECORDS' } })
    expect(await left(taken.dropId, feed.institution)).toBe(0)
    const enough = canteen({ batchRecords: 10, maximumRecords: 30 })
    expect((await given.take(enough, 'a', canteenFile(rows))).result.kind).toBe('mapped')
  })
})

describe('drops that are mapped at once', () => {
  test('are mapped once when they are the same drop', async () => {
    const feed = canteen({ batchRecords: 2 })
    const dropId = await given.receive(feed, 'a', canteenFile(canteenRows(...numbers(10))))
    const results = await Promise.all(numbers(3).map(() => given.map(dropId, feed)))
    expect(results.map(({ kind }) => kind).sort()).toEqual([
      'done-already',
      'done-already',
      'mapped',
    ])
    const flowId = await given.count('select id from flows where drop_id = $1', dropId)
    const taken = { dropId, flowId, result: { kind: 'done-already' as const } }
    expect(await given.accountOf(taken, 10)).toEqual({ read: 10, waiting: 10 })
    const flow = await given.store.flows.get(flowId)
    expect(flow).toMatchObject({ state: 'active', reason: 'awaiting-approval', problem: null })
  })

  test('fail once, with one mail, when they are the same damaged drop', async () => {
    const feed = canteen()
    const dropId = await given.receive(feed, 'a', '"')
    const mails = `select count(*) from staff_mails m join institutions i on i.id = m.institution_id
      where i.name = $1 and subject like 'File non leggibile%'`
    await Promise.all(numbers(3).map(() => given.map(dropId, feed)))
    expect(await given.count(mails, feed.institution)).toBe(1)
  })

  test('never both find a key new when they share a series', async () => {
    const institution = `comune-${++institutions}`
    const feeds = numbers(4).map((n) => feedOf('mensa', { institution, feed: `mensa-${n}` }))
    const rows = canteenRows(...numbers(10))
    const taken = await Promise.all(feeds.map((feed) => given.take(feed, 'a', canteenFile(rows))))
    const accounts = await Promise.all(taken.map((one) => given.accountOf(one, 10)))
    expect(accounts.filter((account) => account.waiting === 10)).toHaveLength(1)
    expect(accounts.filter((account) => account.duplicate === 10)).toHaveLength(3)
  })
})

describe('a drop that must wait', () => {
  const contacts = (...rows: string[]) => ['COD_CLIENTE;COD_FISCALE;EMAIL', ...rows, ''].join('\n')
  const pair = () => {
    const institution = `comune-${++institutions}`
    const companions = [{ feed: 'contatti', waitMinutes: 60 }]
    return {
      bills: feedOf('bollette', { institution, companions }),
      people: feedOf('contatti', { institution }),
    }
  }
  const file = billsCsv([bill(1, '2026-03', Temporal.PlainDate.from('2026-04-30'))])
  const person = contact(1)
  const row = `${person.customer};${person.fiscalCode};`

  /** Maps the drop so much later. */
  async function mapAfter(seconds: number, dropId: number, feed: MapFeed) {
    const { now } = given.clock
    given.clock.now = now.add({ seconds })
    const result = await given.map(dropId, feed)
    given.clock.now = now
    return result
  }

  test('waits for its companion, a little at a time, and is mapped once it is there', async () => {
    const { bills, people } = pair()
    const dropId = await given.receive(bills, 'a', file)
    const until = given.clock.now.add({ seconds: 15 })
    expect(await given.map(dropId, bills)).toEqual({ kind: 'waiting', until })
    const companion = await given.receive(people, 'a', contacts(row))
    expect((await given.map(dropId, bills)).kind).toBe('waiting')
    await given.map(companion, people)
    expect(await given.map(dropId, bills)).toEqual({ kind: 'mapped', records: 1 })
    const flowId = await given.count('select id from flows where drop_id = $1', dropId)
    expect(await given.messages(flowId)).toHaveLength(3)
  })

  test('gives its companion up after the declared time, and says what is missing', async () => {
    const { bills } = pair()
    const dropId = await given.receive(bills, 'a', file)
    const end = given.clock.now.add({ minutes: 60 })
    expect(await mapAfter(3595, dropId, bills)).toEqual({ kind: 'waiting', until: end })
    expect(await mapAfter(3600, dropId, bills)).toEqual({ kind: 'mapped', records: 1 })
    const flowId = await given.count('select id from flows where drop_id = $1', dropId)
    const [refused] = await given.store.flows.refusals(flowId, 1)
    expect(refused?.refusals).toMatchObject([
      { code: 'REC_LOOKUP_MISSING', field: 'codice_cliente' },
    ])
  })

  test('is content with a companion of the last three days, not with an older one', async () => {
    for (const [hours, kind] of [
      [72, 'mapped'],
      [73, 'waiting'],
    ] as const) {
      const { bills, people } = pair()
      const { now } = given.clock
      given.clock.now = now.subtract({ hours })
      await given.take(people, 'a', contacts(row))
      given.clock.now = now
      const dropId = await given.receive(bills, 'a', file)
      expect((await given.map(dropId, bills)).kind).toBe(kind)
    }
  })

  test('does not wait for a companion that could not be read', async () => {
    const { bills, people } = pair()
    expect((await given.take(people, 'a', '"')).result.kind).toBe('failed')
    const dropId = await given.receive(bills, 'a', file)
    expect((await given.map(dropId, bills)).kind).toBe('mapped')
  })

  test('is mapped after the older drops of its feed: what was said last must hold', async () => {
    const feed = canteen()
    const older = await given.receive(feed, 'a', canteenFile([canteenRow(1, { cents: '1' })]))
    const newer = await given.receive(feed, 'b', canteenFile([canteenRow(1, { cents: '2' })]))
    const until = given.clock.now.add({ seconds: 15 })
    expect(await given.map(newer, feed)).toEqual({ kind: 'waiting', until })
    expect((await given.map(older, feed)).kind).toBe('mapped')
    expect((await given.map(newer, feed)).kind).toBe('mapped')
    const amount = `select amount_cents from notices n join institutions i on i.id = n.institution_id
      where i.name = $1`
    expect(await given.count(amount, feed.institution)).toBe(2)
  })

  test('waits for nobody else: other feeds, or a drop that could not be read', async () => {
    const feed = canteen()
    await given.receive({ ...feed, feed: 'another' }, 'a', canteenFile([]))
    await given.take(feed, 'damaged', '"')
    expect((await given.take(feed, 'b', canteenFile([]))).result.kind).toBe('mapped')
  })
})

describe('a reference', () => {
  const header = 'COD_CLIENTE;COD_FISCALE;EMAIL'
  const [one, two] = [contact(1), contact(2)]
  const people = (changes = {}) =>
    feedOf('contatti', { institution: `comune-${++institutions}`, ...changes })
  const rowsOf = (feed: MapFeed, ...customers: string[]) =>
    given.store.references.find(feed.institution, 'contatti', customers)

  test('makes no flow, keeps its rows, and replaces only those that come again', async () => {
    const feed = people()
    const all = [header, `A;${one.fiscalCode};a@posta.example`, `B;${two.fiscalCode};`].join('\n')
    expect(await given.take(feed, 'a', all)).toMatchObject({
      flowId: null,
      result: { kind: 'mapped', records: 2 },
    })
    await given.take(feed, 'b', [header, `B;${one.fiscalCode};b@posta.example`].join('\n'))
    expect(Object.fromEntries(await rowsOf(feed, 'A', 'B', 'C'))).toEqual({
      A: { codice_cliente: 'A', codice_fiscale: one.fiscalCode },
      B: { codice_cliente: 'B', codice_fiscale: one.fiscalCode },
    })
  })

  test('counts the rows that it refuses, and keeps them sealed with their reasons', async () => {
    const feed = people()
    const wrong = `${one.fiscalCode.slice(0, 15)}${one.fiscalCode.endsWith('A') ? 'B' : 'A'}`
    const rows = [header, `A;${wrong};`, `B;${two.fiscalCode};`, ';;']
    const { dropId } = await given.take(feed, 'a', rows.join('\n'))
    const { rows: drops } = await given.pool.query(
      'select records, refused, refusals_sealed as sealed from drops where id = $1',
      [dropId],
    )
    expect(drops[0]).toMatchObject({ records: 2, refused: 1 })
    expect(drops[0].sealed.includes(wrong)).toBe(false)
    const kept = JSON.parse(given.vault.open(`refusals/${dropId}`, drops[0].sealed).toString())
    expect(kept).toMatchObject([
      { line: 2, refusals: [{ code: 'REC_FISCAL_CODE_CHECK', field: 'codice_fiscale' }] },
    ])
    expect((await rowsOf(feed, 'A', 'B')).size).toBe(1)
  })

  test('keeps a colleague’s code whatever its check character, as the messages do', async () => {
    const tester = `${one.fiscalCode.slice(0, 15)}${one.fiscalCode.endsWith('A') ? 'B' : 'A'}`
    const feed = people({ testers: new Set([tester]) })
    await given.take(feed, 'a', [header, `A;${tester};`, 'B;AAAAAA00A00A000A;'].join('\n'))
    expect((await rowsOf(feed, 'A', 'B')).size).toBe(2)
  })

  test('that breaks off keeps what it was', async () => {
    const feed = people({ batchRecords: 1 })
    await given.take(feed, 'a', [header, `A;${one.fiscalCode};`].join('\n'))
    const broken = [header, `A;${two.fiscalCode};`, `B;${two.fiscalCode};`, '"'].join('\n')
    const { result, dropId } = await given.take(feed, 'b', broken)
    expect(result).toMatchObject({ kind: 'failed', problem: { code: 'DROP_CSV_QUOTE', line: 4 } })
    const rows = await rowsOf(feed, 'A', 'B')
    expect(rows.size).toBe(1)
    expect(rows.get('A')?.['codice_fiscale']).toBe(one.fiscalCode)
    expect(await given.count(`select (problem ->> 'line') from drops where id = $1`, dropId)).toBe(
      4,
    )
  })
})
