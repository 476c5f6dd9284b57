import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import { defineConnector, type Receipt, type WriteBack } from '../../src/connector.ts'
import { type ReportingFeed, resultFile, writeBackDue } from '../../src/pipeline/write-back.ts'
import { child, INSTITUTION, type Installation, openInstallation } from '../installation.ts'

interface Written {
  number: number
  receipts: Receipt[]
}

/** A source that keeps what it is told; `meet` may fail it. */
function sourceThat(meet: (report: WriteBack) => Promise<void> = async () => {}) {
  const written: Written[] = []
  const connector = defineConnector({
    summary: 'a source in memory',
    settings: z.strictObject({}),
    check: async () => [],
    async *poll() {},
    async writeBack(_, report) {
      await meet(report)
      const receipts = await Array.fromAsync(report.receipts)
      written.push({ number: report.number, receipts })
    },
  })
  const feed: ReportingFeed = {
    institution: INSTITUTION,
    feed: 'mensa',
    connector,
    settings: {},
    reportAfterHours: 72,
  }
  return { feed, written }
}

const noSignal = new AbortController().signal

function portsOf(here: Installation) {
  const warnings: string[] = []
  const { leases, writeBacks } = here.app.store
  return {
    warnings,
    writeBacks,
    whileLeased: <T>(name: string, work: (signal: AbortSignal) => Promise<T>) =>
      leases.hold(name, (lease) => work(lease.lost)),
    now: () => Temporal.Now.instant(),
    sleep: async () => {},
    log: {
      debug() {},
      info() {},
      warn: (_: object, message: string) => void warnings.push(message),
    },
  }
}

const shown = ({ number, receipts }: Written) =>
  `${number}: ${receipts.map(({ line, fate }) => `${line} ${fate}`).join(', ')}`

async function sentAndFollowed(here: Installation, rows: string[]): Promise<number> {
  const flow = await here.drop(rows)
  await here.send()
  await here.pass('2 seconds')
  await here.send()
  return flow
}

const rows = [child(0), child(1), child(2, { cents: 0 })]

describe('the report of a drop', () => {
  it('waits until every message was followed; then it has each record once', async () => {
    await using here = await openInstallation()
    const { feed, written } = sourceThat()
    await here.drop(rows)
    const write = () => writeBackDue([feed], portsOf(here), noSignal)
    expect(await write()).toBe(0)
    await here.send()
    expect(await write()).toBe(0)
    await here.pass('2 seconds')
    await here.send()
    const calls = here.playground.sandbox.truth.calls.total
    expect(await write()).toBe(1)
    expect(written.map(shown)).toEqual(['0: 2 sent, 3 sent, 4 skipped'])
    expect(await write()).toBe(0)
    await here.pass('30 days')
    expect(await write()).toBe(0)
    await here.send()
    expect(here.playground.sandbox.truth.calls.total).toBe(calls)
  })

  it('comes after its hours with what is open, then with what has changed since', async () => {
    await using here = await openInstallation()
    here.answer(({ path, body }) =>
      path === '/messages' && body.includes('303202603000000001')
        ? { connection: 'reset-after' }
        : null,
    )
    const { feed, written } = sourceThat()
    const write = () => writeBackDue([feed], portsOf(here), noSignal)
    await sentAndFollowed(here, rows)
    expect(await write()).toBe(0)
    await here.pass('73 hours')
    expect(await write()).toBe(1)
    expect(await write()).toBe(0)

    // A person found the message on the citizen's side.
    await here.query(`update messages set state = 'sent' where state = 'uncertain'`)
    expect(await write()).toBe(1)
    expect(written.map(shown)).toEqual(['0: 2 sent, 3 uncertain, 4 skipped', '1: 3 sent'])
    expect(await write()).toBe(0)
  })

  it('is tried again, whole, when the source failed before or while it read', async () => {
    await using here = await openInstallation()
    await sentAndFollowed(here, rows)
    const meetings = [
      async () => {
        throw new Error('the source is away')
      },
      async (report: WriteBack) => {
        for await (const _ of report.receipts) throw new Error('the disk is full')
      },
      async (report: WriteBack) => void (await Array.fromAsync(report.file())),
    ]
    const { feed, written } = sourceThat(async (report) => meetings.shift()?.(report))
    const ports = portsOf(here)
    expect(await writeBackDue([feed], ports, noSignal)).toBe(0)
    expect(await writeBackDue([feed], ports, noSignal)).toBe(0)
    expect(ports.warnings).toEqual(['report failed', 'report failed'])
    expect(await here.query('select from source_records where reported is not null')).toEqual([])
    expect(await writeBackDue([feed], ports, noSignal)).toBe(1)
    expect(written.map(shown)).toEqual(['0: 2 sent, 3 sent, 4 skipped'])
    const [remembered] = await here.query<{ records: string }>('select records from write_backs')
    expect(Number(remembered?.records)).toBe(3)
  })

  it('is the same report again when Staffetta stopped before it could remember it', async () => {
    await using here = await openInstallation()
    await sentAndFollowed(here, rows)
    const { feed, written } = sourceThat()
    const ports = portsOf(here)
    const forgetful = {
      ...ports,
      writeBacks: {
        ...ports.writeBacks,
        written: async () => {
          throw new Error('killed')
        },
      },
    }
    await expect(writeBackDue([feed], forgetful, noSignal)).rejects.toThrow('killed')
    expect(await writeBackDue([feed], ports, noSignal)).toBe(1)
    expect(written[1]).toEqual(written[0])
  })

  it('is written by one process at a time, and by none that is stopping', async () => {
    await using here = await openInstallation()
    await sentAndFollowed(here, rows)
    const { feed, written } = sourceThat()
    expect(await writeBackDue([feed], portsOf(here), AbortSignal.abort())).toBe(0)
    const [drop] = await here.query<{ id: string }>('select id from drops')
    await here.app.store.leases.hold(`report/${drop?.id}`, async () => {
      expect(await writeBackDue([feed], portsOf(here), noSignal)).toBe(0)
    })
    const both = await Promise.all([1, 2].map(() => writeBackDue([feed], portsOf(here), noSignal)))
    expect(both.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(1)
    expect(new Set(written.map(shown)).size).toBe(1)
  })

  it('of a source that fails does not keep the reports of others', async () => {
    await using here = await openInstallation()
    await sentAndFollowed(here, [child(0)])
    await here.drop([child(1)], 'mensa-altra.csv')
    await here.send()
    await here.pass('2 seconds')
    await here.send()
    const failed = new Set<string>()
    const { feed, written } = sourceThat(async ({ dropKey }) => {
      if (failed.size > 0 && !failed.has(dropKey)) return
      failed.add(dropKey)
      throw new Error('not this one')
    })
    expect(await writeBackDue([feed], portsOf(here), noSignal)).toBe(1)
    expect(written).toHaveLength(1)
  })
})

describe('the result file', () => {
  const text = async (receipts: Receipt[]) => {
    async function* given() {
      yield* receipts
    }
    return Buffer.concat(await Array.fromAsync(resultFile(given()))).toString('utf8')
  }
  const receipt: Receipt = {
    line: 2,
    key: '2026/000001',
    fate: 'sent',
    code: '',
    detail: 'processed',
    messageId: '01AAAAAAAAAAAAAAAAAAAAAAAA',
    at: Temporal.Instant.from('2026-03-02T08:00:00.123Z'),
  }

  test('begins with a BOM and its header, and has one line a record, with CRLF', async () => {
    expect(await text([receipt])).toBe(
      '\uFEFFline;key;outcome;code;detail;ioMessageId;at\r\n' +
        '2;2026/000001;sent;;processed;01AAAAAAAAAAAAAAAAAAAAAAAA;2026-03-02T08:00:00Z\r\n',
    )
  })

  test('makes text that a spreadsheet would run harmless, and leaves the key alone', async () => {
    const file = await text([{ ...receipt, key: '-1', detail: '=HYPERLINK("http://x")' }])
    const [, cells = []] = parse(file, { delimiter: ';', bom: true }) as string[][]
    expect([cells[1], cells[4]]).toEqual(['-1', `'=HYPERLINK("http://x")`])
  })

  test('gives back every key, code and text as it was, whatever is in it', async () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 40 })
    const some = fc.array(
      fc.record({
        line: fc.nat(),
        key: fc.option(anyText),
        fate: fc.constantFrom('sent', 'refused'),
        code: fc.constant('REC_VALUE_FORM'),
        detail: anyText.filter((value) => !/^[=+\-@\t\r]/.test(value)),
        messageId: fc.constant(null),
        at: fc.constant(null),
      }),
      { maxLength: 20 },
    )
    await fc.assert(
      fc.asyncProperty(some, async (receipts) => {
        const cells = parse(await text(receipts), { delimiter: ';', bom: true }) as string[][]
        expect(cells.slice(1).map((row) => [row[0], row[1], row[4]])).toEqual(
          receipts.map(({ line, key, detail }) => [String(line), key ?? '', detail]),
        )
      }),
      { numRuns: 50 },
    )
  })
})
