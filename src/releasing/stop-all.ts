// Stopping everything, composed: the file in the data directory, which every process with it obeys
// at once, and the database, by which other nodes hear of it. The file needs nothing but the disk.
// How a second node is let go on: whoever resumes the installation lifts the stops that the
// database knows of, and each node removes a file of its own that was lifted so.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { readYaml } from '../config/yaml-file.ts'
import type { Asked } from '../domain/decision.ts'
import { dataDirectoryOf } from '../opening.ts'
import type { Parts } from '../parts.ts'
import { OWNER } from '../store/cluster.ts'
import { type Connection, transaction } from '../store/database.ts'
import { findPostmaster } from '../store/postmaster.ts'
import { type Stop, type StopFile, stopFileOf } from '../store/stop-file.ts'
import { hastily, type StopStanding, type StopTold, tellStop } from '../store/stops.ts'

export interface StopAll {
  /** Of this node: who has stopped everything, when and why; null: nobody. */
  standing(): Stop | null
  /** Stops every call to IO of this data directory; `isNew`: nobody had before. */
  stop(asked: Asked & { note: string }): Promise<Stop & { isNew: boolean }>
  /** For the daemon: tells the database of the file, once, and removes one that was lifted. */
  tell(): Promise<StopStanding | null>
  /** Lifts this node’s file and the pause of the installation. False: there was neither. */
  resume(asked: Pick<Asked, 'actor' | 'origin'>): Promise<boolean>
}

export function openStopAll({ config, pool, store, dataDirectory, now }: Parts): StopAll {
  const file = stopFileOf(dataDirectory)
  const tellOf = (stop: Stop, origin: 'console' | 'daemon') =>
    transaction(pool, (tx) => tellStop(tx, stop, toldIn(config), origin, now()))
  return {
    standing: file.read,
    async stop({ actor, note }) {
      const stop = { id: randomUUID(), at: now(), actor, because: note }
      // The daemon tells it where this cannot.
      const tell = (standing: Stop) => tellOf(standing, 'console').catch(() => null)
      const { standing, isNew } = await stopHere(file, stop, tell)
      return { ...standing, isNew }
    },
    async tell() {
      const stop = file.read()
      if (stop === null) return null
      const standing = await tellOf(stop, 'daemon')
      if (standing === 'lifted') await file.remove(stop.id)
      return standing
    },
    async resume({ actor, origin }) {
      const stop = file.read()
      // Known first, so that whoever finds the file elsewhere sees it lifted.
      if (stop !== null) await tellOf(stop, 'daemon')
      const resumed = await store.installation.resume({ actor, origin, at: now() })
      // Last, and no other: who stops everything at this moment finds it lifted, or stops it anew.
      if (stop !== null) await file.remove(stop.id)
      return resumed || stop !== null
    },
  }
}

/**
 * Writes the file, and tells the database. One that lies there already may have been lifted by who
 * resumed everything on another machine, or be just now: unless the database says that it stands,
 * it is put there anew, in the words of who was first, so that nothing lifts what is wanted now.
 */
async function stopHere(
  file: StopFile,
  stop: Stop,
  tell: (standing: Stop) => Promise<StopStanding | null>,
): Promise<{ standing: Stop; isNew: boolean; told: StopStanding | null }> {
  const isNew = await file.write(stop)
  const standing = isNew ? stop : (file.read() ?? stop)
  const told = await tell(standing)
  if (isNew || told === 'standing' || told === 'told') return { standing, isNew, told }
  const anew = told === 'lifted' ? stop : { ...standing, id: stop.id }
  // One that cannot be replaced lies there still.
  await file.replace(anew).catch(() => {})
  return { standing: anew, isNew: told === 'lifted', told: told === null ? null : await tell(anew) }
}

/** How soon a sending that is under way hears of a stop. */
const LOOK_MILLISECONDS = 250

/** What sends on this node obeys the file, whatever the database says. */
export function watchStop({ dataDirectory }: Pick<Parts, 'dataDirectory'>) {
  const { isThere } = stopFileOf(dataDirectory)
  return {
    isThere,
    /** Null where everything is stopped; one that begins is aborted as soon as it is. */
    async whileGoing<T>(
      stop: AbortSignal,
      work: (signal: AbortSignal) => Promise<T>,
    ): Promise<T | null> {
      if (isThere()) return null
      const stopped = new AbortController()
      const look = () => isThere() && stopped.abort(new Error('everything was stopped'))
      const timer = setInterval(look, LOOK_MILLISECONDS)
      return work(AbortSignal.any([stop, stopped.signal])).finally(() => clearInterval(timer))
    },
  }
}

/** Everybody is told, whatever of them is stopped. */
function toldIn(config: Config | null): StopTold[] {
  const institutions = config?.institutions ?? []
  return institutions.map(({ id, notify }) => ({ institution: id, notify }))
}

export interface StopRequest {
  configDirectory: string
  /** Null where it has errors: then the data directory alone is read of it. */
  config: Config | null
  actor: string
  because: string
}

export interface StoppedAll {
  stop: Stop
  /** False: somebody had stopped everything before. */
  isNew: boolean
  path: string
  /** Why the file could not be written: then the database alone stops everything. Null: it was. */
  problem: string | null
  /** Whether the database knows of it, and with it the nodes on other machines. */
  isDatabaseTold: boolean
}

/** How long the database is waited for. */
const PATIENCE_MILLISECONDS = 2_000

/**
 * From the command line, with the database up or down. Where the file cannot be written the
 * database alone stops every machine; throws what the disk says when it cannot either.
 */
export async function stopAll(request: StopRequest): Promise<StoppedAll> {
  const { config, configDirectory, actor, because } = request
  const named = config?.installation.dataDirectory ?? (await readPlace(configDirectory))
  const dataDirectory = dataDirectoryOf(named)
  const file = stopFileOf(dataDirectory)
  const now = Temporal.Now.instant()
  const made = { id: randomUUID(), at: now, actor, because }
  const connection = connectionOf(config, dataDirectory)
  const tell = async (stop: Stop) =>
    connection &&
    hastily(connection, PATIENCE_MILLISECONDS, (tx) =>
      tellStop(tx, stop, toldIn(config), 'cli', now),
    )
  const { path } = file
  try {
    const { standing: stop, isNew, told } = await stopHere(file, made, tell)
    return { stop, isNew, path, problem: null, isDatabaseTold: told !== null }
  } catch (cause) {
    const remedy = 'run it as who runs the daemon, on its machine; `STAFFETTA_DATA` names another'
    const problem = `${path} could not be written: ${remedy}`
    const told = file.isThere() ? null : await tell(made).catch(() => null)
    if (told === null) throw new Error(problem, { cause })
    return { stop: made, isNew: true, path, problem, isDatabaseTold: true }
  }
}

/** The data directory of a configuration that as a whole cannot be used. */
async function readPlace(configDirectory: string): Promise<string | undefined> {
  const { file } = await readYaml(join(configDirectory, 'staffetta.yaml'))
  const said = (file.data ?? {}) as { dataDirectory?: unknown }
  const named = process.env['STAFFETTA_DATA'] || said.dataDirectory
  return typeof named === 'string' ? named : undefined
}

/** Null: the embedded server does not run, and it is not started for this. */
function connectionOf(config: Config | null, dataDirectory: string): Connection | null {
  const url = config?.installation.database.url?.reveal() ?? process.env['DATABASE_URL']
  if (url) return { url }
  const server = findPostmaster(join(dataDirectory, 'postgres', 'cluster'))
  if (!server?.alive || server.socketDirectory === null) return null
  const { socketDirectory: host, port } = server
  return { host, port, user: OWNER, database: OWNER }
}
