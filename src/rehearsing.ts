// The composition of a rehearsal: an institution's real files, as they came, through the real
// stages and against the sandbox, with the clock of a time lapse; then what became of them.
// Invariant: nothing of the installation is opened, and nothing of a person leaves this process.

import { getFeed, getInstitution, type Institution } from './config/config.ts'
import { openRegistry } from './config/registry.ts'
import { dayAt, instantAt } from './domain/civil-date.ts'
import { requireConfig } from './opening.ts'
import { arrangeRehearsal, readAnswers, rehearsedConnectors } from './rehearsal/config.ts'
import type { Rehearsal } from './rehearsal/figures.ts'
import {
  dropOf,
  type LeftFile,
  listRehearsed,
  type RehearsedFile,
  TIME_OF_DAY,
} from './rehearsal/files.ts'
import { countRehearsal, type Outage } from './rehearsal-count.ts'
import { makeOwnDatabase } from './store/own-database.ts'
import { openTimeLapse, type TimeLapse } from './time-lapse.ts'

export interface RehearsalRequest {
  configDirectory: string
  institution: string
  feed: string
  /** Where the files lie. */
  directory: string
  /** Of which the files are; null: whatever there is. */
  year: number | null
  /** JSON files of what systems answer, by system. */
  answers: ReadonlyMap<string, string>
  /** Citizens of one's own; null: everybody is on IO. */
  populationFile: string | null
  /** A server on which it makes a database of its own; null: an embedded one, thrown away. */
  databaseUrl: string | null
  stop: AbortSignal
  onProgress(progress: RehearsalProgress): void
}

export interface RehearsalProgress {
  now: Temporal.Instant
  /** Between 0 and 1, of the time that is rehearsed. */
  share: number
  files: number
  allFiles: number
}

export type { LeftFile, Rehearsal, RehearsedFile }

/** Everybody is on IO, has the service switched on, and reads Italian. */
const EVERYBODY = { notOnIo: 0, serviceOff: 0, english: 0, german: 0 }

/**
 * Rehearses the files of a directory. Throws `ConfigError`, and what the file system or the
 * database says; null when there is no file to rehearse, with those that are left.
 */
export async function rehearse(
  request: RehearsalRequest,
): Promise<{ rehearsal: Rehearsal | null; left: LeftFile[] }> {
  const config = await requireConfig(request.configDirectory, await openRegistry())
  const institution = getInstitution(config, request.institution)
  const feed = getFeed(config, request.institution, request.feed)
  const { files, left } = await listRehearsed(institution, feed, request.directory, request.year)
  if (files.length === 0) return { rehearsal: null, left }
  const { from, to } = spanOf(files, request.year, institution.timeZone)
  const feeds = new Set(files.map((file) => file.feed))
  const startedAt = performance.now()
  await using database = await openDatabase(request.databaseUrl)
  const lapse = await openTimeLapse({
    configDirectory: request.configDirectory,
    from: from.toZonedDateTime(institution.timeZone).toInstant(),
    ...(database.url && { databaseUrl: database.url }),
    sandbox: { population: EVERYBODY, populationFile: request.populationFile },
    connectors: rehearsedConnectors(institution.systems, await readAnswers(request.answers)),
    arrange: (read) => arrangeRehearsal(read, { institution: institution.id, feeds, from }),
  }).catch(explainMissing)
  try {
    const outages = watchOutages(lapse)
    const dropOfFile = await play(lapse, files, { institution, from, to, request })
    const rehearsal = await countRehearsal(lapse, {
      ...{ config, institution, feed, from, to, files, left, dropOfFile, outages },
      unasked: institution.systems
        .filter(({ id, lookup }) => lookup && !request.answers.has(id))
        .map(({ id }) => id),
      hasPopulation: request.populationFile !== null,
      seconds: (performance.now() - startedAt) / 1000,
    })
    return { rehearsal, left }
  } finally {
    await lapse.close()
  }
}

async function openDatabase(serverUrl: string | null) {
  const made = serverUrl === null ? null : await makeOwnDatabase(serverUrl, 'rehearsal')
  return { url: made?.url, [Symbol.asyncDispose]: async () => void (await made?.drop()) }
}

/** A rehearsal never uses the database of the installation, whatever the shell says. */
function explainMissing(error: unknown): never {
  const { code } = error as { code?: string }
  if (code !== 'STORE_PLATFORM' && code !== 'STORE_BINARIES') throw error
  const remedy =
    'a rehearsal makes a database of its own, and the embedded one is not here: set ' +
    'STAFFETTA_REHEARSAL_DATABASE to the URL of a PostgreSQL server where it may create one'
  throw new Error(remedy, { cause: error })
}

/** Notes the last news of payments, and the next, wherever reminders were held between them. */
function watchOutages(lapse: TimeLapse): Outage[] {
  const { payments } = lapse.app.store
  const all: Outage[] = []
  lapse.onInstant(async (now) => {
    const standing = await payments.outages()
    const isOver = ({ feed, until }: Outage) =>
      until === null && standing.every((one) => one.feed !== feed)
    for (const outage of all.filter(isOver)) outage.until = now
    if (standing.length === 0) return
    const held = (await payments.held()).reduce((sum, { messages }) => sum + messages, 0)
    for (const { feed, since } of standing) {
      const known = all.find((one) => one.feed === feed && one.until === null)
      if (known) known.messages = Math.max(known.messages, held)
      else all.push({ feed, from: since, until: null, messages: held })
    }
  })
  return all
}

interface Play {
  institution: Institution
  from: Temporal.PlainDate
  to: Temporal.PlainDate
  request: RehearsalRequest
}

/** Hands over each file at its instant; answers which drop each became. */
async function play(
  lapse: TimeLapse,
  files: readonly RehearsedFile[],
  { institution, from, to, request }: Play,
): Promise<Map<RehearsedFile, number>> {
  const { timeZone, id } = institution
  const [start, end] = [from, to].map((day) => day.toZonedDateTime(timeZone).toInstant())
  const length = end!.since(start!).total('seconds')
  let handed = 0
  lapse.onInstant((now) => {
    request.stop.throwIfAborted()
    const share = now.since(start!).total('seconds') / length
    request.onProgress({ now, share, files: handed, allFiles: files.length })
  })
  const dropOfFile = new Map<RehearsedFile, number>()
  const polled = polledFeeds(institution, new Set(files.map(({ feed }) => feed)))
  for (const feed of new Set(files.map((file) => file.feed))) await lapse.receive(id, feed, null)
  let day = from
  const pollsUntil = async (instant: Temporal.Instant) => {
    for (; polled.length > 0; day = day.add({ days: 1 })) {
      const at = instantAt(day.toPlainDateTime(TIME_OF_DAY), timeZone)
      if (Temporal.Instant.compare(at, instant) >= 0) return
      await lapse.advanceTo(at)
      for (const feed of polled) await lapse.receive(id, feed, null)
    }
  }
  for (const file of files) {
    await pollsUntil(file.arrivesAt)
    await lapse.advanceTo(file.arrivesAt)
    const drop = await lapse.receive(id, file.feed, dropOf(request.directory, file))
    if (drop !== null) dropOfFile.set(file, drop)
    handed += 1
  }
  await pollsUntil(end!)
  await lapse.advanceTo(end!)
  return dropOfFile
}

/** Feeds of payments of which a poll without news is news too: they are polled every day. */
function polledFeeds({ feeds }: Institution, present: ReadonlySet<string>): string[] {
  const polled = feeds.flatMap(({ payments }) =>
    payments.filter(({ by }) => by === 'polls').map(({ feed }) => feed),
  )
  return [...new Set(polled)].filter((feed) => present.has(feed))
}

/** The year that was asked for; else from the first file to the end of the last one's year. */
function spanOf(files: readonly RehearsedFile[], year: number | null, zone: string) {
  const newYear = (of: number) => Temporal.PlainDate.from({ year: of, month: 1, day: 1 })
  if (year !== null) return { from: newYear(year), to: newYear(year + 1) }
  const days = files.map(({ arrivesAt }) => dayAt(arrivesAt, zone))
  const [first, last] = [days[0]!, days.at(-1)!]
  return { from: first, to: newYear(last.year + 1) }
}
