// `npm run simulate`: lives of the send stage by seed, in virtual time, each judged. Ends non-zero
// when one of them breaks a promise, and names the first seed that does.
// `SEED=n` replays one life and prints all that happens in it; `--plant` breaks a rule on purpose.
import { parseArgs } from 'node:util'
import { type Life, live } from './simulate/life.ts'
import { isPlant, type Plant, plants } from './simulate/plants.ts'

const DEFAULT_SEEDS = 500
const MOST_SEEDS = 1_000_000
/** Lives that broke a promise and are told of; the others are counted. */
const TOLD = 5

const USAGE = `usage: npm run simulate -- [--seeds N] [--from SEED] [--plant NAME]
       SEED=n npm run simulate     one life, with its trace
plants:
${Object.entries(plants)
  .map(([name, what]) => `  ${name.padEnd(18)} ${what}`)
  .join('\n')}`

process.exitCode = await simulate()

async function simulate(): Promise<number> {
  const asked = readArguments()
  if (asked === null) {
    console.error(USAGE)
    return 2
  }
  const { from, seeds, plant, isReplay } = asked
  const totals = createTotals()
  const startedAt = performance.now()
  for (let seed = from; seed < from + seeds; seed += 1) {
    const life = await live({ seed, plant, ...(isReplay ? { trace: console.log } : {}) })
    totals.add(life)
    if (life.violations.length > 0 && totals.failed() <= TOLD) tell(life)
    if (process.stderr.isTTY) process.stderr.write(`\r${seed - from + 1} of ${seeds} lives`)
  }
  if (process.stderr.isTTY) process.stderr.write('\n')
  console.error(`took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  console.log(totals.line(from, seeds))
  return totals.failed() === 0 ? 0 : 1
}

interface Asked {
  from: number
  seeds: number
  plant: Plant | null
  isReplay: boolean
}

function readArguments(): Asked | null {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string', default: String(DEFAULT_SEEDS) },
        from: { type: 'string', default: '1' },
        plant: { type: 'string', default: '' },
      },
    })
    const replayed = process.env['SEED']
    const from = Number(replayed ?? values.from)
    const seeds = replayed === undefined ? Number(values.seeds) : 1
    const plant = values.plant === '' ? null : values.plant
    const areWhole = Number.isSafeInteger(from) && Number.isSafeInteger(seeds)
    if (!areWhole || seeds < 1 || seeds > MOST_SEEDS) return null
    if (plant !== null && !isPlant(plant)) return null
    return { from, seeds, plant, isReplay: replayed !== undefined }
  } catch {
    return null
  }
}

function tell({ seed, violations, traceHash }: Life): void {
  console.error(`\nseed ${seed} (trace ${traceHash.slice(0, 12)}; SEED=${seed} replays it):`)
  for (const violation of violations) console.error(`  ${violation}`)
}

function createTotals() {
  const sums = {
    messages: 0,
    faults: 0,
    mishaps: 0,
    lost: 0,
    duplicated: 0,
    uncertain: 0,
    resent: 0,
  }
  const failing: number[] = []
  let inFlightMax = 0
  return {
    failed: () => failing.length,
    add(life: Life): void {
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += life[name]
      inFlightMax = Math.max(inFlightMax, life.inFlightMax)
      if (life.violations.length > 0) failing.push(life.seed)
    },
    line(from: number, seeds: number): string {
      const counts = Object.entries(sums).map(([name, sum]) => `${name}=${sum}`)
      const first = failing[0] === undefined ? [] : [`first-failing-seed=${failing[0]}`]
      const lives = [`seed=${from}`, `seeds=${seeds}`, ...counts, `in-flight-max=${inFlightMax}`]
      return [...lives, `failed=${failing.length}`, ...first].join(' ')
    },
  }
}
