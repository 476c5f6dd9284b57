// Exports, composed: each in a thread of its own, streamed to whoever asked, and written down as an
// act with its rows. Invariants: two at a time in a process, so that they keep nobody from sending;
// who goes away ends the reading; people’s data leave only with a reason, and so often a day.
import { Worker } from 'node:worker_threads'
import { keysOf } from '../opening.ts'
import type { Parts } from '../parts.ts'
import type { Connection } from '../store/database.ts'
import type { ExportKind } from './exports/registry.ts'
import type { ExportFormat } from './exports/sheet.ts'
import type { ExportReading } from './exports/source.ts'
import type { ExportSaid, ExportTask } from './exports/thread.ts'

export interface ExportWish extends Omit<ExportReading<unknown>, 'isPersonal'> {
  kind: ExportKind
  format: ExportFormat
  /** Of the sheet. */
  name: string
  /** The filters in words, for the act: nobody’s data. */
  asked: string
  /** Why, in their words, where people’s data are asked for; null: without them. */
  purpose: string | null
  actor: string
}

/** `busy`: as many as may be are under way · `quota`: they have made so many with people’s data. */
export type ExportRefusal = 'busy' | 'quota'

export interface Exports {
  /** Bytes as they are made; what is not read to its end ends with its iterator. */
  open(wish: ExportWish): Promise<{ bytes: AsyncIterable<Buffer> } | { refused: ExportRefusal }>
}

/** In this process. */
const AT_ONCE = 2
/** Exports with people’s data that one person makes in 24 hours. */
export const PERSONAL_A_DAY = 20
const QUOTA_HOURS = 24
/** The thread’s own heap; rows pass through it. */
const HEAP = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16 }

export function openExports(parts: Parts, connection: Connection): Exports {
  const { store, now } = parts
  let underWay = 0

  async function* stream(wish: ExportWish): AsyncGenerator<Buffer> {
    underWay += 1
    const thread = startThread(parts, connection, wish)
    let [rows, isWhole] = [0, false]
    try {
      // One piece is made while the one before is taken.
      for (let next = ask(thread); ; ) {
        const said = await next
        if ('fault' in said) throw new Error(said.fault)
        rows = said.rows
        if ('isDone' in said) break
        next = ask(thread)
        next.catch(() => {})
        yield Buffer.from(said.chunk.buffer)
      }
      isWhole = true
    } catch (error) {
      parts.log.error({ error: String(error), kind: wish.kind }, 'export failed')
      throw error
    } finally {
      underWay -= 1
      await thread.terminate()
      await store.acts.add(wish.institution, actOf(wish, rows, isWhole), now())
    }
  }

  return {
    async open(wish) {
      if (wish.purpose !== null) {
        const since = now().subtract({ hours: QUOTA_HOURS })
        const made = await store.acts.personalExports(wish.actor, since)
        if (made >= PERSONAL_A_DAY) return { refused: 'quota' }
      }
      if (underWay >= AT_ONCE) return { refused: 'busy' }
      // It is under way from here on, with nothing between that and the judgement above.
      const pieces = stream(wish)
      return { bytes: goingOn(await pieces.next(), pieces) }
    },
  }
}

/** What nobody reads on ends with its iterator, also before its first piece was taken. */
function goingOn(
  first: IteratorResult<Buffer>,
  pieces: AsyncGenerator<Buffer>,
): AsyncIterable<Buffer> {
  let head: IteratorResult<Buffer> | null = first
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const piece = head ?? (await pieces.next())
        head = null
        return piece
      },
      return: () => pieces.return(undefined),
    }),
  }
}

function actOf(
  { kind, format, actor, asked, purpose }: ExportWish,
  rows: number,
  isWhole: boolean,
) {
  const verb = isWhole ? `exported ${rows} rows` : `exported ${rows} rows, and broke off`
  const detail = { format, asked, personal: purpose !== null, note: purpose }
  return { actor, origin: 'console', verb, subject: `export/${kind}`, detail }
}

function startThread(
  { config, dataDirectory }: Parts,
  connection: Connection,
  { purpose, kind, format, name, institution, services, timeZone, language, filter }: ExportWish,
): Worker {
  const task: ExportTask = {
    ...{ kind, format, name, institution, services, timeZone, language, filter, connection },
    isPersonal: purpose !== null,
    keys: keysOf(config, dataDirectory),
  }
  const url = new URL('./exports/thread.ts', import.meta.url)
  const thread = new Worker(url, { workerData: task, resourceLimits: HEAP })
  // Whoever asks hears it.
  thread.on('error', () => {})
  return thread
}

/** The next piece; rejects where the thread ends without a word. */
function ask(thread: Worker): Promise<ExportSaid> {
  const { promise, resolve, reject } = Promise.withResolvers<ExportSaid>()
  const exited = () => reject(new Error('the thread of the export has ended'))
  thread.once('message', resolve).once('error', reject).once('exit', exited)
  thread.postMessage('more')
  return promise.finally(() => {
    thread.off('message', resolve).off('error', reject).off('exit', exited)
  })
}
