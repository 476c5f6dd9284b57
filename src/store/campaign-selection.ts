// Which open notices a campaign is about, and why some of them get no message: asked of the tables
// in one statement, read by a cursor. Invariant: what is counted and what is read are chosen by the
// same SQL; however many there are, one batch of them is in memory.
import type { LeftOutReason } from '../domain/campaign.ts'
import type { CampaignQuery, CampaignRunTotals, ChosenNotice } from '../pipeline/plan/campaign.ts'
import type { Client } from './database.ts'
import { openNotice } from './messages.ts'
import type { Vault } from './vault.ts'

/** Notices unsealed and rendered at a time, while nothing else of the process runs. */
const BATCH = 250

/** How many are chosen, what they ask for, and how many are left out and why. */
export async function countSelection(
  client: Client,
  institutionId: number,
  query: CampaignQuery,
): Promise<CampaignRunTotals> {
  const { rows } = await client.query<CountRow>(
    `${JUDGED} select because, count(*) as n, coalesce(sum(amount_cents), 0)::bigint as cents
     from judged group by because`,
    valuesOf(institutionId, query),
  )
  const totals: CampaignRunTotals = { chosen: 0, totalCents: 0, leftOut: {} }
  for (const { because, n, cents } of rows) {
    if (because !== null) totals.leftOut[because] = n
    else Object.assign(totals, { chosen: n, totalCents: cents })
  }
  return totals
}

interface CountRow {
  because: LeftOutReason | null
  n: number
  cents: number
}

/** All that is selected, by due date; to be read inside a transaction. */
export async function* readSelection(
  client: Client,
  vault: Vault,
  institutionId: number,
  query: CampaignQuery,
): AsyncGenerator<ChosenNotice[]> {
  const declare = `declare selected no scroll cursor for
    ${JUDGED} select id, because from judged order by due_at nulls last, id`
  await client.query(declare, valuesOf(institutionId, query))
  for (;;) {
    const fetched = await client.query<SelectedRow>(`fetch ${BATCH} from selected`)
    if (fetched.rows.length === 0) break
    const { rows } = await client.query<{ id: number; sealed: Buffer }>(
      'select id, sealed from notices where id = any($1)',
      [fetched.rows.map(({ id }) => id)],
    )
    const sealed = new Map(rows.map((row) => [row.id, row.sealed]))
    yield fetched.rows.map(({ id, because }) => {
      const data = openNotice(vault, { institutionId, noticeId: id }, sealed.get(id) as Buffer)
      return { id, because, data }
    })
  }
  await client.query('close selected')
}

interface SelectedRow {
  id: number
  because: LeftOutReason | null
}

function valuesOf(institutionId: number, query: CampaignQuery): unknown[] {
  const { selection, againAfter } = query
  const { made, due, amount } = selection
  const text = (at: Temporal.Instant | null) => at?.toString() ?? null
  return [
    ...[institutionId, query.mapping, selection.feeds],
    ...[text(made.from), text(made.before), text(due.from), text(due.before)],
    ...[amount.from, amount.to, selection.emission, selection.unpaid, selection.unread],
    ...[query.isLive, query.campaign, againAfter.toString(), query.perRecipient === 'one'],
  ]
}

/**
 * $1 institution, $2 mapping, $3 feeds, $4–$5 made, $6–$7 due, $8–$9 cents, $10 emission, $11
 * unpaid, $12 unread, $13 live, $14 campaign, $15 sent for since, $16 one a recipient. The first
 * message of a notice is the one of its last change. Of a debt the instalment that is due first is
 * told, and of its instalments rather than the whole.
 */
const JUDGED = `
  with selected as (
    select n.id, n.fiscal_code_hash, n.series_id, n.group_hash, n.pays, n.due_at, n.amount_cents,
      told.state as told, told.read_at
    from notices n join flows f on f.id = n.flow_id and f.feed = any($3)
      left join lateral (select m.state, m.read_at from messages m
        where m.notice_id = n.id and m.purpose = 'first' order by m.id desc limit 1) told on true
    where n.institution_id = $1 and n.state in ('open', 'expired')
      and n.mapping_version_id in (
        select id from mapping_versions where institution_id = $1 and name = $2)
      and n.created_at >= coalesce($4::timestamptz, '-infinity')
      and n.created_at < coalesce($5::timestamptz, 'infinity')
      and ($6::timestamptz is null or n.due_at >= $6) and ($7::timestamptz is null or n.due_at < $7)
      and ($8::bigint is null or n.amount_cents >= $8)
      and ($9::bigint is null or n.amount_cents <= $9)
      and ($10::text is null or n.emission = $10)
      and (not $11::boolean or n.amount_cents is not null)
      and (not $12::boolean or (told.state = 'sent' and told.read_at is null))),
  kept as (
    select s.*, case
        when exists (select from do_not_contact d where d.institution_id = $1
          and d.fiscal_code_hash = s.fiscal_code_hash) then 'do-not-contact'
        when told in ('waiting', 'claimed', 'sending', 'held', 'uncertain') then 'not-told'
        when told = 'cancelled' or (told = 'recorded' and $13::boolean) then 'never-told'
        when prompted.is_open then 'in-campaign'
        when prompted.is_recent then 'prompted' end as because
    from selected s left join lateral (
      select bool_or(m.state in ('waiting', 'claimed', 'sending', 'held', 'uncertain')) as is_open,
        bool_or(m.state in ('sent', 'undeliverable', 'rejected', 'recorded')
          and f.campaign = $14::text and coalesce(m.sent_at, m.closed_at) > $15) as is_recent
      from messages m join flows f on f.id = m.flow_id
      where m.notice_id = s.id and m.purpose = 'campaign') prompted on true),
  ranked as (
    select *, row_number() over (
        partition by because is null, series_id, fiscal_code_hash,
          coalesce(group_hash, int8send(id))
        order by due_at, pays = 'whole', id) as of_debt,
      row_number() over (
        partition by because is null, fiscal_code_hash
        order by due_at, pays = 'whole', id) as of_person
    from kept),
  judged as (
    select id, due_at, amount_cents, coalesce(because, case
        when of_debt > 1 then 'same-debt'
        when $16::boolean and of_person > 1 then 'same-recipient' end) as because
    from ranked)`
