// The configuration of a rehearsal: that of one institution, with nothing behind it. Sources are
// not polled, nobody is told anything, and systems answer from files, or that they have nothing.
// Invariant: no connector that is installed is ever called.
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Config, Feed, Institution, System } from '../config/config.ts'
import { type Connector, defineConnector } from '../connector.ts'

/** By key as it is asked, texts by field of the system; null: there is nothing under the key. */
const AnswersFile = z.record(z.string(), z.record(z.string(), z.string()).nullable())
export type Answers = z.infer<typeof AnswersFile>

/** By system. Throws what the file system says, or what is wrong with a file. */
export async function readAnswers(
  files: ReadonlyMap<string, string>,
): Promise<Map<string, Answers>> {
  const answers = new Map<string, Answers>()
  for (const [system, path] of files) {
    const wanted = 'a JSON object: { "KEY": { "field": "text" }, "ANOTHER": null }'
    try {
      answers.set(system, AnswersFile.parse(JSON.parse(await readFile(path, 'utf8'))))
    } catch (cause) {
      throw new Error(`${path} holds no answers of a system, which are ${wanted}`, { cause })
    }
  }
  return answers
}

/** `feeds` are those that have files in the rehearsal; `from` is its first day. */
export function arrangeRehearsal(config: Config, { institution, feeds, from }: Rehearsed): Config {
  const owner = config.institutions.find(({ id }) => id === institution)
  if (!owner) throw new Error(`the configuration has no institution ${institution}`)
  return { ...config, institutions: [arrangeInstitution(owner, feeds, from)] }
}

interface Rehearsed {
  institution: string
  feeds: ReadonlySet<string>
  from: Temporal.PlainDate
}

function arrangeInstitution(
  owner: Institution,
  feeds: ReadonlySet<string>,
  from: Temporal.PlainDate,
): Institution {
  return {
    ...owner,
    notify: [],
    feeds: owner.feeds.map((feed) => arrangeFeed(feed, feeds, from)),
    systems: owner.systems.map(arrangeSystem),
    campaigns: owner.campaigns.map((one) => ({ ...one, release: unasked(one.release) })),
  }
}

/** What has no files in the rehearsal is not waited for. */
function arrangeFeed(feed: Feed, feeds: ReadonlySet<string>, from: Temporal.PlainDate): Feed {
  const { schedule: _, ...kept } = feed
  const isLater = feed.from !== 'all' && feed.from !== 'now' && feed.from > from.toString()
  return {
    ...kept,
    connector: REHEARSED,
    settings: {},
    from: isLater ? from.toString() : feed.from,
    companions: feed.companions.filter((one) => feeds.has(one.feed)),
    payments: feed.payments.filter((one) => feeds.has(one.feed)),
    writeBack: false,
    release: unasked(feed.release),
  }
}

/** Nobody is there to try the messages, or to approve them. */
function unasked(release: Feed['release']): Feed['release'] {
  return { ...release, approval: 'none', test: 'optional' }
}

/** As fast as it can be asked: there is nobody behind it. */
function arrangeSystem(system: System): System {
  const { lookup } = system
  const settings = { system: system.id }
  if (!lookup) return { ...system, connector: REHEARSED, settings }
  const { perDay: _, ...unbounded } = lookup
  return {
    ...system,
    connector: REHEARSED,
    settings,
    lookup: { ...unbounded, perSecond: 10_000, batch: 500 },
  }
}

const REHEARSED = 'rehearsed'

/** The one connector of a rehearsal. `systems` say how the fields of answers are called there. */
export function rehearsedConnectors(
  systems: readonly System[],
  answers: ReadonlyMap<string, Answers>,
): (name: string) => Promise<Connector> {
  const connector = defineConnector<{ system: string }>({
    summary: 'A rehearsal: there is no source, and systems answer from files.',
    settings: z.strictObject({ system: z.string().default('') }),
    check: async () => [],
    async *poll() {},
    lookup: async ({ settings }, keys) => {
      const said = answers.get(settings.system) ?? {}
      const system = systems.find(({ id }) => id === settings.system)
      const rows = keys.flatMap((key) => {
        const row = Object.hasOwn(said, key) ? said[key] : null
        return row ? [[key, byColumn(row, system)] as const] : []
      })
      return new Map(rows)
    },
  })
  return async () => connector as Connector
}

/** Texts by the names that the system itself gives its fields. */
function byColumn(row: Record<string, string>, system: System | undefined) {
  const texts = Object.entries(row).map(([field, text]) => {
    const [column = field] = [system?.lookup?.fields[field]?.column ?? field].flat()
    return [String(column), text]
  })
  return Object.fromEntries(texts)
}
