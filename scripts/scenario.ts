// `npm run scenario -- NAME`: stories about an installation, judged by what the world says should
// have happened. `year` is a year of reminders with a moving clock; the others are played at a town
// with real processes. Ends non-zero when any promise was broken; `--plant` breaks one on purpose.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openEmbedded } from '../src/store/embedded.ts'
import { forgetShellSettings } from './playground.ts'
import { isPlant, plants } from './scenario/plants.ts'
import {
  runStory,
  type StoryName,
  type StoryPlant,
  stories,
  storyPlants,
} from './scenario/run-story.ts'
import { runYear, type Year } from './scenario/year.ts'

const DEFAULT_POSITIONS = 10_000
const DEFAULT_RECORDS = 2_000
const MOST_POSITIONS = 1_000_000
const MOST_RECORDS = 100_000
/** So many that every part of a story has some, and that no check takes them for too few. */
const LEAST_RECORDS = 60
/** Broken promises that are told; the others are counted. */
const TOLD = 20

const named = (table: Record<string, string>) =>
  Object.entries(table)
    .map(([name, what]) => `  ${name.padEnd(18)} ${what}`)
    .join('\n')
const yearPlants = Object.fromEntries(
  Object.entries(plants).map(([name, { what }]) => [name, what]),
)

const USAGE = `usage: npm run scenario -- crispiano|cesano|approval [--records N] [--seed N] [--plant NAME] [--json]
       npm run scenario -- year [--positions N] [--seed N] [--plant NAME]... [--json]

crispiano  a file whose amounts have lost their comma is kept back; its harmless rest leaves
cesano     a lot with old due dates, bills already paid and bills told already is kept back
approval   a test batch, a corrected mapping, two people who approve, a flow suspended and resumed,
           and an errata to exactly those reached
year       a year (2028) of two institutions with a moving clock: both nights of daylight saving,
           the 29th of February, holidays, the patron saint, outages of an hour and of nine days,
           files that come twice, due dates that change or are postponed and moved back, payments
           from files and from IO, single payments before instalments, withdrawals, deaths, days
           without news of payments, a feed of which IO reminds, a key that IO refuses for some
           hours, a campaign a month, people who are not to be written to

The first three (${DEFAULT_RECORDS} records unless said) are played by real processes: a daemon, PostgreSQL, IO’s
sandbox, a mail server, and the command lines that people type. Each ends 0 when every promise held.

plants of the first three:
${named(storyPlants)}

plants of the year:
${named(yearPlants)}`

process.exitCode = await scenario()

async function scenario(): Promise<number> {
  const asked = readArguments()
  if (asked === 'help') {
    console.log(USAGE)
    return 0
  }
  if (asked === null) {
    console.error(USAGE)
    return 2
  }
  const startedAt = performance.now()
  const isKept = asked.name === 'year' ? await playYear(asked) : await playStory(asked)
  console.error(`took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  return isKept ? 0 : 1
}

async function playYear({ json, positions, seed, planted }: YearAsked): Promise<boolean> {
  const startedAt = performance.now()
  const isSeen = process.stderr.isTTY === true
  let month = ''
  const options = { positions, seed, planted }
  const year = await runYear({
    ...options,
    onDay(at) {
      const now = at.toString().slice(0, 7)
      if (now === month) return
      month = now
      process.stderr.write(isSeen ? `\r${month}` : `${month}\n`)
    },
  })
  if (isSeen) process.stderr.write('\n')
  const seconds = (performance.now() - startedAt) / 1000
  console.log(json ? JSON.stringify({ ...options, seconds, ...year }) : describe(year, seed))
  return year.violations.length === 0
}

function describe({ violations, counts, positions, accepted, flows }: Year, seed: number): string {
  const told = violations.slice(0, TOLD).map((violation) => `  ${violation}`)
  const more = violations.length > TOLD ? [`  and ${violations.length - TOLD} more`] : []
  return [
    ...Object.entries(counts).map(([name, n]) => `${String(n).padStart(7)}  ${name}`),
    ...(violations.length > 0 ? ['broken:', ...told, ...more] : []),
    `year seed=${seed} positions=${positions} flows=${flows} accepted=${accepted} ` +
      `broken=${violations.length}`,
  ].join('\n')
}

async function playStory({ name, json, records, seed, plant }: StoryAsked): Promise<boolean> {
  forgetShellSettings()
  const directory = await mkdtemp(join(tmpdir(), 'staffetta-scenario-'))
  // As root the database runs as another user, who must pass through.
  await chmod(directory, 0o711)
  const server = await openEmbedded({ dataDirectory: directory, durable: false })
  try {
    const lines: string[] = []
    const write = json
      ? (line: string) => void lines.push(line)
      : (line: string) => console.log(line)
    const told = await runStory(name, { databaseUrl: server.url, records, seed, plant, write })
    if (json) console.log(JSON.stringify({ name, seed, records, plant, ...told, lines }))
    else {
      const counts = Object.entries(told.counts).map(([what, n]) => `${what}=${n}`)
      if (told.broken !== null) console.log(`\nBROKEN: ${told.broken}`)
      const end = `kept=${told.kept} broken=${told.broken === null ? 0 : 1}`
      console.log(`\n${name} seed=${seed} records=${records} ${counts.join(' ')} ${end}`)
    }
    return told.broken === null
  } finally {
    await server.stop()
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

interface YearAsked {
  name: 'year'
  positions: number
  seed: number
  planted: Parameters<typeof runYear>[0]['planted']
  json: boolean
}

interface StoryAsked {
  name: StoryName
  records: number
  seed: number
  plant: StoryPlant | null
  json: boolean
}

function readArguments(): YearAsked | StoryAsked | 'help' | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        positions: { type: 'string' },
        records: { type: 'string' },
        seed: { type: 'string', default: '1' },
        plant: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return 'help'
    const [name, extra] = positionals
    if (extra !== undefined || !Number.isSafeInteger(Number(values.seed))) return null
    return name === 'year' ? yearOf(values) : storyOf(name, values)
  } catch {
    return null
  }
}

interface Values {
  positions?: string
  records?: string
  seed: string
  plant: string[]
  json: boolean
}

function yearOf({ positions, records, seed, plant, json }: Values): YearAsked | null {
  const planted = plant.filter(isPlant)
  if (planted.length < plant.length || records !== undefined) return null
  const size = Number(positions ?? DEFAULT_POSITIONS)
  if (!isBetween(size, 1, MOST_POSITIONS)) return null
  return { name: 'year', positions: size, seed: Number(seed), planted, json }
}

function storyOf(
  name: string | undefined,
  { positions, records, seed, plant, json }: Values,
): StoryAsked | null {
  const story = stories.find((one) => one === name)
  const [planted = null, more] = plant
  if (story === undefined || positions !== undefined || more !== undefined) return null
  if (planted !== null && !Object.hasOwn(storyPlants, planted)) return null
  const size = Number(records ?? DEFAULT_RECORDS)
  if (!isBetween(size, LEAST_RECORDS, MOST_RECORDS)) return null
  const broken = planted as StoryPlant | null
  return { name: story, records: size, seed: Number(seed), plant: broken, json }
}

function isBetween(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most
}
