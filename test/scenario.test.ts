// The simulated year at a small share of its size: it keeps every promise, and its judge notices
// each promise that is broken on purpose.
import { describe, it } from 'vitest'
import { type Plant, plants } from '../scripts/scenario/plants.ts'
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
