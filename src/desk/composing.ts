// A lot that an office composes without any source: a draft that is kept for a month, looked at row
// by row, and then handed to the stages as a drop: the same checks, test and approval as any flow.
// Invariants: a draft is seen by who began it alone; it is prepared once; who did is a preparer.
import type { Asked } from '../domain/decision.ts'
import type { LotDraft } from '../domain/lot-draft.ts'
import type { Parts } from '../parts.ts'
import type { MapResult } from '../pipeline/map.ts'
import { type ComposedLot, composeLot } from './lot-mapping.ts'
import { sourceOf } from './sample-file.ts'
import type { TriedFile, Trying, TryWish } from './trying.ts'
import { versionOf, writtenFeeds } from './written-feed.ts'

/** How long a draft is kept after its last change. */
export const KEPT_DAYS = 30

/** As it is kept: sealed, with the list beside it. */
interface Kept extends LotDraft {
  fileName: string | null
  /** The drop that it was handed over as; null: it is still a draft. */
  dropId: number | null
}

export interface OpenDraft {
  id: number
  personId: number
  draft: LotDraft
  file: { name: string; bytes: Buffer } | null
  dropId: number | null
  changedAt: Temporal.Instant
  expiresAt: Temporal.Instant
}

export type PreparedLot =
  /** `flowId` null: the list is long, and is being read. */
  | { kind: 'prepared'; flowId: number | null }
  | { kind: 'problems'; composed: ComposedLot }
  | { kind: 'no-file' }

/** Lists up to here are read while whoever composes them waits. */
const READ_AT_ONCE_BYTES = 1024 * 1024

export function openComposing(
  { store, now, config }: Parts,
  map: (dropId: number) => Promise<MapResult | null>,
  trying: Trying,
) {
  const untilOf = (at: Temporal.Instant) => at.add({ hours: KEPT_DAYS * 24 })
  const nameOf = (id: number) => `lotto-${id}`

  return {
    async begin(
      institution: string,
      personId: number,
      draft: LotDraft,
      file: { name: string; bytes: Buffer } | null,
    ): Promise<number> {
      const at = now()
      const content: Kept = { ...draft, fileName: file?.name ?? null, dropId: null }
      const kept = { institution, personId, kind: 'lot', service: draft.service || null } as const
      const bytes = file?.bytes ?? null
      const rest = { title: draft.title, content, file: bytes, expiresAt: untilOf(at) }
      return store.drafts.add({ ...kept, ...rest }, at)
    },

    /** Null: there is none, or it is another person’s. */
    async find(institution: string, id: number, personId: number): Promise<OpenDraft | null> {
      const found = await store.drafts.find(institution, 'lot', id, personId, now())
      if (found === null) return null
      const { content, file, changedAt, expiresAt } = found
      const { fileName, dropId, ...draft } = content as Kept
      const list = file === null ? null : { name: fileName ?? 'elenco', bytes: file }
      return { id, personId, draft, file: list, dropId, changedAt, expiresAt }
    },

    list: (institution: string, personId: number) =>
      store.drafts.list(institution, 'lot', personId, now()),

    /** Writes what was typed; `file`: another list. */
    async save(
      before: OpenDraft,
      draft: LotDraft,
      file: { name: string; bytes: Buffer } | null,
    ): Promise<void> {
      const at = now()
      const { dropId } = before
      const fileName = file?.name ?? before.file?.name ?? null
      const content: Kept = { ...draft, fileName, dropId }
      const rest = { title: draft.title, service: draft.service || null, content }
      const bytes = file === null ? {} : { file: file.bytes }
      await store.drafts.change(before.id, { ...rest, ...bytes, expiresAt: untilOf(at) }, at)
    },

    remove: (id: number) => store.drafts.remove(id),

    /** What its columns are, what is wrong, and its rows as messages. */
    async look(
      institution: string,
      { id, draft, file }: OpenDraft,
      wish: TryWish,
    ): Promise<{ composed: ComposedLot | null; tried: TriedFile | null }> {
      if (file === null) return { composed: null, tried: null }
      const composed = await composeLot(nameOf(id), draft, file)
      if (composed.mapping === null) return { composed, tried: null }
      const target = { institution, mapping: composed.mapping.compiled, readAs: {} }
      return { composed, tried: await trying.look(target, file, wish) }
    },

    /** Hands it over. Asked again, it answers what came of it the first time. */
    async prepare(
      institution: string,
      open: OpenDraft,
      { actor, origin }: Pick<Asked, 'actor'> & { origin: string },
    ): Promise<PreparedLot> {
      const { id, draft, file } = open
      if (file === null) return { kind: 'no-file' }
      const name = nameOf(id)
      const composed = await composeLot(name, draft, file)
      if (composed.mapping === null) return { kind: 'problems', composed }
      const at = now()
      const version = versionOf(name, { mapping: composed.mapping.spec })
      const key = keyOf(id, draft.title)
      await store.writings.add(
        {
          ...{ institution, kind: 'lot', key, service: draft.service, title: draft.title },
          ...{ actor, origin, leavesAt: null, content: version.sha256 },
          mappingVersionId: await store.versions.idOf(institution, version, at),
        },
        at,
      )
      const feed = writtenFeeds.lot
      const { maximumDropBytes } = config.installation.limits
      const target = { institution, feed, maximumDropBytes, notify: [] }
      const source = sourceOf(file.name, file.bytes)
      const part = { name: file.name, mediaType: source.mediaType, bytes: piecesOf(file.bytes) }
      const saved = await store.drops.save(target, { key, parts: [part] }, at)
      const dropId = saved?.id ?? (await store.writings.dropOf(institution, feed, key))
      if (dropId === null) throw new Error(`the drop of lot ${id} is not there`)
      const content: Kept = { ...draft, fileName: file.name, dropId }
      const rest = { title: draft.title, service: draft.service, content }
      await store.drafts.change(id, { ...rest, expiresAt: untilOf(at) }, at)
      if (file.bytes.length <= READ_AT_ONCE_BYTES) await map(dropId)
      const flow = await store.writings.flowOf(dropId)
      return { kind: 'prepared', flowId: flow?.flowId ?? null }
    },

    /** The flow of a draft that was handed over; null: it is still being read. */
    async flowOf(dropId: number): Promise<number | null> {
      return (await store.writings.flowOf(dropId))?.flowId ?? null
    },
  }
}

/** As lists show it: the name of the lot, then what makes it unique. */
function keyOf(id: number, title: string): string {
  return `${title.replaceAll('/', '-')}/${id}`
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
