// What a report goes by when things change around it: the feed's targets, a person who decides
// while it runs, a database that is put back. Nothing may be told twice for any of it.
import { beforeEach, describe, expect, it } from 'vitest'
import { SourceError } from '../../src/connector.ts'
import { openPool } from '../../src/store/database.ts'
import { leapIds } from '../../src/store/journal-check.ts'
import { doubtReceipts } from '../../src/store/receipts.ts'
import { child, type Installation, openInstallation } from '../installation.ts'
import {
  type GivenPorts,
  portsOf,
  sentAndFollowed,
  shown,
  sourceThat,
  targetThat,
  wait,
  write,
} from './reporting.ts'

let here: Installation
let ports: GivenPorts
let flow: number

beforeEach(async () => {
  here = await openInstallation({ tells: 'protocollo' })
  ports = portsOf(here)
  flow = await sentAndFollowed(here, [child(0), child(1)])
  return () => here[Symbol.asyncDispose]()
})

const away = new SourceError('SRC_BUSY', 'the register is closed', { retry: true })
const act = { actor: 'anna', origin: 'cli', note: null }

/** A target that begins each record before it tells it; `meet` comes between the two. */
function teller(meet: (line: number, isBegun: boolean) => Promise<void> = async () => {}) {
  const told: number[] = []
  const target = targetThat(
    async (_, report) => {
      for await (const receipt of report.receipts) {
        await meet(receipt.line, receipt.isBegun)
        await report.begin([receipt])
        told.push(receipt.line)
        await report.given([{ receipt }])
      }
    },
    { target: 'protocollo' },
  )
  return { target, told }
}

describe('a target that its feed names since later', () => {
  it('is told of later drops alone: a new name of a system tells nothing twice', async () => {
    const old = sourceThat(undefined, { target: 'protocollo' })
    const renamed = sourceThat(undefined, { target: 'registro' })
    await write(ports, old.target, renamed.target)
    expect(old.written.map(shown)).toEqual(['0: 2 sent, 3 sent'])
    expect(renamed.written).toEqual([])
    await here.query(
      `update flows set tells = '{registro}', telling = '{registro}' where id = $1`,
      [flow],
    )
    await write(ports, old.target, renamed.target)
    expect([old.written.length, renamed.written.map(shown)]).toEqual([1, ['0: 2 sent, 3 sent']])
  })

  it('is told of an earlier drop when a person says so, once', async () => {
    const { writeBacks } = here.app.store
    const { target, written } = sourceThat(undefined, { target: 'registro' })
    const joined = { ...act, flowId: flow, target: 'registro' }
    expect(await writeBacks.retry(joined, ports.now())).toEqual({ reports: 1, receipts: 0 })
    expect(await writeBacks.retry(joined, ports.now())).toEqual({ reports: 0, receipts: 0 })
    expect(await write(ports, target)).toBe(1)
    expect(await write(ports, target)).toBe(0)
    expect(written.map(shown)).toEqual(['0: 2 sent, 3 sent'])
  })
})

describe('a report that is overtaken', () => {
  it('tells nothing of what a person said meanwhile is given', async () => {
    const { target, told } = teller(async (line) => {
      if (line === 2) return
      const decision = { ...act, flowId: flow, target: 'protocollo', line, as: 'given' as const }
      expect(await here.app.store.writeBacks.resolve(decision, ports.now())).toBe(1)
    })
    const failing = targetThat(
      async (_, report) => {
        for await (const receipt of report.receipts) await report.failed(receipt, away)
      },
      { target: 'protocollo' },
    )
    await write(ports, failing)
    wait(ports, { minutes: 1 })
    expect(await write(ports, target)).toBe(0)
    expect(told).toEqual([2])
    await write(ports, target)
    expect(told).toEqual([2])
    const { writeBacks } = here.app.store
    expect(await writeBacks.failing({ flowId: flow, institution: null })).toEqual([])
    expect(await writeBacks.counts(flow)).toEqual([{ target: 'protocollo', state: 'given', n: 2 }])
  })

  it('tells nothing more once its lease has run out, though no signal has come', async () => {
    let isHeld = true
    const { target, told } = teller(async (line) => {
      isHeld = line === 2
    })
    const stalled: GivenPorts = {
      ...ports,
      whileLeased: (name, work) =>
        ports.whileLeased(name, (lease) => work({ ...lease, isHeld: () => isHeld })),
    }
    expect(await write(stalled, target)).toBe(0)
    expect(told).toEqual([2])
    expect(await here.app.store.writeBacks.counts(flow)).toEqual([
      { target: 'protocollo', state: 'begun', n: 1 },
      { target: 'protocollo', state: 'given', n: 1 },
    ])
  })
})

describe('after a database was put back', () => {
  async function putBack(): Promise<void> {
    const pool = openPool({ url: here.databaseUrl }, 1)
    try {
      await leapIds(pool)
      await doubtReceipts(pool, ports.now())
    } finally {
      await pool.end()
    }
  }

  it('what it knows to be owed may have been told: it is asked after first, once', async () => {
    const seen: boolean[] = []
    let isLost = true
    const { writeBacks } = here.app.store
    const target = targetThat(
      async (_, report) => {
        for await (const receipt of report.receipts) {
          seen.push(receipt.isBegun)
          if (isLost) await report.failed(receipt, away, true)
        }
      },
      { target: 'protocollo' },
    )
    await putBack()
    await write(ports, target)
    expect(seen).toEqual([true, true])
    isLost = false
    const decision = { ...act, flowId: flow, target: 'protocollo', line: 3, as: 'owed' as const }
    await writeBacks.resolve(decision, ports.now())
    await write(ports, target)
    expect(seen).toEqual([true, true, false])
  })

  it('what failed before is asked after too, and what came since is not', async () => {
    const failing = sourceThat(async (report) => {
      for await (const receipt of report.receipts) await report.failed(receipt, away)
    })
    await write(ports, failing.target)
    await putBack()
    const later = await sentAndFollowed(here, [child(2)], 'mensa-altri.csv')
    expect(later).toBeGreaterThan(flow + 1000)
    const { target, written } = sourceThat()
    await write(ports, target)
    const begun = written.map(({ receipts }) => receipts.map(({ isBegun }) => isBegun))
    expect(begun).toEqual([[true, true], [false]])
  })
})
