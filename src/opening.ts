// How a process comes to its configuration and its database: the beginning of every composition.
// Whoever opened is given one way to close it all, in reverse. Nothing here migrates or decides.
import { join, resolve } from 'node:path'
import type { Config } from './config/config.ts'
import { fingerprintOf } from './config/fingerprint.ts'
import { type LoadedConfig, loadConfig } from './config/load.ts'
import { type ConnectorRegistry, openRegistry } from './config/registry.ts'
import { type Log, openLog } from './log.ts'
import { type Connection, openPool, type Pool } from './store/database.ts'
import { type Embedded, openEmbedded } from './store/embedded.ts'
import { parseKey, readOrMakeKeyFile } from './store/vault.ts'

export interface AppOptions {
  configDirectory: string
  logLevel: string
  /** Given where the process has opened the database already: to a thread, and to what follows. */
  connection?: Connection
  /** What has been read and judged already: the files are not read again. */
  config?: Config
  /** The files must be those of this fingerprint, or nothing opens: what runs has been judged. */
  fingerprint?: string
  /** False in commands that only look: they wake nobody and write no journal. */
  sends?: boolean
  /** The time, where it is not the machine’s: a rehearsal’s. */
  now?: () => Temporal.Instant
  /** What is otherwise than in the files: a rehearsal’s addresses, keys and modes. */
  arrange?: (config: Config) => Config
  /** The connectors of a rehearsal, in place of those that are installed. */
  connectors?: ConnectorRegistry['connectors']
}

export type { LoadedConfig }

export interface Opened {
  config: Config
  registry: ConnectorRegistry
  log: Log
  dataDirectory: string
  connection: Connection
  pool: Pool
  onClose(close: () => Promise<void> | void): void
  close(): Promise<void>
  /** Closes all but the database, for an app that follows on it; the answer closes that too. */
  handOver(): Promise<() => Promise<void>>
}

/** The configuration is wrong: the problems say where. */
export class ConfigError extends Error {
  readonly code = 'CONFIG'
  readonly loaded: LoadedConfig
  constructor(loaded: LoadedConfig) {
    super('the configuration has errors: `staffetta check` shows them')
    this.loaded = loaded
  }
}

/** The files are not those that were judged: nobody maps by what has not passed. */
class ConfigChangedError extends Error {
  readonly code = 'CFG_CHANGED'
  constructor() {
    super('the configuration’s files are not those that run: `staffetta reload` takes them over')
  }
}

/** Throws `ConfigError`, or `ConfigChangedError` where the files have another fingerprint. */
async function readSame(
  { configDirectory, fingerprint }: AppOptions,
  registry: ConnectorRegistry,
): Promise<Config> {
  const isSame = async () =>
    fingerprint === undefined || (await fingerprintOf(configDirectory)) === fingerprint
  if (!(await isSame())) throw new ConfigChangedError()
  const config = await requireConfig(configDirectory, registry)
  if (!(await isSame())) throw new ConfigChangedError()
  return config
}

/** The configuration of a directory. Throws `ConfigError`. */
export async function requireConfig(
  directory: string,
  registry: ConnectorRegistry,
): Promise<Config> {
  const loaded = await loadConfig(directory, registry)
  if (loaded.config === null) throw new ConfigError(loaded)
  return loaded.config
}

/** Throws `ConfigError`, `StoreFault`, or what the database says. */
export async function openConfigured(options: AppOptions): Promise<Opened> {
  const installed = await openRegistry()
  const read = options.config ?? (await readSame(options, installed))
  const registry = { ...installed, ...(options.connectors && { connectors: options.connectors }) }
  const config = options.arrange?.(read) ?? read
  const log = openLog(options.logLevel)
  const dataDirectory = dataDirectoryOf(config.installation.dataDirectory)
  const closers: (() => Promise<void> | void)[] = []
  const onClose = (close: () => Promise<void> | void) => void closers.unshift(close)
  const close = () => closeAll(closers)
  try {
    const { connection } = await openDatabase(options, config, dataDirectory, log, onClose)
    const ofDatabase = closers.length
    const pool = openPool(connection, config.installation.database.poolSize)
    onClose(() => pool.end())
    const handOver = async () => {
      await closeAll(closers, ofDatabase)
      return close
    }
    return { config, registry, log, dataDirectory, connection, pool, onClose, close, handOver }
  } catch (error) {
    await close()
    throw error
  }
}

/** The key file of an installation that names no keys of its own. */
export function keyFileOf(dataDirectory: string): string {
  return join(dataDirectory, 'keys', 'data-1.key')
}

async function openDatabase(
  options: AppOptions,
  config: Config,
  dataDirectory: string,
  log: Log,
  onClose: (close: () => Promise<void>) => void,
): Promise<{ connection: Connection }> {
  if (options.connection) return { connection: options.connection }
  const url = config.installation.database.url?.reveal() ?? process.env['DATABASE_URL']
  if (url) return { connection: { url } }
  const embedded: Embedded = await openEmbedded({ dataDirectory, log })
  onClose(() => (options.sends ? embedded.stop() : embedded.release()))
  return { connection: embedded.connection }
}

/** PostgreSQL refuses root, and its user must reach the data: root's default is not the clone. */
export function dataDirectoryOf(configured: string | undefined): string {
  if (configured) return resolve(configured)
  return process.getuid?.() === 0 ? '/var/lib/staffetta' : resolve('data')
}

export function keysOf(config: Config, dataDirectory: string) {
  const { keys } = config.installation.encryption
  if (keys.length === 0) {
    return [{ id: 1, key: readOrMakeKeyFile(keyFileOf(dataDirectory)) }]
  }
  return [...keys]
    .sort((a, b) => b.id - a.id)
    .map(({ id, key }) => ({ id, key: parseKey(key.reveal(), key.reference) }))
}

/** In reverse order of opening, but for the first; one that fails does not keep others open. */
async function closeAll(closers: (() => Promise<void> | void)[], but = 0): Promise<void> {
  for (const close of closers.splice(0, closers.length - but)) {
    await Promise.resolve(close()).catch(() => {})
  }
}
