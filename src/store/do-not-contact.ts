// People who have asked an institution not to write to them any more. Matched by the keyed hash of
// their fiscal code, shown from a sealed copy of it. Putting somebody on the list cancels what has
// not left, in the same transaction; what comes later is cancelled by the claim. Taking somebody
// off sends nothing of what was cancelled.
import { addAct, type PersonAct } from './acts.ts'
import type { Client, Pool } from './database.ts'
import { recloseIncomplete } from './flow-ends.ts'
import type { Institutions } from './institutions.ts'
import { decisive } from './notice-choice.ts'
import type { Vault } from './vault.ts'

/** The code of a message that does not leave because its recipient is on the list. */
export const DO_NOT_CONTACT = 'do-not-contact'

/** SQL: the recipient of the notice `n` is on the list. */
export const IS_BLOCKED = `exists (select from do_not_contact d
  where d.institution_id = n.institution_id and d.fiscal_code_hash = n.fiscal_code_hash)`

export interface BlockedRecipient {
  institution: string
  fiscalCode: string
  since: Temporal.Instant
  actor: string
  because: string
}

/** Codes written in one statement. */
const AT_ONCE = 1000

export type DoNotContact = ReturnType<typeof createDoNotContact>

export function createDoNotContact(pool: Pool, vault: Vault, institutions: Institutions) {
  const hashOf = (code: string) => vault.hash('fiscal-code', code)

  return {
    /** Puts people on the list: how many are new on it, and how many messages will not leave. */
    async block(
      institution: string,
      codes: readonly string[],
      act: PersonAct,
      now: Temporal.Instant,
    ): Promise<{ added: number; messages: number }> {
      const institutionId = await institutions.idOf(institution)
      return decisive(pool, async (tx) => {
        let [added, messages] = [0, 0]
        const flows = new Set<number>()
        for (const some of batchesOf(codes)) {
          const hashes = some.map(hashOf)
          const sealed = some.map((code, n) =>
            vault.seal(contextOf(institutionId, hashes[n] as Buffer), code),
          )
          const { actor, note } = act
          const who = [institutionId, hashes, sealed, now.toString(), actor, note]
          added += (await tx.query(BLOCK, who)).rowCount ?? 0
          const values = [institutionId, hashes, now.toString()]
          const { rows: silenced } = await tx.query<{ flowId: number }>(SILENCE, values)
          messages += silenced.length
          for (const { flowId } of silenced) flows.add(flowId)
        }
        await recloseIncomplete(tx, flows, now)
        const verb = `blocked ${added}`
        if (added > 0) await addRecipientsAct(tx, institutionId, { ...act, verb }, now)
        return { added, messages }
      })
    },

    /** Takes people off the list: how many were on it. */
    async unblock(
      institution: string,
      codes: readonly string[],
      act: PersonAct,
      now: Temporal.Instant,
    ): Promise<number> {
      const institutionId = await institutions.idOf(institution)
      return decisive(pool, async (tx) => {
        let removed = 0
        for (const some of batchesOf(codes)) {
          const gone = await tx.query(
            'delete from do_not_contact where institution_id = $1 and fiscal_code_hash = any($2)',
            [institutionId, some.map(hashOf)],
          )
          removed += gone.rowCount ?? 0
        }
        const verb = `unblocked ${removed}`
        if (removed > 0) await addRecipientsAct(tx, institutionId, { ...act, verb }, now)
        return removed
      })
    },

    /** Since when, and why, somebody is on the list; null: they are not. */
    async find(
      institution: string,
      fiscalCode: string,
    ): Promise<Pick<BlockedRecipient, 'since' | 'because'> | null> {
      const { rows } = await pool.query<Pick<BlockedRecipient, 'since' | 'because'>>(
        `select since, because from do_not_contact
         where institution_id = $1 and fiscal_code_hash = $2`,
        [await institutions.idOf(institution), hashOf(fiscalCode)],
      )
      return rows[0] ?? null
    },

    /** Newest first, and how many there are in all. Null: of every institution. */
    async list(
      institution: string | null,
      limit: number,
    ): Promise<{ all: number; first: BlockedRecipient[] }> {
      const { rows } = await pool.query<BlockedRow>(LIST, [institution, limit])
      const first = rows.map(({ institutionId, hash, sealed, all: _, ...row }) => ({
        ...row,
        fiscalCode: vault.open(contextOf(institutionId, hash), sealed).toString('utf8'),
      }))
      return { all: rows[0]?.all ?? 0, first }
    },
  }
}

type BlockedRow = Omit<BlockedRecipient, 'fiscalCode'> & {
  institutionId: number
  hash: Buffer
  sealed: Buffer
  all: number
}

/** What a sealed code is bound to. */
function contextOf(institutionId: number, hash: Buffer): string {
  return `do-not-contact/${institutionId}/${hash.toString('hex')}`
}

function* batchesOf(codes: readonly string[]): Generator<string[]> {
  const each = [...new Set(codes)]
  for (let start = 0; start < each.length; start += AT_ONCE)
    yield each.slice(start, start + AT_ONCE)
}

/** Who is on it already stays as they are: since when, and why. */
const BLOCK = `
  insert into do_not_contact (institution_id, fiscal_code_hash, sealed, since, actor, because)
  select $1, hash, sealed, $4, $5, $6 from unnest($2::bytea[], $3::bytea[]) as t (hash, sealed)
  on conflict do nothing`

/** What is claimed at this moment is stopped before its attempt. */
const SILENCE = `
  update messages m set state = 'cancelled', code = '${DO_NOT_CONTACT}', detail = null,
    closed_at = $3
  from notices n
  where n.institution_id = $1 and n.fiscal_code_hash = any($2) and m.notice_id = n.id
    and m.state in ('waiting', 'held') returning m.flow_id as "flowId"`

const LIST = `
  select i.name as institution, d.institution_id as "institutionId", d.fiscal_code_hash as hash,
    d.sealed, d.since, d.actor, d.because, count(*) over () as all
  from do_not_contact d join institutions i on i.id = d.institution_id
  where $1::text is null or i.name = $1
  order by d.since desc, d.fiscal_code_hash limit $2`

function addRecipientsAct(
  tx: Client,
  institutionId: number,
  { note, ...act }: PersonAct & { verb: string },
  now: Temporal.Instant,
): Promise<number> {
  return addAct(tx, institutionId, { ...act, subject: 'recipients', detail: { note } }, now)
}
