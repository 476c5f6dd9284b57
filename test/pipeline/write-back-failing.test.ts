import { beforeEach, describe, expect, it } from 'vitest'
import { SourceError } from '../../src/connector.ts'
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

const away = new SourceError('SRC_UNREACHABLE', 'nobody answers', { retry: true })
const refused = new SourceError('SRC_CREDENTIALS', 'the password is refused', { retry: false })
const failing = () => here.app.store.writeBacks.failing({ flowId: flow, institution: null })
/** Those about files that were received aside. */
const mails = async () =>
  (
    await here.query<{ subject: string }>(
      `select subject from staff_mails where subject like 'Riscontr%' order by id`,
    )
  ).map(({ subject }) => subject)
const act = { actor: 'anna', origin: 'cli', note: 'rimesso in piedi' }

describe('a report that fails', () => {
  it('is tried again after a minute, then later and later, and tells nobody', async () => {
    let tries = 0
    const { target, written } = sourceThat(async () => {
      tries += 1
      if (tries <= 3) throw away
    })
    for (const minutes of [0, 1, 2, 4]) {
      wait(ports, { minutes })
      await write(ports, target)
      await write(ports, target)
    }
    expect(tries).toBe(4)
    expect(written.map(shown)).toEqual(['0: 2 sent, 3 sent'])
    expect([await mails(), await failing()]).toEqual([[], []])
  })

  it('shows since when, why, how often and when next', async () => {
    const { target } = sourceThat(async () => {
      throw away
    })
    await write(ports, target)
    const [shownAs] = await failing()
    expect(shownAs).toMatchObject({
      ...{ feed: 'mensa', target: 'source', flowId: flow, tries: 1 },
      ...{ code: 'SRC_UNREACHABLE', problem: 'nobody answers' },
    })
    expect(shownAs?.nextTryAt?.since(shownAs.since).total('minutes')).toBe(1)
  })

  it('and needs a person is tried hourly, with one mail at once', async () => {
    let tries = 0
    const { target } = sourceThat(async () => {
      tries += 1
      throw refused
    })
    for (let hour = 0; hour < 3; hour++) {
      await write(ports, target)
      wait(ports, { minutes: 59 })
      await write(ports, target)
      wait(ports, { minutes: 1 })
    }
    expect(tries).toBe(3)
    expect(await mails()).toEqual(['Riscontro fermo: la fonte di mensa'])
  })

  it('is given up with its hours, with one mail, until a person starts it again', async () => {
    let isAway = true
    const { target, written } = sourceThat(
      async () => {
        if (isAway) throw away
      },
      { retryHours: 2 },
    )
    for (let hour = 0; hour < 5; hour++) {
      await write(ports, target)
      wait(ports, { hours: 1 })
    }
    expect(await mails()).toEqual(['Riscontro abbandonato: la fonte di mensa'])
    expect(await failing()).toMatchObject([{ tries: 3, nextTryAt: null }])
    isAway = false
    wait(ports, { hours: 1000 })
    expect(await write(ports, target)).toBe(0)

    const { writeBacks, acts } = here.app.store
    const restarted = await writeBacks.retry({ ...act, flowId: flow, target: null }, ports.now())
    expect(restarted).toEqual({ reports: 1, receipts: 0 })
    expect((await acts.ofFlow(flow)).at(-1)).toMatchObject({
      ...{ actor: 'anna', origin: 'cli', verb: 'retried the receipts', note: 'rimesso in piedi' },
    })
    expect(await write(ports, target)).toBe(1)
    expect(written.map(shown)).toEqual(['0: 2 sent, 3 sent'])
    expect(await failing()).toEqual([])
  })

  it('keeps no other target waiting', async () => {
    const source = sourceThat(async () => {
      throw away
    })
    const register = sourceThat(undefined, { target: 'protocollo', fates: ['sent'] })
    expect(await write(ports, source.target, register.target)).toBe(1)
    expect(register.written.map(shown)).toEqual(['0: 2 sent, 3 sent'])
    expect(source.written).toEqual([])
  })

  it('keeps what it gave: a call whose end is unknown comes again as begun', async () => {
    const seen: string[] = []
    let isAway = true
    const target = targetThat(async (_, report) => {
      for await (const receipt of report.receipts) {
        seen.push(`${receipt.line}${receipt.isBegun ? ' begun' : ''}`)
        await report.begin([receipt])
        if (receipt.line === 3 && isAway) throw away
        await report.given([{ receipt, answer: { number: `n-${receipt.line}` } }])
      }
    })
    await write(ports, target)
    isAway = false
    wait(ports, { minutes: 1 })
    expect(await write(ports, target)).toBe(1)
    expect(seen).toEqual(['2', '3', '3 begun'])
    const all = await Array.fromAsync(here.app.store.receipts.ofFlow(flow))
    expect(all.map(({ receipt }) => receipt.targets)).toMatchObject([
      [{ target: 'source', state: 'given', fate: 'sent', answer: { number: 'n-2' } }],
      [{ target: 'source', state: 'given', fate: 'sent', answer: { number: 'n-3' } }],
    ])
  })

  it('leaves to a person what it had begun when it is given up', async () => {
    const target = targetThat(
      async (_, report) => {
        for await (const receipt of report.receipts) {
          await report.begin([receipt])
          throw away
        }
      },
      { retryHours: 1 },
    )
    await write(ports, target)
    wait(ports, { hours: 1 })
    await write(ports, target)
    const counts = await here.app.store.writeBacks.counts(flow)
    expect(counts).toEqual([{ target: 'source', state: 'uncertain', n: 1 }])
  })
})

describe('a receipt that fails on its own', () => {
  /** Fails line 3 as long as the test says so. */
  const picky = (fail: () => SourceError | null, mayBeGiven = false) => {
    const told: string[] = []
    const target = targetThat(
      async (_, report) => {
        for await (const receipt of report.receipts) {
          const error = receipt.line === 3 ? fail() : null
          told.push(`${report.number}/${receipt.line}${error ? ' failed' : ''}`)
          if (error) await report.failed(receipt, error, mayBeGiven)
          else await report.given([{ receipt }])
        }
      },
      { retryHours: 2 },
    )
    return { target, told }
  }

  it('is tried again alone, later and later, and is then a supplement', async () => {
    let fails = 3
    const { target, told } = picky(() => (fails-- > 0 ? away : null))
    for (const minutes of [0, 1, 2, 4, 8]) {
      wait(ports, { minutes })
      await write(ports, target)
      await write(ports, target)
    }
    expect(told).toEqual(['0/2', '0/3 failed', '1/3 failed', '1/3 failed', '1/3'])
    const reports = await here.app.store.writeBacks.list(flow)
    expect(reports.map(({ number, records, final }) => [number, records, final])).toEqual([
      [0, 1, true],
      [1, 1, false],
    ])
    expect(await mails()).toEqual([])
  })

  it('is given up with its hours, with one mail; a person may start it again', async () => {
    let isAway = true
    const { target, told } = picky(() => (isAway ? away : null))
    for (let hour = 0; hour < 6; hour++) {
      await write(ports, target)
      wait(ports, { minutes: 30 })
    }
    const { writeBacks } = here.app.store
    expect(await writeBacks.counts(flow)).toEqual([
      { target: 'source', state: 'given', n: 1 },
      { target: 'source', state: 'given-up', n: 1 },
    ])
    expect(await mails()).toEqual(['Riscontri da decidere: la fonte di mensa'])
    isAway = false
    const of = { ...act, flowId: flow, target: 'source' }
    expect(await writeBacks.retry(of, ports.now())).toEqual({ reports: 0, receipts: 1 })
    await write(ports, target)
    expect(told.at(-1)).toBe('1/3')
  })

  it('for good is given up at once, and shows why', async () => {
    const { target } = picky(() => refused)
    await write(ports, target)
    const all = await Array.fromAsync(here.app.store.receipts.ofFlow(flow))
    expect(all[1]?.receipt.targets).toMatchObject([
      {
        ...{ state: 'given-up', fate: 'sent', answer: {} },
        failure: { code: 'SRC_CREDENTIALS', message: 'the password is refused' },
      },
    ])
    expect(await mails()).toEqual(['Riscontri da decidere: la fonte di mensa'])
  })

  it.each([
    ['given', 0],
    ['owed', 1],
  ] as const)('and may have been given waits for a person, who says %s', async (as, again) => {
    let fails = 1
    const { target, told } = picky(() => (fails-- > 0 ? away : null), true)
    await write(ports, target)
    wait(ports, { hours: 100 })
    await write(ports, target)
    expect(told).toEqual(['0/2', '0/3 failed'])
    const { writeBacks, acts } = here.app.store
    const decision = { ...act, flowId: flow, target: 'source', line: 3, as }
    expect(await writeBacks.resolve(decision, ports.now())).toBe(1)
    expect(await writeBacks.resolve({ ...decision, line: 2 }, ports.now())).toBe(0)
    expect(await write(ports, target)).toBe(again)
    expect(told.slice(2)).toEqual(again ? ['1/3'] : [])
    expect(await writeBacks.counts(flow)).toEqual([{ target: 'source', state: 'given', n: 2 }])
    expect((await acts.ofFlow(flow)).at(-1)?.verb).toBe(
      `resolved the receipt of line 3 as ${as} for source`,
    )
  })

  it('of which its target no longer wants to hear is not tried again', async () => {
    const { target, told } = picky(() => away)
    const choosy = { ...target, fates: ['sent'] }
    await write(ports, choosy)
    await here.query(
      `update messages set state = 'undeliverable' where id =
      (select message_id from source_records where flow_id = $1 and line = 3)`,
      [flow],
    )
    wait(ports, { minutes: 1 })
    await write(ports, choosy)
    await write(ports, choosy)
    expect(told).toEqual(['0/2', '0/3 failed'])
    expect(await here.app.store.writeBacks.counts(flow)).toEqual([
      { target: 'source', state: 'given', n: 1 },
    ])
  })

  it('and is not even read comes again an hour later, not at once', async () => {
    let reads = true
    let asked = 0
    const target = targetThat(async (_, report) => {
      asked += 1
      if (!reads) return
      for await (const receipt of report.receipts) await report.failed(receipt, away)
    })
    await write(ports, target)
    reads = false
    wait(ports, { minutes: 1 })
    for (let sweep = 0; sweep < 3; sweep++) await write(ports, target)
    expect(asked).toBe(2)
    wait(ports, { hours: 1 })
    await write(ports, target)
    expect(asked).toBe(3)
  })
})
