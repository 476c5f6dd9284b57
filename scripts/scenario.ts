// `npm run scenario -- year`: a year of reminders, payments and campaigns with a moving clock,
// judged by what the world says should have happened. Ends non-zero when any promise was broken.
// `--plant` breaks one on purpose.
import { parseArgs } from 'node:util'
import { isPlant, plants } from './scenario/plants.ts'
import { runYear, type Year } from './scenario/year.ts'

const DEFAULT_POSITIONS = 10_000
const MOST_POSITIONS = 1_000_000
/** Broken promises that are told; the others are counted. */
const TOLD = 20

const USAGE = `usage: npm run scenario -- year [--positions N] [--seed N] [--plant NAME]... [--json]

A year (2028) of two institutions with a moving clock: both nights of daylight saving, the 29th of
February, holidays, the patron saint, outages of an hour and of nine days, files that come twice,
due dates that change or are postponed and moved back, payments from files and from IO, single
payments before instalments, withdrawals, deaths, days without news of payments, a feed of which IO
reminds, a key that IO refuses for some hours, a campaign a month, people who are not to be written
to. Ends 0 when every message left at its instant or has its reason.

plants:
${Object.entries(plants)
  .map(([name, { what }]) => `  ${name.padEnd(18)} ${what}`)
  .join('\n')}`

process.exitCode = await scenario()

async function scenario(): Promise<number> {
  const asked = readArguments()
  if (asked === null) {
    console.error(USAGE)
    return 2
  }
  const { json, ...options } = asked
  const startedAt = performance.now()
  const isSeen = process.stderr.isTTY === true
  let month = ''
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
  console.log(
    json ? JSON.stringify({ ...options, seconds, ...year }) : describe(year, options.seed),
  )
  console.error(`took ${seconds.toFixed(1)} s`)
  return year.violations.length === 0 ? 0 : 1
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

function readArguments(): (Parameters<typeof runYear>[0] & { json: boolean }) | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        positions: { type: 'string', default: String(DEFAULT_POSITIONS) },
        seed: { type: 'string', default: '1' },
        plant: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
      },
    })
    const positions = Number(values.positions)
    const seed = Number(values.seed)
    const planted = values.plant.filter(isPlant)
    const isWhole = Number.isSafeInteger(positions) && Number.isSafeInteger(seed)
    const isYear = positionals.length === 1 && positionals[0] === 'year'
    if (!isYear || !isWhole || planted.length < values.plant.length) return null
    if (positions < 1 || positions > MOST_POSITIONS) return null
    return { positions, seed, planted, json: values.json }
  } catch {
    return null
  }
}
