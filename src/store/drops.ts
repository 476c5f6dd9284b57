// Drops: the bytes that a source handed over, sealed in chunks, never changed. A drop is saved with
// its feed's cursor, the staff's mail and the waking of `map` in one transaction; the source's
// acknowledgement waits for it. Bytes can be read back as a stream or at any offset.
import { createHash, type Hash } from 'node:crypto'
import type { SourceDrop, SourcePart } from '../connector.ts'
import { addAct } from './acts.ts'
import { finishRequest } from './api-requests.ts'
import { type Client, type Pool, transaction } from './database.ts'
import { saveCursor } from './feeds.ts'
import type { Institutions } from './institutions.ts'
import { addStaffMail } from './staff-mails.ts'
import type { Vault } from './vault.ts'
import type { Enqueue } from './wake.ts'

/** Clear bytes in one sealed chunk; also what a read at an offset has to decrypt. */
export const CHUNK_BYTES = 256 * 1024

export interface DropRow {
  id: number
  institution: string
  feed: string
  key: string
  state: 'received' | 'mapped' | 'failed'
  receivedAt: Temporal.Instant
  mappedAt: Temporal.Instant | null
  bytes: number
  sha256: Buffer
  /** In which its records were read; null until they have been. */
  encoding: string | null
}

export interface DropPart {
  part: number
  name: string
  mediaType: string
  bytes: number
}

export interface PartReader {
  bytes: number
  /** Up to `length` bytes from `offset`; fewer only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>
  stream(): AsyncIterable<Uint8Array>
}

export interface DropTarget {
  institution: string
  feed: string
  maximumDropBytes: number
  notify: readonly string[]
  /** Absent: its source handed it over. */
  upload?: Upload
}

/** A person hands over a drop, and prepares by that the flow that is made of it. */
export interface Upload {
  actor: string
  /** `console`. */
  origin: string
  /** Also where the same bytes have come before. */
  again: boolean
  /** The drop's key, once its size is known. */
  keyOf(bytes: number): string
  request?: UploadRequest | undefined
}

/** The call of a program: its answer is kept with the drop, or neither is. */
export interface UploadRequest {
  key: string
  answerOf(drop: number, bytes: number): { status: number; answer: unknown }
}

export type Drops = ReturnType<typeof createDrops>

export function createDrops(
  pool: Pool,
  vault: Vault,
  institutions: Institutions,
  enqueue: Enqueue,
) {
  return {
    async known(institution: string, feed: string, keys: string[]): Promise<Set<string>> {
      const { rows } = await pool.query<{ key: string }>(
        'select key from drops where institution_id = $1 and feed = $2 and key = any($3)',
        [await institutions.idOf(institution), feed, keys],
      )
      return new Set(rows.map((row) => row.key))
    },

    /**
     * Saves a drop; null when its key is known. Throws when the bytes end badly or exceed the
     * bound.
     */
    async save(target: DropTarget, drop: SourceDrop, now: Temporal.Instant) {
      const institutionId = await institutions.idOf(target.institution)
      return transaction(pool, async (client) => {
        const { upload } = target
        const { rows } = await client.query<{ id: number }>(
          `insert into drops (institution_id, feed, key, state, received_at, bytes, sha256, origin,
             prepared_by)
           values ($1, $2, $3, 'received', $4, 0, '', $5, $6) on conflict do nothing returning id`,
          [
            ...[institutionId, target.feed, drop.key, now.toString()],
            ...[upload ? 'upload' : 'feed', upload ? [upload.actor] : []],
          ],
        )
        const id = rows[0]?.id
        if (id === undefined) return null
        const whole = createHash('sha256')
        let bytes = 0
        for (const [index, part] of drop.parts.entries()) {
          const bound = target.maximumDropBytes - bytes
          bytes += await savePart(client, vault, { institutionId, id, index, part, bound, whole })
        }
        const sha256 = whole.digest()
        await client.query('update drops set bytes = $2, sha256 = $3 where id = $1', [
          id,
          bytes,
          sha256,
        ])
        if (upload)
          await addUpload(client, { institutionId, id, bytes, sha256 }, target, upload, now)
        if (drop.cursor !== undefined) {
          await saveCursor(client, institutionId, target.feed, drop.cursor)
        }
        await addStaffMail(client, institutionId, receivedMail(target, drop, bytes), now)
        await enqueue(client, 'map', String(id))
        return { id, key: drop.key, bytes }
      })
    },

    async get(id: number): Promise<DropRow> {
      const { rows } = await pool.query<DropRow>(
        `select d.id, i.name as institution, d.feed, d.key, d.state, d.bytes, d.sha256,
                d.encoding, d.received_at as "receivedAt", d.mapped_at as "mappedAt"
         from drops d join institutions i on i.id = d.institution_id where d.id = $1`,
        [id],
      )
      const row = rows[0]
      if (!row) throw new Error(`there is no drop ${id}`)
      return row
    },

    parts: (id: number) => partsOf(pool, id),

    /** Opens a part for reading. Its chunks are fetched as they are asked for. */
    open(id: number, part: DropPart): PartReader {
      return openPart(pool, vault, id, part)
    },

    /** The parts of a drop in order, open for reading. */
    async sources(id: number): Promise<(DropPart & PartReader)[]> {
      const parts = await partsOf(pool, id)
      return parts.map((part) => ({ ...part, ...openPart(pool, vault, id, part) }))
    },

    /** Counts that mapping begins, outside of its transaction; answers how often it has. */
    async begin(id: number): Promise<number> {
      const { rows } = await pool.query<{ n: number }>(
        `update drops set map_attempts = map_attempts + 1
         where id = $1 returning map_attempts as n`,
        [id],
      )
      return rows[0]?.n ?? 0
    },

    /** How far the mapping has come; for people to look at. */
    async progress(id: number, bytes: number): Promise<void> {
      await pool.query('update drops set progress_bytes = $2 where id = $1', [id, bytes])
    },

    /** In which encoding its records are read; also of a drop that cannot be read to its end. */
    async readAs(id: number, encoding: string): Promise<void> {
      await pool.query('update drops set encoding = $2 where id = $1', [id, encoding])
    },

    /** Drops that no flow came of yet, oldest first. */
    async waiting(limit: number): Promise<number[]> {
      const { rows } = await pool.query<{ id: number }>(
        `select id from drops where state = 'received' order by id limit $1`,
        [limit],
      )
      return rows.map((row) => row.id)
    },

    /** Whether an older drop of the same feed is still to be mapped. */
    async isBehind({ id, institution, feed }: { id: number; institution: string; feed: string }) {
      const { rows } = await pool.query<{ behind: boolean }>(
        `select exists (select from drops where state = 'received'
           and institution_id = $1 and feed = $2 and id < $3) as behind`,
        [await institutions.idOf(institution), feed, id],
      )
      return rows[0]?.behind ?? false
    },

    /**
     * Whether a companion feed has answered: a drop of it arrived since `since`, and all of its
     * drops have been mapped.
     */
    async companionReady(institution: string, feed: string, since: Temporal.Instant) {
      const { rows } = await pool.query<{ ready: boolean }>(
        `select coalesce(bool_and(state <> 'received'), false)
                and coalesce(bool_or(received_at >= $3), false) as ready
         from drops where institution_id = $1 and feed = $2`,
        [await institutions.idOf(institution), feed, since.toString()],
      )
      return rows[0]?.ready ?? false
    },
  }
}

/** An act says who did it; of bytes that have come before, nothing is kept unless they want it. */
async function addUpload(
  client: Client,
  drop: { institutionId: number; id: number; bytes: number; sha256: Buffer },
  { feed }: DropTarget,
  { again, keyOf, actor, origin, request }: Upload,
  now: Temporal.Instant,
): Promise<void> {
  const { institutionId, id, bytes, sha256 } = drop
  if (bytes === 0) throw new DropEmptyError()
  // Whoever sends a form twice, sends it at the same time.
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `upload/${institutionId}/${feed}`,
  ])
  const { rows } = await client.query<SameDrop>(SAME, [institutionId, feed, sha256, id])
  if (rows[0] && !again) throw new DropKnownError(rows[0])
  const detail = { feed, bytes, sha256: sha256.toString('hex') }
  await client.query('update drops set key = $2 where id = $1', [id, keyOf(bytes)])
  const act = { actor, origin, verb: 'uploaded', subject: `drop/${id}`, detail }
  await addAct(client, institutionId, act, now)
  if (!request) return
  const kept = { ...request.answerOf(id, bytes), content: sha256 }
  await finishRequest(client, institutionId, request.key, kept)
}

/** A drop of the same feed with the same bytes. */
export interface SameDrop {
  id: number
  receivedAt: Temporal.Instant
  /** Null: it made none. */
  flowId: number | null
}

const SAME = `
  select d.id, d.received_at as "receivedAt",
    (select max(f.id) from flows f where f.drop_id = d.id) as "flowId"
  from drops d where d.institution_id = $1 and d.feed = $2 and d.sha256 = $3 and d.id <> $4
  order by d.id desc limit 1`

interface PartToSave {
  institutionId: number
  id: number
  index: number
  part: SourcePart
  bound: number
  whole: Hash
}

async function savePart(client: Client, vault: Vault, save: PartToSave): Promise<number> {
  const { institutionId, id, index, part } = save
  const hash = createHash('sha256')
  let bytes = 0
  let chunks = 0
  for await (const chunk of rechunk(part.bytes, CHUNK_BYTES)) {
    bytes += chunk.length
    if (bytes > save.bound) throw new DropTooLargeError(part.name)
    hash.update(chunk)
    save.whole.update(chunk)
    await client.query(
      'insert into drop_chunks (drop_id, part, chunk, institution_id, sealed) values ($1, $2, $3, $4, $5)',
      [id, index, chunks, institutionId, vault.seal(chunkContext(id, index, chunks), chunk)],
    )
    chunks += 1
  }
  await client.query(
    `insert into drop_parts (drop_id, part, name, media_type, bytes, sha256, chunks)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, index, part.name, part.mediaType, bytes, hash.digest(), chunks],
  )
  return bytes
}

/**
 * The source's pieces, cut and joined to chunks of exactly `size` bytes; the last may be shorter.
 */
async function* rechunk(pieces: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = []
  let bytes = 0
  for await (const piece of pieces) {
    held.push(piece)
    bytes += piece.length
    if (bytes < size) continue
    const joined = Buffer.concat(held)
    let start = 0
    for (; joined.length - start >= size; start += size) yield joined.subarray(start, start + size)
    held = [joined.subarray(start)]
    bytes = joined.length - start
  }
  if (bytes > 0) yield Buffer.concat(held)
}

async function partsOf(pool: Pool, id: number): Promise<DropPart[]> {
  const { rows } = await pool.query<DropPart>(
    `select part, name, media_type as "mediaType", bytes from drop_parts
     where drop_id = $1 order by part`,
    [id],
  )
  return rows
}

function openPart(pool: Pool, vault: Vault, id: number, part: DropPart): PartReader {
  const chunk = (index: number) => readChunk(pool, vault, id, part.part, index)
  return {
    bytes: part.bytes,
    read: readAt(chunk, part.bytes),
    stream: () => streamOf(chunk, part),
  }
}

async function readChunk(pool: Pool, vault: Vault, id: number, part: number, chunk: number) {
  const { rows } = await pool.query<{ sealed: Buffer }>(
    'select sealed from drop_chunks where drop_id = $1 and part = $2 and chunk = $3',
    [id, part, chunk],
  )
  const sealed = rows[0]?.sealed
  if (!sealed) throw new Error(`chunk ${chunk} of drop ${id} is gone: its retention has ended`)
  return vault.open(chunkContext(id, part, chunk), sealed)
}

async function* streamOf(chunk: (index: number) => Promise<Buffer>, part: DropPart) {
  const chunks = Math.ceil(part.bytes / CHUNK_BYTES)
  for (let index = 0; index < chunks; index++) yield await chunk(index)
}

/** Reads at any offset; remembers the last chunk, since archives are read in small steps. */
function readAt(chunk: (index: number) => Promise<Buffer>, bytes: number) {
  let last: { index: number; clear: Buffer } | null = null
  return async (offset: number, length: number): Promise<Uint8Array> => {
    const end = Math.min(offset + length, bytes)
    const pieces: Buffer[] = []
    for (let at = offset; at < end; ) {
      const index = Math.floor(at / CHUNK_BYTES)
      if (last?.index !== index) last = { index, clear: await chunk(index) }
      const piece = last.clear.subarray(at % CHUNK_BYTES, end - index * CHUNK_BYTES)
      pieces.push(piece)
      at += piece.length
    }
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
  }
}

function chunkContext(id: number, part: number, chunk: number): string {
  return `drop/${id}/${part}/${chunk}`
}

/** A source handed over more than the configuration allows; nothing of it is kept. */
export class DropTooLargeError extends Error {
  readonly code = 'SRC_DROP_TOO_LARGE'
  constructor(part: string) {
    super(`"${part}" is larger than limits.maximumDropBytes allows; raise it or split the file`)
  }
}

/** Somebody uploads a file of no bytes; nothing of it is kept. */
export class DropEmptyError extends Error {}

/** Somebody uploads bytes that have come before; nothing of them is kept. */
export class DropKnownError extends Error {
  readonly same: SameDrop
  constructor(same: SameDrop) {
    super(`drop ${same.id} has the same bytes`)
    this.same = same
  }
}

function receivedMail(target: DropTarget, drop: SourceDrop, bytes: number) {
  const names = drop.parts.map((part) => part.name).join(', ')
  return {
    recipients: target.notify,
    subject: `File ricevuto: ${names}`,
    body: [
      `Il collegamento "${target.feed}" ha ricevuto ${names} (${bytes} byte).`,
      '',
      'Staffetta sta leggendo il file e ne prepara il flusso.',
      `Per seguirlo: staffetta flows list --feed ${target.feed}`,
    ].join('\n'),
  }
}
