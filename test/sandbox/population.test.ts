// The sandbox's citizens: shares as asked for, the same for the same seed.
import { expect, test } from 'vitest'
import { type Citizen, createPopulation } from '../../src/sandbox/population.ts'
import { feedHash } from '../../src/sandbox/subscriptions-feed.ts'

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
  const english = found.filter((profile) => profile.languages?.[0] === 'en_GB')
  expect(english.length / found.length).toBeCloseTo(0.2, 1)
  expect(found.some((profile) => profile.languages?.[0] === 'de_DE')).toBe(false)
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
    mode: 'AUTO',
  })
})

test('what is stated decides: the choice, the mode, the services switched off', () => {
  const population = createPopulation(1, {})
  const allowed = (citizen: Partial<Citizen>) => {
    population.state('BBBBBB00A00A000A', citizen)
    return population.findProfile('BBBBBB00A00A000A', 'tari')?.senderAllowed ?? null
  }
  expect(allowed({})).toBe(true)
  expect(allowed({ onIo: false })).toBeNull()
  expect(allowed({ preference: false })).toBe(false)
  expect(allowed({ mode: 'MANUAL' })).toBe(false)
  expect(allowed({ mode: 'MANUAL', preference: true })).toBe(true)
  expect(allowed({ mode: 'MANUAL', preference: true, off: ['tari'] })).toBe(false)
  expect(allowed({ mode: 'LEGACY', preference: false })).toBe(true)
  expect(allowed({ mode: 'LEGACY', off: 'all' })).toBe(false)
})

test('who comes and who goes is remembered by day and by service', () => {
  let now = Date.UTC(2026, 0, 1)
  const code = 'BBBBBB00A00A000A'
  const initially = [{ fiscalCode: code, citizen: { onIo: false } }]
  const population = createPopulation(1, {}, () => now, initially)
  population.state(code, { off: ['mensa'] })
  now += 86_400_000
  population.state(code, { onIo: false })
  const none = { subscriptions: [], unsubscriptions: [] }
  const came = { subscriptions: [feedHash(code)], unsubscriptions: [] }
  expect(population.changesOn('2026-01-01', 'tari')).toEqual(came)
  expect(population.changesOn('2026-01-01', 'mensa')).toEqual(none)
  expect(population.changesOn('2026-01-02', 'tari')).toEqual({
    subscriptions: [],
    unsubscriptions: [feedHash(code)],
  })
  expect(population.changesOn('2026-01-03', 'tari')).toEqual(none)
})
