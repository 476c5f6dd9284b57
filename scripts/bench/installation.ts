// What the measurements do with an installation: open it over a database of its own, hand it drops
// as a source would, map them in the real thread, and check that every record came through.
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { type App, openApp } from '../../src/app.ts'
import { createMapWorker, type MapWorker } from '../../src/map-worker.ts'
import type { BenchFiles } from './drops.ts'

export const INSTITUTION = 'comune-di-esempio'

export interface Installation {
  app: App
  mapper: MapWorker
  close(): Promise<void>
}

export interface MapTimes {
  contactsSeconds: number
  saveSeconds: number
  mapSeconds: number
}

export async function openInstallation(
  configDirectory: string,
  databaseUrl: string,
): Promise<Installation> {
  const options = { configDirectory, logLevel: 'error', connection: { url: databaseUrl } }
  const app = await openApp(options)
  const mapper = createMapWorker(options)
  return {
    app,
    mapper,
    async close() {
      await mapper.close()
      await app.close()
    },
  }
}

/** Loads the contacts, saves the bills and maps them. Throws unless every bill became a message. */
export async function mapFiles(installation: Installation, files: BenchFiles): Promise<MapTimes> {
  const { app } = installation
  const contactsSeconds = await seconds(async () => {
    await mapFile(installation, await saveFile(app, 'contatti', files.contacts))
  })
  let dropId = 0
  const saveSeconds = await seconds(async () => {
    dropId = await saveFile(app, 'bollette', files.bills)
  })
  const mapSeconds = await seconds(() => mapFile(installation, dropId))
  const account = await app.store.flows.account(await lastFlow(app))
  if (account.read !== files.rows || account.waiting !== files.rows) {
    throw new Error(`of ${files.rows} rows ${account.read} were read, ${account.waiting} wait`)
  }
  return { contactsSeconds, saveSeconds, mapSeconds }
}

/** The newest flow of bills. */
export async function lastFlow({ store }: App): Promise<number> {
  const filter = { institution: INSTITUTION, feed: 'bollette', state: null, limit: 1 }
  const [flow] = await store.flows.list(filter)
  return flow?.id ?? 0
}

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** Saves a file as a drop of the feed; answers its id. */
export async function saveFile(app: App, feed: string, path: string): Promise<number> {
  const target = { institution: INSTITUTION, feed, maximumDropBytes: 10_000_000_000, notify: [] }
  const name = basename(path)
  const part = { name, mediaType: 'text/csv', bytes: createReadStream(path) }
  const drop = { key: name, parts: [part] }
  const saved = await app.store.drops.save(target, drop, Temporal.Now.instant())
  if (saved === null) throw new Error(`the drop ${name} was there already`)
  return saved.id
}

/** Maps a drop in the thread. Throws unless it was mapped to its end. */
export async function mapFile({ mapper }: Installation, dropId: number): Promise<void> {
  const result = await mapper.map(dropId)
  if (result?.kind !== 'mapped') throw new Error(`drop ${dropId}: ${JSON.stringify(result)}`)
}
