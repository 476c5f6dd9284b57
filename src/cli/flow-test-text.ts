// How a test batch is told on a terminal: the records that would be tried, and who said what of
// which. Invariant: what testers wrote never reaches the terminal with its control characters.
import { reasonTexts, type SampledReason } from '../domain/test-sample.ts'
import { fill, type StaffLanguage, type Words } from '../domain/words.ts'
import type { App } from './command.ts'
import { formatLocal, formatTable, printable } from './table.ts'

type State = NonNullable<Awaited<ReturnType<App['flows']['testState']>>>
type Item = State['items'][number]
type Cell = State['testers'][number]['cells'][number]

interface Shown extends Omit<Item, 'reasons'> {
  reasons: readonly SampledReason[]
  fiscalCode: string
  title: string
  length: number
}

export const testWords = {
  sent: {
    it: 'Prova del flusso {flow}: {messages} messaggi a {testers}, in partenza il {at}.',
    en: 'Test of flow {flow}: {messages} messages to {testers}, leaving at {at}.',
  },
  written: {
    it: 'Risposta di {tester} scritta: confermati {confirmed} messaggi su {messages}, segnalati {reported}.',
    en: 'Answer of {tester} written: {confirmed} of {messages} confirmed, {reported} reported.',
  },
} satisfies Record<string, Words>

const words = {
  none: {
    it: 'Il flusso {flow} non ha ancora avuto una prova: `staffetta flows test {flow} --show`.',
    en: 'Flow {flow} has had no test yet: `staffetta flows test {flow} --show`.',
  },
  nothing: {
    it: 'Del flusso {flow} non c’è più nulla da provare.',
    en: 'Of flow {flow} nothing is left to try.',
  },
  head: {
    it: 'Prova del flusso {flow}: confermati {confirmed} messaggi su {messages}, segnalati {reported}.',
    en: 'Test of flow {flow}: {confirmed} of {messages} confirmed, {reported} reported.',
  },
  sentBy: {
    it: 'Inviata il {sentAt} da {actor}; si può rispondere fino al {expiresAt}.',
    en: 'Sent at {sentAt} by {actor}; testers can answer until {expiresAt}.',
  },
  isVoid: {
    it: 'IL FLUSSO È CAMBIATO DOPO LA PROVA: le risposte non contano più, va provato di nuovo.',
    en: 'THE FLOW HAS CHANGED SINCE: the answers count no more, it must be tried again.',
  },
  line: { it: 'riga', en: 'line' },
  why: { it: 'perché', en: 'because' },
  recipient: { it: 'destinatario', en: 'recipient' },
  title: { it: 'titolo', en: 'title' },
  length: { it: 'testo', en: 'text' },
  tester: { it: 'collaudatore', en: 'tester' },
  reminder: { it: 'promemoria {template}', en: 'reminder {template}' },
  legend: {
    it: '✓ tutto corretto   ✗ segnalato   – senza risposta',
    en: '✓ all correct   ✗ reported   – no answer yet',
  },
  noLink: { it: ' (senza posta)', en: ' (no mail)' },
  notSent: {
    it: 'Messaggio {item} a {tester} non inviato: {code}.',
    en: 'Message {item} to {tester} was not sent: {code}.',
  },
} satisfies Record<string, Words>

/** The records that would be tried. Fiscal codes are masked by who calls. */
export function sampleText(
  flow: number,
  sample: readonly Shown[],
  language: StaffLanguage,
): string {
  if (sample.length === 0) return `${fill(words.nothing, language, { flow })}\n`
  const title = (name: 'line' | 'why' | 'recipient' | 'title') => ({ title: words[name][language] })
  return formatTable(
    [
      { title: 'n', align: 'right' },
      { ...title('line'), align: 'right' },
      title('recipient'),
      title('why'),
      { title: words.length[language], align: 'right' },
      title('title'),
    ],
    sample.map((item) => [
      ...[String(item.item), String(item.line ?? '–'), item.fiscalCode],
      ...[whyText(item, language), String(item.length), item.title],
    ]),
  )
}

/** Where the last batch stands, by the clock of its zone; null: there was none. */
export function stateText(
  flow: number,
  state: State | null,
  zone: string,
  language: StaffLanguage,
): string {
  if (state === null) return `${fill(words.none, language, { flow })}\n`
  const { counts, sentAt, expiresAt, actor, items, testers } = state
  const when = { actor, sentAt: formatLocal(sentAt, zone), expiresAt: formatLocal(expiresAt, zone) }
  const columns = items.map(({ item }) => ({ title: String(item) }))
  const matrix = formatTable(
    [{ title: words.tester[language] }, ...columns],
    testers.map(({ tester, hasLink, cells }) => [
      tester + (hasLink ? '' : words.noLink[language]),
      ...cells.map(({ answer }) => (answer === null ? '–' : answer === 'ok' ? '✓' : '✗')),
    ]),
  )
  const list = formatTable(
    [
      { title: 'n', align: 'right' },
      { title: words.line[language], align: 'right' },
      { title: words.why[language] },
    ],
    items.map((item) => [
      ...[String(item.item), String(item.line ?? '–'), whyText(item, language)],
    ]),
  )
  return [
    `${fill(words.head, language, { flow, ...counts })}\n`,
    `${fill(words.sentBy, language, when)}\n`,
    state.isVoid ? `${words.isVoid[language]}\n` : '',
    `\n${matrix}${words.legend[language]}\n\n${list}`,
    ...testers.flatMap((one) => one.cells.map((cell) => cellText(one.tester, cell, language))),
  ].join('')
}

/** What was written, and what did not arrive; mostly nothing. */
function cellText(tester: string, cell: Cell, language: StaffLanguage): string {
  const { item, state, code, answer, note, by } = cell
  const isOnItsWay = ['waiting', 'claimed', 'sending', 'sent'].includes(state)
  const figures = { item, tester, code: code ?? state }
  const failed = isOnItsWay ? '' : `\n${fill(words.notSent, language, figures)}\n`
  if (answer !== 'problem' && note === null) return failed
  const who = by === null ? tester : `${tester} (${by})`
  const sign = answer === 'ok' ? '✓' : '✗'
  return `${failed}\n${sign} ${item}  ${printable(who)}: ${printable(note ?? '–')}\n`
}

function whyText(item: Pick<Shown, 'reasons' | 'template'>, language: StaffLanguage): string {
  const reasons = reasonTexts(item.reasons, language)
  if (item.template > 0) reasons.push(fill(words.reminder, language, { template: item.template }))
  return reasons.join(', ')
}
