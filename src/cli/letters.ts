// The letters that a flow made needless, as its service says what one costs. Shown with the account
// of a flow, wherever that is shown.
import type { FlowOrigin } from '../domain/flow.ts'
import type { FlowAccount } from '../domain/flow-account.ts'
import { formatEuro } from '../domain/money.ts'
import { type LettersSaved, lettersSaved } from '../domain/rest.ts'
import { fill, type StaffLanguage, type Words } from '../domain/words.ts'
import type { App } from './command.ts'
import { formatCount } from './table.ts'

/**
 * Null where the service does not say what a letter costs, or is no longer there; and of what comes
 * after another message: a correction saves no letter, nor does a test.
 */
export function lettersOf(
  { config }: Pick<App, 'config'>,
  flow: { institution: string; service: string; origin: FlowOrigin },
  account: FlowAccount,
): LettersSaved | null {
  if (flow.origin === 'errata' || flow.origin === 'test') return null
  const institution = config.institutions.find(({ id }) => id === flow.institution)
  const service = institution?.services.find(({ name }) => name === flow.service)
  return lettersSaved(account, service?.letterCents ?? null)
}

export function lettersText(saved: LettersSaved | null, language: StaffLanguage = 'en'): string {
  if (saved === null) return ''
  const { letters, valueCents } = saved
  const figures = { letters: formatCount(letters), value: formatEuro(valueCents) }
  return `\n${fill(savedWords, language, figures)}\n`
}

const savedWords: Words = {
  it: 'Lettere risparmiate: {letters}, {value}',
  en: 'Letters saved: {letters}, {value}',
}
