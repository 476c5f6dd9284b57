// What the tests of write-back share: targets that keep what they are told, and may be made to
// fail, and the real ports of the stage over an installation, with a clock that the test moves.
import { z } from 'zod'
import type { WriteBack } from '../../src/connector.ts'
import { type Connector, defineConnector, type OwedReceipt } from '../../src/connector.ts'
import { keysOf } from '../../src/opening.ts'
import {
  type ReportTarget,
  type WriteBackPorts,
  writeBackDue,
} from '../../src/pipeline/write-back.ts'
import { textMappings } from '../../src/sending.ts'
import { openVault } from '../../src/store/vault.ts'
import { INSTITUTION, type Installation } from '../installation.ts'

export interface Written {
  number: number
  receipts: OwedReceipt[]
}

type Tell = NonNullable<Connector['writeBack']>

/** A target whose connector tells with `tell`. */
export function targetThat(tell: Tell, changes: Partial<ReportTarget> = {}): ReportTarget {
  const connector = defineConnector({
    summary: 'a system in memory',
    settings: z.strictObject({}),
    check: async () => [],
    async *poll() {},
    writeBack: tell,
  }) as Connector
  return {
    institution: INSTITUTION,
    feed: 'mensa',
    target: 'source',
    connector,
    settings: {},
    reportAfterHours: 72,
    retryHours: 168,
    fates: null,
    rest: null,
    notify: ['ced@comune.example'],
    ...changes,
  }
}

/** A source that keeps what it is told; `meet` may fail it. */
export function sourceThat(
  meet: (report: WriteBack) => Promise<void> = async () => {},
  changes: Partial<ReportTarget> = {},
) {
  const written: Written[] = []
  const target = targetThat(async (_, report) => {
    await meet(report)
    const receipts = await Array.fromAsync(report.receipts)
    written.push({ number: report.number, receipts })
  }, changes)
  return { target, written }
}

/** `0: 2 sent, 3 waiting`. */
export function shown({ number, receipts }: Written): string {
  return `${number}: ${receipts.map(({ line, fate }) => `${line} ${fate}`).join(', ')}`
}

export interface GivenPorts extends WriteBackPorts {
  warnings: string[]
  /** How far the clock of the stage is ahead. */
  ahead: Temporal.Duration
}

/** The stage's own ports; `ahead` moves its clock. */
export function portsOf({ app }: Pick<Installation, 'app'>): GivenPorts {
  const { config, dataDirectory, store, log } = app
  const vault = openVault(keysOf(config, dataDirectory))
  const ports: GivenPorts = {
    warnings: [],
    ahead: Temporal.Duration.from('PT0S'),
    reports: store.writeBacks,
    receipts: store.receipts,
    mapping: textMappings({ store, log }),
    textHash: (text) => vault.hash('text', text),
    rest: async () => null,
    nextCount: store.feeds.nextCount,
    whileLeased: store.leases.hold,
    now: () => Temporal.Now.instant().add(ports.ahead),
    sleep: async () => {},
    log: {
      debug() {},
      info() {},
      warn: (_: object, message: string) => void ports.warnings.push(message),
    },
  }
  return ports
}

const noSignal = new AbortController().signal

/** Lets the clock of the stage go on. */
export function wait(ports: GivenPorts, duration: Temporal.DurationLike): void {
  const now = Temporal.Now.instant()
  ports.ahead = now.add(ports.ahead).add(duration).since(now)
}

/** One sweep of the stage. */
export function write(ports: WriteBackPorts, ...targets: ReportTarget[]): Promise<number> {
  return writeBackDue(targets, ports, noSignal)
}

/** A flow of these rows, sent and followed to the end. */
export async function sentAndFollowed(
  here: Installation,
  rows: string[],
  name?: string,
): Promise<number> {
  const flow = await here.drop(rows, name)
  await here.send()
  await here.pass('2 seconds')
  await here.send()
  return flow
}
