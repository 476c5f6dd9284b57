// The composition for commands that need neither database nor network: `preview` reads files, and
// `check --online` reaches the sources and IO. The same parts as the daemon's, wired to files.
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openZipMember } from './archive/zip.ts'
import { type Config, type Feed, getInstitution, getMapping } from './config/config.ts'
import { type LoadedConfig, loadConfig } from './config/load.ts'
import { openRegistry } from './config/registry.ts'
import { allFeeds, findSendService, mapFeedOf } from './config/stage-views.ts'
import type { CheckLine } from './connector.ts'
import { createIoClient } from './io/client.ts'
import { ioOptions } from './io-options.ts'
import { openLog } from './log.ts'
import type { CompiledReference } from './mapping/mapping.ts'
import {
  type PreviewedRecord,
  type PreviewOptions,
  previewRecords,
} from './pipeline/map/preview.ts'
import { batchRecords, type Lookup } from './pipeline/map/records.ts'

/** What can be read at any offset: a drop's part, or a file. */
export interface ByteSource {
  bytes: number
  read(offset: number, length: number): Promise<Uint8Array>
  stream(): AsyncIterable<Uint8Array>
}

/** Reads and checks the configuration, without opening anything. */
export async function readConfig(directory: string): Promise<LoadedConfig> {
  return loadConfig(directory, await openRegistry())
}

/** Of an archive with entries, and of an empty one. */
const ZIP_SIGNATURES = ['PK\x03\x04', 'PK\x05\x06'].map((text) => Buffer.from(text))

/**
 * The bytes of the records: the source itself, or, of a ZIP, the one member that matches. Throws
 * `DropError`.
 */
export async function recordsOf(
  source: ByteSource,
  member: string | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  if (member === undefined) return source.stream()
  const start = await source.read(0, 4)
  const isZip = ZIP_SIGNATURES.some((signature) => signature.equals(start))
  return isZip ? (await openZipMember(source, member)).bytes : source.stream()
}

export interface FilePreview {
  feed: Feed
  file: string
  /** Files for references, by the reference's name; else the sample that the mapping declares. */
  references: ReadonlyMap<string, string>
  now: Temporal.Instant
  language: PreviewOptions['language']
  onEncoding?: PreviewOptions['onEncoding']
}

/**
 * Each record of a file as the feed would map it. Throws `DropError`, and what the file system
 * says.
 */
export async function* previewFile(
  config: Config,
  preview: FilePreview,
): AsyncGenerator<PreviewedRecord> {
  const { feed, now, language, onEncoding } = preview
  const { mapping, institution, testers, zone } = mapFeedOf(config, feed)
  if (mapping.shape !== 'notice') {
    throw new Error(`the mapping ${mapping.name} makes no messages: it is a ${mapping.shape}`)
  }
  await using file = await openFile(preview.file)
  const bytes = await recordsOf(file.source, mapping.spec.record.member)
  const lookup = await lookupFiles(config, preview)
  const options = { institution, testers, zone, now, language, onEncoding }
  yield* previewRecords(bytes, mapping, lookup, options)
}

/** The sources of a configuration, each with its connector's check. Opens nothing yet. */
export async function sourceChecks(
  config: Config,
): Promise<{ feed: string; check(signal: AbortSignal): Promise<CheckLine[]> }[]> {
  const registry = await openRegistry()
  const log = openLog('silent')
  return Promise.all(
    allFeeds(config).map(async (feed) => ({
      feed: `${feed.institution}/${feed.id}`,
      async check(signal: AbortSignal) {
        const connector = await registry.connectors(feed.connector)
        const sleep = (seconds: number) => delay(seconds * 1000, undefined, { signal })
        const now = () => Temporal.Now.instant()
        const { settings } = feed
        return (await connector?.check({ settings, signal, log, now, sleep })) ?? []
      },
    })),
  )
}

/** The services of a configuration, each with a call that asks IO about its key. Opens nothing. */
export function serviceChecks(
  config: Config,
): { service: string; check(): Promise<CheckLine[]> }[] {
  return config.institutions.flatMap(({ id, services }) =>
    services.map(({ name }) => ({
      service: `${id}/${name}`,
      async check() {
        const service = findSendService(config, id, name)
        if (service === null) return []
        const io = createIoClient(ioOptions(config))
        const refusal = await io.tryKey(service).finally(() => io.close())
        const what = `key of ${name} at ${service.baseUrl} (mode ${service.mode})`
        if (refusal === null) return [{ ok: true, what }]
        const remedy = keyRemedies[refusal.code] ?? unreachable
        return [{ ok: false, what: `${what}: ${refusal.code}, ${refusal.detail}`, remedy }]
      },
    })),
  )
}

const keyRemedies: Record<string, string> = {
  IO_KEY: 'Set the variable or the file that `key` refers to; or make a new key on the portal.',
  IO_PATH: 'Correct `baseUrl` of the account in staffetta.yaml.',
  IO_FORBIDDEN: 'See on the portal whether the service may be called from this network.',
  IO_RATE: 'The account is at its limit just now: try again in a few seconds.',
}
const unreachable = 'See whether this machine reaches IO; `outbound` has proxy and authorities.'

/** References read whole into memory: a preview is of samples. */
async function lookupFiles(config: Config, preview: FilePreview): Promise<Lookup> {
  const tables = new Map<string, Map<string, Record<string, string>>>()
  const { feed, references } = preview
  const mapping = getMapping(config, feed.institution, feed.mapping)
  const lookups = mapping.spec.shape === 'notice' ? Object.values(mapping.spec.lookups) : []
  for (const { reference } of lookups) {
    const compiled = getMapping(config, feed.institution, reference).compiled as CompiledReference
    const path = references.get(reference) ?? samplePath(config, feed, compiled)
    tables.set(reference, await readReference(path, compiled, testersOf(config, feed)))
  }
  return async (_institution, reference) => tables.get(reference) ?? new Map()
}

function testersOf(config: Config, feed: Feed): ReadonlySet<string> {
  const { testers } = getInstitution(config, feed.institution)
  return new Set(testers.map((tester) => tester.fiscalCode))
}

function samplePath(config: Config, feed: Feed, reference: CompiledReference): string {
  const { sample } = reference.spec
  if (sample) return join(config.directory, feed.institution, 'samples', sample)
  throw new Error(
    `the reference ${reference.name} has no sample: give --reference ${reference.name}=FILE`,
  )
}

const REFERENCE_BATCH = 1000

async function readReference(
  path: string,
  reference: CompiledReference,
  testers: ReadonlySet<string>,
): Promise<Map<string, Record<string, string>>> {
  const rows = new Map<string, Record<string, string>>()
  await using file = await openFile(path)
  const bytes = await recordsOf(file.source, reference.spec.record.member)
  for await (const { records } of batchRecords(bytes, reference.reader(), REFERENCE_BATCH)) {
    for (const raw of records) {
      const row = reference.read(raw, testers)
      if (row.kind === 'row') rows.set(row.key, row.values)
    }
  }
  return rows
}

async function openFile(path: string): Promise<{ source: ByteSource } & AsyncDisposable> {
  const file = await open(path)
  const { size } = await file.stat()
  const source: ByteSource = {
    bytes: size,
    async read(offset, length) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
      return buffer.subarray(0, bytesRead)
    },
    stream: () => file.createReadStream({ autoClose: false }),
  }
  return { source, [Symbol.asyncDispose]: () => file.close() }
}
