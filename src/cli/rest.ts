// `staffetta report FLOW --rest FILE`: the drop again with the records alone that no message
// reached, for who prints letters. Nothing that exists is ever written over, and a file that could
// not be written whole is not left behind.
import { mkdir, open, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { openRecords } from '../domain/rest.ts'
import { RestError } from '../mapping/rest/rest-error.ts'
import type { Rest } from '../pipeline/write-back/rest.ts'
import type { App, CommandContext } from './command.ts'
import { progressLine } from './progress.ts'
import { formatNumber, printable } from './table.ts'

type Flow = Awaited<ReturnType<App['store']['flows']['get']>>

/** Answers the exit code. */
export async function writeRest(
  app: App,
  flow: Flow,
  path: string,
  context: CommandContext,
): Promise<number> {
  const account = await app.store.flows.account(flow.id)
  const progress = progressLine()
  try {
    const rest = await app.restOf(flow.id, (records) => {
      progress.show({ table: 'read', rows: records, allRows: account.read })
    })
    if (rest === null) {
      context.note(`flow ${flow.id} came of no drop: there is nothing to write again\n`)
      return 1
    }
    const files = await writeParts(rest, path, context.stop)
    progress.end()
    const { records, wanted } = rest
    const waiting = openRecords(account)
    if (context.json) {
      await context.out(`${JSON.stringify({ files, records, wanted, waiting })}\n`)
      return 0
    }
    await context.out(
      `${files.map(printable).join('\n')}\n${wanted} of ${formatNumber(records, 'record')}\n`,
    )
    if (waiting > 0) {
      const verb = waiting === 1 ? 'waits' : 'wait'
      context.note(`${formatNumber(waiting, 'record')} still ${verb}, and may need a letter yet\n`)
    }
    return 0
  } catch (error) {
    progress.end()
    const said = saidOf(error, path)
    if (said === null) throw error
    context.note(said)
    return 1
  }
}

/** One part is the file; several are files in a directory of that name. */
async function writeParts({ parts }: Rest, path: string, stop: AbortSignal): Promise<string[]> {
  const [only, ...others] = parts
  if (only !== undefined && others.length === 0) {
    await writeNew(path, only.bytes, stop)
    return [path]
  }
  await mkdir(path)
  const files: string[] = []
  try {
    for (const { name, bytes } of parts) {
      const file = join(path, basename(name))
      await writeNew(file, bytes, stop)
      files.push(file)
    }
  } catch (error) {
    await rm(path, { recursive: true })
    throw error
  }
  return files
}

/** Only its owner reads it: it names people. */
const OWNER_ONLY = 0o600

async function writeNew(path: string, bytes: AsyncIterable<Uint8Array>, stop: AbortSignal) {
  const file = await open(path, 'wx', OWNER_ONLY)
  try {
    for await (const chunk of bytes) {
      stop.throwIfAborted()
      await file.writeFile(chunk)
    }
    await file.close()
  } catch (error) {
    await file.close()
    await rm(path)
    throw error
  }
}

/** What is told in a few words; null of what nobody foresees. */
function saidOf(error: unknown, path: string): string | null {
  if (error instanceof RestError)
    return `${error.code}: ${printable(error.detail)}\n${error.remedy}\n`
  const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
  return isThere ? `${path} exists: give another name\n` : null
}
