// The reports of connectors to files: result files beside the drops or where the feed says. Part of
// the public surface of connectors, beside `file-drops.ts`, whose polls never take them.
// Invariants: a result file appears whole; and what was told of one drop is never replaced by what
// is told of another.
import { createHash } from 'node:crypto'
import { type SourceContext, SourceError, type WriteBack } from './connector.ts'
import { type FileEntry, type FileStore, fileOf, readWhole } from './file-drops.ts'
import { isPlainName, pathIn, restName, resultName, stampedName } from './file-names.ts'
import type { FileSettings } from './file-settings.ts'

type Context = SourceContext<FileSettings>

/** The `writeBack` of a connector to files: the result file, then the rest where there is one. */
export async function writeResult(
  context: Context,
  store: FileStore,
  report: WriteBack,
): Promise<void> {
  await writeWhole(context, store, namesOf(report, context.settings), report.file())
  for (const part of (await report.rest()) ?? []) {
    await writeWhole(context, store, restNamesOf(report, part.name), part.bytes)
  }
}

async function writeWhole(
  context: Context,
  store: FileStore,
  names: Names,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { directory, resultsDirectory = directory } = context.settings
  const temporary = pathIn(resultsDirectory, `.${names.own}.part`)
  const digest = createHash('sha256')
  async function* digested() {
    for await (const piece of bytes) {
      digest.update(piece)
      yield piece
    }
  }
  try {
    await store.write(temporary, digested())
    const name = await chooseName(context, store, names, digest.digest('hex'))
    await store.rename(temporary, pathIn(resultsDirectory, name))
  } catch (cause) {
    await store.remove(temporary).catch(() => {}) // The first fault is the one to tell.
    if (!(cause instanceof SourceError) || cause.code !== 'SRC_FILE_ACCESS') throw cause
    const message = `the result file ${names.usual} could not be written: ${cause.message}`
    throw new SourceError('SRC_RESULT', message, { retry: true, cause })
  }
}

interface Names {
  /** As the file is called: `bollette.esiti.csv`. */
  usual: string
  /** As no other drop's: `bollette.zip.20260301T100000Z-48213.esiti.csv`. */
  own: string
  /** The own name of the report that this one is a supplement of; else its own. */
  ownReport: string
}

function namesOf({ dropKey, number }: WriteBack, { resultSuffix }: FileSettings): Names {
  const file = fileOf(dropKey)
  const stem = file.name.replace(/(?<=.)\.[^.]*$/u, '')
  const ownStem = stampedName(file)
  return {
    usual: resultName(stem, number, resultSuffix),
    own: resultName(ownStem, number, resultSuffix),
    ownReport: resultName(ownStem, 0, resultSuffix),
  }
}

/** `bollette.resto.zip` beside the result file; a companion has its own. */
function restNamesOf({ dropKey }: WriteBack, partName: string): Names {
  if (!isPlainName(partName)) {
    throw new SourceError('SRC_RESULT', 'a part of this drop has no plain name', { retry: false })
  }
  const own = restName(partName, stampedName({ ...fileOf(dropKey), name: partName }))
  return { usual: restName(partName), own, ownReport: own }
}

/**
 * The usual name, or the drop's own where another file lies under the usual one: the result of a
 * file of the same name that nobody has fetched. What is written again has the name of before.
 */
async function chooseName(
  context: Context,
  store: FileStore,
  { usual, own, ownReport }: Names,
  digest: string,
): Promise<string> {
  const { directory, resultsDirectory = directory } = context.settings
  const find = (name: string) => store.find(pathIn(resultsDirectory, name))
  for (const name of new Set([own, ownReport])) if ((await find(name)) !== null) return own
  const facts = await find(usual)
  if (facts === null) return usual
  const there = await digestOf(context, store, { name: usual, ...facts })
  return there === digest ? usual : own
}

/** Null where the file cannot be read, or is written just now. */
async function digestOf(
  context: Context,
  store: FileStore,
  entry: FileEntry,
): Promise<string | null> {
  const { directory, resultsDirectory = directory } = context.settings
  try {
    const file = await store.open(pathIn(resultsDirectory, entry.name), entry)
    if (file === null) return null
    const digest = createHash('sha256')
    try {
      for await (const piece of readWhole(context, file, entry)) digest.update(piece)
    } finally {
      await file.close()
    }
    return digest.digest('hex')
  } catch (error) {
    const codes = ['SRC_FILE_ACCESS', 'SRC_FILE_CHANGED']
    if (error instanceof SourceError && codes.includes(error.code)) return null
    throw error
  }
}
