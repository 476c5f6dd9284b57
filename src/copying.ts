// The composition of copies of the database. It opens less than an app: `backup` must take the
// schema as it stands, before a new version migrates it, and `restore` may find none at all.
import { existsSync } from 'node:fs'
import { type AppOptions, keyFileOf, keysOf, type Opened, openConfigured } from './opening.ts'
import { type BackupSummary, backUp, type CopyProgress } from './store/backup.ts'
import { StoreFault } from './store/fault.ts'
import { recordAct } from './store/installation.ts'
import { reconcileJournal } from './store/journal-check.ts'
import { checkCopy, type RestoreOptions, type RestoreSummary, restore } from './store/restore.ts'
import { demandReadable } from './store/send-journal.ts'
import { openVault, type Vault } from './store/vault.ts'

export type { CopyProgress }

export interface Copies {
  config: Opened['config']
  /** `write` resolves once it wants more. The act names who asked for the copy. */
  backUp(
    actor: string,
    write: (piece: Uint8Array) => Promise<void>,
    onProgress: (progress: CopyProgress) => void,
  ): Promise<BackupSummary>
  /** Reads the whole copy and says what it holds; changes nothing. */
  check(
    sealed: AsyncIterable<Uint8Array>,
    onProgress: (progress: CopyProgress) => void,
  ): Promise<{ at: string; installation: string; tables: number; rows: number }>
  /** `attempts`: how many the send journal names that the copy does not know. */
  restore(
    sealed: AsyncIterable<Uint8Array>,
    options: Omit<RestoreOptions, 'now'>,
  ): Promise<RestoreSummary & { attempts: number }>
  close(): Promise<void>
}

/** Throws `ConfigError`, `StoreFault`, or what the database says. */
export async function openCopies(options: AppOptions): Promise<Copies> {
  const opened = await openConfigured(options)
  const { config, pool, dataDirectory } = opened
  return {
    config,
    async backUp(actor, write, onProgress) {
      const now = Temporal.Now.instant()
      const summary = await backUp(pool, vaultOf(opened), now, write, onProgress)
      const act = { actor, origin: 'cli', at: Temporal.Now.instant(), verb: 'backed up' }
      const { rows, bytes, sha256 } = summary
      await recordAct(pool, { ...act, detail: { rows, bytes, sha256 } })
      return summary
    },
    async check(sealed, onProgress) {
      const { at, installation, tables } = await checkCopy(vaultOf(opened), sealed, onProgress)
      const rows = tables.reduce((sum, table) => sum + table.rows, 0)
      return { at, installation, tables: tables.length, rows }
    },
    async restore(sealed, wanted) {
      await demandReadable(dataDirectory)
      const now = Temporal.Now.instant()
      const summary = await restore(pool, vaultOf(opened), sealed, { ...wanted, now })
      return { ...summary, attempts: await reconcileJournal(pool, dataDirectory, now) }
    },
    close: opened.close,
  }
}

/** The keys as they are: one made now would open no copy. */
function vaultOf({ config, dataDirectory }: Opened): Vault {
  const path = keyFileOf(dataDirectory)
  if (config.installation.encryption.keys.length === 0 && !existsSync(path)) {
    throw new StoreFault(
      'STORE_COPY_KEY',
      `there is no key in ${path}: bring the key file of the installation`,
    )
  }
  return openVault(keysOf(config, dataDirectory))
}
