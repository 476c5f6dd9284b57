// What the suite asks of connectors that tell a system how records ended, or ask it by key.
// Invariant: each of these tests leaves out a connector that does neither, and says so.
import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import type { PollContext, Receipt } from '../../src/connector.ts'
import type { ContextOptions, Rig } from './connector.ts'
import { nothingTold, receiptOf, reportOf, type Told } from './report.ts'

const keys = ['A-1', 'B-2', 'C-3', 'D-4', 'E-5']
const receipts = keys.map((key, at) => receiptOf({ line: at + 1, key }))
const everySent = keys.map((key) => [key, 'sent'])

type Context<S> = (options?: ContextOptions) => PollContext<S>

export function declareTelling<S>(rig: () => Rig<S>, context: Context<S>): void {
  const told = () => rig().told
  const tell = async (of: readonly Receipt[], kept: Told, signal?: AbortSignal) => {
    const report = reportOf('drop', '', 0, { receipts: of, told: kept })
    await rig().connector.writeBack!(context(signal && { signal }), report)
    report.settle()
  }
  const skipped = 'this system is not told record by record'

  it('each record is told as it ended, and counts as given', async (test) => {
    const system = told()
    if (system === undefined) return test.skip(skipped)
    await system.put(keys)
    const kept = nothingTold()
    await tell(receipts, kept)
    expect(await system.read()).toEqual(everySent)
    expect([...kept.given.keys()].sort()).toEqual(receipts.map(({ id }) => id).sort())
  })

  it('what is told twice, since nobody remembers the first time, ends as once', async (test) => {
    const system = told()
    if (system === undefined) return test.skip(skipped)
    await system.put(keys)
    for (const kept of [nothingTold(), nothingTold()]) await tell(receipts, kept)
    expect(await system.read()).toEqual(everySent)
  })

  it('a report that is cut in the middle keeps what was given, and then ends', async (test) => {
    const system = told()
    if (system === undefined) return test.skip(skipped)
    await system.put(keys)
    const kept = nothingTold()
    const report = reportOf('drop', '', 0, { receipts, told: kept })
    async function* cut() {
      let left = 3
      for await (const receipt of report.receipts) {
        if (left-- === 0) throw new Error('the database is gone')
        yield receipt
      }
    }
    const run = rig().connector.writeBack!(context(), { ...report, receipts: cut() })
    await expect(run).rejects.toThrow('the database is gone')
    const given = receipts.filter(({ id }) => kept.given.has(id)).map(({ key }) => [key, 'sent'])
    expect(await system.read()).toEqual(expect.arrayContaining(given))
    await tell(receipts, kept)
    expect(await system.read()).toEqual(everySent)
    expect(kept.given.size).toBe(keys.length)
  })

  it('a record whose telling was cut off is told no second time', async (test) => {
    const system = told()
    if (system === undefined) return test.skip(skipped)
    await system.put(keys)
    await tell(receipts, nothingTold())
    const kept = nothingTold()
    for (const { id } of receipts) kept.begun.add(id)
    await tell(receipts, kept)
    expect(await system.read()).toEqual(everySent)
    for (const { id } of receipts) {
      expect(kept.given.has(id) || kept.failed.get(id)?.mayBeGiven).toBe(true)
    }
  })

  it('a stop that came before keeps it from telling anything', async (test) => {
    const system = told()
    if (system === undefined) return test.skip(skipped)
    await system.put(keys)
    await expect(tell(receipts, nothingTold(), AbortSignal.abort())).rejects.toThrow()
    expect(await system.read()).toEqual([])
  })

  it('a report of nothing tells nothing', async (test) => {
    const system = told()
    if (system === undefined) return test.skip(skipped)
    await tell([], nothingTold())
    expect(await system.read()).toEqual([])
  })
}

export function declareAsking<S>(rig: () => Rig<S>, context: Context<S>): void {
  const look = (wanted: readonly string[], signal?: AbortSignal) =>
    rig().connector.lookup!(context(signal && { signal }), wanted)
  const skipped = 'this system is not asked by key'

  it('a key is answered by its row, and one without a row is absent', async (test) => {
    const { asked } = rig()
    if (asked === undefined) return test.skip(skipped)
    await asked.put(new Map([['A-1', { email: 'a@e.it' }]]))
    const answers = await look(['A-1', 'B-2'])
    expect([...answers.keys()]).toEqual(['A-1'])
    expect(answers.get('A-1')).toMatchObject({ email: 'a@e.it' })
    expect(await look([])).toEqual(new Map())
  })

  it('500 keys are answered at once, each by its own row', async (test) => {
    const { asked } = rig()
    if (asked === undefined) return test.skip(skipped)
    const all = Array.from({ length: 500 }, (_, at) => `K-${at}`)
    const known = all.filter((_, at) => at % 3 > 0)
    await asked.put(new Map(known.map((key) => [key, { email: `${key}@e.it` }])))
    const answers = await look(all)
    expect([...answers.keys()].sort()).toEqual(known.toSorted())
    for (const key of known) expect(answers.get(key)).toMatchObject({ email: `${key}@e.it` })
  })

  it('a stop keeps it from asking', async (test) => {
    const { asked } = rig()
    if (asked === undefined) return test.skip(skipped)
    await asked.put(new Map([['A-1', { email: 'a@e.it' }]]))
    await expect(look(['A-1'], AbortSignal.abort())).rejects.toThrow()
  })
}

export function declareSecrecy<S>(rig: () => Rig<S>, context: Context<S>): void {
  it('a refused secret stands in no error', async (test) => {
    const { connector, secrets } = rig()
    const names = Object.keys(process.env).filter((name) => secrets.includes(process.env[name]!))
    if (names.length === 0) return test.skip('this source has no secrets')
    const before = names.map((name) => [name, process.env[name]] as const)
    for (const name of names) process.env[name] = `wrong-${name}`
    const runs = [
      () => connector.poll(context()).next(),
      () => connector.writeBack?.(context(), reportOf('drop', 'text', 0, { receipts })),
      () => connector.lookup?.(context(), keys),
    ]
    for (const run of runs) {
      const said = await (async () => run())().then(
        () => '',
        (error) => inspect(error, { depth: 9 }),
      )
      for (const name of names) expect(said).not.toContain(`wrong-${name}`)
    }
    for (const [name, value] of before) process.env[name] = value
  })
}
