// `staffetta backup FILE|-`: a sealed copy of the database, while the daemon runs. A file stands
// under its name only when it is whole and on disk.
import { once } from 'node:events'
import { open, rename, rm, stat } from 'node:fs/promises'
import { demandAdministrator, systemUser } from './actor.ts'
import { type Command, expectArguments } from './command.ts'
import { progressLine } from './progress.ts'
import { formatCount } from './table.ts'

export const command: Command = {
  usage: 'FILE | -',
  summary: 'a sealed copy of the database, while everything runs',
  help: `
Copies all of Staffetta's tables as they stand at one instant, compressed and encrypted. Nothing has
to be stopped, and the schema stays as it is: make a copy before a new version migrates it. The copy
is also the way to another major version of PostgreSQL.

  FILE   must not exist yet; it appears when the copy is whole. - writes to standard output

The copy is sealed with the newest encryption key of the installation: whoever has the file alone
learns nothing. RESTORING NEEDS THE KEYS: keep the key file (data directory, keys/), or what
encryption.keys names, in another place than the copies. The send journal is not in the copy: it must
outlive the database, so keep it on another disk, or copy it more often.

Example: staffetta backup /backup/staffetta-$(date +%F).bak`,
  options: {},
  async run(given, context) {
    const [target] = expectArguments(given, 'FILE') as [string]
    const copies = await context.openCopies()
    try {
      const actor = systemUser()
      demandAdministrator(copies.config, actor)
      const file = target === '-' ? null : await newFile(target)
      const progress = progressLine()
      const made = await copies
        .backUp(actor, file?.write ?? writeOut, progress.show)
        .then(async (summary) => {
          await file?.keep()
          return summary
        })
        .catch(async (error: unknown) => {
          await file?.discard()
          throw error
        })
      const seconds = progress.end()
      const say = target === '-' ? context.note : context.out
      if (context.json) say(`${JSON.stringify({ ...made, seconds })}\n`)
      else {
        const speed = formatCount(Math.round(made.rows / seconds))
        say(
          `${formatCount(made.rows)} rows of ${made.tables} tables in ${seconds.toFixed(1)} s ` +
            `(${speed} a second), ${formatCount(made.bytes)} bytes\nSHA-256 ${made.sha256}\n`,
        )
      }
      return 0
    } finally {
      await copies.close()
    }
  },
}

async function writeOut(piece: Uint8Array): Promise<void> {
  if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
}

/** A file that stands under its name only once it is kept; none is ever overwritten. */
async function newFile(path: string) {
  await demandFree(path)
  const draft = `${path}.${process.pid}.part`
  const file = await open(draft, 'wx', 0o600)
  return {
    async write(piece: Uint8Array) {
      await file.writeFile(piece)
    },
    async keep() {
      await file.sync()
      await file.close()
      await demandFree(path)
      await rename(draft, path)
    },
    async discard() {
      await file.close()
      await rm(draft, { force: true })
    },
  }
}

async function demandFree(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (found) throw new Error(`${path} exists already: a copy never overwrites a file`)
}
