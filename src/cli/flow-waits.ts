// What records of a flow wait for: a row of another feed, or the answer of a system, and until
// when. In Italian and English.
import { fill, type StaffLanguage, type Words } from '../domain/words.ts'
import type { App } from './command.ts'
import { formatCount, formatInstant, formatNumber } from './table.ts'

type Waiting = Awaited<ReturnType<App['store']['waits']['ofFlow']>>

/** What its records wait for, a line each. */
export function waitsText(
  app: App,
  flow: { institution: string },
  waiting: Waiting,
  language: StaffLanguage,
): string {
  const lines = waiting.map(({ reference, records, until, askAt }) => {
    const words = askAt === null ? waitWords.row : waitWords.answer
    const waits = records === 1 ? 'waits for its' : 'wait for their'
    const figures = { n: formatCount(records), reference, waits }
    const many = formatNumber(records, 'record')
    const again = askAt === null ? '' : `, ${whenAsked(app, flow, reference, askAt, language)}`
    const last = fill(waitWords.until, language, { until: formatInstant(until) })
    return `\n${fill(words, language, { ...figures, records: many })}${again}, ${last}\n`
  })
  return lines.join('')
}

/** When a system is asked again; one that is gone never is. */
function whenAsked(
  { config }: App,
  { institution }: { institution: string },
  system: string,
  at: Temporal.Instant,
  language: StaffLanguage,
): string {
  const systems = config.institutions.find(({ id }) => id === institution)?.systems ?? []
  const isThere = systems.some(({ id }) => id === system)
  const words = isThere ? waitWords.again : waitWords.gone
  return fill(words, language, { system, at: formatInstant(at) })
}

const waitWords = {
  row: {
    it: 'Righe che aspettano la loro riga di {reference}: {n}',
    en: '{records} {waits} row of {reference}',
  },
  answer: {
    it: 'Righe che aspettano la risposta di {reference}: {n}',
    en: '{records} {waits} answer from {reference}',
  },
  until: { it: 'al più tardi fino al {until}', en: 'until {until} at the latest' },
  again: { it: 'di nuovo interrogato il {at}', en: 'asked again at {at}' },
  gone: {
    it: 'che la configurazione non ha più: rimetti systems/{system}.yaml',
    en: 'which the configuration no longer has: put systems/{system}.yaml back',
  },
} satisfies Record<string, Words>
