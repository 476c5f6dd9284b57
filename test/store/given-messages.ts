// Flows with messages, written straight into the tables: what a claim must choose among, in numbers
// and mixtures that no mapping would make in a test's time.
import type { NoticeData } from '../../src/domain/notice.ts'
import { noticeContext } from '../../src/store/lot-rows.ts'
import { comune, type GivenStore, now } from './given.ts'

export interface GivenFlow {
  institution: string
  service: string
  account: string
  messages: number
  sendAt: Temporal.Instant
  dueAt: Temporal.Instant | null
  amountCents: number
  purpose: 'first' | 'reminder'
}

const ordinary: GivenFlow = {
  institution: comune,
  service: 'tari',
  account: 'esempio',
  messages: 1,
  sendAt: now,
  dueAt: null,
  amountCents: 1000,
  purpose: 'first',
}

let lastId = 0

/** A released flow; answers its id. Ids of messages grow with every call. */
export async function addFlow(given: GivenStore, changes: Partial<GivenFlow> = {}) {
  const flow = { ...ordinary, ...changes }
  const { pool, store } = given
  await store.feeds.schedule(flow.institution, 'feed', now)
  const { rows } = await pool.query<{ id: number; institution: number }>(
    `insert into flows (institution_id, origin, service, account, state, zone, calendar_version,
       created_at)
     select id, 'operator', $2, $3, 'active', 'Europe/Rome', '1', $4 from institutions
     where name = $1 returning id, institution_id as institution`,
    [flow.institution, flow.service, flow.account, now.toString()],
  )
  const { id, institution } = rows[0] as { id: number; institution: number }
  await addMessages(given, flow, id, institution)
  await store.flows.release(id, { actor: 'root', origin: 'cli', verb: 'approved' }, now)
  return id
}

async function addMessages(
  { pool, vault }: GivenStore,
  flow: GivenFlow,
  flowId: number,
  institution: number,
): Promise<void> {
  const from = lastId
  lastId += flow.messages
  const ids = Array.from({ length: flow.messages }, (_, n) => from + n + 1)
  // What is far off is never opened by a test.
  const opened = Temporal.Instant.compare(flow.sendAt, now.add({ hours: 72 })) <= 0
  const seal = (id: number) =>
    opened
      ? vault.seal(noticeContext(institution, id), JSON.stringify(dataOf(id, flow)))
      : Buffer.from('sealed')
  await pool.query(
    `insert into notices (id, institution_id, series_id, key_hash, state, flow_id,
       mapping_version_id, service, content_hash, matter_hash, fiscal_code_hash, due_at,
       amount_cents, sealed, created_at, changed_at)
     select id, $2, 1, int8send(id), 'open', $3, 1, $4, '', '', '', $5, $6, sealed, $7, $7
     from unnest($1::bigint[], $8::bytea[]) as made (id, sealed)`,
    [
      ids,
      institution,
      flowId,
      flow.service,
      flow.dueAt?.toString() ?? null,
      flow.amountCents,
      now.toString(),
      ids.map(seal),
    ],
  )
  await pool.query(
    `insert into messages (id, institution_id, flow_id, notice_id, purpose, template, send_at, state,
       text_hash, due_at)
     select id, $2, $3, id, $4, 0, $5, 'waiting', '', $6 from unnest($1::bigint[]) as made (id)`,
    [
      ids,
      institution,
      flowId,
      flow.purpose,
      flow.sendAt.toString(),
      flow.dueAt?.toString() ?? null,
    ],
  )
}

function dataOf(id: number, { dueAt }: GivenFlow): NoticeData {
  return {
    key: String(id),
    group: null,
    fiscalCode: 'AAAAAA00A00A000A',
    fields: {},
    facets: { customer: null, document: null, emission: null },
    payment: null,
    dueAt: dueAt?.toString() ?? null,
  } as unknown as NoticeData
}
