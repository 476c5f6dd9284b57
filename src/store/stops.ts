// What the database knows of stops of everything: an act each, the pause of the installation, and a
// mail to the staff. A stop is lifted when a person has resumed the installation after it; a node
// that finds its own file lifted so removes it. No clock is asked: acts have an order of their own.
import pg from 'pg'
import type { Connection, Queryable } from './database.ts'
import { pauseInstallation, recordAct } from './installation.ts'
import { addStaffMail } from './staff-mails.ts'
import type { Stop } from './stop-file.ts'

export interface StopTold {
  institution: string
  notify: readonly string[]
}

/**
 * `told`: it is known from now on · `standing`: it was known · `lifted`: a person has resumed
 * everything since.
 */
export type StopStanding = 'told' | 'standing' | 'lifted'

/** To be called in a transaction. Of many processes that tell the same stop, one does. */
export async function tellStop(
  tx: Queryable,
  stop: Stop,
  told: readonly StopTold[],
  origin: 'cli' | 'console' | 'daemon',
  now: Temporal.Instant,
): Promise<StopStanding> {
  await tx.query('select from installation for update')
  const { rows } = await tx.query<{ lifted: boolean }>(KNOWN, [stop.id])
  const known = rows[0]
  if (known !== undefined) return known.lifted ? 'lifted' : 'standing'
  const { id, at, actor, because } = stop
  await pauseInstallation(tx, `stopped by ${actor}: ${because}`, now)
  const detail = { id, at: at.toString(), note: because }
  await recordAct(tx, { actor, origin, at: now, verb: 'stopped', detail })
  for (const { institution, notify } of told) {
    const { rows: found } = await tx.query<{ id: number }>(
      'select id from institutions where name = $1',
      [institution],
    )
    // One that has never had anything has nothing that could leave.
    if (found[0]) await addStaffMail(tx, found[0].id, stopMail(stop, notify), now)
  }
  return 'told'
}

/** $1 the stop's id. */
const KNOWN = `
  select exists (select from acts later where later.subject = 'installation'
    and later.verb = 'resumed' and later.id > a.id) as lifted
  from acts a where a.subject = 'installation' and a.verb = 'stopped' and a.detail->>'id' = $1
  order by a.id desc limit 1`

function stopMail({ actor, because, at }: Stop, notify: readonly string[]) {
  return {
    recipients: notify,
    subject: 'Tutto fermo: nessun messaggio parte',
    body: [
      `${actor} ha fermato ogni invio (${at.toString({ smallestUnit: 'second' })}): ${because}`,
      '',
      'Nulla va perso: ciò che doveva partire aspetta. Quando la causa è risolta,',
      'un amministratore fa ripartire tutto con: staffetta resume installation',
    ].join('\n'),
  }
}

/**
 * One piece of work in a transaction of a session of its own, within so many milliseconds: with a
 * database that hangs it answers null, and nothing of it stays behind.
 */
export async function hastily<T>(
  { url, ...fields }: Connection,
  milliseconds: number,
  work: (tx: Queryable) => Promise<T>,
): Promise<T | null> {
  const patience = { connectionTimeoutMillis: milliseconds, query_timeout: milliseconds }
  const client = new pg.Client({
    ...(url ? { connectionString: url } : fields),
    ...patience,
    application_name: 'staffetta',
    options: '-c timezone=UTC',
  })
  client.on('error', () => {})
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), milliseconds)
  try {
    return await Promise.race([late.promise, workIn(client, work)])
  } finally {
    clearTimeout(timer)
    // One that hangs would keep the process: its socket goes without a word.
    const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }
    connection.stream.destroy()
  }
}

async function workIn<T>(client: pg.Client, work: (tx: Queryable) => Promise<T>) {
  try {
    await client.connect()
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch {
    return null
  }
}
