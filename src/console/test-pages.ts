// Where a tester answers: what they were sent and why, and for each message *Tutto corretto* or
// *Segnala*. The link is all that they have, and all that they need. Invariants: a citizen's data
// is never on the page; a link that opens nothing answers the same whether it was ever one; the
// programs that look at links in mails answer nothing, since only a POST does.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { NOTE_LENGTH, type TestAnswer, type TestSaid } from '../domain/test-answer.ts'
import { reasonTexts, type SampledReason } from '../domain/test-sample.ts'
import { fillText, type StaffLanguage } from '../domain/words.ts'
import { type Html, html } from '../html.ts'
import { page, plainPage, sendPage } from './page.ts'
import { languageOf } from './reader.ts'
import { type FormEntry, type FormFault, readForm } from './test-form.ts'
import { consoleWords } from './test-words.ts'

export interface TestPages {
  /** Null: the token opens nothing, whatever the reason. */
  open(token: string): Promise<TestPage | null>
  /** Whether it was kept; the token may be over by now. */
  answer(token: string, said: readonly TestSaid[]): Promise<boolean>
}

export interface TestPage {
  institution: string
  tester: string
  /** Day and time in the institution’s zone. */
  until: string
  messages: TestPageMessage[]
}

export interface TestPageMessage {
  item: number
  line: number | null
  /** 0: the first message, then its reminders. */
  template: number
  reasons: readonly SampledReason[]
  noticeNumber: string | null
  state: 'sent' | 'coming' | 'failed'
  /** Why it did not leave. */
  code: string | null
  answer: TestAnswer | null
  note: string | null
}

/** 32 bytes in base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/

interface TokenRoute {
  Params: { token: string }
  Querystring: Record<string, unknown>
  Body: URLSearchParams | undefined
}

export function addTestPages(server: FastifyInstance, pages: TestPages): void {
  const find = async (token: string) => (TOKEN.test(token) ? pages.open(token) : null)

  server.get<TokenRoute>('/prova/:token', async ({ params, query, headers }, reply) => {
    const language = languageOf(headers['accept-language'])
    const shown = await find(params.token)
    if (shown === null) return gone(reply, language)
    const entries = shown.messages.map(({ item, answer, note }) => {
      return { item, answer, note: note ?? '' }
    })
    const isSaid = query['grazie'] !== undefined
    return sendPage(
      reply,
      200,
      language,
      formPage(shown, language, { entries, faults: [], isSaid }),
    )
  })

  server.post<TokenRoute>('/prova/:token', async ({ params, body, headers }, reply) => {
    const language = languageOf(headers['accept-language'])
    const shown = await find(params.token)
    if (shown === null) return gone(reply, language)
    const items = shown.messages.map(({ item }) => item)
    const { entries, said, faults } = readForm(body ?? new URLSearchParams(), items)
    if (faults.length > 0) {
      const again = formPage(shown, language, { entries, faults, isSaid: false })
      return sendPage(reply, 422, language, again)
    }
    if (!(await pages.answer(params.token, said))) return gone(reply, language)
    // Relative: whatever prefix a proxy has put before it stays.
    return reply.code(303).header('location', '?grazie').send()
  })
}

function gone(reply: FastifyReply, language: StaffLanguage) {
  const { title, text } = consoleWords[language].notFound
  return sendPage(reply, 404, language, plainPage(language, title, text))
}

interface Form {
  entries: readonly FormEntry[]
  faults: readonly FormFault[]
  /** Their answers have just been kept. */
  isSaid: boolean
}

/** The button that a form is sent by with Enter is its first: never the one that says it all. */
function formPage(shown: TestPage, language: StaffLanguage, form: Form): Html {
  const words = consoleWords[language]
  const entries = new Map(form.entries.map((entry) => [entry.item, entry]))
  const fields = shown.messages.map((message) =>
    messageFields(message, entries.get(message.item), form.faults, language),
  )
  return page(
    { language, title: words.title, toRoot: '../' },
    form.isSaid ? html`<p class="said" role="status">${words.thanks}</p>` : null,
    form.faults.length > 0 ? faultSummary(form.faults, language) : null,
    html`<p>${shown.institution} · ${shown.tester}</p>
<p>${words.intro}</p>
<p><strong>${words.private}</strong></p>
<p>${fillText(words.until, { until: shown.until })}</p>
<form method="post" accept-charset="utf-8">
${fields}
<button>${words.send}</button>
<button class="second" name="all" value="ok">${words.allOk}</button>
</form>`,
  )
}

function messageFields(
  message: TestPageMessage,
  entry: FormEntry | undefined,
  faults: readonly FormFault[],
  language: StaffLanguage,
): Html {
  const words = consoleWords[language]
  const { item } = message
  const fault = faults.find((one) => one.item === item)
  const choice = (answer: TestAnswer, label: string) => {
    const checked = entry?.answer === answer ? html` checked` : null
    const id = `answer-${item}-${answer}`
    return html`<div class="choice">
<input type="radio" id="${id}" name="answer-${item}" value="${answer}"${checked}>
<label for="${id}">${label}</label></div>`
  }
  const invalid = fault ? html` aria-invalid="true"` : null
  return html`<fieldset>
<legend>${fillText(words.message, { item })}</legend>
<p class="soft">${aboutText(message, language)}</p>
${choice('ok', words.ok)}
${choice('problem', words.problem)}
${fault ? html`<p class="error" id="error-${item}">${faultText(fault, language)}</p>` : null}
<label for="note-${item}">${words.note}</label>
<span class="soft" id="hint-${item}">${fillText(words.noteHint, { length: NOTE_LENGTH })}</span>
<textarea id="note-${item}" name="note-${item}" maxlength="${NOTE_LENGTH}"
 aria-describedby="hint-${item}${fault ? ` error-${item}` : ''}"${invalid}>
${entry?.note ?? ''}</textarea>
</fieldset>
`
}

/** `importo più alto · riga 12 · codice avviso finto 3000 … · inviato`. */
function aboutText(message: TestPageMessage, language: StaffLanguage): string {
  const words = consoleWords[language]
  const { reasons, template, line, noticeNumber, state, code } = message
  const parts = reasonTexts(reasons, language)
  if (template > 0) parts.push(fillText(words.reminder, { template }))
  if (line !== null) parts.push(fillText(words.line, { line }))
  if (noticeNumber !== null) {
    const number = noticeNumber.replace(/(.{4})(?=.)/g, '$1 ')
    parts.push(fillText(words.noticeNumber, { number }))
  }
  parts.push(fillText(words.states[state], { code }))
  return parts.join(' · ')
}

/** First on the page, with the focus, and a link to each place. */
function faultSummary(faults: readonly FormFault[], language: StaffLanguage): Html {
  const { errors } = consoleWords[language]
  const lines = faults.map((fault) => {
    const text = faultText(fault, language)
    const place = fault.item === null ? null : html`<a href="#note-${fault.item}">${text}</a>`
    return html`<li>${place ?? text}</li>`
  })
  return html`<div class="wrong" role="alert" tabindex="-1" autofocus>
<h2>${errors.title}</h2>
<ul>${lines}</ul>
</div>`
}

function faultText({ item, what }: FormFault, language: StaffLanguage): string {
  return fillText(consoleWords[language].errors[what], { item: item ?? '' })
}
