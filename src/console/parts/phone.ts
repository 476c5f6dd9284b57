// A message as IO's app shows it: real text with headings, the buttons, the due date in the phone's
// zone, the payment; below it how it arrives. It is true in texts and buttons, not in pixels.
// Source: io-app `features/messages`. Invariant: nothing in it can be followed, sent or loaded.
import { adviceText } from '../../domain/advice-words.ts'
import { type ShownButton, shownButtons, splitFrontMatter } from '../../domain/cta.ts'
import type { Language } from '../../domain/language.ts'
import { normalDueDate } from '../../domain/message-values.ts'
import type { NewMessage } from '../../domain/new-message.ts'
import { textAdvice } from '../../domain/text-advice.ts'
import { fillText } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { readAppYaml } from '../../mapping/text/app-yaml.ts'
import type { Visit } from '../visit.ts'
import { appText } from './markdown.ts'
import { appWords, phoneWords } from './phone-words.ts'

export interface PhoneMessage {
  /** The names that the app shows. */
  institution: string
  service: string
  subject: string
  /** With its front matter, as it is sent. */
  markdown: string
  /** An instant as it is sent; null: none. */
  dueDate: string | null
  payment: { noticeNumber: string; amountCents: number; payee: string | null } | null
  /** Of the app. */
  language: Language
}

type Reader = Pick<Visit, 'language' | 'place' | 'now'>

/** The message open in the app; folded below it, the push and the line of the list. */
export function phone(visit: Reader, message: PhoneMessage): Html {
  const words = phoneWords[visit.language]
  const { language } = message
  return html`<section class="phone">
<h2 class="phone-title">${words.label}</h2>
<div class="phone-controls">
<label><input type="checkbox" class="phone-dark"> ${words.dark}</label>
<label><input type="checkbox" class="phone-large"> ${words.large}</label>
</div>
<div class="phone-screen" lang="${language}">
${opened(visit, message)}
</div>
<details class="phone-arrival">
<summary>${words.arrival}</summary>
${arrival(visit, message)}
</details>
${lost(visit, message)}
<p class="phone-note">${words.differs}</p>
</section>
`
}

/** The same of what would be POSTed, or was. */
export function phoneOfPayload(
  visit: Reader,
  names: Pick<PhoneMessage, 'institution' | 'service' | 'language'>,
  { content }: Pick<NewMessage, 'content'>,
): Html {
  const { subject, markdown, due_date: dueDate = null, payment_data: payment } = content
  return phone(visit, {
    ...names,
    ...{ subject, markdown, dueDate },
    payment: payment
      ? {
          noticeNumber: payment.notice_number,
          amountCents: payment.amount,
          payee: payment.payee?.fiscal_code ?? null,
        }
      : null,
  })
}

function opened(visit: Reader, message: PhoneMessage): Html {
  const { institution, service, subject, payment, language } = message
  const words = appWords[language]
  const { yaml, body } = splitFrontMatter(message.markdown)
  const reading = yaml === null ? { data: null } : readAppYaml(yaml)
  const text =
    'fault' in reading
      ? html`<p class="phone-fault">${words.unreadable}</p>`
      : appText(body, language)
  const buttons = 'fault' in reading ? [] : shownButtons(reading.data, language)
  return html`<p class="phone-from"><strong>${institution}</strong><br>${service}</p>
<h3>${subject}</h3>
${due(visit, message)}
<div class="phone-text">
${text}</div>
${payment === null ? null : paymentOf(payment, language)}
${buttons.map((button) => buttonOf(button, visit))}`
}

function due({ place, now }: Reader, { dueDate, language }: PhoneMessage): Html | null {
  const sent = dueDate === null ? null : normalDueDate(dueDate)
  if (sent === null) return null
  const at = Temporal.Instant.from(sent)
  const words = appWords[language]
  const isOver = Temporal.Instant.compare(at, now) <= 0
  const text = fillText(isOver ? words.expired : words.due, localOf(at, place, language))
  const remind = isOver ? null : html`<p class="phone-remind">${words.remind}</p>`
  return html`<p class="phone-due"><span aria-hidden="true">⚠</span> ${text}</p>
${remind}`
}

/** The phone writes the month short, and no year: `31 ott`. */
const monthFormats: Record<Language, string> = { it: 'it-IT', en: 'en-GB', de: 'de-DE' }

function localOf(at: Temporal.Instant, { timeZone }: Reader['place'], language: Language) {
  const local = at.toZonedDateTimeISO(timeZone)
  const date = local.toPlainDate().toLocaleString(monthFormats[language], {
    ...{ day: 'numeric', month: 'short' },
  })
  return { date, time: local.toPlainTime().toString({ smallestUnit: 'minute' }) }
}

function paymentOf(payment: NonNullable<PhoneMessage['payment']>, language: Language): Html {
  const words = appWords[language]
  const rows: [string, string | null][] = [
    [words.noticeCode, payment.noticeNumber.replace(/(.{4})(?=.)/g, '$1 ')],
    [words.amount, amountIn(payment.amountCents, language)],
    [words.payee, payment.payee],
  ]
  const shown = rows.map(([name, value]) =>
    value === null ? null : html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )
  return html`<div class="phone-payment"><h4>${words.notices}</h4>
<dl>${shown}</dl></div>
<p class="phone-button">${words.pay}</p>
`
}

function amountIn(cents: number, language: Language): string {
  const whole = Math.trunc(cents / 100)
  const grouped = String(whole).replace(/\B(?=(?:\d{3})+$)/g, language === 'en' ? ',' : '.')
  const point = language === 'en' ? '.' : ','
  return `${grouped}${point}${String(cents % 100).padStart(2, '0')} €`
}

/** Where it leads stands below it, as the app does not show it, in the words of who looks. */
function buttonOf({ text, action, works }: ShownButton, { language }: Reader): Html {
  const words = phoneWords[language]
  return html`<p class="phone-button">${text}</p>
<p class="phone-address" lang="${language}">${fillText(works ? words.opens : words.dead, { action })}</p>
`
}

function arrival({ language: staff }: Reader, message: PhoneMessage): Html {
  const { institution, service, subject, payment, language } = message
  const words = phoneWords[staff]
  const app = appWords[language]
  const pay = payment === null ? null : html` <span class="phone-tag">pagoPA</span>`
  return html`<h4>${words.push}</h4>
<div class="phone-push" lang="${language}"><strong>${institution}</strong> <small>${app.now}</small><br>${subject}</div>
<p class="phone-note">${words.pushHidden}</p>
<div class="phone-push" lang="${language}"><strong>${app.newMessage}</strong> <small>${app.now}</small><br>${app.openApp}</div>
<h4>${words.list}</h4>
<div class="phone-item" lang="${language}"><strong>${institution}</strong> <small>${app.now}</small><br>${service} · ${subject}${pay}</div>
`
}

/** What an office would not find in the picture, since the app drops it. */
function lost({ language: staff }: Reader, { markdown, language }: PhoneMessage): Html | null {
  const words = phoneWords[staff]
  const texts = textAdvice(markdown, readAppYaml).map((finding) => adviceText(finding, staff))
  const { yaml } = splitFrontMatter(markdown)
  const reading = yaml === null ? null : readAppYaml(yaml)
  if (reading && 'data' in reading && shownButtons(reading.data, language).length === 0) {
    texts.push(words.noButtons)
  }
  if (texts.length === 0) return null
  return html`<div class="phone-lost"><p>${words.lost}</p><ul>
${[...new Set(texts)].map(
  (text) => html`<li>${text}</li>
`,
)}</ul></div>
`
}
