// What the demo waits for: a flow until its first messages have ended, its report, or anything that
// can be looked at. Bars show how far it is.
// Invariant: nothing is waited for longer than `PATIENCE_SECONDS`; then it has failed.
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { App } from '../../src/app.ts'
import { flowStateWords } from '../../src/domain/flow.ts'
import type { Playground } from '../playground.ts'
import type { Screen } from './screen.ts'

/** What every chapter of the demo plays on. */
export interface Stage {
  app: App
  playground: Playground
  screen: Screen
  /** Of the next messages to IO so many are taken, and their answers lost. */
  loseAnswers(count: number): void
}

const PATIENCE_SECONDS = 120

/** Leaves a file, under a temporary name first, as a well-behaved source does. */
export async function leave(
  { screen }: Pick<Stage, 'screen'>,
  directory: string,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const unfinished = join(directory, `.${name}.part`)
  await writeFile(unfinished, bytes)
  await rename(unfinished, join(directory, name))
  screen.line(`dropped  ${name}  ${bytes.length.toLocaleString('en')} bytes`)
}

/** Follows the `count`-th flow of a feed with a bar until its first messages have ended. */
export async function settledFlow(stage: Stage, feed: string, count: number): Promise<number> {
  const { flows } = stage.app.store
  const bar = stage.screen.bar(feed)
  const flow = await until(async () => {
    const all = await flows.list({ institution: null, feed, state: null, limit: 10 })
    const found = all[all.length - count]
    if (all.length < count || !found) {
      bar.show(0, 0, 'waiting for the source')
      return null
    }
    const account = await flows.account(found.id)
    bar.show(account.read - account.waiting, account.read, flowStateWords[found.state].it)
    return found.state === 'sent' || found.state === 'incomplete' || found.problem ? found : null
  }, `the flow of ${feed}`)
  const account = await flows.account(flow.id)
  bar.end(account.read, account.read, flowStateWords[flow.state].it)
  return flow.id
}

/**
 * Follows the messages until IO has processed them, and the report until the source has it.
 */
export async function reported({ app, screen }: Stage, flowId: number): Promise<void> {
  const bar = screen.bar('on IO')
  const told = await until(async () => {
    let processed = 0
    let sent = 0
    for await (const { receipt } of app.store.receipts.ofFlow(flowId)) {
      if (receipt.fate === 'sent') sent += 1
      if (receipt.fate === 'sent' && receipt.detail === 'processed') processed += 1
    }
    bar.show(processed, sent, 'available on IO')
    const reports = await app.store.writeBacks.list(flowId)
    return reports.length > 0 ? { processed, sent } : null
  }, 'the report')
  bar.end(told.processed, told.sent, 'available on IO; report written')
}

/** Looks again and again until there is something. */
export async function until<T>(look: () => Promise<T | null>, what: string): Promise<T> {
  const deadline = performance.now() + PATIENCE_SECONDS * 1000
  while (performance.now() < deadline) {
    const found = await look()
    if (found !== null) return found
    await delay(150)
  }
  throw new Error(`${what} took longer than ${PATIENCE_SECONDS} seconds`)
}
