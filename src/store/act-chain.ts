// The chain over acts: committed acts are sealed in order, and the whole is walked to see
// whether anything was changed since. Invariant: a number is given once, and its hash covers the
// act and the seal before it. Which of two acts comes first is decided here, not when they
// began.
import { createHash } from 'node:crypto'
import {
  type ChainBreak,
  type ChainHead,
  type ChainVerdict,
  canonicalJson,
} from '../domain/act-chain.ts'
import type { StaffMail } from '../domain/staff-mail.ts'
import { type Client, type Pool, transaction } from './database.ts'
import { addStaffMail } from './staff-mails.ts'

/** An act as the chain has it: the institution by name, and all that it says. */
export interface SealedAct {
  id: number
  institution: string | null
  at: Temporal.Instant
  actor: string
  origin: string
  verb: string
  subject: string
  detail: object
}

export interface NotedHead extends ChainHead {
  /** When it was noted down; null: it is not known. */
  at: Temporal.Instant | null
}

export type ActChain = ReturnType<typeof createActChain>

/** Acts that one transaction seals. */
const SEALED_AT_ONCE = 1000
/** Entries that are read at once on a walk. */
const WALKED_AT_ONCE = 5000
/** Breaks that are told one by one. */
const MOST_BREAKS = 100
/** One sealer at a time, whatever leases say. */
const LOCK = 7_302_455_113

export function createActChain(pool: Pool) {
  return {
    /** Seals what is committed, a bounded part of it; answers how many. */
    async seal(): Promise<number> {
      return transaction(pool, async (tx) => {
        await tx.query('select pg_advisory_xact_lock($1)', [LOCK])
        const { rows } = await tx.query<SealedAct>(
          `select ${ACT} from acts_to_seal t join acts a on a.id = t.act_id
             left join institutions i on i.id = a.institution_id
           order by a.id limit $1`,
          [SEALED_AT_ONCE],
        )
        if (rows.length === 0) return 0
        let head = await headOf(tx)
        const seals = rows.map((act) => {
          const number = (head?.number ?? 0) + 1
          head = { number, hash: hashOf(head?.hash ?? null, number, act) }
          return { ...head, actId: act.id }
        })
        await tx.query(
          `insert into act_seals (number, act_id, hash)
           select s.number, s.act_id, decode(s.hash, 'hex')
           from unnest($1::bigint[], $2::bigint[], $3::text[]) as s (number, act_id, hash)`,
          [seals.map((s) => s.number), seals.map((s) => s.actId), seals.map((s) => s.hash)],
        )
        const ids = rows.map(({ id }) => id)
        await tx.query('delete from acts_to_seal where act_id = any($1)', [ids])
        return rows.length
      })
    },

    /** Null: there is no entry yet. */
    head: () => headOf(pool),

    /**
     * Where the chain ends after a day that is over, once a day: what it would note down now; null
     * where it has, or nothing was done before today.
     */
    async headDue(today: Temporal.PlainDate, zone: string): Promise<ChainHead | null> {
      const { rows } = await pool.query<{ is: boolean }>(
        `select not exists (select from act_heads where day >= $1::date - 1)
           and exists (select from act_seals s join acts a on a.id = s.act_id
             where s.number = 1 and a.at < $1::date::timestamp at time zone $2) as is`,
        [today.toString(), zone],
      )
      return rows[0]?.is ? headOf(pool) : null
    },

    /** Notes it down, with the mail to each institution; false: another has. */
    async noteHead(
      day: Temporal.PlainDate,
      head: ChainHead,
      mails: readonly { institution: string; mail: StaffMail }[],
      now: Temporal.Instant,
    ): Promise<boolean> {
      return transaction(pool, async (tx) => {
        const { rowCount } = await tx.query(
          `insert into act_heads (day, number, hash, at) values ($1, $2, decode($3, 'hex'), $4)
           on conflict do nothing`,
          [day.toString(), head.number, head.hash, now.toString()],
        )
        if (rowCount !== 1) return false
        for (const { institution, mail } of mails) {
          const { rows } = await tx.query<{ id: number }>(
            'select id from institutions where name = $1',
            [institution],
          )
          if (rows[0]) await addStaffMail(tx, rows[0].id, mail, now)
        }
        return true
      })
    },

    /**
     * Walks the whole chain, and compares it with heads that were noted down. Those noted between a
     * copy and its restoring are not looked for: what they were of was given up with it, by an act.
     * `tell` hears how many entries have been walked, of how many.
     */
    async verify(
      noted: readonly NotedHead[],
      tell: (done: number, all: number) => void = () => {},
    ): Promise<ChainVerdict> {
      const heads = await comparedHeads(pool, noted)
      const all = (await headOf(pool))?.number ?? 0
      const found = { breaks: [] as ChainBreak[], broken: 0 }
      const add = (one: ChainBreak) => {
        found.broken += 1
        if (found.breaks.length < MOST_BREAKS) found.breaks.push(one)
      }
      let head: ChainHead | null = null
      let entries = 0
      for (;;) {
        const rows: WalkedRow[] = await walked(pool, head?.number ?? 0)
        for (const row of rows) {
          const { number, actId, hash } = row
          const due: number = (head?.number ?? 0) + 1
          for (let gap = due; gap < Math.min(number, due + MOST_BREAKS); gap += 1) {
            add({ kind: 'seal-missing', number: gap, actId: null })
          }
          if (row.id === null) add({ kind: 'act-missing', number, actId })
          else if (hashOf(head?.hash ?? null, number, row as SealedAct) !== hash) {
            // What a gap has broken already is told once.
            if (number === due) add({ kind: 'altered', number, actId })
          }
          const others = heads.get(number)
          if (others?.some((one) => one !== hash)) add({ kind: 'other-head', number, actId })
          head = { number, hash }
        }
        entries += rows.length
        tell(entries, all)
        if (rows.length < WALKED_AT_ONCE) break
      }
      for (const number of heads.keys()) {
        if (number > (head?.number ?? 0)) add({ kind: 'cut', number, actId: null })
      }
      for (const actId of await besideChain(pool)) {
        add({ kind: 'unsealed', number: null, actId })
      }
      const { rows } = await pool.query<{ n: number }>('select count(*) as n from acts_to_seal')
      return { ...found, entries, head, waiting: rows[0]?.n ?? 0, heads: heads.size }
    },

    /** Every act with its seal, oldest first, in parts: what an auditor takes away. */
    async *exported(): AsyncGenerator<SealedAct & ChainHead> {
      for (let after = 0; ; ) {
        const rows = await walked(pool, after)
        for (const { actId, ...row } of rows) {
          if (row.id !== null) yield row as SealedAct & ChainHead
          else yield { ...row, id: actId, verb: '', actor: '', origin: '' } as never
        }
        const last = rows.at(-1)
        if (last === undefined || rows.length < WALKED_AT_ONCE) return
        after = last.number
      }
    },
  }
}

type Nullable<T> = { [K in keyof T]: T[K] | null }
type WalkedRow = Nullable<SealedAct> & { number: number; actId: number; hash: string }

const ACT = `a.id, i.name as institution, a.at, a.actor, a.origin, a.verb, a.subject, a.detail`

async function walked(pool: Pool, after: number): Promise<WalkedRow[]> {
  const { rows } = await pool.query<WalkedRow>(
    `select s.number, s.act_id as "actId", encode(s.hash, 'hex') as hash, ${ACT}
     from act_seals s left join acts a on a.id = s.act_id
       left join institutions i on i.id = a.institution_id
     where s.number > $1 order by s.number limit $2`,
    [after, WALKED_AT_ONCE],
  )
  return rows
}

async function headOf(tx: Pool | Client): Promise<ChainHead | null> {
  const { rows } = await tx.query<ChainHead>(
    `select number, encode(hash, 'hex') as hash from act_seals order by number desc limit 1`,
  )
  return rows[0] ?? null
}

/** Hexadecimal. */
function hashOf(before: string | null, number: number, act: SealedAct): string {
  const { id, institution, at, actor, origin, verb, subject, detail } = act
  const whole = { number, id, institution, at: at.toString(), actor, origin, verb, subject, detail }
  const hash = createHash('sha256').update(before ?? '')
  return hash.update('\n').update(canonicalJson(whole)).digest('hex')
}

/** Acts that neither the chain nor what waits for it knows. */
async function besideChain(pool: Pool): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(
    `select a.id from acts a where not exists (select from act_seals s where s.act_id = a.id)
       and not exists (select from acts_to_seal t where t.act_id = a.id) order by a.id limit $1`,
    [MOST_BREAKS],
  )
  return rows.map(({ id }) => id)
}

/** Those of the table and those given, by number; of one number there may be two that differ. */
async function comparedHeads(
  pool: Pool,
  given: readonly NotedHead[],
): Promise<Map<number, string[]>> {
  const { rows: own } = await pool.query<NotedHead>(
    `select number, encode(hash, 'hex') as hash, at from act_heads`,
  )
  const { rows: restores } = await pool.query<{ at: Temporal.Instant; copy: string | null }>(
    `select at, detail->>'copy' as copy from acts
     where subject = 'installation' and verb = 'restored'`,
  )
  const wasGivenUp = ({ at }: NotedHead) =>
    at !== null &&
    restores.some(
      (restore) =>
        restore.copy !== null &&
        Temporal.Instant.compare(at, Temporal.Instant.from(restore.copy)) >= 0 &&
        Temporal.Instant.compare(at, restore.at) <= 0,
    )
  const heads = new Map<number, string[]>()
  for (const head of [...own, ...given]) {
    if (wasGivenUp(head)) continue
    heads.set(head.number, [...new Set([...(heads.get(head.number) ?? []), head.hash])])
  }
  return heads
}
