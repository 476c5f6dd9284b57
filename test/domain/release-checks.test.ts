import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ReleaseSpec } from '../../src/config/release.ts'
import type { CheckCode, LotFacts, ReleaseRules } from '../../src/domain/release-check.ts'
import { concernedBy, findBlocking, findProblems } from '../../src/domain/release-checks.ts'
import { findingText, keptBackMail, remedyText } from '../../src/domain/release-words.ts'

const { brake: _, ...defaults } = ReleaseSpec.parse({})
const rules: ReleaseRules = { ...defaults, residents: null }

const emission = (medianCents: number, count = 100) => ({
  ...{ count, medianCents, totalCents: medianCents * count, minimumCents: medianCents },
  ...{ maximumCents: medianCents, p99Cents: medianCents, wholeEuros: 0 },
})

const texts = (changes: Partial<NonNullable<LotFacts['texts']>> = {}) => ({
  ...{ texts: 100, personalTitles: 0, shortest: 80, longest: 90, longestTitle: 20 },
  ...{ isSame: false, samples: [], ...changes },
})

const due = (past: number, count = 100): LotFacts['due'] => ({
  ...{ count, past, first: '2026-01-31', median: '2026-03-31', last: '2026-05-31', byMonth: {} },
})

/** A lot of 100 bills with nothing against it. */
const factsOf = (changes: Partial<LotFacts> = {}): LotFacts => ({
  ...{ origin: 'drop', messages: 100, read: 100, refused: 0 },
  ...{ amounts: emission(5000), before: emission(5100) },
  ...{ comparable: 0, farFromTheirOwn: 0, notHarmless: 0, due: due(0), dueBefore: null },
  ...{ repeats: null, toldAlready: 0, paidAlready: 0, toldOrPaid: 0 },
  ...{ leftOut: {}, texts: texts() },
  ...{ recipients: 100, reachBefore: null, test: null, ...changes },
})

const TOLD = 'FLOW_TOLD_ALREADY blocking'
const LEFT = 'FLOW_TOLD_ALREADY left-out'
const bothBlock = [TOLD, 'FLOW_PAID_ALREADY blocking']
const bothLeave = [LEFT, 'FLOW_PAID_ALREADY left-out']

const said = (changes: Partial<LotFacts>, more: Partial<ReleaseRules> = {}) =>
  findProblems(factsOf(changes), { ...rules, ...more }).map(({ code, level }) => `${code} ${level}`)

const at = Temporal.Instant.from('2026-03-01T08:00:00Z')
const repeats = { flowId: 7, file: 'tari-2026.csv', at, records: 100 }

describe('a lot', () => {
  const cases: [string, Partial<LotFacts>, string[], Partial<ReleaseRules>?][] = [
    ['with nothing against it', {}, []],
    ['with the median times ten', { amounts: emission(51_000) }, ['FLOW_AMOUNTS blocking']],
    ['with the median below that', { amounts: emission(50_999) }, []],
    ['with 11 of 100 far from their own', far(11, 100), ['FLOW_AMOUNTS blocking']],
    ['with 10 of 100 far from their own', far(10, 100), []],
    ['with 5 of 9 far from their own', far(5, 9), []],
    ['without an emission before', { amounts: emission(900_000), before: null }, []],
    ['21 % past due', { due: due(21) }, ['FLOW_PAST_DUE blocking']],
    ['20 % past due', { due: due(20) }, []],
    ['all past due, of nine', { due: due(9, 9) }, []],
    ['all past due, of ten', { due: due(10, 10) }, ['FLOW_PAST_DUE blocking']],
    ['all past due, where that is right', { due: due(100) }, [], { pastDueAtMostPercent: 100 }],
    ['of a campaign, all past due', { origin: 'campaign', due: due(100) }, []],
    ['one past due, where none may', { due: due(1) }, ['FLOW_PAST_DUE blocking'], atMost(0)],
    ['that repeats a file', { repeats }, ['FLOW_REPEATED_FILE blocking']],
    ['that repeats one, with nothing left', { repeats, messages: 0 }, []],
    ['told already', { toldAlready: 3 }, ['FLOW_TOLD_ALREADY left-out']],
    ['told already, more than half', { toldAlready: 51 }, ['FLOW_TOLD_ALREADY blocking']],
    ['told and left out, more than half', leftOut(51), ['FLOW_TOLD_ALREADY left-out']],
    ['told, where that blocks', { toldAlready: 1 }, ['FLOW_TOLD_ALREADY blocking'], blocks],
    ['told and left out, where that blocks', leftOut(1), ['FLOW_TOLD_ALREADY left-out'], blocks],
    ['paid already', { paidAlready: 3 }, ['FLOW_PAID_ALREADY left-out']],
    ['told, paid and refused, each below half', known(47, 40, 87), bothBlock],
    ['told and paid, the very same ones', known(40, 40, 40), bothLeave],
    [
      'told and refused, more than half of what was read',
      { ...known(30, 0, 30), ...read(150, 50) },
      [TOLD],
    ],
    ['told and refused, of many duplicates', { ...known(30, 0, 30), ...read(1000, 36) }, [LEFT]],
    ['told above half, and some paid', known(60, 10, 70), [TOLD, 'FLOW_PAID_ALREADY left-out']],
    ['told and paid, of nine', { ...known(4, 4, 8), messages: 9, read: 9 }, bothLeave],
    ['half refused', { refused: 50 }, []],
    ['more than half refused', { refused: 51 }, ['FLOW_PROBLEMS blocking']],
    ['one refused, where that blocks', { refused: 1 }, ['FLOW_PROBLEMS blocking'], blocks],
    ['eight of nine refused', { refused: 8, read: 9 }, []],
    ['that says the same, without payments', sameForAll(50), ['FLOW_MASS blocking']],
    ['of 49 that says the same', sameForAll(49), []],
    ['that says the same, with payments', { texts: texts({ isSame: true }) }, []],
    ['of too many residents', {}, ['FLOW_MASS blocking'], { residents: 166 }],
    ['of just so many residents', {}, [], { residents: 167 }],
    ['with titles', { texts: texts({ personalTitles: 1 }) }, ['FLOW_TITLES warning']],
    ['with a reported test', { test: answers(1, 1) }, ['FLOW_TEST_REPORTED blocking']],
    ['without its test', {}, ['FLOW_TEST_MISSING blocking'], { test: 'required' }],
    ['with half its test', { test: answers(1, 0) }, ['FLOW_TEST_MISSING blocking'], tested()],
    ['with its test', { test: answers(2, 0) }, [], tested()],
  ]
  test.each(cases)('%s', (_what, changes, expected, more) => {
    expect(said(changes, more)).toEqual(expected)
  })

  function known(toldAlready: number, paidAlready: number, toldOrPaid: number) {
    return { toldAlready, paidAlready, toldOrPaid }
  }
  function read(all: number, refused: number): Partial<LotFacts> {
    return { read: all, refused }
  }
  function far(farFromTheirOwn: number, comparable: number): Partial<LotFacts> {
    return { farFromTheirOwn, comparable, notHarmless: farFromTheirOwn }
  }
  function atMost(pastDueAtMostPercent: number) {
    return { pastDueAtMostPercent }
  }
  function leftOut(n: number): Partial<LotFacts> {
    return { messages: 100 - n, leftOut: { FLOW_TOLD_ALREADY: n } }
  }
  function sameForAll(messages: number): Partial<LotFacts> {
    return { messages, amounts: null, texts: texts({ isSame: true }) }
  }
  function answers(confirmed: number, reported: number) {
    return { messages: 2, confirmed, reported }
  }
  function tested(): Partial<ReleaseRules> {
    return { test: 'required' }
  }
})
const blocks: Partial<ReleaseRules> = { onProblems: 'block' }

const count = fc.nat(300)
const drawnFacts: fc.Arbitrary<LotFacts> = fc
  .record({
    ...{
      toldOrPaid: count,
      messages: count,
      read: count,
      refused: count,
      comparable: count,
      notHarmless: count,
    },
    ...{ farFromTheirOwn: count, toldAlready: count, paidAlready: count, recipients: count },
    past: count,
    cents: fc.integer({ min: 1, max: 1_000_000 }),
    before: fc.integer({ min: 1, max: 1_000_000 }),
    isSame: fc.boolean(),
    personalTitles: count,
    isRepeated: fc.boolean(),
    told: count,
  })
  .map(({ past, cents, before, isSame, personalTitles, isRepeated, told, ...counts }) =>
    factsOf({
      ...counts,
      due: due(Math.min(past, counts.messages), counts.messages),
      amounts: emission(cents),
      before: emission(before),
      texts: texts({ isSame, personalTitles }),
      repeats: isRepeated ? repeats : null,
      leftOut: { FLOW_TOLD_ALREADY: told },
    }),
  )
const drawnRules: fc.Arbitrary<ReleaseRules> = fc
  .record({
    ...{ problemsAtMostPercent: fc.nat(100), pastDueAtMostPercent: fc.nat(100) },
    onProblems: fc.constantFrom('block' as const, 'skip' as const),
    residents: fc.option(fc.nat(1000)),
  })
  .map((changes) => ({ ...rules, ...changes }))

describe('whatever the facts', () => {
  test('each finding comes once, has words in both languages, and leaves no figure open', () => {
    fc.assert(
      fc.property(drawnFacts, drawnRules, (facts, drawn) => {
        const found = findProblems(facts, drawn)
        expect(new Set(found.map(({ code }) => code)).size).toBe(found.length)
        for (const finding of found) {
          for (const language of ['it', 'en'] as const) {
            const words = findingText(finding, language) + remedyText(finding, 12, language)
            expect(words).not.toMatch(/[{}]|undefined|NaN/)
          }
        }
        expect(keptBackMail({ id: 1, feed: 'tari', campaign: null }, found, []).body).toContain(
          'staffetta flows check 1',
        )
      }),
    )
  })

  test('what is left out by itself blocks no more once nothing of it waits', () => {
    fc.assert(
      fc.property(drawnFacts, drawnRules, (facts, drawn) => {
        const rest = { ...facts, toldAlready: 0, paidAlready: 0, toldOrPaid: 0 }
        const codes = findBlocking(findProblems(rest, drawn), rest, []).map(({ code }) => code)
        expect(codes).not.toContain('FLOW_TOLD_ALREADY')
        expect(codes).not.toContain('FLOW_PAID_ALREADY')
      }),
    )
  })

  test('overriding all that blocks leaves nothing that does, until there is more of it', () => {
    fc.assert(
      fc.property(drawnFacts, drawnRules, (facts, drawn) => {
        const found = findProblems(facts, drawn)
        const overrides = found.map((finding) => ({
          ...{ code: finding.code, totalCents: facts.amounts?.totalCents ?? null },
          ...{ messages: facts.messages, concerned: concernedBy(finding, facts) },
        }))
        expect(findBlocking(found, facts, overrides)).toEqual([])
        const more = { ...facts, messages: facts.messages + 1 }
        const blocking = found.filter(({ level }) => level === 'blocking')
        expect(findBlocking(found, more, overrides)).toEqual(blocking)
      }),
    )
  })

  test('overriding one finding is not overriding another', () => {
    const facts = factsOf({ amounts: emission(900_000), due: due(90) })
    const found = findProblems(facts, rules)
    const overrideOf = (code: CheckCode) => ({
      ...{ code, totalCents: 90_000_000, messages: 100, concerned: 100 },
    })
    const left = (...codes: CheckCode[]) =>
      findBlocking(found, facts, codes.map(overrideOf)).map(({ code }) => code)
    expect(left()).toEqual(['FLOW_AMOUNTS', 'FLOW_PAST_DUE'])
    expect(left('FLOW_AMOUNTS')).toEqual(['FLOW_PAST_DUE'])
    expect(left('FLOW_PAST_DUE')).toEqual(['FLOW_AMOUNTS'])
    expect(left('FLOW_AMOUNTS', 'FLOW_PAST_DUE')).toEqual([])
  })
})

test('the words quote both totals and medians, and how many have no decimals', () => {
  const facts = factsOf({
    amounts: { ...emission(900_000, 4), totalCents: 3_600_000, wholeEuros: 4 },
    before: { ...emission(9000, 4), totalCents: 36_000, wholeEuros: 1 },
    ...{ comparable: 12, farFromTheirOwn: 11 },
  })
  const [found] = findProblems(facts, rules)
  expect(findingText(found!, 'it')).toBe(
    'La mediana degli importi è 100 volte quella dell’invio precedente: ' +
      '9.000,00 € contro 90,00 €. ' +
      'Per 11 cittadini su 12 l’importo è dieci volte il proprio di allora, o un decimo. ' +
      'Totale 36.000,00 € in 4 avvisi; prima 360,00 € in 4 avvisi. ' +
      'Senza decimali: 4 importi, prima 1.',
  )
  expect(remedyText(found!, 12, 'en')).toBe(
    'Compare the amounts with the office that issued them: a comma may be lost. ' +
      'To let only the others go: ' +
      '`staffetta flows leave-out 12 --check FLOW_AMOUNTS --because TEXT`. ' +
      'If it is right as it is: ' +
      '`staffetta flows override 12 --check FLOW_AMOUNTS --total EUROS --because TEXT`.',
  )
})
