// The simulation of the send stage by seed: a share of its lives, and proof that it has teeth. What
// its tables do is compared with PostgreSQL beside this file.
import { describe, expect, it } from 'vitest'
import { type Life, live } from '../../scripts/simulate/life.ts'
import { type Plant, plants } from '../../scripts/simulate/plants.ts'

const LIVES = 60

async function lives(from: number, count: number, plant: Plant | null): Promise<Life[]> {
  const lived: Life[] = []
  for (let seed = from; seed < from + count; seed += 1) lived.push(await live({ seed, plant }))
  return lived
}

function sum(lived: Life[], of: 'lost' | 'duplicated' | 'uncertain' | 'faults' | 'mishaps') {
  return lived.reduce((total, life) => total + life[of], 0)
}

describe('a life of the send stage', () => {
  it('keeps every promise, whatever befalls it', async () => {
    const lived = await lives(1, LIVES, null)
    const broken = lived.filter(({ violations }) => violations.length > 0)
    expect(broken.map(({ seed, violations }) => ({ seed, violations }))).toEqual([])
    expect({ lost: sum(lived, 'lost'), duplicated: sum(lived, 'duplicated') }).toEqual({
      lost: 0,
      duplicated: 0,
    })
  })

  it('meets faults of IO, mishaps of processes, and answers that are lost', async () => {
    const lived = await lives(1, LIVES, null)
    expect(sum(lived, 'faults')).toBeGreaterThan(LIVES)
    expect(sum(lived, 'mishaps')).toBeGreaterThan(LIVES)
    expect(sum(lived, 'uncertain')).toBeGreaterThan(0)
  })

  it('is the same again from the same seed, and another from another', async () => {
    const traces = async (seed: number) => {
      const lines: string[] = []
      const { traceHash } = await live({ seed, plant: null, trace: (line) => lines.push(line) })
      return { traceHash, lines }
    }
    const first = await traces(7)
    expect(await traces(7)).toEqual(first)
    expect(first.lines.length).toBeGreaterThan(100)
    expect((await traces(8)).traceHash).not.toBe(first.traceHash)
  })

  it('takes no real time for the hours that it lasts', async () => {
    const { events } = await live({ seed: 3, plant: null })
    expect(Number(/ in ([\d.]+) h/.exec(events)?.[1])).toBeGreaterThan(0.01)
  })
})

describe('a rule that is broken on purpose', () => {
  it.each(Object.keys(plants) as Plant[])('is noticed: %s', async (plant) => {
    const lived = await lives(1, 40, plant)
    expect(lived.filter(({ violations }) => violations.length > 0)).not.toEqual([])
  })

  it('makes somebody hear twice when what is uncertain is sent again', async () => {
    expect(sum(await lives(1, 20, 'resend-uncertain'), 'duplicated')).toBeGreaterThan(0)
  })
})
