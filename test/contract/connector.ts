// The contract that every connector keeps, as tests: `connectorContract({ name, start })` in its
// `index.test.ts`, against a rig: a real source that the suite fills, reads back and cuts.
// Invariant: the suite plays the core. It saves a drop, or fails to, and the source shows which.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { z } from 'zod'
import {
  type Connector,
  type Json,
  type PollContext,
  type SourceDrop,
  SourceError,
  type WorkContext,
  type WriteBack,
} from '../../src/connector.ts'
import { sourceCodes } from '../../src/domain/codes.ts'
import { reportOf } from './report.ts'
import { declareAsking, declareSecrecy, declareTelling } from './telling.ts'

/** A source with nothing in it, and what the suite does to it. */
export interface Rig<S> {
  connector: Connector<S>
  /** As they stand in a feed; with an acknowledgement that shows at the source. */
  settings: Record<string, unknown>
  /** The values behind the secrets of the settings, which nothing may ever print. */
  secrets: string[]
  /** Lays down what becomes one drop of one part with these bytes. */
  put(name: string, bytes: Uint8Array): Promise<void>
  /**
   * Whether it is still as it was put, not acknowledged. Null where a source cannot be
   * acknowledged: the cursor alone says then what was taken.
   */
  isWaiting(name: string): Promise<boolean | null>
  /** What was put, out of what was handed over; for sources with a form of their own. */
  read?(bytes: Buffer): Buffer
  /** Adds to what was put, as a writer that has not finished. For sources that can half-write. */
  grow?(name: string, bytes: Uint8Array): Promise<void>
  /**
   * Breaks the transfer that is going on; what it gives mends the source. Absent where a drop has
   * come whole before it is yielded.
   */
  cut?(name: string): Promise<() => Promise<void>>
  /** The result files of write-backs, by name, and anything that was left beside them. */
  results?(): Promise<Map<string, string>>
  /** For systems that are told record by record. */
  told?: {
    /** Lays down the records that can be told about, by their keys. */
    put(keys: readonly string[]): Promise<void>
    /** What the system was told and keeps, in the order of the keys, as often as it is there. */
    read(): Promise<[key: string, fate: string][]>
  }
  /** For systems that are asked by key. */
  asked?: {
    /** Lays down the rows that answer these keys, each with its `email`. */
    put(rows: ReadonlyMap<string, { email: string }>): Promise<void>
  }
  stop(): Promise<void>
}

/** What the core keeps between polls. A new context with the same `saved` is a restart. */
export interface Saved {
  keys: Set<string>
  /** Of the drop that was saved last, or what was remembered without one. */
  cursor?: Json
  /** The counters of the institution, by name. */
  counters?: Map<string, bigint>
}

export interface ContextOptions {
  saved?: Saved
  from?: Temporal.Instant | null
  signal?: AbortSignal
  /** What happens while the connector waits; no test ever waits. */
  duringSleep?: (seconds: number) => Promise<void> | void
}

/** A context as the core gives it. */
export function contextFor<S>(
  connector: Connector<S>,
  settings: Record<string, unknown>,
  options: ContextOptions = {},
): PollContext<S> {
  const signal = options.signal ?? new AbortController().signal
  const nothing = () => {}
  const saved: Saved = options.saved ?? { keys: new Set() }
  saved.counters ??= new Map()
  const { counters } = saved
  return {
    settings: connector.settings.parse(settings),
    signal,
    log: { debug: nothing, info: nothing, warn: nothing },
    now: () => Temporal.Instant.from('2026-03-02T08:00:00Z'),
    async sleep(seconds) {
      await options.duringSleep?.(seconds)
      signal.throwIfAborted()
    },
    cursor: saved.cursor ?? null,
    from: options.from ?? null,
    async known(keys) {
      expect(keys.length).toBeLessThanOrEqual(1000)
      return new Set(keys.filter((key) => saved.keys.has(key)))
    },
    async counter(name) {
      const value = (counters.get(name) ?? 0n) + 1n
      counters.set(name, value)
      return value
    },
    remember: async (cursor) => rememberCursor(cursor, saved),
  }
}

/** All bytes of a drop's only part. */
export async function bytesOf(drop: SourceDrop): Promise<Buffer> {
  expect(drop.parts).toHaveLength(1)
  const chunks: Uint8Array[] = []
  for await (const chunk of drop.parts[0]!.bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Polls once as the core does, saving every drop: what was saved, in order. */
export async function collect<S>(
  connector: Connector<S>,
  context: PollContext<S>,
  saved: Saved = { keys: new Set() },
): Promise<{ key: string; name: string; bytes: Buffer }[]> {
  const drops: { key: string; name: string; bytes: Buffer }[] = []
  for await (const drop of connector.poll(context)) {
    expect(drop.key.length).toBeLessThanOrEqual(500)
    drops.push({ key: drop.key, name: drop.parts[0]!.name, bytes: await bytesOf(drop) })
    keep(drop, saved)
  }
  return drops
}

/** Notes a drop as the core does in the transaction that saves it. */
function keep(drop: SourceDrop, saved: Saved): void {
  saved.keys.add(drop.key)
  if (drop.cursor !== undefined) rememberCursor(drop.cursor, saved)
}

/** Through JSON, as the database keeps it. */
function rememberCursor(cursor: Json, saved: Saved): void {
  saved.cursor = JSON.parse(JSON.stringify(cursor))
}

/** The error of something that must fail with a `SourceError` of a code that is documented. */
export async function sourceErrorOf(run: Promise<unknown>): Promise<SourceError> {
  const error = await run.then(
    () => null,
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(SourceError)
  expect(Object.keys(sourceCodes)).toContain(error.code)
  return error
}

/** Declares the suite. `start` gives a new, empty rig for each test. */
export function connectorContract<S>(contract: {
  /** The connector's folder. */
  name: string
  /** What is particular about the source, when there are several rigs. */
  against?: string
  start: () => Promise<Rig<S>>
}): void {
  const { name, against = 'its usual source' } = contract
  describe(`the connector ${name}, against ${against}, keeps the contract:`, () => {
    let rig: Rig<S>
    beforeEach(async () => {
      rig = await contract.start()
    })
    afterEach(() => rig.stop())
    const poll = async (options: ContextOptions = {}) => {
      const context = contextFor(rig.connector, rig.settings, options)
      const drops = await collect(rig.connector, context, options.saved)
      return drops.map((drop) => ({ ...drop, bytes: rig.read?.(drop.bytes) ?? drop.bytes }))
    }

    declareAcknowledging(() => rig, poll)
    declareReading(() => rig, poll)
    declareReporting(() => rig, poll)
    const context = (options?: ContextOptions) => contextFor(rig.connector, rig.settings, options)
    declareTelling(() => rig, context)
    declareAsking(() => rig, context)
    declareSecrecy(() => rig, context)
    declareSettings(() => rig, join(import.meta.dirname, '../../connectors', name))
  })
}

type Poll = (options?: ContextOptions) => ReturnType<typeof collect>

function declareAcknowledging<S>(rig: () => Rig<S>, poll: Poll): void {
  it('a new drop is yielded once, also after a restart', async () => {
    const saved = { keys: new Set<string>() }
    await rig().put('one.csv', Buffer.from('1'))
    expect(await poll({ saved })).toHaveLength(1)
    await rig().put('two.csv', Buffer.from('2'))
    expect((await poll({ saved })).map(({ bytes }) => bytes.toString())).toEqual(['2'])
    expect(await poll({ saved })).toEqual([])
  })

  it('nothing is acknowledged before the drop is saved', async () => {
    await rig().put('one.csv', Buffer.from('1'))
    const drops = rig().connector.poll(contextFor(rig().connector, rig().settings))
    const first = await drops.next()
    await bytesOf(first.value as SourceDrop)
    expect((await rig().isWaiting('one.csv')) ?? true).toBe(true)
    expect((await drops.next()).done).toBe(true)
    expect((await rig().isWaiting('one.csv')) ?? false).toBe(false)
  })

  it('a drop that could not be saved is not acknowledged, and comes again', async () => {
    await rig().put('one.csv', Buffer.from('1'))
    const keys: string[] = []
    const failToSave = async () => {
      for await (const drop of rig().connector.poll(contextFor(rig().connector, rig().settings))) {
        keys.push(drop.key)
        throw new Error('the disk is full')
      }
    }
    await expect(failToSave()).rejects.toThrow('the disk is full')
    expect((await rig().isWaiting('one.csv')) ?? true).toBe(true)
    for await (const drop of rig().connector.poll(contextFor(rig().connector, rig().settings))) {
      keys.push(drop.key)
      break // Staffetta stops before it has read the bytes.
    }
    expect((await rig().isWaiting('one.csv')) ?? true).toBe(true)
    const [again] = await poll()
    expect(keys).toEqual([again!.key, again!.key])
  })

  it('a drop that was saved but not acknowledged is acknowledged by the next poll', async () => {
    const saved = { keys: new Set<string>() }
    await rig().put('one.csv', Buffer.from('1'))
    for await (const drop of rig().connector.poll(contextFor(rig().connector, rig().settings))) {
      await bytesOf(drop)
      keep(drop, saved)
      break // Staffetta stops between saving and acknowledging.
    }
    expect(await poll({ saved })).toEqual([])
    expect((await rig().isWaiting('one.csv')) ?? false).toBe(false)
  })
}

function declareReading<S>(rig: () => Rig<S>, poll: Poll): void {
  it.each([0, 1, 70_000, 5_000_000])('%i bytes arrive as they are', async (length) => {
    const bytes = patternOf(length)
    await rig().put('drop.bin', bytes)
    const [drop] = await poll()
    expect(drop!.bytes.equals(bytes)).toBe(true)
  })

  it('a drop that still grows is not taken, and is taken whole when it rests', async (test) => {
    const { grow } = rig()
    if (grow === undefined) return test.skip('this source cannot hold half a drop')
    await rig().put('slow.csv', Buffer.from('half '))
    const duringSleep = () => grow.call(rig(), 'slow.csv', Buffer.from('whole'))
    expect(await poll({ duringSleep })).toEqual([])
    expect((await poll()).map(({ bytes }) => bytes.toString())).toEqual(['half whole'])
  })

  it('a transfer that is cut fails, may be tried again, and then gives all bytes', async (test) => {
    const cut = rig().cut?.bind(rig())
    if (cut === undefined) return test.skip('a drop of this source has come whole')
    const bytes = patternOf(5_000_000)
    await rig().put('long.bin', bytes)
    let mend = async () => {}
    const read = async () => {
      for await (const drop of rig().connector.poll(contextFor(rig().connector, rig().settings))) {
        let isCut = false
        for await (const _chunk of drop.parts[0]!.bytes) {
          if (!isCut) mend = await cut('long.bin')
          isCut = true
        }
        expect.unreachable('the drop seemed whole')
      }
    }
    expect((await sourceErrorOf(read())).retry).toBe(true)
    await mend()
    const [drop] = await poll()
    expect(drop!.bytes.equals(bytes)).toBe(true)
  })

  it('a stop ends a transfer', async () => {
    await rig().put('long.bin', patternOf(5_000_000))
    const stop = new AbortController()
    const context = contextFor(rig().connector, rig().settings, { signal: stop.signal })
    const read = async () => {
      for await (const drop of rig().connector.poll(context)) {
        for await (const _chunk of drop.parts[0]!.bytes) stop.abort()
      }
    }
    await expect(read()).rejects.toThrow()
    expect((await rig().isWaiting('long.bin')) ?? true).toBe(true)
  })

  it('a stop that came before keeps it from beginning', async () => {
    await rig().put('one.csv', Buffer.from('1'))
    await expect(poll({ signal: AbortSignal.abort() })).rejects.toThrow()
    expect((await rig().isWaiting('one.csv')) ?? true).toBe(true)
  })
}

function declareReporting<S>(rig: () => Rig<S>, poll: Poll): void {
  const writeBack = async (report: WriteBack, signal?: AbortSignal) => {
    const { connector, settings } = rig()
    const context: WorkContext<S> = contextFor(connector, settings, signal ? { signal } : {})
    await connector.writeBack?.(context, report)
  }

  it('a report is written once however often it is asked for, and is no drop', async (test) => {
    const results = rig().results?.bind(rig())
    if (results === undefined) return test.skip('this source takes no result files')
    await rig().put('one.csv', Buffer.from('1'))
    const [drop] = await poll()
    for (const _try of [1, 2]) await writeBack(reportOf(drop!.key, 'sent;1\r\n'))
    await writeBack(reportOf(drop!.key, 'read;1\r\n', 1))
    expect([...(await results()).values()]).toEqual(['read;1\r\n', 'sent;1\r\n'])
    expect(await poll()).toEqual([])
  })

  it('a report that breaks off leaves the one before it, and nothing beside', async (test) => {
    const results = rig().results?.bind(rig())
    if (results === undefined) return test.skip('this source takes no result files')
    await rig().put('one.csv', Buffer.from('1'))
    const [drop] = await poll()
    await writeBack(reportOf(drop!.key, 'whole'))
    async function* broken() {
      yield Buffer.from('ha')
      throw new Error('the database is gone')
    }
    const report = { ...reportOf(drop!.key, ''), file: broken }
    await expect(writeBack(report)).rejects.toThrow('the database is gone')
    expect([...(await results()).values()]).toEqual(['whole'])
  })

  it('a check of a source that works is all well, and leaves nothing behind', async () => {
    await rig().put('one.csv', Buffer.from('1'))
    const context = contextFor(rig().connector, rig().settings)
    const lines = await rig().connector.check(context)
    expect(lines.filter(({ ok }) => !ok)).toEqual([])
    expect(lines).not.toEqual([])
    expect((await rig().isWaiting('one.csv')) ?? true).toBe(true)
    expect((await rig().results?.())?.size ?? 0).toBe(0)
  })
}

function declareSettings<S>(rig: () => Rig<S>, folder: string): void {
  it('settings reject a key that they do not know', () => {
    const { connector, settings } = rig()
    expect(connector.settings.safeParse(settings).success).toBe(true)
    expect(connector.settings.safeParse({ ...settings, nonsense: 1 }).success).toBe(false)
  })

  it('every setting says what it is, and stands in the README', () => {
    const { shape } = rig().connector.settings as unknown as z.ZodObject
    const silent = Object.entries(shape).filter(([, field]) => !(field as z.ZodType).description)
    expect(silent.map(([name]) => name)).toEqual([])
    const readme = readFileSync(join(folder, 'README.md'), 'utf8')
    expect(Object.keys(shape).filter((name) => !readme.includes(`| \`${name}\` `))).toEqual([])
    expect(rig().connector.summary).toMatch(/\.$/)
  })

  it('the example is a feed of this connector, with settings that it accepts', () => {
    const example = parse(readFileSync(join(folder, 'example.yaml'), 'utf8'))
    expect(example.connector).toBe(basename(folder))
    expect(rig().connector.settings.safeParse(example.settings).error).toBeUndefined()
  })

  it('secrets print as [secret]', (test) => {
    const { connector, settings, secrets } = rig()
    if (secrets.length === 0) return test.skip('this source has no secrets')
    const parsed = connector.settings.parse(settings)
    const printed = `${inspect(parsed, { depth: 9 })} ${JSON.stringify(parsed)}`
    expect(printed).toContain('[secret]')
    for (const value of secrets) expect(printed).not.toContain(value)
  })
}

/** Bytes that differ everywhere, so that nothing lost or moved goes unseen. */
function patternOf(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0, value = 1; at < length; at++) {
    value = (value * 1_103_515_245 + 12_345) % 2 ** 31
    bytes[at] = value >>> 16
  }
  return bytes
}
