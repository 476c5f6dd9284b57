// What the findings of the release checks say, with their figures and the remedy, in Italian and
// English: the same words for the command line, the mail to staff and the console.
// Invariant: figures, names of files and numbers of flows; never a person's data.
import { formatEuro } from './money.ts'
import type { CheckCode, CheckFinding, CheckLevel } from './release-check.ts'
import { type NamedFlow, nameInMail, type StaffMail } from './staff-mail.ts'
import { countIn, fill, numberIn, type StaffLanguage, type Words } from './words.ts'

type Figures = CheckFinding['figures']

/** What each check looks at, in a few words: a title. */
export const checkTitles: Record<CheckCode, Words> = {
  FLOW_AMOUNTS: { it: 'Importi', en: 'Amounts' },
  FLOW_PAST_DUE: { it: 'Scadenze passate', en: 'Past due dates' },
  FLOW_REPEATED_FILE: { it: 'File già elaborato', en: 'File already processed' },
  FLOW_TOLD_ALREADY: { it: 'Avvisi già comunicati', en: 'Notices already sent' },
  FLOW_PAID_ALREADY: { it: 'Avvisi già pagati', en: 'Notices already paid' },
  FLOW_PROBLEMS: { it: 'Righe scartate', en: 'Refused records' },
  FLOW_MASS: { it: 'Comunicazione di massa', en: 'Mass communication' },
  FLOW_TITLES: { it: 'Dati personali nei titoli', en: 'Personal data in titles' },
  FLOW_TEST_REPORTED: { it: 'Prova: segnalazioni', en: 'Test: problems reported' },
  FLOW_TEST_MISSING: { it: 'Prova mancante', en: 'Test missing' },
}

export const levelWords: Record<CheckLevel, Words> = {
  blocking: { it: 'blocca', en: 'blocks' },
  'left-out': { it: 'lasciati fuori', en: 'left out' },
  warning: { it: 'avvertenza', en: 'warning' },
}

/** What was found, as one or two sentences. */
export function findingText({ code, figures }: CheckFinding, language: StaffLanguage): string {
  return sentences[code](figures, language)
}

/** What to do about it; commands name the flow. */
export function remedyText(
  { code, level, figures }: CheckFinding,
  flowId: number,
  language: StaffLanguage,
): string {
  if (level === 'left-out') return fill(nothingToDo, language, {})
  const hasTotal = typeof figures['totalCents'] === 'number'
  const amount = hasTotal ? fill(totalOption, language, {}) : '--messages N'
  return fill(remedies[code], language, { flow: flowId, amount })
}

const totalOption: Words = { it: '--total TOTALE', en: '--total EUROS' }

const nothingToDo: Words = {
  it: 'Non c’è nulla da fare: gli altri messaggi del flusso partono.',
  en: 'Nothing is to be done: the other messages of the flow go.',
}

/** The mail that tells staff, once, that a flow does not leave. In Italian, as all their mails. */
export function keptBackMail(
  flow: NamedFlow,
  blocking: readonly CheckFinding[],
  recipients: readonly string[],
): StaffMail {
  const { id } = flow
  const lines = blocking.flatMap((finding) => [
    foundLine(finding),
    `  ${remedyText(finding, id, 'it')}`,
    '',
  ])
  return {
    recipients,
    subject: `Flusso fermo ai controlli: ${nameInMail(flow)}`,
    body: [
      `Il flusso ${id} è pronto ma non parte. Nessun messaggio è partito.`,
      '',
      ...lines,
      `Tutti i dati del flusso: staffetta flows check ${id}`,
    ].join('\n'),
  }
}

/** The mail that tells staff, once, that a flow has ended with nothing to send, and why. */
export function nothingLeftMail(
  flow: NamedFlow,
  found: readonly CheckFinding[],
  recipients: readonly string[],
): StaffMail {
  const { id } = flow
  return {
    recipients,
    subject: `Nulla da inviare: ${nameInMail(flow)}`,
    body: [
      `Il flusso ${id} non ha messaggi da inviare.`,
      '',
      ...found.map(foundLine),
      '',
      'Le righe scartate si correggono alla fonte: nel prossimo file diventano messaggi.',
      `Tutti i dati del flusso: staffetta flows show ${id}`,
    ].join('\n'),
  }
}

function foundLine(finding: CheckFinding): string {
  const { code } = finding
  return `- ${checkTitles[code].it} (${code}): ${findingText(finding, 'it')}`
}

/** `36.000,00 €`; a dash where it is not known. */
function euro(cents: string | number | null | undefined): string {
  return typeof cents === 'number' ? formatEuro(cents) : '–'
}

function counted(figures: Figures, language: StaffLanguage): Record<string, string | null> {
  const said = Object.entries(figures).map(([name, value]): [string, string | null] => {
    if (typeof value !== 'number') return [name, value]
    return [name, numberIn(language, value)]
  })
  return Object.fromEntries(said)
}

const plainly =
  (words: Words) =>
  (figures: Figures, language: StaffLanguage): string =>
    fill(words, language, counted(figures, language))

const sentences: Record<CheckCode, (figures: Figures, language: StaffLanguage) => string> = {
  FLOW_AMOUNTS: amountsText,
  FLOW_PAST_DUE: plainly({
    it:
      '{past} scadenze su {count} sono già passate ({percent} %; il limite è {atMost} %): ' +
      'vanno dal {first} al {last}, la mediana è il {median}.',
    en:
      '{past} of {count} due dates have passed ({percent} %; the limit is {atMost} %): they go ' +
      'from {first} to {last}, the median is {median}.',
  }),
  FLOW_REPEATED_FILE: plainly({
    it:
      '{records} messaggi su {messages} ripetono il file «{file}», già inviato con il flusso ' +
      '{flow}.',
    en: '{records} of {messages} messages repeat the file “{file}”, which flow {flow} has sent.',
  }),
  FLOW_TOLD_ALREADY: alreadyText({
    it:
      '{records} avvisi su {all} sono già stati comunicati allo stesso cittadino con un’altra ' +
      'comunicazione, o sono ripetuti in questo flusso.',
    en:
      '{records} of {all} notices have been sent to the same citizen under another notice, or ' +
      'are repeated in this flow.',
  }),
  FLOW_PAID_ALREADY: alreadyText({
    it: '{records} avvisi su {all} risultano già pagati.',
    en: '{records} of {all} notices are known as paid.',
  }),
  FLOW_PROBLEMS: plainly({
    it: '{refused} righe su {read} sono state scartate ({percent} %).',
    en: '{refused} of {read} records were refused ({percent} %).',
  }),
  FLOW_MASS: massText,
  FLOW_TITLES: plainly({
    it:
      '{titles} titoli su {texts} mostrano un dato personale: si leggono anche sullo schermo ' +
      'bloccato, e IO li vieta.',
    en:
      '{titles} of {texts} titles show a person’s data: they are read on locked screens, and ' +
      'IO forbids them.',
  }),
  FLOW_TEST_REPORTED: plainly({
    it: 'Messaggi di prova con una segnalazione di chi li ha letti: {reported} su {messages}.',
    en: 'Test messages of which who read them has reported a problem: {reported} of {messages}.',
  }),
  FLOW_TEST_MISSING: (figures, language) =>
    plainly(figures['messages'] === 0 ? noTest : unconfirmed)(figures, language),
}

const noTest: Words = {
  it: 'Il collegamento vuole una prova confermata: nessuna è stata mandata.',
  en: 'The feed wants a test that was confirmed: none was sent.',
}

const unconfirmed: Words = {
  it:
    'Il collegamento vuole una prova confermata: {confirmed} messaggi confermati su ' +
    '{messages}.',
  en: 'The feed wants a test that was confirmed: {confirmed} of {messages} messages are.',
}

/** How many; and all problems of the lot, where only together they are too many. */
function alreadyText(words: Words) {
  return (figures: Figures, language: StaffLanguage): string => {
    const isTogether = typeof figures['together'] === 'number'
    const said = isTogether ? [words, together] : [words]
    return said.map((one) => fill(one, language, counted(figures, language))).join(' ')
  }
}

const together: Words = {
  it: 'Con gli altri problemi del flusso sono {together} su {ofAll}, più del {atMost} %.',
  en: 'With the other problems of the flow they are {together} of {ofAll}, more than {atMost} %.',
}

/** Both totals and medians, how many have no decimals, and how far they are from each other. */
function amountsText(figures: Figures, language: StaffLanguage): string {
  const { ratio, comparable, farFromTheirOwn } = figures
  const values = {
    ...counted(figures, language),
    times: typeof ratio === 'number' ? times(ratio, language) : '',
    median: euro(figures['medianCents']),
    medianBefore: euro(figures['medianBeforeCents']),
    total: euro(figures['totalCents']),
    totalBefore: euro(figures['totalBeforeCents']),
  }
  const parts = [
    ...(ratio === null ? [] : [medians]),
    ...(Number(farFromTheirOwn) > 0 && Number(comparable) > 0 ? [ownAmounts] : []),
    totals,
    ...(figures['wholeEuros'] === null ? [] : [decimals]),
  ]
  return parts.map((words) => fill(words, language, values)).join(' ')
}

function times(ratio: number, language: StaffLanguage): string {
  const factor = countIn(language, Math.round(Math.max(ratio, 1 / ratio)))
  if (language === 'en') return ratio > 1 ? `${factor} times` : `${factor} times smaller than`
  return ratio > 1 ? `${factor} volte quella` : `${factor} volte più piccola di quella`
}

const medians: Words = {
  it: 'La mediana degli importi è {times} dell’invio precedente: {median} contro {medianBefore}.',
  en: 'The median amount is {times} that of the emission before: {median} against {medianBefore}.',
}

const ownAmounts: Words = {
  it:
    'Per {farFromTheirOwn} cittadini su {comparable} l’importo è dieci volte il proprio di ' +
    'allora, o un decimo.',
  en:
    'For {farFromTheirOwn} of {comparable} citizens the amount is ten times their own of then, ' +
    'or a tenth.',
}

const totals: Words = {
  it: 'Totale {total} in {count} avvisi; prima {totalBefore} in {countBefore} avvisi.',
  en: 'Total {total} in {count} notices; before {totalBefore} in {countBefore} notices.',
}

const decimals: Words = {
  it: 'Senza decimali: {wholeEuros} importi, prima {wholeEurosBefore}.',
  en: 'Without decimals: {wholeEuros} amounts, before {wholeEurosBefore}.',
}

function massText(figures: Figures, language: StaffLanguage): string {
  const words = figures['because'] === 'same' ? sameForAll : manyResidents
  return fill(words, language, counted(figures, language))
}

const sameForAll: Words = {
  it:
    'I {messages} messaggi dicono a tutti le stesse parole, senza un dato della persona: è una ' +
    'comunicazione di massa, che IO esclude.',
  en:
    'The {messages} messages say the same words to everybody, without a field of the person: a ' +
    'mass communication, which IO excludes.',
}

const manyResidents: Words = {
  it:
    'I destinatari sono {recipients} su {residents} residenti, più del {atMost} %: è una ' +
    'comunicazione di massa, che IO esclude.',
  en:
    'There are {recipients} recipients of {residents} residents, more than {atMost} %: a mass ' +
    'communication, which IO excludes.',
}

const override = 'staffetta flows override {flow} --check CODE {amount} --because ' as const

function remedy(code: CheckCode, it: string, en: string): Words {
  const command = override.replace('CODE', code)
  return {
    it: `${it} Se invece è giusto così: \`${command}MOTIVO\`.`,
    en: `${en} If it is right as it is: \`${command}TEXT\`.`,
  }
}

function leaving(code: CheckCode, it: string, en: string): Words {
  const command = `\`staffetta flows leave-out {flow} --check ${code} --because `
  return remedy(
    code,
    `${it} Per far partire solo gli altri: ${command}MOTIVO\`.`,
    `${en} To let only the others go: ${command}TEXT\`.`,
  )
}

const remedies: Record<CheckCode, Words> = {
  FLOW_AMOUNTS: leaving(
    'FLOW_AMOUNTS',
    'Confronta gli importi con l’ufficio che li ha emessi: può mancare la virgola.',
    'Compare the amounts with the office that issued them: a comma may be lost.',
  ),
  FLOW_PAST_DUE: leaving(
    'FLOW_PAST_DUE',
    'Chiedi all’ufficio se il file è quello giusto.',
    'Ask the office whether this is the right file.',
  ),
  FLOW_REPEATED_FILE: leaving(
    'FLOW_REPEATED_FILE',
    'Chiedi alla fonte perché ha mandato di nuovo lo stesso file.',
    'Ask the source why it sent the same file again.',
  ),
  FLOW_TOLD_ALREADY: leaving(
    'FLOW_TOLD_ALREADY',
    'Di solito vanno lasciati fuori.',
    'They are usually left out.',
  ),
  FLOW_PAID_ALREADY: leaving(
    'FLOW_PAID_ALREADY',
    'Di solito vanno lasciati fuori.',
    'They are usually left out.',
  ),
  FLOW_PROBLEMS: remedy(
    'FLOW_PROBLEMS',
    'Guarda gli scarti con `staffetta report {flow} --format csv` e correggi il file o il modello.',
    'Look at the refusals with `staffetta report {flow} --format csv`; correct file or mapping.',
  ),
  FLOW_MASS: remedy(
    'FLOW_MASS',
    'IO è per comunicazioni che riguardano la singola persona.',
    'IO is for what concerns the single person.',
  ),
  FLOW_TITLES: {
    it: 'Togli il dato dal titolo nel modello e mettilo nel testo.',
    en: 'Take it out of the title in the mapping, and say it in the text.',
  },
  FLOW_TEST_REPORTED: remedy(
    'FLOW_TEST_REPORTED',
    'Leggi le segnalazioni con `staffetta flows test {flow}`, correggi e ripeti la prova.',
    'Read what was reported with `staffetta flows test {flow}`, correct it and test again.',
  ),
  FLOW_TEST_MISSING: remedy(
    'FLOW_TEST_MISSING',
    'Manda la prova: `staffetta flows test {flow} --send`.',
    'Send the test: `staffetta flows test {flow} --send`.',
  ),
}
