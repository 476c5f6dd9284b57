// Two years of reminders in the tables, and the daemon beside it as a process of its own: what it
// costs while nothing is due, and how late they are when many come due at once. Everything comes in
// as from a source, by saved drops, the mapping thread and COPY; only the instant at which the many
// come due is put there by hand, since nobody waits for it.
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { type Node, startNode } from '../soak/node.ts'
import { watchCpu } from './cpu.ts'
import {
  INSTITUTION,
  type Installation,
  lastFlow,
  mapFile,
  openInstallation,
  saveFile,
  seconds,
} from './installation.ts'
import { answerMeasure } from './measure.ts'
import type { ReminderFiles } from './reminder-files.ts'

export interface ScheduleTask {
  configDirectory: string
  databaseUrl: string
  files: ReminderFiles
  idleSeconds: number
}

export interface Lateness {
  messages: number
  /** Seconds after the instant at which they were due. */
  first: number
  p50: number
  p99: number
  last: number
  /** Of the same lot: those that gave way to another message of the day. */
  crowded: number
}

export interface ScheduleResult {
  pending: number
  flows: number
  fillSeconds: number
  /** Jobs of the queue that wait, once everything is planned and released. */
  jobs: number
  /** At which an account has something that leaves. */
  instants: number
  /** Messages a second that are put off together, while their feed is closed. */
  deferRate: number
  /** Of one core; null where it cannot be measured. */
  idleEmpty: number | null
  idle: number | null
  /** First messages a second that the same daemon sends, with the same reminders pending. */
  sendRate: number
  /** The last reminders of their notices, to which no rule about days applies. */
  final: Lateness
  /** Others, of which a recipient gets one a day. */
  oneADay: Lateness
  /** The same where a third of the recipients have had one today. */
  crowded: Lateness
}

/** What a start leaves behind is not idleness. */
const SETTLE_SECONDS = 30
/** How far ahead the many come due. */
const AHEAD_SECONDS = 10
const POLL_MS = 500
const ACCOUNT = 'esempio'
/** The longest that any wait may last. */
const PATIENCE_SECONDS = 1200

await answerMeasure(async (task: ScheduleTask): Promise<ScheduleResult> => {
  const installation = await openInstallation(task.configDirectory, task.databaseUrl)
  const database = new pg.Pool({ connectionString: task.databaseUrl, max: 1 })
  const scene = { ...task, installation, database }
  try {
    const idleEmpty = await whileRunning(scene, (node) => idleOf(scene, node))
    const filled = await fill(scene)
    const deferRate = await deferAll(scene, filled.dueFlow)
    return await whileRunning(scene, async (node) => {
      const idle = await idleOf(scene, node)
      const sendRate = await sendFirst(scene)
      const oneADay = await comeDue(scene, filled.dueFlow, 1)
      await database.query('delete from contact_days where hashint8(message_id) % 3 <> 0')
      const crowded = await comeDue(scene, filled.dueFlow, 2)
      const final = await comeDue(scene, filled.dueFlow, 3)
      return { ...filled, deferRate, idleEmpty, idle, sendRate, final, oneADay, crowded }
    })
  } finally {
    await database.end()
    await installation.close()
  }
})

interface Scene extends ScheduleTask {
  installation: Installation
  database: pg.Pool
}

async function whileRunning<T>(scene: Scene, work: (node: Node) => Promise<T>): Promise<T> {
  const own = Object.entries(process.env).filter(([name]) => name.startsWith('STAFFETTA_'))
  const node = startNode(scene.configDirectory, {
    ...(Object.fromEntries(own) as Record<string, string>),
    STAFFETTA_DATABASE: scene.databaseUrl,
  })
  try {
    await until(() => node.said('daemon started').length > 0, node)
    return await work(node)
  } finally {
    await node.stop()
  }
}

/** The share of a core that the node and its database use while nothing is due. */
async function idleOf(scene: Scene, node: Node): Promise<number | null> {
  const open = `select 1 from flows where state in ('active', 'sending') limit 1`
  await until(async () => (await scene.database.query(open)).rowCount === 0, node)
  await scene.database.query('vacuum (analyze)')
  await delay(SETTLE_SECONDS * 1000)
  const cpu = await watchCpu(node.pid, scene.database)
  if (cpu === null) return null
  const before = await cpu.used()
  const start = performance.now()
  await delay(scene.idleSeconds * 1000)
  return ((await cpu.used()) - before) / ((performance.now() - start) / 1000)
}

interface Filled {
  pending: number
  flows: number
  fillSeconds: number
  jobs: number
  instants: number
  dueFlow: number
}

/** Maps everything; lets go what lies far ahead. */
async function fill(scene: Scene): Promise<Filled> {
  const { files, installation, database } = scene
  const { app } = installation
  const flowOf = async (bills: string) => {
    await mapFile(installation, await saveFile(app, 'bollette', bills))
    return lastFlow(app)
  }
  let dueFlow = 0
  const fillSeconds = await seconds(async () => {
    await mapFile(installation, await saveFile(app, 'contatti', files.contacts))
    for (const { bills } of files.far) await app.release(await flowOf(bills))
    dueFlow = await flowOf(files.due.bills)
    await app.release(dueFlow)
  })
  // What these would wake has been done here: the daemon would first work through them all.
  await database.query(`delete from pgboss.job where name in ('map', 'release')`)
  const { rows } = await database.query(
    `select (select count(*) from messages where purpose = 'reminder' and state = 'waiting') as pending,
       (select count(distinct flow_id) from messages where purpose = 'reminder') as flows,
       (select count(*) from pgboss.job where name = 'send' and state = 'created') as jobs,
       (select count(*) from (select distinct f.account, m.send_at
         from messages m join flows f on f.id = m.flow_id where m.state = 'waiting') at) as instants`,
  )
  const { pending, flows, jobs, instants } = rows[0]
  const counts = { pending: Number(pending), flows: Number(flows), jobs: Number(jobs) }
  return { ...counts, instants: Number(instants), fillSeconds, dueFlow }
}

/** All that is due of a feed is put off until it opens; answers how many a second. */
async function deferAll({ installation, database }: Scene, flow: number): Promise<number> {
  const { store } = installation.app
  const now = Temporal.Now.instant()
  await database.query(
    `update messages set send_at = $2 where flow_id = $1 and template = 1 and state = 'waiting'`,
    [flow, now.toString()],
  )
  const opensAt = now.add({ hours: 24 })
  const closed = { institution: INSTITUTION, feed: 'bollette', campaign: null, opensAt }
  const start = performance.now()
  const deferred = await store.leases.hold(`account/${ACCOUNT}`, (lease) =>
    store.messages.deferClosed(ACCOUNT, lease, [closed], now),
  )
  return (deferred ?? 0) / ((performance.now() - start) / 1000)
}

/** What this daemon can do: a drop that it maps, lets go and sends at once. */
async function sendFirst({ installation, database, files }: Scene): Promise<number> {
  const drop = await saveFile(installation.app, 'bollette', files.first.bills)
  const sent = `select 1 from flows where drop_id = $1 and state = 'sent'`
  await until(async () => (await database.query(sent, [drop])).rowCount === 1)
  const { rows } = await database.query(
    `select count(*) as n, extract(epoch from max(sent_at) - min(sent_at))::float8 as seconds
     from messages where purpose = 'first'
       and flow_id = (select id from flows where drop_id = $1)`,
    [drop],
  )
  return Number(rows[0].n) / rows[0].seconds
}

/** Has all reminders of one rule come due at the same instant, with the job that wakes for it. */
async function comeDue(scene: Scene, flow: number, template: number): Promise<Lateness> {
  const { database, installation } = scene
  const at = Temporal.Now.instant().add({ seconds: AHEAD_SECONDS })
  await database.query(
    `update messages set send_at = $3::timestamptz, civil_at = $3::timestamptz at time zone 'Europe/Rome'
     where flow_id = $1 and template = $2 and state = 'waiting'`,
    [flow, template, at.toString()],
  )
  await installation.app.queue.wake('send', ACCOUNT, at)
  await delay(AHEAD_SECONDS * 1000)
  await untilSent(database, flow)
  const { rows } = await database.query(
    `select count(*) filter (where state = 'sent') as messages,
       count(*) filter (where moved = 'crowded') as crowded,
       percentile_disc(array[0, 0.5, 0.99, 1]) within group (
         order by extract(epoch from sent_at - $3::timestamptz)::float8)
         filter (where state = 'sent') as late
     from messages where flow_id = $1 and template = $2`,
    [flow, template, at.toString()],
  )
  const [first, p50, p99, last] = rows[0].late
  const { messages, crowded } = rows[0]
  return { messages: Number(messages), crowded: Number(crowded), first, p50, p99, last }
}

async function untilSent(database: pg.Pool, flow: number): Promise<void> {
  const open = `select 1 from messages where flow_id = $1
    and (state in ('claimed', 'sending') or (state = 'waiting' and send_at <= now())) limit 1`
  await until(async () => (await database.query(open, [flow])).rowCount === 0)
}

async function until(holds: () => boolean | Promise<boolean>, node?: Node): Promise<void> {
  for (let waits = 0; waits < (PATIENCE_SECONDS * 1000) / POLL_MS; waits += 1) {
    if (await holds()) return
    if (node?.isAlive() === false) throw new Error(`the daemon ended: ${lastFault(node)}`)
    await delay(POLL_MS)
  }
  throw new Error(`it was not so after ${PATIENCE_SECONDS} s`)
}

function lastFault(node: Node): string {
  return JSON.stringify(node.faults().at(-1) ?? node.leaks.at(-1) ?? 'silently')
}
