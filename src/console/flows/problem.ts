// Why a flow does not go on, above everything else that its pages show: its file could not be read,
// its checks keep it back, it has suspended itself, it was sent back.
import { brakedText } from '../../domain/brake-words.ts'
import { findingText } from '../../domain/release-words.ts'
import { fill, type Words } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { callout } from '../parts/show.ts'
import type { Visit } from '../visit.ts'
import type { ShownFlow } from './flow.ts'

/** Null: nothing keeps it. */
export function problemNote(visit: Visit, flow: ShownFlow): Html | null {
  const { language } = visit
  const { problem, reason, replacedBy } = flow
  if (replacedBy !== null) return null
  if (reason !== null && Object.hasOwn(shelvedWords, reason)) {
    return callout('warning', null, shelvedWords[reason as keyof typeof shelvedWords][language])
  }
  if (problem === null) return null
  const { code, detail, remedy, line, braked, findings } = problem
  if (braked !== undefined) {
    return callout('danger', words.braked[language], brakedText(braked, language))
  }
  if (findings !== undefined && findings.length > 0) {
    const checks = html`<a href="${visit.to(`/flows/${flow.id}/checks`)}">${words.look[language]}</a>`
    const said = findings.map((one) => html`<li>${findingText(one, language)}</li>`)
    return callout('danger', words.blocked[language], html`<ul>${said}</ul>${checks}`)
  }
  const where = line === null ? '' : ` ${fill(words.line, language, { line })}`
  const text = html`${detail}${where}<br>${remedy} <span class="reason">${code}</span>`
  return callout('danger', words.unread[language], text)
}

const shelvedWords = {
  expired: {
    it: 'Nessuno l’ha approvato in tempo. «Ricontrolla» lo propone di nuovo.',
    en: 'Nobody approved it in time. “Check again” asks for it anew.',
  },
  'sent-back': {
    it: 'Chi doveva approvarlo l’ha rimandato: la scheda «Storia» dice perché.',
    en: 'Who was to approve it has sent it back: the tab “History” says why.',
  },
} satisfies Record<string, Words>

const words = {
  braked: { it: 'Sospeso automaticamente', en: 'It has suspended itself' },
  blocked: { it: 'Bloccato dai controlli: non parte nulla', en: 'Blocked: nothing of it leaves' },
  look: { it: 'Guarda i controlli', en: 'Look at the checks' },
  unread: { it: 'Il file non si è potuto leggere', en: 'The file could not be read' },
  line: { it: '(riga {line})', en: '(line {line})' },
} satisfies Record<string, Words>
