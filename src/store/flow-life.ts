// The life of a flow, as people move it: suspended, let go on, stopped for good. A decision and its
// act are one transaction on the locked row, and hold from its commit on: whoever sends asks for it
// before each attempt. What a stopped flow leaves behind is cancelled after that, in bounded
// batches, and by a sweep where this process did not come to the end.
// Invariant: of a stopped flow nothing waits, or is held, for ever.
import type { Asked, Decided } from '../domain/decision.ts'
import type { FlowReason, FlowState } from '../domain/flow.ts'
import { type LifeAct, type LifeStanding, stoppedState, whyNot } from '../domain/flow-moves.ts'
import { addFlowAct } from './acts.ts'
import { endApprovals } from './approval-voids.ts'
import { type Client, type Pool, type Queryable, transaction } from './database.ts'
import { noSuchFlow, wakeFlow } from './flows.ts'
import { GOING } from './messages.ts'
import type { Enqueue } from './wake.ts'

/** What stopping has made of the messages of a flow. */
export interface Stopped {
  /** They will never leave. */
  cancelled: number
  /** An attempt was written before: these may still leave. */
  inFlight: number
}

export type FlowLives = ReturnType<typeof createFlowLives>

export function createFlowLives(pool: Pool, enqueue: Enqueue) {
  /** Asks the rule on the locked row, and moves it; the refusal otherwise. */
  async function decide(
    act: LifeAct,
    id: number,
    asked: Asked,
    now: Temporal.Instant,
    move: (tx: Client, flow: LockedFlow) => Promise<object>,
  ): Promise<Decided> {
    return transaction(pool, async (tx) => {
      const flow = await lock(tx, id, now)
      const because = whyNot(act, flow)
      if (because !== null) {
        return { kind: 'refused', because, state: flow.state, figures: { since: flow.since } }
      }
      const detail = await move(tx, flow)
      const { actor, origin, note } = asked
      const said = { ...detail, ...(note !== null && { note }) }
      await addFlowAct(tx, { flowId: id, actor, origin, verb: verbs[act], detail: said }, now)
      return { kind: 'done' }
    })
  }

  /** Cancels what waits or is held of stopped flows, as many as can be had; answers how many. */
  async function clear(flowId: number | null, now: Temporal.Instant): Promise<number> {
    for (let cleared = 0; ; ) {
      const { rowCount } = await pool.query(CANCEL, [flowId, now.toString(), CANCELLED_AT_ONCE])
      cleared += rowCount ?? 0
      if ((rowCount ?? 0) < CANCELLED_AT_ONCE) return cleared
    }
  }

  return {
    /** Nothing of it leaves from the commit on, but what is in flight. */
    suspend: (id: number, asked: Asked, now: Temporal.Instant) =>
      decide('suspend', id, asked, now, async (tx, { reason }) => {
        await tx.query(SUSPEND, [id, now.toString()])
        return { was: reason }
      }),

    /** It goes on, at once where something is due. */
    resume: (id: number, asked: Asked, now: Temporal.Instant) =>
      decide('resume', id, asked, now, async (tx, { because, account, isReleased }) => {
        await tx.query(RESUME, [id])
        if (isReleased) await wakeFlow(tx, enqueue, id, account)
        return { was: because }
      }),

    /**
     * Nothing of it leaves ever again. `atMost`: how many messages the person has said that this
     * concerns; where more would never leave it is refused, with their number.
     */
    async stop(
      id: number,
      { atMost, ...asked }: Asked & { atMost: number | null },
      now: Temporal.Instant,
    ): Promise<Decided<Stopped>> {
      const messages = await countLeft(pool, id)
      if (atMost !== null && messages > atMost) {
        const { state } = await lock(pool, id, now)
        return { kind: 'refused', because: 'other-count', state, figures: { messages } }
      }
      const decided = await decide('stop', id, asked, now, async (tx, { state }) => {
        await tx.query(STOP, [id, now.toString(), stoppedState(state)])
        await endApprovals(tx, id, 'stopped', now)
        return { was: state, messages }
      })
      if (decided.kind === 'refused') return decided
      const cancelled = await clear(id, now)
      const { rows } = await pool.query<{ n: number }>(IN_FLIGHT, [id])
      return { kind: 'done', cancelled, inFlight: rows[0]?.n ?? 0 }
    },

    /** Of these, those that may not leave, as people and the installation have said. */
    async keptBack(ids: readonly number[]): Promise<number[]> {
      const { rows } = await pool.query<{ id: number }>(KEPT_BACK, [ids])
      return rows.map(({ id }) => id)
    },

    /** How many messages of it would never leave, were it stopped now. */
    left: (id: number) => countLeft(pool, id),

    /** Brings stopped flows to their end; answers how many messages it cancelled. */
    async finishStops(now: Temporal.Instant): Promise<number> {
      const { rows } = await pool.query<{ any: boolean }>(ANY_STOPPING)
      if (rows[0]?.any !== true) return 0
      const cancelled = await clear(null, now)
      await pool.query(STOPPED_WHOLLY, [now.subtract({ seconds: SETTLED_SECONDS }).toString()])
      return cancelled
    },
  }
}

const verbs: Record<LifeAct, string> = {
  suspend: 'suspended',
  resume: 'resumed',
  stop: 'stopped',
}

/** Messages of stopped flows that one statement cancels. */
const CANCELLED_AT_ONCE = 5_000

/**
 * How long a stopped flow is looked at again: one who had begun to give back a message before the
 * stop may commit after all of the others were cancelled.
 */
const SETTLED_SECONDS = 600

interface LockedFlow extends LifeStanding {
  account: string
  isReleased: boolean
  /** Why it is suspended. */
  because: string | null
  /** Since when it is suspended or stopped. */
  since: string | null
}

async function lock(tx: Queryable, id: number, now: Temporal.Instant): Promise<LockedFlow> {
  const { rows } = await tx.query<LockedRow>(LOCK, [id, now.toString()])
  const row = rows[0]
  if (!row) throw noSuchFlow(id)
  return { ...row, since: row.since?.toString() ?? null }
}

type LockedRow = Omit<LockedFlow, 'since'> & {
  state: FlowState
  reason: FlowReason
  since: Temporal.Instant | null
}

const KEPT_BACK = `
  select f.id from flows f where f.id = any($1)
    and not (${GOING} and (select paused_because is null from installation))`

async function countLeft(db: Queryable, id: number): Promise<number> {
  const { rows } = await db.query<{ n: number }>(LEFT, [id])
  return rows[0]?.n ?? 0
}

/** Each look at messages is for one row of an index of its own. */
const LOCK = `
  select f.state, f.reason, f.account, f.suspended_because as because,
    f.released_at is not null as "isReleased", f.suspended_at is not null as "isSuspended",
    f.stopped_at is not null as "isStopped", coalesce(f.stopped_at, f.suspended_at) as since,
    (exists (select from messages where flow_id = f.id and state = 'waiting')
      or exists (select from messages where flow_id = f.id and state = 'held')
      or exists (select from messages where flow_id = f.id and state in ('claimed', 'sending'))
      or exists (select from record_waits where flow_id = f.id)) as "isOpen",
    coalesce(f.released_at is not null and f.state = 'active' and f.approve_by <= $2, false)
      as "isApprovalOver"
  from flows f where f.id = $1 for no key update of f`

const SUSPEND = `
  update flows set suspended_at = $2, suspended_because = 'suspended' where id = $1`

/** Why it was braked is over with it; its history keeps it. */
const RESUME = `
  update flows set suspended_at = null, suspended_because = null,
    problem = case when suspended_because = 'braked' then null else problem end
  where id = $1`

/** It is shown as stopped, whatever it was suspended for. */
const STOP = `
  update flows set state = $3, reason = 'stopped', stopped_at = $2, is_stopping = true,
    suspended_at = null, suspended_because = null, ended_at = coalesce(ended_at, $2)
  where id = $1`

const LEFT = `
  select count(*) as n from messages
  where flow_id = $1 and state in ('waiting', 'claimed', 'held')`

const IN_FLIGHT = `
  select count(*) filter (where state = 'sending') as n from messages
  where flow_id = $1 and state in ('claimed', 'sending')`

/**
 * $1 a flow, or null for all that are being stopped, $2 now, $3 how many. Each state is read by the
 * index that has only what is in it: what was cancelled before is not walked again. Who holds a row
 * for something else has it; the next look finds it.
 */
const CANCEL = `
  with chosen as materialized (
    select m.id from flows f cross join lateral (
      select id from (select id from messages where flow_id = f.id and state = 'waiting'
        order by send_at, due_at limit $3 for update skip locked) waiting
      union all
      select id from (select id from messages where flow_id = f.id and state = 'held'
        order by flow_id limit $3 for update skip locked) held) m
    where f.is_stopping and ($1::bigint is null or f.id = $1) limit $3)
  update messages m set state = 'cancelled', code = 'stopped', detail = null, closed_at = $2
  from chosen where m.id = chosen.id and m.state in ('waiting', 'held')`

const ANY_STOPPING = 'select exists (select from flows where is_stopping) as any'

const STOPPED_WHOLLY = `
  update flows f set is_stopping = false
  where f.is_stopping and f.stopped_at < $1 and not exists (select from messages m
      where m.flow_id = f.id and m.state in ('waiting', 'held', 'claimed', 'sending'))
    and not exists (select from record_waits w where w.flow_id = f.id)`
