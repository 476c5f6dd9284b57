// T24: the clocks of the processes jump an hour back, a day ahead, and by steps, while they send.
// Every timer is monotonic: no burst, nothing before its instant, no reminder twice. In the
// simulation, where a clock can be set wrong without setting the machine's.
import { live } from '../simulate/life.ts'
import { type SoakOptions, type SoakResult, type SoakRun, sized } from './run.ts'

const LIVES = 2_000

export const run: SoakRun = {
  name: 'T24',
  title: 'clocks that jump: no burst, nothing before its instant, no reminder twice',
  run: jump,
}

async function jump({ seed, share, note, signal }: SoakOptions): Promise<SoakResult> {
  const lives = sized(LIVES, share, 40)
  const sums = { lost: 0, duplicated: 0, uncertain: 0, messages: 0, jumps: 0, limited: 0 }
  let inFlightMax = 0
  const failures: string[] = []
  for (let n = 0; n < lives && failures.length === 0; n += 1) {
    signal.throwIfAborted()
    const life = await live({ seed: seed + n, plant: null, only: 'clocks' })
    sums.lost += life.lost
    sums.duplicated += life.duplicated
    sums.uncertain += life.uncertain
    sums.messages += life.messages
    sums.jumps += life.mishaps
    sums.limited += life.limited
    inFlightMax = Math.max(inFlightMax, life.inFlightMax)
    failures.push(...life.violations.map((violation) => `Life ${life.seed}: ${violation}.`))
    if (n % 100 === 99) note(`${n + 1} of ${lives} lives`)
  }
  if (sums.limited > 0) failures.push(`IO refused ${sums.limited} calls for their rate.`)
  const { lost, duplicated, uncertain, ...counts } = sums
  return { lost, duplicated, uncertain, inFlightMax, counts: { lives, ...counts }, failures }
}
