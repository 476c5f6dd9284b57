// The composition of write-back: the targets of every feed, the ports of the stage, and what people
// read of a flow. A part of `app.ts`; nothing here decides anything.
import type { Config, Feed } from './config/config.ts'
import type { ReportSpec } from './config/feed.ts'
import * as views from './config/stage-views.ts'
import type { Connector } from './connector.ts'
import type { FlowOrigin } from './domain/flow.ts'
import type { ReceiptState } from './domain/receipt.ts'
import { ambient, type Parts } from './parts.ts'
import { resultFile } from './pipeline/write-back/result-file.ts'
import { type ReportTarget, type WriteBackPorts, writeBackDue } from './pipeline/write-back.ts'
import { reportedRest } from './resting.ts'
import { textMappings } from './sending.ts'
import type { Store } from './store/store.ts'
import type { TargetAnswer, ToldReceipt } from './store/told-receipts.ts'
import type { FailingReport } from './store/write-backs.ts'

/** The targets of every feed. */
export async function reportTargets(
  config: Config,
  connectorOf: (of: Pick<Feed, 'connector'>) => Promise<Connector>,
): Promise<ReportTarget[]> {
  const targets = views
    .allFeeds(config)
    .map((feed) => views.reportTargetsOf(config, feed, connectorOf))
  return (await Promise.all(targets)).flat()
}

/** Writes what is due to these targets; answers how many reports were written. */
export function openReporting(
  parts: Parts,
  targets: () => Promise<ReportTarget[]>,
): (stop: AbortSignal) => Promise<number> {
  const { store, vault } = parts
  const ports: WriteBackPorts = {
    ...ambient(parts),
    reports: store.writeBacks,
    receipts: store.receipts,
    mapping: textMappings(parts),
    textHash: (text) => vault.hash('text', text),
    rest: (report, wanted) => reportedRest(parts, report, wanted),
    nextCount: store.feeds.nextCount,
    whileLeased: store.leases.hold,
  }
  return async (stop) => writeBackDue(await targets(), ports, stop)
}

/** How far a target has been told of a flow, and what keeps the rest. */
export interface TargetStanding {
  target: string
  /** The feed names it; else nothing more is told. */
  isNamed: boolean
  /** It is told of this flow; one that the feed named later is not, until a person says so. */
  isTold: boolean
  /** Records that it has still to be told of, of those that it wants to hear of. */
  owed: number
  counts: Partial<Record<ReceiptState, number>>
  reports: { number: number; records: number; final: boolean; writtenAt: Temporal.Instant }[]
  /** Null while nothing fails. */
  failing: FailingReport | null
}

/** Whether a feed names a target, as the configuration says now. */
export function names(
  config: Config,
  { institution, feed, target }: { institution: string; feed: string; target: string },
): boolean {
  return reportsOfFeed(config, institution, feed).some(({ to }) => to === target)
}

/** Nobody where the configuration has no such feed. */
function reportsOfFeed(
  config: Config,
  institution: string,
  feed: string | null,
): readonly ReportSpec[] {
  const found = views
    .allFeeds(config)
    .find((one) => one.institution === institution && one.id === feed)
  return found ? views.reportsOf(found) : []
}

/**
 * Every target of the flow: those of its feed, those that it tells, those that it once told. A test
 * and an errata are of no file: nobody is told of them.
 */
export async function standingsOf(
  { config, store }: Pick<Parts, 'config' | 'store'>,
  flow: TellingFlow,
): Promise<TargetStanding[]> {
  const { writeBacks, receipts } = store
  const [counts, reports, failing] = await Promise.all([
    writeBacks.counts(flow.id),
    writeBacks.list(flow.id),
    writeBacks.failing({ flowId: flow.id, institution: null }),
  ])
  const isOfNoFile = ['test', 'errata', 'correction'].includes(flow.origin)
  const wanted = isOfNoFile ? [] : reportsOfFeed(config, flow.institution, flow.feed)
  const known = [
    ...wanted.map(({ to }) => to),
    ...flow.tells,
    ...counts.map(({ target }) => target),
  ]
  return Promise.all(
    [...new Set(known)].map(async (target) => {
      const terms = wanted.find(({ to }) => to === target)
      const isTold = flow.tells.includes(target)
      const isOf = (one: { target: string }) => one.target === target
      return {
        target,
        isNamed: terms !== undefined,
        isTold,
        owed: terms && isTold ? await receipts.untold(flow.id, target, terms.fates ?? null) : 0,
        counts: Object.fromEntries(counts.filter(isOf).map(({ state, n }) => [state, n])),
        reports: reports.filter(isOf).map(({ target: _, ...report }) => report),
        failing: failing.find(isOf) ?? null,
      }
    }),
  )
}

interface TellingFlow {
  id: number
  institution: string
  feed: string | null
  origin: FlowOrigin
  tells: readonly string[]
}

/** A flow's receipts, with what each target said, as a table or as JSON lines. */
export async function* reportOf(
  store: Store,
  flowId: number,
  format: 'csv' | 'json',
): AsyncGenerator<string> {
  async function* receipts() {
    for await (const { receipt } of store.receipts.ofFlow(flowId)) yield receipt
  }
  if (format === 'json') {
    for await (const receipt of receipts()) yield `${JSON.stringify(receipt)}\n`
    return
  }
  const counts = await store.writeBacks.counts(flowId)
  const targets = [...new Set(counts.map(({ target }) => target))]
  const columns = targets.map((target) => ({
    title: target,
    cell: (receipt: ToldReceipt) =>
      answerText(receipt.targets.find((answer) => answer.target === target)),
  }))
  for await (const piece of resultFile(receipts(), columns)) {
    yield Buffer.from(piece).toString('utf8')
  }
}

/** `given: number=0001234, date=2026-03-02`. */
function answerText(said: TargetAnswer | undefined): string {
  if (said === undefined) return ''
  const { state, answer, failure } = said
  const words = Object.entries(answer).map(([name, value]) => `${name}=${value}`)
  if (failure !== null) words.unshift(`${failure.code} ${failure.message}`)
  return words.length === 0 ? state : `${state}: ${words.join(', ')}`
}
