// An errata, written: its flow, its records and messages, in one transaction that has the making of
// errata of one flow to itself. Whom that has reached is read by one statement, by the records that
// told them. Invariant: of the notices of a flow each is read once, whatever of it was sent.
import type {
  CorrectedFlow,
  CorrectedText,
  ErrataEnd,
  ErrataLook,
  ErrataPorts,
  ErrataRecord,
  Reach,
  ReachedNotice,
} from '../pipeline/release/errata.ts'
import { addFlowAct } from './acts.ts'
import { type Client, type Pool, transaction } from './database.ts'
import { OWN } from './flow-ends.ts'
import { noSuchFlow } from './flows.ts'
import { rollBack } from './lots.ts'
import { openNotice } from './messages.ts'
import { type StandingRecord, standingWriter } from './standing-messages.ts'
import type { Vault } from './vault.ts'
import type { Enqueue } from './wake.ts'

export type ErrataLots = ErrataPorts['errata']

export function createErrataLots(pool: Pool, vault: Vault, enqueue: Enqueue): ErrataLots {
  return {
    look: (flow, work) =>
      transaction(pool, async (client) => {
        await client.query('set transaction isolation level repeatable read, read only')
        return work(await lookAt(client, vault, flow.id))
      }),
    async open(flow, account, now) {
      const client = await pool.connect()
      try {
        await client.query('begin')
        const institutionId = await lockFlow(client, flow.id)
        const look = await lookAt(client, vault, flow.id)
        const flowId = await openFlow(client, flow, account, now)
        const write = standingWriter(client, vault, { institutionId, flowId })
        return {
          ...look,
          hash: (use, text) => vault.hash(use, text),
          add: (records) =>
            write(
              records.map((record) => recordOf(record, now)),
              now,
            ),
          async commit(end) {
            await finishFlow(client, flow, flowId, end)
            await enqueue(client, 'release', String(flowId))
            await client.query('commit')
            client.release()
            return flowId
          },
          rollback: () => rollBack(client),
        }
      } catch (error) {
        await rollBack(client)
        throw error
      }
    },
  }
}

/** Before its first look: who waits here for another’s errata sees it. */
async function lockFlow(client: Client, flowId: number): Promise<number> {
  await client.query('select pg_advisory_xact_lock($1, hashint8($2))', [ERRATA_LOCK, flowId])
  const { rows } = await client.query<{ institutionId: number }>(
    'select institution_id as "institutionId" from flows where id = $1',
    [flowId],
  )
  const row = rows[0]
  if (!row) throw noSuchFlow(flowId)
  return row.institutionId
}

/** First half of the advisory lock's key; the second is the flow. */
const ERRATA_LOCK = 7273

async function lookAt(client: Client, vault: Vault, flowId: number): Promise<ErrataLook> {
  const { rows } = await client.query<ReachRow>(REACH, [flowId])
  const { uncertain, firstUncertain, ...counts } = rows[0] as ReachRow
  const { rows: texts } = await client.query<CorrectedText>(TEXTS, [flowId])
  const reach: Reach = { ...counts, uncertain: { count: uncertain, first: firstUncertain } }
  return { reach, texts, reached: () => readReached(client, vault, flowId) }
}

type ReachRow = Omit<Reach, 'uncertain'> & { uncertain: number; firstUncertain: number[] }

/** Uncertain ones that are named. */
const NAMED = 10

/** SQL: what of the flow was told to citizens: everything but tests. */
const TOLD = `m.flow_id = $1 and m.purpose <> 'test'`

const REACH = `
  select count(distinct m.notice_id) filter (where m.state = 'sent') as reached,
    count(*) filter (where m.state = 'uncertain') as uncertain,
    coalesce((array_agg(m.id order by m.id) filter (where m.state = 'uncertain'))[1:${NAMED}], '{}')
      as "firstUncertain",
    count(*) filter (where m.purpose in ${OWN} and m.state in ('waiting', 'claimed', 'sending', 'held'))
      as waiting,
    count(*) filter (where m.purpose = 'reminder' and m.state in ('waiting', 'claimed', 'sending', 'held'))
      as reminders,
    array(select id from flows where about_flow_id = $1 and origin = 'errata' order by id) as errata
  from messages m where ${TOLD}`

/** SQL: the message that is corrected, of a notice that was reached: the first, or a reminder. */
const REACHED = `
  select r.record, r.line, n.id as "noticeId", n.institution_id as "institutionId", n.sealed,
    coalesce(m.mapping_version_id, n.mapping_version_id) as "messageVersionId",
    n.mapping_version_id as "noticeVersionId", m.template
  from source_records r cross join lateral (
      select m.template, m.mapping_version_id from messages m
      where m.notice_id = r.notice_id and ${TOLD} and m.state = 'sent'
      order by m.purpose = 'reminder', m.id limit 1) m
    join notices n on n.id = r.notice_id
  where r.flow_id = $1 and r.notice_id is not null`

const TEXTS = `
  select distinct coalesce(m.mapping_version_id, n.mapping_version_id) as "messageVersionId",
    n.mapping_version_id as "noticeVersionId", m.template
  from messages m join notices n on n.id = m.notice_id
  where ${TOLD} and m.state = 'sent'`

type ReachedRow = CorrectedText & {
  record: number
  line: number
  noticeId: number
  institutionId: number
  sealed: Buffer
}

/** Notices unsealed and rendered at a time, while nothing else of the process runs. */
const BATCH = 250

/** In the order of the records; two records of one notice are one. */
async function* readReached(
  client: Client,
  vault: Vault,
  flowId: number,
): AsyncGenerator<ReachedNotice[]> {
  const seen = new Set<number>()
  await client.query(`declare reached no scroll cursor for ${REACHED} order by r.record`, [flowId])
  for (;;) {
    const { rows } = await client.query<ReachedRow>(`fetch ${BATCH} from reached`)
    if (rows.length === 0) break
    const batch: ReachedNotice[] = []
    for (const { record, line, noticeId, institutionId, sealed, ...text } of rows) {
      if (seen.has(noticeId)) continue
      seen.add(noticeId)
      const data = openNotice(vault, { institutionId, noticeId }, sealed)
      batch.push({ record, line, noticeId, data, text })
    }
    if (batch.length > 0) yield batch
  }
  await client.query('close reached')
}

/** With the origin of the other, so that the same rules, hours and approvals hold. */
async function openFlow(
  client: Client,
  { id, service }: CorrectedFlow,
  account: string,
  now: Temporal.Instant,
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `insert into flows (institution_id, origin, feed, campaign, service, account, state, reason,
       zone, calendar_version, created_at, about_flow_id)
     select institution_id, 'errata', feed, campaign, $2, $3, 'inactive', 'loading', zone,
       calendar_version, $4, id from flows where id = $1 returning id`,
    [id, service, account, now.toString()],
  )
  return (rows[0] as { id: number }).id
}

function recordOf(
  { record, line, noticeId, ...rest }: ErrataRecord,
  now: Temporal.Instant,
): StandingRecord {
  const place = { record, line, noticeId }
  if (rest.fate === 'refused') return { ...place, ...rest }
  const { fate, ...told } = rest
  const soonest = { sendAt: now, civilAt: null, isOneADay: false, isMoved: false }
  return { ...place, fate, message: { purpose: 'errata', ...told, ...soonest } }
}

async function finishFlow(
  client: Client,
  corrected: CorrectedFlow,
  flowId: number,
  { actor, origin, note, messages, refused, contentHash, texts, now }: ErrataEnd,
): Promise<void> {
  await client.query(
    `update flows set state = 'active', reason = 'awaiting-approval', content_hash = $2,
       prepared_by = $3, texts = $4 where id = $1`,
    [flowId, contentHash, [actor], texts && JSON.stringify(texts)],
  )
  const who = { actor, origin }
  const detail = { note, messages, refused }
  const corrects = `prepared an errata of flow ${corrected.id}`
  await addFlowAct(client, { ...who, flowId, verb: corrects, detail }, now)
  const verb = `corrected by flow ${flowId}`
  await addFlowAct(client, { ...who, flowId: corrected.id, verb, detail: { note, messages } }, now)
}
