// Messages of a flow as phones show them: those at the edges, with why each was chosen. They show
// people's data, so only who may see that gets them, and it is written down.
import type { NewMessage } from '../../domain/new-message.ts'
import { reasonTexts } from '../../domain/test-sample.ts'
import { fill, type Words } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { phoneOfPayload } from '../parts/phone.ts'
import type { Visit } from '../visit.ts'
import type { ShownFlow } from './flow.ts'

/** Phones that stand side by side; the others are folded. */
const AT_FIRST = 3

type ShownText = Awaited<ReturnType<Visit['app']['desk']['flowTexts']['leaving']>>[number]

/** What citizens will read. */
export async function leavingPhones(visit: Visit, flow: ShownFlow): Promise<Html> {
  const { language, app } = visit
  if (!visit.may('reveal', flow.service)) return html`<p>${words.notYours[language]}</p>`
  if (flow.state !== 'active') return html`<p>${words.none[language]}</p>`
  const texts = await app.desk.flowTexts.leaving(flow.id)
  if (texts.length === 0) return html`<p>${words.none[language]}</p>`
  const act = { verb: 'revealed texts', subject: `flow/${flow.id}` }
  await app.store.acts.add(visit.place.id, { ...visit.asked(null), ...act }, visit.now)
  return phones(visit, flow, texts)
}

export function phones(visit: Visit, flow: ShownFlow, texts: readonly ShownText[]): Html {
  const { language } = visit
  const shown = texts.map((text) => phoneOf(visit, flow, text))
  const rest = shown.slice(AT_FIRST)
  const more =
    rest.length === 0
      ? null
      : html`<details class="more"><summary>${fill(words.more, language, { n: rest.length })}</summary>
<div class="phones">${rest}</div></details>`
  return html`<div class="phones">${shown.slice(0, AT_FIRST)}</div>${more}`
}

function phoneOf(visit: Visit, flow: ShownFlow, text: ShownText): Html | null {
  const { language, place } = visit
  const payload: NewMessage | undefined = text.payloads.it ?? Object.values(text.payloads)[0]
  if (payload === undefined) return null
  const names = { institution: place.name, service: flow.service, language: 'it' as const }
  const reasons = reasonTexts(text.reasons, language)
  if (text.template > 0) reasons.push(fill(words.reminder, language, { n: text.template }))
  const line = text.line === null ? '' : ` · ${fill(words.line, language, { line: text.line })}`
  return html`<div><p class="reason">${text.item}. ${reasons.join(', ')}${line}</p>
${phoneOfPayload(visit, names, payload)}</div>
`
}

const words = {
  notYours: {
    it: 'I testi mostrano dati personali: il tuo ruolo non li prevede.',
    en: 'The texts show personal data: your role does not have them.',
  },
  none: { it: 'Non c’è più nulla in attesa di partire.', en: 'Nothing of it waits any more.' },
  more: { it: 'Altri {n} messaggi scelti', en: '{n} more chosen messages' },
  reminder: { it: 'promemoria {n}', en: 'reminder {n}' },
  line: { it: 'riga {line}', en: 'line {line}' },
} satisfies Record<string, Words>
