// One simulated year, from the drawing of its world to the verdict: a whole installation with a
// moving clock, in a directory and a database of its own that are gone afterwards.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { difference } from '../../src/domain/flow-account.ts'
import { openTimeLapse, type TimeLapse } from '../../src/time-lapse.ts'
import { contact } from '../samples.ts'
import { writeConfiguration } from './configuration.ts'
import { judge, type Verdict } from './judge.ts'
import { yearBegins } from './openings.ts'
import { arrangedBy, type Plant, planter } from './plants.ts'
import { play } from './play.ts'
import type { World } from './position.ts'
import { readTables } from './rows.ts'
import { drawWorld } from './world.ts'

export interface YearOptions {
  /** About so many positions. */
  positions: number
  seed: number
  /** Promises that are broken on purpose. */
  planted: readonly Plant[]
  /** An empty database; absent: an embedded one of its own. */
  databaseUrl?: string
  onDay?: (at: Temporal.Instant) => void
}

export interface Year extends Verdict {
  positions: number
  accepted: number
  flows: number
}

export async function runYear(options: YearOptions): Promise<Year> {
  const { positions, seed, planted, databaseUrl, onDay } = options
  const world = drawWorld(positions, seed)
  const broken = new Set<string>()
  const directory = await mkdtemp(join(tmpdir(), 'staffetta-scenario-'))
  try {
    await writeConfiguration(directory)
    const lapse = await openTimeLapse({
      configDirectory: directory,
      from: Temporal.Instant.fromEpochMilliseconds(yearBegins),
      ...(databaseUrl ? { databaseUrl } : {}),
      sandbox: {
        population: { notOnIo: 0, serviceOff: 0, english: 0, german: 0 },
        seed,
        fault: ({ key }) => (broken.has(key) ? refusedKey : null),
      },
      arrange: (config) => arrangedBy(planted, config),
    })
    if (onDay) lapse.onInstant(onDay)
    const { url, ...fields } = lapse.app.connection
    const pool = new pg.Pool({ ...(url ? { connectionString: url } : fields), max: 2 })
    // Its connections end beside the database; a query that fails has its own error.
    pool.on('error', () => {})
    try {
      for (const person of world.absent) {
        lapse.sandbox.stateCitizen(contact(person).fiscalCode, { onIo: false })
      }
      await play(world, lapse, broken, planter(planted, pool))
      return await judgeYear(world, lapse, pool)
    } finally {
      await pool.end()
      await lapse.close()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const refusedKey = { answer: { status: 401, body: '{"statusCode":401,"message":"no"}' } }

async function judgeYear(world: World, { app, sandbox }: TimeLapse, pool: pg.Pool): Promise<Year> {
  const tables = await readTables(app, pool, world.positions)
  const differences = []
  for (const flow of tables.flows) {
    differences.push({ flow, difference: difference(await app.store.flows.account(flow)) })
  }
  const { truth } = sandbox
  const verdict = judge(world, { ...tables, differences, accepted: truth.accepted() })
  const counted = { positions: world.positions.length, flows: tables.flows.length }
  return { ...verdict, ...counted, accepted: truth.acceptedCount() }
}
