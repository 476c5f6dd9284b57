// The main thread's side of `map-thread.ts`: one thread, started with the first drop, that maps one
// drop at a time. A thread that dies fails the drop under way, which the queue or the sweep brings
// again.
import { Worker } from 'node:worker_threads'
import type { AppOptions } from './app.ts'
import type { MapResult } from './pipeline/map.ts'

export interface MapWorker {
  map(dropId: number): Promise<MapResult | null>
  /** Starts the thread now; throws why it cannot open. */
  open(): Promise<void>
  /** Takes no other drop; closes once the one under way is mapped. Waits for that. */
  finish(): Promise<void>
  close(): Promise<void>
}

interface Answer {
  ready?: boolean
  result?: object | null
  error?: string
}

/**
 * The thread's own heap; buffers are outside of it. It holds about 40 MB: the bound is far above,
 * since V8 collects a heap that nears its bound ever more often, and not further, since V8 lets
 * garbage grow with the bound: from 1 GB on by half as much again. Young objects get little room:
 * most are garbage after one record, and the room is never given back.
 */
export const HEAP_MEGABYTES = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 16 }

export function createMapWorker(options: AppOptions): MapWorker {
  let worker: Worker | null = null
  let turn: Promise<unknown> = Promise.resolve()
  let isLeaving = false

  function start(): Worker {
    const thread = new Worker(new URL('./map-thread.ts', import.meta.url), {
      workerData: options,
      resourceLimits: HEAP_MEGABYTES,
    })
    thread.once('exit', () => {
      if (worker === thread) worker = null
    })
    // Whoever asks hears it; while nobody does, the next one who asks starts another.
    thread.on('error', () => {})
    return thread
  }

  function ask(dropId: number): Promise<MapResult | null> {
    worker ??= start()
    const thread = worker
    return new Promise((resolve, reject) => {
      const answered = (answer: Answer) => {
        if (answer.result === undefined && answer.error === undefined) return
        stopListening()
        if (answer.error !== undefined) reject(new Error(answer.error))
        else resolve(readResult(answer.result as PortableResult | null))
      }
      const failed = (error: Error) => {
        stopListening()
        reject(error)
      }
      const exited = () => failed(new Error('the mapping thread ended'))
      const stopListening = () => {
        thread.off('message', answered).off('error', failed).off('exit', exited)
      }
      thread.on('message', answered).on('error', failed).on('exit', exited)
      thread.postMessage({ dropId })
    })
  }

  async function close(): Promise<void> {
    await worker?.terminate()
    worker = null
  }

  return {
    map(dropId) {
      const mapped = turn.then(() => (isLeaving ? null : ask(dropId)))
      turn = mapped.catch(() => {})
      return mapped
    },
    async open() {
      worker ??= start()
      const thread = worker
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const heard = ({ ready }: Answer) => ready && resolve()
      const ended = () => reject(new Error('the mapping thread ended'))
      thread.on('message', heard).on('error', reject).on('exit', ended)
      await promise.finally(() => {
        thread.off('message', heard).off('error', reject).off('exit', ended)
      })
    },
    async finish() {
      isLeaving = true
      await turn
      await close()
    },
    close,
  }
}

type PortableResult = Exclude<MapResult, { kind: 'waiting' }> | { kind: 'waiting'; until: string }

function readResult(result: PortableResult | null): MapResult | null {
  if (result?.kind !== 'waiting') return result
  return { kind: 'waiting', until: Temporal.Instant.from(result.until) }
}
