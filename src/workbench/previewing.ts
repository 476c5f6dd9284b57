// Files → what their records would become, wired from the same parts as the daemon's map stage but
// without database or network. References are files too, read whole: what is previewed is samples.
// Nothing is saved and nothing is sent.
import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type NamedSource, openRecords } from '../archive/open-records.ts'
import { calendarOf } from '../config/calendar.ts'
import {
  type Config,
  type ConfiguredMapping,
  type Feed,
  getInstitution,
  getMapping,
} from '../config/config.ts'
import type { CompiledMapping, CompiledReference, Row } from '../mapping/mapping.ts'
import { partRecord } from '../pipeline/map/part-references.ts'
import {
  type PreviewedFault,
  type PreviewedRecord,
  type PreviewOptions,
  previewRecords,
  untilFault,
} from '../pipeline/map/preview.ts'
import { neutralScene } from '../pipeline/map/record-case.ts'
import { batchRecords, type Lookup } from '../pipeline/map/records.ts'
import { tooManyRecords } from '../pipeline/map.ts'
import { type AskSystem, withAnswers } from './previewed-answers.ts'

/** What a file is read by: a mapping, and the feed that would bring it, if one is meant. */
export interface PreviewTarget {
  institution: string
  mapping: string
  feed: Feed | null
}

export interface FilePreview {
  target: PreviewTarget
  /** Instead of the configured mapping: one that is watched, or changed. */
  compiled?: CompiledMapping
  /** Hears of each message that is planned, by its text. */
  onPlanned?: PreviewOptions['onPlanned']
  /** The parts of one drop; none: the sample that the mapping declares. */
  files: readonly string[]
  /**
   * Files for references, by the reference's name; else the sample that the mapping declares. JSON
   * files of answers for systems, by the system's name.
   */
  references: ReadonlyMap<string, string>
  /** Absent: no system is asked. */
  askSystem?: AskSystem
  /** In a scene of no institution: without its calendar, its testers and its feeds. */
  isNeutral?: boolean
  now: Temporal.Instant
  language: PreviewOptions['language']
  onEncoding?: PreviewOptions['onEncoding']
}

/**
 * Each record of a drop as the mapping would take it, and where it could not be read on. Throws
 * what the file system says.
 */
export function previewFile(
  config: Config,
  preview: FilePreview,
): AsyncGenerator<PreviewedRecord | PreviewedFault> {
  return untilFault(recordsOf(config, preview))
}

async function* recordsOf(config: Config, preview: FilePreview): AsyncGenerator<PreviewedRecord> {
  const { target, now, language, onEncoding, onPlanned } = preview
  const { mapping: configured, ...scene } = sceneOf(config, target, preview.isNeutral)
  const mapping = preview.compiled ?? configured
  const paths = preview.files.length > 0 ? preview.files : [samplePath(config, target, mapping)]
  await using files = await openFiles(paths)
  const opened = await openRecords(files.sources, mapping.spec.record)
  const lookup = await lookupFiles(config, preview, paths)
  const options = { ...scene, now, language, fingerprint, onEncoding, onPlanned }
  const { maximumRecordsPerDrop } = config.installation.limits
  let records = 0
  for await (const record of previewRecords(opened, mapping, lookup, options)) {
    records += 1
    // The daemon would take nothing of such a drop; and a preview must end.
    if (records > maximumRecordsPerDrop) throw tooManyRecords(maximumRecordsPerDrop)
    yield record
  }
}

function fingerprint(text: string): string {
  return hash('sha1', text, 'base64')
}

/**
 * Where a mapping's records belong. Their times are those of the feed, or of the only feed that has
 * the mapping; else the institution's own.
 */
export function sceneOf(
  config: Config,
  { institution, mapping, feed }: PreviewTarget,
  isNeutral = false,
) {
  const { testers, services, feeds } = getInstitution(config, institution)
  const having = feeds.filter((one) => one.mapping === mapping)
  const timed = feed ?? (having.length === 1 ? having[0] : undefined)
  const service = services.find(({ name }) => name === feed?.service)
  return {
    mapping: getMapping(config, institution, mapping).compiled,
    institution,
    testers: new Set(testers.map((tester) => tester.fiscalCode)),
    calendar: calendarOf(config, institution, timed?.window),
    reminders: timed?.reminders ?? 'ours',
    // When `from: now` was, only the database knows.
    startsOn: feed && feed.from !== 'now' && feed.from !== 'all' ? feed.from : null,
    elsewhere: service?.notifiedElsewhere ?? null,
    ...(isNeutral ? neutralScene : {}),
  }
}

/**
 * Where a sample of a mapping stands: the first of the mapping's folders that has it, else where it
 * should be.
 */
export function sampleFile({ home }: ConfiguredMapping, name: string): string {
  return firstThere(home.folders.map((folder) => join(folder, 'samples', name)))
}

/** The first of these paths where something stands, else the first. */
export function firstThere(paths: readonly string[]): string {
  return paths.find((path) => existsSync(path)) ?? paths[0] ?? ''
}

function samplePath(config: Config, target: PreviewTarget, mapping: CompiledMapping): string {
  const { sample } = mapping.spec
  if (sample) return sampleFile(getMapping(config, target.institution, target.mapping), sample)
  throw new Error(`the mapping ${mapping.name} has no sample: say which FILE`)
}

/** The references that a mapping looks up, by name; the feed may say that the drop has them. */
async function lookupFiles(
  config: Config,
  preview: FilePreview,
  drop: readonly string[],
): Promise<Lookup> {
  const tables = new Map<string, ReadonlyMap<string, Row>>()
  const { target, references } = preview
  const { mapping, testers } = sceneOf(config, target, preview.isNeutral)
  const lookups = mapping.shape === 'notice' ? Object.values(mapping.spec.lookups) : []
  for (const { reference } of lookups) {
    if (reference === undefined) continue
    const { compiled } = getMapping(config, target.institution, reference)
    const given = references.get(reference)
    const part = target.feed?.references.find((brought) => brought.mapping === reference)
    const member = given === undefined ? part?.member : undefined
    const own = () => [given ?? referencePath(config, target, compiled)]
    const source = { paths: member === undefined ? own() : drop, member }
    tables.set(reference, await readReference(source, compiled as CompiledReference, testers))
  }
  const ofReferences: Lookup = async (_institution, name) => tables.get(name) ?? new Map()
  return withAnswers(ofReferences, references, preview.now, preview.askSystem ?? null)
}

function referencePath(config: Config, target: PreviewTarget, { name, spec }: CompiledMapping) {
  if (spec.sample) return sampleFile(getMapping(config, target.institution, name), spec.sample)
  throw new Error(`the reference ${name} has no sample: give --reference ${name}=FILE`)
}

/** The reference mappings of an institution, by name: cases give rows of them. */
export function referencesOf(
  config: Config,
  institution: string,
): ReadonlyMap<string, CompiledReference> {
  const { mappings } = getInstitution(config, institution)
  const found = mappings.flatMap(({ compiled }) =>
    compiled.shape === 'reference' ? [compiled] : [],
  )
  return new Map(found.map((reference) => [reference.name, reference]))
}

const REFERENCE_BATCH = 1000

async function readReference(
  { paths, member }: { paths: readonly string[]; member: string | undefined },
  reference: CompiledReference,
  testers: ReadonlySet<string>,
): Promise<Map<string, Record<string, string>>> {
  const rows = new Map<string, Record<string, string>>()
  await using files = await openFiles(paths)
  const opened =
    member === undefined
      ? await openRecords(files.sources, reference.spec.record)
      : await openRecords(files.sources, partRecord(reference, member), true)
  const reader = reference.reader(opened)
  for await (const { records } of batchRecords(opened.bytes, reader, REFERENCE_BATCH)) {
    for (const raw of records) {
      const row = reference.read(raw, testers)
      if (row.kind === 'row') rows.set(row.key, row.values)
    }
  }
  return rows
}

/** A file as something that can be read at any offset; to be disposed of. */
export async function openFile(path: string): Promise<{ source: NamedSource } & AsyncDisposable> {
  const file = await open(path)
  const { size } = await file.stat()
  const source: NamedSource = {
    name: basename(path),
    mediaType: 'application/octet-stream',
    bytes: size,
    async read(offset, length) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
      return buffer.subarray(0, bytesRead)
    },
    stream: () => file.createReadStream({ autoClose: false, start: 0 }),
  }
  return { source, [Symbol.asyncDispose]: () => file.close() }
}

async function openFiles(
  paths: readonly string[],
): Promise<{ sources: NamedSource[] } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const sources: NamedSource[] = []
  for (const path of paths) sources.push(stack.use(await openFile(path)).source)
  const kept = stack.move()
  return { sources, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
