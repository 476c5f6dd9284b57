// What waits at a civil time whose time zone has other rules since it was planned: a country gave
// up its summer time, and the tables of zones that come with Node are newer. The civil time is what
// was promised; the instant follows it, flow by flow, with an act that says so.
// Invariant: an instant that has come is not moved, nor one to where it has passed.
import { instantAt } from '../domain/civil-date.ts'
import { BY_ITSELF } from '../domain/decision.ts'
import { addFlowAct } from './acts.ts'
import { type Client, type Pool, transaction } from './database.ts'
import type { Enqueue } from './wake.ts'

export interface Retimed {
  /** Flows that were planned by other tables of zones. */
  flows: number
  /** Messages that leave at another instant now. */
  messages: number
}

interface PlannedFlow {
  id: number
  account: string
  zone: string
  version: string
  isReleased: boolean
}

interface Instant {
  civilAt: string
  sendAt: Temporal.Instant
}

export type CivilTimes = ReturnType<typeof createCivilTimes>

export function createCivilTimes(pool: Pool, enqueue: Enqueue) {
  return {
    /**
     * Puts what waits in the future back to its civil time. `tz`: the version of the tables that
     * this process has (`2026c`); flows that were planned by them are not looked at.
     */
    async keep(tz: string, now: Temporal.Instant): Promise<Retimed> {
      const { rows } = await pool.query<{ id: number }>(PLANNED_OTHERWISE, [tz, now.toString()])
      const retimed: Retimed = { flows: rows.length, messages: 0 }
      for (const { id } of rows) {
        retimed.messages += await transaction(pool, (tx) => retime(tx, enqueue, id, tz, now))
      }
      return retimed
    },
  }
}

async function retime(
  tx: Client,
  enqueue: Enqueue,
  flowId: number,
  tz: string,
  now: Temporal.Instant,
): Promise<number> {
  const [flow] = (await tx.query<PlannedFlow>(FLOW, [flowId])).rows
  if (!flow) return 0
  const { rows } = await tx.query<Instant>(INSTANTS, [flowId, now.toString()])
  const moved = rows.flatMap(({ civilAt, sendAt }) => {
    const at = instantAt(Temporal.PlainDateTime.from(civilAt), flow.zone)
    const isToCome = Temporal.Instant.compare(at, now) > 0
    return isToCome && !at.equals(sendAt) ? [{ civilAt, sendAt, at }] : []
  })
  let messages = 0
  if (moved.length > 0) {
    const { rowCount } = await tx.query(MOVE, [
      flowId,
      moved.map(({ civilAt }) => civilAt),
      moved.map(({ sendAt }) => sendAt.toString()),
      moved.map(({ at }) => at.toString()),
    ])
    messages = rowCount ?? 0
    const verb = `moved ${messages} messages with their time zone, ${flow.zone}`
    await addFlowAct(tx, { flowId, ...BY_ITSELF, verb }, now)
    const instants = moved.map(({ at }) => at)
    if (flow.isReleased) await enqueue(tx, 'send', flow.account, instants)
  }
  const version = flow.version.replace(/tz [^ ]+/, `tz ${tz}`)
  await tx.query('update flows set calendar_version = $2 where id = $1', [flowId, version])
  return messages
}

/** $1 the version, $2 now. A flow of which nothing waits for later is left as it is. */
const PLANNED_OTHERWISE = `
  select f.id from flows f
  where f.calendar_version ~ 'tz ' and f.calendar_version !~ ('tz ' || $1 || '( |$)')
    and (select id from messages where flow_id = f.id and state = 'waiting' and send_at > $2
      limit 1) is not null
  order by f.id`

const FLOW = `
  select id, account, zone, calendar_version as version,
    released_at is not null and stopped_at is null as "isReleased"
  from flows where id = $1 for update`

/** A flow has as many as its records have due dates, times its rules. */
const INSTANTS = `
  select distinct to_char(civil_at, 'YYYY-MM-DD"T"HH24:MI:SS') as "civilAt", send_at as "sendAt"
  from messages
  where flow_id = $1 and state = 'waiting' and send_at > $2 and civil_at is not null`

const MOVE = `
  update messages m set send_at = d.at
  from unnest($2::timestamp[], $3::timestamptz[], $4::timestamptz[]) as d (civil, was, at)
  where m.flow_id = $1 and m.state = 'waiting' and m.civil_at = d.civil and m.send_at = d.was`
