// The letters that a flow made needless, as its service says what one costs. Shown with the account
// of a flow, wherever that is shown.
import type { FlowAccount } from '../domain/flow-account.ts'
import { formatEuro } from '../domain/money.ts'
import { type LettersSaved, lettersSaved } from '../domain/rest.ts'
import type { App } from './command.ts'
import { formatCount } from './table.ts'

/** Null where the service does not say what a letter costs, or is no longer there. */
export function lettersOf(
  { config }: Pick<App, 'config'>,
  flow: { institution: string; service: string },
  account: FlowAccount,
): LettersSaved | null {
  const institution = config.institutions.find(({ id }) => id === flow.institution)
  const service = institution?.services.find(({ name }) => name === flow.service)
  return lettersSaved(account, service?.letterCents ?? null)
}

export function lettersText(saved: LettersSaved | null): string {
  if (saved === null) return ''
  return `\nLetters saved: ${formatCount(saved.letters)}, ${formatEuro(saved.valueCents)}\n`
}
