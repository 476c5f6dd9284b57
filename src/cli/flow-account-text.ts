// What became of a flow’s records and messages, as tables and lines: its account, what IO says
// since, what its payments ask for. In Italian or English. Shared by the commands that show a flow.
import { accountWords } from '../domain/account-words.ts'
import type { EmissionAmounts } from '../domain/emission.ts'
import { accountTerms, difference, type FlowAccount } from '../domain/flow-account.ts'
import type { DeliveryCounts } from '../domain/following.ts'
import { formatAmount } from '../domain/money.ts'
import { fill, type StaffLanguage, type Words } from '../domain/words.ts'
import type { App } from './command.ts'
import { formatCount, formatTable } from './table.ts'

/**
 * The account as it is read: what was read, then each term that is not zero; it says when it does
 * not close.
 */
export function accountText(account: FlowAccount, language: StaffLanguage = 'en'): string {
  const rows = accountTerms
    .filter((term) => account[term] > 0)
    .map((term) => ['', `= ${accountWords[term][language]}`, formatCount(account[term])])
  const table = formatTable(
    [
      { title: words.account[language] },
      { title: '' },
      { title: words.records[language], align: 'right' },
    ],
    [[accountWords.read[language], '', formatCount(account.read)], ...rows],
  )
  const rest = difference(account)
  return `${table}${fill(rest === 0 ? words.closes : words.isOpen, language, { rest })}\n`
}

type Emission = Awaited<ReturnType<App['store']['flows']['emission']>>

/** What its payments ask for, beside the emission of the feed that was let go before it. */
export function emissionText({ amounts, before }: Emission, language: StaffLanguage): string {
  if (amounts === null) return ''
  const row = (title: Words, { count, ...cents }: EmissionAmounts) => [
    ...[title[language], formatCount(count), formatAmount(cents.totalCents)],
    ...[cents.minimumCents, cents.medianCents, cents.maximumCents].map(formatAmount),
  ]
  const titles = [words.notices, words.total, words.smallest, words.median, words.largest]
  const columns = titles.map((title) => ({ title: title[language], align: 'right' }) as const)
  const rows = [row(words.thisFlow, amounts), ...(before ? [row(words.before, before)] : [])]
  return `\n${formatTable([{ title: words.payments[language] }, ...columns], rows)}`
}

/** What IO says of the accepted ones since; a stuck one asks for a person. */
export function deliveriesText(
  { deliveries, read, paid }: DeliveryCounts,
  language: StaffLanguage,
): string {
  const counts = Object.entries({ ...deliveries, read, paid }).filter(([, count]) => count > 0)
  if (counts.length === 0) return ''
  const said = counts.map(([what, count]) => {
    return `${formatCount(count)} ${deliveryWords[what]?.[language] ?? what}`
  })
  const stuck = deliveries.stuck ? `\n${words.stuck[language]}` : ''
  return `\n${words.onIo[language]}: ${said.join(', ')}${stuck}\n`
}

const deliveryWords: Record<string, Words> = {
  accepted: { it: 'presi in carico', en: 'accepted' },
  processed: { it: 'consegnati', en: 'processed' },
  rejected: { it: 'rifiutati', en: 'rejected' },
  failed: { it: 'non consegnati', en: 'failed' },
  unknown: { it: 'in uno stato sconosciuto', en: 'unknown' },
  stuck: { it: 'fermi', en: 'stuck' },
  read: { it: 'letti', en: 'read' },
  paid: { it: 'pagati', en: 'paid' },
}

const words = {
  account: { it: 'conto', en: 'account' },
  records: { it: 'righe', en: 'records' },
  closes: { it: 'Il conto torna.', en: 'The account closes.' },
  isOpen: {
    it: 'IL CONTO NON TORNA: {rest} righe.',
    en: 'THE ACCOUNT DOES NOT CLOSE: {rest} records.',
  },
  payments: { it: 'pagamenti', en: 'payments' },
  notices: { it: 'avvisi', en: 'notices' },
  total: { it: 'totale €', en: 'total €' },
  smallest: { it: 'minimo', en: 'smallest' },
  median: { it: 'mediana', en: 'median' },
  largest: { it: 'massimo', en: 'largest' },
  thisFlow: { it: 'questo flusso', en: 'this flow' },
  before: { it: 'invio precedente', en: 'the one before' },
  onIo: { it: 'Su IO', en: 'On IO' },
  stuck: {
    it: 'Fermi: vedi IO_PROCESSING_SILENT in docs/operations.md',
    en: 'Stuck: see IO_PROCESSING_SILENT in docs/operations.md',
  },
} satisfies Record<string, Words>
