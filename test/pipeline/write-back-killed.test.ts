import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WriteBack } from '../../src/connector.ts'
import { type GivenReceipt, type OwedReceipt, SourceError } from '../../src/connector.ts'
import type { WriteBackPorts } from '../../src/pipeline/write-back.ts'
import { child, type Installation, openInstallation } from '../installation.ts'
import { portsOf, sentAndFollowed, targetThat, wait, write } from './reporting.ts'

const run = promisify(execFile)

let here: Installation
let flow: number
let before: string

beforeAll(async () => {
  here = await openInstallation()
  const rows = [child(0), child(1), child(2, { cents: 0 }), child(3), child(4, { fiscalCode: 'X' })]
  flow = await sentAndFollowed(here, rows)
  before = await truth()
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

/** All that sending knows: what no report may ever change. */
async function truth(): Promise<string> {
  const tables = ['messages', 'attempts', 'attempt_outcomes', 'notices', 'source_records']
  const rows = await Promise.all(tables.map((table) => here.query(`select * from ${table}`)))
  return JSON.stringify([rows, here.playground.sandbox.truth.calls])
}

/** Nothing has been told yet. */
async function forget(): Promise<void> {
  await here.query('delete from receipts')
  await here.query('delete from write_backs')
  await here.query('update flows set telling = tells')
}

/** What may happen to one record that is told. */
const happenings = [
  'taken',
  // The register says no for now, or for good.
  'busy',
  'refused',
  // Nobody answers: the whole report ends. Before the call, or after the register took it.
  'away',
  'lost',
  // The same, of a register that cannot be asked whether it has a record.
  'lost-for-good',
  // Staffetta ends: before the call, after it, before the stage remembers.
  'killed-before',
  'killed-after',
] as const
type Happening = (typeof happenings)[number]

class Killed extends Error {}

/** A register that takes each record once it is called, and counts how often it was. */
function registerWith(events: Happening[], rest: Happening) {
  const taken = new Map<string, number>()
  const life = { killed: false }
  const die = () => {
    life.killed = true
    throw new Killed()
  }
  const busy = new SourceError('SRC_BUSY', 'closed for now', { retry: true })
  const refused = new SourceError('SRC_REFUSED', 'not this one', { retry: false })
  const tell = async (receipt: OwedReceipt, report: WriteBack): Promise<GivenReceipt | null> => {
    const answer = () => ({ receipt, answer: { number: receipt.id } })
    const take = () => void taken.set(receipt.id, (taken.get(receipt.id) ?? 0) + 1)
    if (receipt.isBegun && taken.has(receipt.id)) return answer()
    const happening = events.shift() ?? rest
    if (happening === 'killed-before') die()
    await report.begin([receipt])
    if (happening === 'away') throw busy
    if (happening === 'busy') await report.failed(receipt, busy)
    if (happening === 'refused') await report.failed(receipt, refused)
    if (happening === 'busy' || happening === 'refused') return null
    take()
    if (happening === 'lost') throw busy
    if (happening === 'killed-after') die()
    if (happening !== 'lost-for-good') return answer()
    await report.failed(receipt, busy, true)
    return null
  }
  const target = targetThat(
    async (_, report) => {
      for await (const receipt of report.receipts) {
        const given = await tell(receipt, report)
        if (given !== null) await report.given([given])
      }
    },
    { retryHours: 3 },
  )
  return { target, taken, life }
}

/** Ports of a process that dies: from then on nothing of it reaches the database. */
function mortal<P extends WriteBackPorts>(ports: P, life: { killed: boolean }): P {
  const dying = <F extends (...given: never[]) => Promise<unknown>>(work: F) =>
    (async (...given: Parameters<F>) => {
      if (life.killed) throw new Killed()
      return work(...given)
    }) as F
  const { receipts, reports } = ports
  return {
    ...ports,
    receipts: {
      ...receipts,
      begin: dying(receipts.begin),
      given: dying(receipts.given),
      failed: dying(receipts.failed),
    },
    reports: {
      ...reports,
      written: dying(reports.written),
      failed: dying(reports.failed),
    },
  }
}

test('whatever happens, each record is told once, and nothing is sent for it', async () => {
  const happening = fc.constantFrom(...happenings)
  const life = fc.record({
    events: fc.array(happening, { maxLength: 25 }),
    // What happens for ever after: a report may also never succeed.
    rest: fc.constantFrom<Happening>('taken', 'taken', 'busy', 'away', 'lost'),
  })
  await fc.assert(
    fc.asyncProperty(life, async ({ events, rest }) => {
      await forget()
      const { target, taken, life } = registerWith([...events], rest)
      const ports = portsOf(here)
      for (let sweep = 0; sweep < 60; sweep++) {
        life.killed = false
        await write(mortal(ports, life), target).catch((error) => {
          if (!(error instanceof Killed)) throw error
        })
        wait(ports, { minutes: 20 })
      }
      const { receipts, writeBacks } = here.app.store
      const given = await writeBacks.failing({ flowId: flow, institution: null })
      const isGivenUp = given.some(({ nextTryAt }) => nextTryAt === null)
      for await (const { receipt } of receipts.ofFlow(flow)) {
        const state = receipt.targets[0]?.state ?? (isGivenUp ? 'given-up' : 'owed')
        expect(['given', 'given-up', 'uncertain']).toContain(state)
        const calls = taken.get(receipt.id) ?? 0
        if (state === 'given') expect(calls).toBe(1)
        if (state === 'given-up') expect(calls).toBe(0)
        expect(calls).toBeLessThanOrEqual(1)
      }
      expect(await truth()).toBe(before)
    }),
    { numRuns: 40 },
  )
})

test('what a report had given when Staffetta was killed stays given', async () => {
  await forget()
  const script = new URL('./told-and-killed.ts', import.meta.url).pathname
  const argv = [script, here.playground.configDirectory, '4']
  const killed = await run(process.execPath, argv).catch((error) => error)
  expect(killed).toMatchObject({ signal: 'SIGKILL', stdout: 'told 2\ntold 3\ntold 4\n' })
  // Its lease runs out.
  await here.query(`update leases set expires_at = now() - interval '1 second'`)
  const told: string[] = []
  const target = targetThat(async (_, report) => {
    for await (const { line, isBegun } of report.receipts) {
      told.push(isBegun ? `${line} begun` : String(line))
    }
  })
  expect(await write(portsOf(here), target)).toBe(1)
  expect(told).toEqual(['4 begun', '5', '6'])
  expect(await truth()).toBe(before)
})
