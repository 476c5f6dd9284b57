// Whom a feed tells how its records ended, across files: each target is there, can be told, and
// stands once. What a connector needs for it in its own settings, the connector says.
import type { Problem } from '../domain/problem.ts'
import { SOURCE } from '../domain/receipt.ts'
import { checkName, type FeedFile, listAt, problemAt, type SystemFile } from './cross-check.ts'
import { valueAt } from './shape.ts'
import { textAt } from './spec-file.ts'

export function checkWriteBack(feed: FeedFile, systems: readonly SystemFile[]): Problem[] {
  const { file } = feed
  if (valueAt(file.data, ['writeBack']) === true) return checkConnector(feed, feed, ['writeBack'])
  const known = [SOURCE, ...systems.map(({ id }) => id)]
  const seen = new Set<string>()
  return [...listAt(file, 'writeBack').keys()].flatMap((index) => {
    const path = ['writeBack', index, 'to']
    const to = textAt(file, ...path)
    if (to === null) return []
    if (seen.has(to)) {
      const message = `"${to}" is told twice`
      const hint = 'say all of it in one entry, with all of its `fates`'
      return [problemAt(file, path, 'CFG_VALUE', 'error', message, hint)]
    }
    seen.add(to)
    const reached = to === SOURCE ? feed : systems.find(({ id }) => id === to)
    if (!reached) return checkName(file, path, 'system', known)
    return [
      ...checkConnector(feed, reached, path),
      ...checkRest(feed, reached, ['writeBack', index, 'rest']),
    ]
  })
}

/** `reached`: the feed itself, or the system that it tells. */
function checkConnector(
  { file }: FeedFile,
  reached: FeedFile | SystemFile,
  path: (string | number)[],
): Problem[] {
  if (!reached.connector || reached.connector.writeBack) return []
  const connector = textAt(reached.file, 'connector')
  const whom = reached.file === file ? 'its source' : `the system "${reached.id}"`
  const message = `the connector "${connector}" cannot write back to ${whom}`
  const hint = reached.file === file ? 'remove `writeBack`' : 'tell another system, or none'
  return [problemAt(file, path, 'CFG_VALUE', 'error', message, hint)]
}

function checkRest(
  { file }: FeedFile,
  reached: FeedFile | SystemFile,
  path: (string | number)[],
): Problem[] {
  const wanted = valueAt(file.data, path)
  if (wanted === undefined || wanted === false) return []
  const { connector } = reached
  if (!connector?.writeBack || connector.writesRest) return []
  const message = `the connector "${textAt(reached.file, 'connector')}" writes no rest`
  const hint = 'remove `rest`; `staffetta report FLOW --rest FILE` writes it for people'
  return [problemAt(file, path, 'CFG_VALUE', 'error', message, hint)]
}
