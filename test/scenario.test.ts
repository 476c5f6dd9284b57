// The scenarios at a small share of their size: the simulated year and the stories of the town keep
// every promise, and their judges notice each promise that is broken on purpose.
import { describe, inject, it } from 'vitest'
import { type Plant, plants } from '../scripts/scenario/plants.ts'
import {
  runStory,
  type StoryName,
  type StoryPlant,
  stories,
} from '../scripts/scenario/run-story.ts'
import { runYear } from '../scripts/scenario/year.ts'
import { freshDatabase } from './database.ts'

/** So many that each part of the year has some. */
const POSITIONS = 200
const MOST_SECONDS = 400

async function year(planted: readonly Plant[]) {
  const database = await freshDatabase()
  try {
    return await runYear({ positions: POSITIONS, seed: 7, planted, databaseUrl: database.url })
  } finally {
    await database.drop()
  }
}

describe.concurrent('the simulated year', () => {
  it(
    'has every reminder leave once at its instant, or for a reason not at all',
    async ({ expect }) => {
      const { violations, counts, accepted, flows } = await year([])
      expect(violations).toEqual([])
      expect(accepted).toBeGreaterThan(POSITIONS)
      expect(flows).toBeGreaterThan(20)
      const causes = ['paid', 'paid-on-io', 'paid-part', 'paid-whole', 'postponed', 'superseded']
      for (const cause of causes) expect(counts).toHaveProperty([`reminder cancelled ${cause}`])
      for (const moved of ['closed', 'crowded']) {
        expect(counts).toHaveProperty([`reminder sent ${moved}`])
      }
      expect(counts).toHaveProperty(['campaign sent'])
    },
    MOST_SECONDS * 1000,
  )

  it(
    'is judged: each promise that is broken on purpose is noticed',
    async ({ expect }) => {
      const names = Object.keys(plants) as Plant[]
      const { violations } = await year(names)
      const unnoticed = names.filter(
        (name) => !violations.some((violation) => plants[name].shows.test(violation)),
      )
      expect(unnoticed).toEqual([])
    },
    MOST_SECONDS * 1000,
  )
})

/** Few, and enough that no check takes them for too few. */
const RECORDS = 80

async function story(name: StoryName, plant: StoryPlant | null) {
  const lines: string[] = []
  const told = await runStory(name, {
    ...{ databaseUrl: inject('databaseUrl'), seed: 7, records: RECORDS, plant },
    write: (line) => void lines.push(line),
    signal: AbortSignal.timeout(MOST_SECONDS * 1000),
  })
  return { ...told, lines }
}

describe('the story', () => {
  it.each(stories)(
    '%s keeps every promise',
    async (name) => {
      const { broken, lines, kept } = await story(name, null)
      if (broken !== null) throw new Error(`${broken}\n${lines.join('\n')}`)
      if (kept < 10) throw new Error(`only ${kept} rules were looked at`)
    },
    MOST_SECONDS * 1000,
  )

  const noticed: [StoryName, StoryPlant, RegExp][] = [
    ['crispiano', 'checks-off', /is told why|sends nothing|a wrong amount/],
    ['cesano', 'checks-off', /nothing of it has left/],
    ['approval', 'approval-off', /no citizen was told yet/],
    ['approval', 'suspension-off', /nothing left|before its end/],
    ['cesano', 'sent-twice', /told 2 times/],
  ]
  it.each(noticed)(
    '%s notices the plant %s',
    async (name, plant, shows) => {
      const { broken } = await story(name, plant)
      if (broken === null || !shows.test(broken)) throw new Error(`noticed: ${broken}`)
    },
    MOST_SECONDS * 1000,
  )
})
