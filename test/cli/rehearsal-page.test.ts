// The page of a rehearsal from figures alone: what is odd in them, and what comes from file names.
import { describe, expect, it } from 'vitest'
import { rehearsalPage } from '../../src/cli/rehearsal-page.ts'
import { durationWords, meaningOf, timeWords } from '../../src/cli/rehearsal-words.ts'
import { refusalCodes } from '../../src/domain/codes.ts'
import { emptyAccount } from '../../src/domain/flow-account.ts'
import type { Rehearsal } from '../../src/rehearsing.ts'

const madeAt = Temporal.ZonedDateTime.from('2026-03-01T12:30[Europe/Rome]')

const nothing: Rehearsal = {
  institution: 'Comune di Prova',
  feed: 'tari',
  zone: 'Europe/Rome',
  from: '2025-01-01',
  to: '2026-01-01',
  seconds: 1,
  hasPopulation: false,
  unasked: [],
  files: [],
  left: [],
  days: [],
  rules: [],
  paidAfter: [],
  flows: [],
  held: [],
  leftOut: [],
  outages: [],
  accepted: 0,
}

function pageOf(figures: Partial<Rehearsal>): string {
  return rehearsalPage({ ...nothing, ...figures }, madeAt)
}

describe('the page of a rehearsal', () => {
  it('says that nothing left where nothing did', () => {
    const page = pageOf({})
    expect(page).toContain('Niente: nessun messaggio sarebbe partito.')
    expect(page).toContain('Niente: ogni file è stato letto')
    expect(page).toContain('dal 1/1/2025 al 31/12/2025')
    expect(page).toContain('il 1/3/2026 alle 12:30')
  })

  it('shows names as they are, never as markup', () => {
    const name = `<script>alert("1")</script>&'.csv`
    const page = pageOf({ institution: name, feed: name, left: [{ name, because: 'pattern' }] })
    expect(page).not.toContain('<script')
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;.csv')
  })

  it('warns where there were no payments at all, and where systems were not asked', () => {
    const page = pageOf({ unasked: ['anagrafe'] })
    expect(page).toContain('Nella prova non c’erano file di pagamenti')
    expect(page).toContain('Non interrogati: anagrafe.')
  })

  it('says refused records by cause with their lines, and what would want a decision first', () => {
    const account = { ...emptyAccount(), read: 4, sent: 1, refused: 3 }
    const refusals = [{ code: 'REC_FISCAL_CODE_CHECK', field: 'cf', records: 3, lines: [2, 9] }]
    const flow = {
      ...{ id: 1, source: 'tari', file: 'a.csv', createdAt: '2025-03-01 07:00' },
      ...({ state: 'active', reason: 'blocked', isSettled: false, warnings: 0 } as const),
      ...{ account, refusals, problem: null, seconds: null },
    }
    const page = pageOf({ flows: [flow] })
    expect(page).toContain('codice fiscale con il carattere di controllo sbagliato')
    expect(page).toContain('<td>2, 9 …</td>')
    expect(page).toContain('<li>a.csv: flusso fermo')
    expect(page).toContain('sab 1/3/2025, 7:00')
  })

  it('draws a place for each day of each year', () => {
    const day = { first: 3, reminder: 0, campaign: 0, silenced: 0, seconds: 1 }
    const page = pageOf({
      days: [
        { day: '2024-02-29', ...day },
        { day: '2025-12-31', ...day },
      ],
    })
    expect(page.match(/<rect x="\d+" y="\d+" width="13"/g)).toHaveLength(366 + 365)
    expect(page).toContain('<title>gio 29/2/2024: 3</title>')
  })
})

describe('the words of the page', () => {
  it('say what every refusal means', () => {
    const unsaid = Object.keys(refusalCodes).filter((code) => meaningOf(code) === code)
    expect(unsaid).toEqual([])
  })

  it.each([
    ['-7d 09:30', '7 giorni prima, ore 9:30'],
    ['-1d 18:00', '1 giorno prima, ore 18:00'],
    ['+0d 08:05', 'il giorno della scadenza, ore 8:05'],
    ['+3d 10:00', '3 giorni dopo, ore 10:00'],
  ])('say %s as %s', (at, words) => {
    expect(timeWords(at)).toBe(words)
  })

  it.each([
    [null, 'senza limite'],
    [0.2, '1 s'],
    [600, '10 min'],
    [9_000, '2,5 ore'],
    [432_000, '5 giorni'],
  ])('say %s seconds as %s', (seconds, words) => {
    expect(durationWords(seconds)).toBe(words)
  })
})
