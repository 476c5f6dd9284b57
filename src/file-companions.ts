// Files that belong to another: which go with which, how long they are waited for, and which of
// them went into a drop that was saved. Used by `file-drops.ts` alone.
// Invariant: a companion that is still being written keeps its file back, whatever its age.
import { type Json, type PollContext, SourceError } from './connector.ts'
import { matchesPattern, matchName, startOf } from './domain/name-pattern.ts'
import type { FileEntry } from './file-drops.ts'
import type { FileSettings } from './file-settings.ts'

/** What becomes one drop. */
export interface Batch {
  main: FileEntry
  companions: FileEntry[]
}

/** Of which drop the companions were, as `NAME/SIZE/TIME` with all digits of the time. */
type Saved = { of: string; companions: string[] }

/** As many parts a drop has at most: each is a row, and opened twice. */
const maxCompanions = 1000

export function asksForCompanions(settings: FileSettings): boolean {
  return settings.companions.length > 0
}

/** Whether a name is that of some file's companion, and so never taken by itself. */
export function isCompanion(name: string, { companions }: FileSettings): boolean {
  return companions.some((pattern) => matchesPattern(name, pattern))
}

/**
 * The files whose companions are all there, with them. `moving` are the names of those that are
 * still being written. What has waited long enough is told, or goes alone, as the feed says.
 */
export function completeBatches(
  context: PollContext<FileSettings>,
  mains: FileEntry[],
  beside: FileEntry[],
  moving: ReadonlySet<string>,
  problems: SourceError[],
): Batch[] {
  const { settings } = context
  const batches: Batch[] = []
  const sorted = beside
    .map((entry) => ({ name: entry.name.normalize('NFC'), entry }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const main of mains) {
    const said = matchName(main.name, settings.pattern) ?? {}
    const groups = settings.companions.map((pattern) => ({
      pattern,
      entries: startingWith(sorted, startOf(pattern, said)).filter(
        ({ name }) => matchName(name, pattern, said) !== null,
      ),
    }))
    const companions = [...new Set(groups.flatMap(({ entries }) => entries))]
    if (companions.some(({ name }) => moving.has(name))) continue
    const missing = groups.find(({ entries }) => entries.length === 0)
    const ageSeconds = context.now().since(main.modified).total('seconds')
    const isLate = ageSeconds >= settings.companionMinutes * 60
    if (companions.length > maxCompanions) {
      const message = `${main.name} has more than ${maxCompanions} companions: pack them in a ZIP`
      problems.push(new SourceError('SRC_FILE_BOUNDS', message, { retry: true }))
    } else if (missing === undefined || (isLate && settings.withoutCompanions === 'take')) {
      batches.push({ main, companions: companions.sort(byName) })
    } else if (isLate) {
      const message = `${main.name} waits for a companion like ${missing.pattern}, which did not come`
      problems.push(new SourceError('SRC_FILE_COMPANION', message, { retry: true }))
    }
  }
  return batches
}

/** Found by halves: with thousands of files on both sides, comparing all with all takes minutes. */
function startingWith(sorted: { name: string; entry: FileEntry }[], start: string): FileEntry[] {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle]?.name ?? '') < start) low = middle + 1
    else high = middle
  }
  const found: FileEntry[] = []
  for (let at = low; sorted[at]?.name.startsWith(start); at++) {
    const { entry } = sorted[at] ?? {}
    if (entry !== undefined) found.push(entry)
  }
  return found
}

/** What a drop with companions leaves to the next poll; undefined for one without. */
export function cursorOf(key: string, companions: FileEntry[]): Json | undefined {
  if (companions.length === 0) return undefined
  return { of: key, companions: companions.map(factsOf) } satisfies Saved
}

/** The companions that were saved with the last drop, if that is the one with this key. */
export function savedCompanions(cursor: Json, key: string): FileEntry[] {
  if (cursor === null || typeof cursor !== 'object' || Array.isArray(cursor)) return []
  const { of, companions } = cursor
  if (of !== key || !Array.isArray(companions)) return []
  return companions.flatMap((facts) => {
    const [, name, size, time] = /^([^/]+)\/(\d+)\/(.+)$/.exec(String(facts)) ?? []
    if (name === undefined || time === undefined) return []
    return [{ name, sizeBytes: Number(size), modified: Temporal.Instant.from(time) }]
  })
}

function factsOf({ name, sizeBytes, modified }: FileEntry): string {
  return `${name}/${sizeBytes}/${modified}`
}

function byName(a: FileEntry, b: FileEntry): number {
  return a.name < b.name ? -1 : 1
}
