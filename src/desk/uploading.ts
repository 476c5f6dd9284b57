// A file that a person hands over in place of its source: saved as a drop of the feed, and from
// there on as any other: mapped, checked, tested, approved. Invariants: who hands it over is one of
// the preparers of its flow; of a file that is refused, or that breaks off, nothing is kept.
import { kindOf, START_BYTES } from '../archive/content-kind.ts'
import { findInstitution, getMapping } from '../config/config.ts'
import type { Asked } from '../domain/decision.ts'
import { isPlainName } from '../file-names.ts'
import type { Parts } from '../parts.ts'
import { RequestOverError } from '../store/api-requests.ts'
import { DiskFullError, openDiskRoom } from '../store/disk-room.ts'
import {
  DropEmptyError,
  DropKnownError,
  DropTooLargeError,
  type SameDrop,
  type UploadRequest,
} from '../store/drops.ts'

/** A feed that takes files. */
export interface UploadFeed {
  feed: string
  /** Null: what it brings is looked up, or closes notices; no flow comes of it. */
  service: string | null
  /** `csv`, `xlsx`, … */
  format: string
}

export interface UploadedFile {
  name: string
  mediaType: string
  bytes: AsyncIterable<Uint8Array>
}

export type UploadResult =
  | { kind: 'saved'; drop: number; bytes: number }
  /** The feed has had the same bytes before. */
  | ({ kind: 'known' } & SameDrop)
  | { kind: 'too-large'; mostBytes: number }
  | { kind: 'empty' }
  | { kind: 'bad-name' }
  /** It is of another kind than what the feed reads. */
  | { kind: 'wrong-kind'; format: string }
  | { kind: 'no-room' }
  /** Too many are being taken at this moment. */
  | { kind: 'busy' }
  /** There is no such feed, or its source hands over no files. */
  | { kind: 'no-feed' }

export interface Uploads {
  /** `services`: whose feeds; null: of all, and feeds of no service too. */
  feeds(institution: string, services: readonly string[] | null): UploadFeed[]
  /**
   * `again`: also where the same bytes have come before. `request`: the call of a program that it
   * answers.
   */
  add(institution: string, feed: string, file: UploadedFile, asked: Handing): Promise<UploadResult>
}

type Handing = Asked & { again?: boolean; request?: UploadRequest }

/** Each holds a connection to the database for as long as its bytes come. */
const UPLOADS_AT_ONCE = 3

export function openUploads({ config, store, now, dataDirectory }: Parts): Uploads {
  const { maximumDropBytes, minimumFreeBytes } = config.installation.limits
  const room = openDiskRoom(dataDirectory, minimumFreeBytes)
  let current = 0

  function feedsOf(institution: string): UploadFeed[] {
    const owner = findInstitution(config, institution)
    const taking = owner?.feeds.filter(takesFiles) ?? []
    return taking.map(({ id, service = null, mapping }) => {
      const { format } = getMapping(config, institution, mapping).compiled.spec.record
      return { feed: id, service, format }
    })
  }

  async function save(
    institution: string,
    feed: string,
    { name, mediaType, bytes }: UploadedFile,
    { actor, origin, again = false, request }: Handing,
  ): Promise<UploadResult> {
    const at = now()
    const keyOf = (size: number) => `${name}/${size}/${at}`
    const upload = { actor, origin, again, keyOf, request }
    const notify = findInstitution(config, institution)?.notify ?? []
    const target = { institution, feed, maximumDropBytes, notify, upload }
    const key = `upload/${crypto.randomUUID()}`
    const saved = await store.drops.save(
      target,
      room.guard({ key, parts: [{ name, mediaType, bytes }] }),
      at,
    )
    if (saved === null) throw new Error('a random key is taken')
    return { kind: 'saved', drop: saved.id, bytes: saved.bytes }
  }

  return {
    feeds: (institution, services) =>
      feedsOf(institution).filter(
        ({ service }) => services === null || (service !== null && services.includes(service)),
      ),

    async add(institution, feed, file, asked) {
      const found = feedsOf(institution).find((one) => one.feed === feed)
      if (found === undefined) return { kind: 'no-feed' }
      const name = file.name.split(/[/\\]/).at(-1) ?? ''
      if (!isPlainName(name)) return { kind: 'bad-name' }
      if (current >= UPLOADS_AT_ONCE) return { kind: 'busy' }
      current += 1
      try {
        const { start, bytes, drain } = await begun(file.bytes)
        if (!mayBe(found.format, start)) {
          await drain()
          return { kind: 'wrong-kind', format: found.format }
        }
        return await save(institution, feed, { ...file, name, bytes }, asked).catch(
          async (error) => {
            const result = resultOf(error, maximumDropBytes)
            await drain()
            return result
          },
        )
      } finally {
        current -= 1
      }
    },
  }
}

/** As connectors to files have it: see `file-settings.ts`. */
function takesFiles({ settings }: { settings: unknown }): boolean {
  return typeof settings === 'object' && settings !== null && 'directory' in settings
}

/** What is still read of a file that is refused: who sends it hears nothing before its end. */
const DRAINED_BYTES = 256 * 1024 * 1024

/** The first bytes, and all of them; `drain` reads what nobody has wanted. */
async function begun(pieces: AsyncIterable<Uint8Array>) {
  const rest = pieces[Symbol.asyncIterator]()
  const first: Uint8Array[] = []
  for (let size = 0; size < START_BYTES; ) {
    const { value, done } = await rest.next()
    if (done) break
    first.push(value)
    size += value.length
  }
  async function* all() {
    yield* first
    for (;;) {
      const { value, done } = await rest.next()
      if (done) return
      yield value
    }
  }
  async function drain() {
    for (let size = 0; size < DRAINED_BYTES; ) {
      const { value, done } = await rest.next()
      if (done) return
      size += value.length
    }
  }
  return { start: Buffer.concat(first).subarray(0, START_BYTES), bytes: all(), drain }
}

const texts = ['csv', 'fixed', 'ndjson']

/** What is wrapped is seen when it is mapped. */
function mayBe(format: string, start: Uint8Array): boolean {
  const kind = kindOf(start)
  if (kind === 'zip' || kind === 'gzip' || kind === 'signed' || kind === 'mail') return true
  if (kind === 'pdf' || kind === 'other') return false
  if (format === 'xlsx') return kind === 'office' || start.length === 0
  if (texts.includes(format)) return kind !== 'office'
  return kind === format || kind === 'text'
}

/** What is no fault of ours; all else is thrown again. */
function resultOf(error: unknown, mostBytes: number): UploadResult {
  if (error instanceof DropEmptyError) return { kind: 'empty' }
  if (error instanceof DropKnownError) return { kind: 'known', ...error.same }
  if (error instanceof DropTooLargeError) return { kind: 'too-large', mostBytes }
  if (error instanceof RequestOverError) return { kind: 'busy' }
  if (error instanceof DiskFullError) return { kind: 'no-room' }
  throw error
}
