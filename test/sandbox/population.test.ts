// The sandbox's citizens: shares as asked for, the same for the same seed.
import { expect, test } from 'vitest'
import { createPopulation } from '../../src/sandbox/population.ts'

const codes = Array.from(
  { length: 20_000 },
  (_, number) => `ABCDEF00A${String(number).padStart(6, '0')}A`,
)

test('the shares are those that were asked for, within a point', () => {
  const population = createPopulation(7, { notOnIo: 0.3, serviceOff: 0.1, english: 0.2, german: 0 })
  const profiles = codes.map((code) => population.findProfile(code, 'tari'))
  const found = profiles.filter((profile) => profile !== null)
  expect(found.length / codes.length).toBeCloseTo(0.7, 1)
  const off = found.filter((profile) => !profile.senderAllowed)
  expect(off.length / found.length).toBeCloseTo(0.1, 1)
  const english = found.filter((profile) => profile.languages[0] === 'en_GB')
  expect(english.length / found.length).toBeCloseTo(0.2, 1)
  expect(found.some((profile) => profile.languages[0] === 'de_DE')).toBe(false)
})

test('the same seed gives the same citizens, another seed others', () => {
  const world = (seed: number) => {
    const population = createPopulation(seed, {})
    return codes.slice(0, 200).map((code) => population.findProfile(code, 'tari'))
  }
  expect(world(1)).toEqual(world(1))
  expect(world(1)).not.toEqual(world(2))
})

test('switching one service off leaves the others', () => {
  const population = createPopulation(1, { notOnIo: 0, serviceOff: 0.5 })
  const differing = codes.filter(
    (code) =>
      population.findProfile(code, 'tari')?.senderAllowed !==
      population.findProfile(code, 'mensa')?.senderAllowed,
  )
  expect(differing.length / codes.length).toBeCloseTo(0.5, 1)
})

test('the test recipient is always reachable', () => {
  const population = createPopulation(1, { notOnIo: 1, serviceOff: 1 })
  expect(population.findProfile('AAAAAA00A00A000A', 'tari')).toEqual({
    senderAllowed: true,
    languages: ['it_IT'],
  })
})
