// A lot: all that one drop becomes, written in one transaction. Either the whole flow stands, with
// every record accounted for, or nothing of it does: a crash or a damaged file leaves no half flow
// behind.
// Rows go in by COPY; the series is locked while it is open, so that two drops cannot both find a
// key new.
import type { LotNotice, LotTarget, MapLot } from '../pipeline/map/lot.ts'
import type { MissingReport } from '../pipeline/map/missing.ts'
import { addChanged, type ChangedMessages, voidApprovals } from './approval-voids.ts'
import { settleGroups } from './closings.ts'
import { copyRows } from './copy.ts'
import type { Client, Pool } from './database.ts'
import { keepAmounts } from './emissions.ts'
import { recloseIncomplete } from './flow-ends.ts'
import { type Institutions, lockSeries } from './institutions.ts'
import {
  MESSAGES,
  messageRows,
  NOTICES,
  noticeContext,
  noticeRows,
  type PlacedNotice,
  RECORDS,
  recordRows,
  searchedBy,
  type WriteTarget,
} from './lot-rows.ts'
import { followVersions } from './mapping-versions.ts'
import { keepMissing } from './missing.ts'
import { takeOverOrphans } from './orphan-attempts.ts'
import { standingPorts } from './standing.ts'
import type { Vault } from './vault.ts'
import { addWaits, endWaits, hasWaits, wakeAtEnds } from './waits.ts'
import type { Enqueue } from './wake.ts'

/** Null: the drop was mapped, or failed, before the series came free. */
export type OpenLot = (target: LotTarget) => Promise<MapLot | null>

export function createLots(
  pool: Pool,
  vault: Vault,
  institutions: Institutions,
  enqueue: Enqueue,
): OpenLot {
  return async (target) => {
    const institutionId = await institutions.idOf(target.institution)
    const seriesId = await institutions.seriesIdOf(target.institution, target.series)
    const client = await pool.connect()
    const rollback = () => rollBack(client)
    const begun = await begin(client, target, seriesId)
    if (begun === null) {
      await rollback()
      return null
    }
    const { again } = begun
    const place = { ...target, institutionId, seriesId, again }
    const silenced = new Set<number>()
    const changed: ChangedMessages = new Map()
    /** Whether any other flow's records wait in the series; nobody adds some while it is locked. */
    let others: boolean | null = null
    return {
      again,
      hash: (use, text) => vault.hash(use, text),
      ...standingPorts(client, vault, place, silenced),
      add: createWriter(client, vault, place, { silenced, changed }),
      async supersede(keys) {
        // What later drops are waiting for is not ended by an older one.
        if (again?.isOvertaken) return
        others ??= await hasWaits(client, seriesId, target.flowId)
        if (!others) return
        const keyHashes = keys.map((key) => vault.hash('key', key))
        const { flowId } = target
        await endWaits(client, vault, { seriesId, flowId, keyHashes, ...SUPERSEDED })
      },
      async commit(summary) {
        await finishFlow(client, target, summary)
        const { missing, now } = summary
        if (missing) await keepMissing(client, place, missing, now)
        if (missing && isTrusted(missing)) {
          const { flowId } = target
          await endWaits(client, vault, { seriesId, flowId, keyHashes: null, ...MISSING })
        }
        await wakeAtEnds(client, enqueue, target)
        await keepAmounts(client, target.flowId)
        await enqueue(client, 'release', String(target.flowId))
        await recloseIncomplete(client, silenced, now)
        await voidApprovals(client, enqueue, changed, null, now)
        await client.query('commit')
        client.release()
      },
      rollback,
    }
  }
}

/** A record that waits, when a newer drop says something of its key. */
const SUPERSEDED = { fate: 'duplicate', because: 'ripresa da un file più recente' } as const

/** One that waits, and that a newer snapshot does not name. */
const MISSING = { fate: 'skipped', because: 'non è più nel file più recente' } as const

function isTrusted({ problem, counts }: MissingReport): boolean {
  return problem === null && counts.records > 0 && counts.keyless === 0
}

/** Begins the transaction and waits for the series; null when the drop is mapped already. */
async function begin(
  client: Client,
  target: LotTarget,
  seriesId: number,
): Promise<{ again: { isOvertaken: boolean } | null } | null> {
  try {
    await client.query('begin')
    await lockSeries(client, seriesId)
    const { rows } = await client.query<BegunRow>(BEGUN, [target.dropId, target.flowId])
    const [row] = rows
    if (row?.state !== 'received') return null
    return { again: row.isAgain ? { isOvertaken: row.isOvertaken } : null }
  } catch (error) {
    await rollBack(client)
    throw error
  }
}

interface BegunRow {
  state: string
  isAgain: boolean
  isOvertaken: boolean
}

const BEGUN = `
  select d.state, f.origin = 'replay' as "isAgain", f.origin = 'replay' and exists (
      select from drops later where later.institution_id = d.institution_id
        and later.feed = d.feed and later.id > d.id and later.state = 'mapped') as "isOvertaken"
  from drops d join flows f on f.id = $2 where d.id = $1`

export async function rollBack(client: Client): Promise<void> {
  const broken = await client.query('rollback').then(
    () => false,
    () => true,
  )
  client.release(broken)
}

/** What a lot does to messages of flows that stand: for the end of its transaction. */
export interface Disturbed {
  /** Flows of messages that are cancelled: for `recloseIncomplete`. */
  silenced: Set<number>
  /** Messages that say something else now, or are new in a flow that stood: for `voidApprovals`. */
  changed: ChangedMessages
}

/** `joins`: its flow stood before, and what it gets now is new in it. */
export function createWriter(
  client: Client,
  vault: Vault,
  target: WriteTarget,
  { silenced, changed }: Disturbed,
  joins = false,
): MapLot['add'] {
  const nextNoticeId = idAllocator(client, 'notice_ids')
  const nextMessageId = idAllocator(client, 'message_ids')
  return async (notices, records, now) => {
    const loud = notices.filter((notice) => !notice.silent)
    const fresh = loud.filter((notice) => notice.noticeId === null)
    const noticeIds = await nextNoticeId(fresh.length)
    const messageIds = await nextMessageId(loud.reduce((n, entry) => n + entry.messages.length, 0))
    const placed = placeNotices(loud, noticeIds, messageIds)
    if (joins) for (const id of messageIds) addChanged(changed, target.flowId, id)
    const superseded = await changeNotices(client, vault, target, notices, changed, now)
    await copyRows(client, NOTICES, noticeRows(vault, target, placed, now))
    await copyRows(client, MESSAGES, messageRows(target, placed))
    await takeOverOrphans(client, messageIds, now)
    await copyRows(client, RECORDS, recordRows(vault, target, placed, records))
    const settled = await settleGroups(client, target, instalmentsOf(placed), now)
    for (const id of [...superseded, ...settled]) silenced.add(id)
    await addWaits(client, vault, target, records, now)
  }
}

/** New notices that are one of several: those that were born settled, and those that are open. */
function instalmentsOf(placed: PlacedNotice[]) {
  const made: { settled: number[]; open: number[] } = { settled: [], open: [] }
  for (const { entry, id } of placed) {
    const { data, quiet, noticeId } = entry
    if (noticeId !== null || data.group === null) continue
    if (quiet?.state === 'settled') made.settled.push(id)
    else if (data.single !== undefined) made.open.push(id)
  }
  return made
}

function placeNotices(
  notices: LotNotice[],
  noticeIds: number[],
  messageIds: number[],
): PlacedNotice[] {
  let notice = 0
  let message = 0
  return notices.map((entry) => {
    const from = message
    message += entry.messages.length
    const id = entry.noticeId ?? (noticeIds[notice++] as number)
    return { entry, id, messageIds: messageIds.slice(from, message) }
  })
}

/** Ids from a sequence that steps by blocks: one statement gives thousands. */
export function idAllocator(client: Client, sequence: string) {
  let ids: number[] = []
  return async (count: number): Promise<number[]> => {
    const missing = Math.ceil((count - ids.length) / ID_BLOCK)
    if (missing > 0) {
      const { rows } = await client.query<{ start: number }>(
        `select nextval('${sequence}') as start from generate_series(1, $1)`,
        [missing],
      )
      for (const { start } of rows) for (let i = 0; i < ID_BLOCK; i++) ids.push(start + i)
    }
    const given = ids.slice(0, count)
    ids = ids.slice(count)
    return given
  }
}

const ID_BLOCK = 1000

/**
 * Applies changes to notices that stand: their data, what has not left, and the texts' hashes.
 * Answers the flows of the messages that what is new cancels.
 */
async function changeNotices(
  client: Client,
  vault: Vault,
  target: WriteTarget,
  notices: LotNotice[],
  saysElse: ChangedMessages,
  now: Temporal.Instant,
): Promise<number[]> {
  const changes = notices.filter((notice) => notice.noticeId !== null)
  if (changes.length === 0) return []
  const loud = changes.filter((notice) => !notice.silent).map((notice) => notice.noticeId)
  const { rows: superseded } = await client.query<{ flowId: number }>(
    `update messages set state = 'cancelled', code = 'superseded', detail = null, closed_at = $2
     where notice_id = any($1) and state in ('waiting', 'held') and purpose <> 'errata'
     returning flow_id as "flowId"`,
    [loud, now.toString()],
  )
  const updated = changes.flatMap((notice) => (notice.silent ? [notice.noticeId as number] : []))
  const followed = await followVersions(client, updated, target.mappingVersionId)
  for (const change of changes) {
    const { noticeId, silent, data, contentHash, matterHash, textHashes } = change
    const found = searchedBy(vault, data)
    await client.query(
      `update notices set content_hash = $2, matter_hash = $3, sealed = $4, fiscal_code_hash = $5,
         due_at = $6, amount_cents = $7, mapping_version_id = $8, changed_at = $9,
         group_hash = $10, customer_hash = $11, document_hash = $12, emission = $13,
         flow_id = case when $14 then flow_id else $15 end,
         state = case when $14 then state else 'open' end,
         ended_at = case when $14 then ended_at end,
         ended_by = case when $14 then ended_by end,
         notice_number_hash = $16, pays = $17, postponed_from = $18
       where id = $1`,
      [
        noticeId,
        contentHash,
        matterHash,
        vault.seal(noticeContext(target.institutionId, noticeId as number), JSON.stringify(data)),
        found.fiscalCode,
        data.dueAt,
        data.payment?.amountCents ?? null,
        target.mappingVersionId,
        now.toString(),
        found.group,
        found.customer,
        found.document,
        found.emission,
        silent,
        target.flowId,
        found.noticeNumber,
        found.pays,
        change.postponedFrom ?? null,
      ],
    )
    if (silent) {
      const templates = followed.get(noticeId as number) ?? null
      const hashes = templates?.map((at) => (at === null ? null : textHashes[at])) ?? textHashes
      const values = [noticeId, hashes, now.toString(), data.dueAt, templates]
      const { rows } = await client.query<{ id: number; flowId: number }>(UPDATE_TEXTS, [
        ...values,
        target.mappingVersionId,
      ])
      for (const { id, flowId } of rows) addChanged(saysElse, flowId, id)
    }
  }
  return superseded.map(({ flowId }) => flowId)
}

/**
 * What waits gets its new due date and the hash of its new text; a text that the mapping no longer
 * has never leaves. $2 the hashes by the templates of before, $5 what these are now: null where
 * they are the same. Answers the messages that say something else than before.
 */
const UPDATE_TEXTS = `
  with before as (
    select id, text_hash from messages
    where notice_id = $1 and state in ('waiting', 'held') and purpose in ('first', 'reminder')
    for update),
  moved as (
    update messages m set due_at = $4,
      text_hash = coalesce(($2::bytea[])[m.template + 1], m.text_hash),
      template = coalesce(($5::smallint[])[m.template + 1], m.template),
      mapping_version_id = case
        when m.purpose = 'first' or ($2::bytea[])[m.template + 1] is null then m.mapping_version_id
        when $5::smallint[] is not null or m.mapping_version_id is not null then $6::integer end,
      state = case when ($2::bytea[])[m.template + 1] is null then 'cancelled' else m.state end,
      code = case when ($2::bytea[])[m.template + 1] is null then 'superseded' else m.code end,
      closed_at = case when ($2::bytea[])[m.template + 1] is null then $3::timestamptz
        else m.closed_at end
    from before where m.id = before.id
    returning m.id, m.flow_id, m.text_hash is distinct from before.text_hash as says_else)
  select id, flow_id as "flowId" from moved where says_else`

async function finishFlow(
  client: Client,
  target: LotTarget,
  summary: Parameters<MapLot['commit']>[0],
): Promise<void> {
  const now = summary.now.toString()
  await client.query(
    `update flows set state = 'active', reason = 'awaiting-approval', content_hash = $2,
       mapping_version_id = $3, problem = null, unplanned = $4, texts = $5 where id = $1`,
    [
      ...[target.flowId, summary.contentHash, target.mappingVersionId, summary.unplanned ?? {}],
      summary.texts ?? null,
    ],
  )
  await client.query(
    `update drops set state = 'mapped', mapped_at = $2, records = $3, progress_bytes = bytes,
       mapping_version_id = $4, problem = null where id = $1`,
    [target.dropId, now, summary.records, target.mappingVersionId],
  )
}
