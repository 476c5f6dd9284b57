// States as people read them: a sign and a word, so that nothing is told by colour alone.
import {
  type FlowReason,
  type FlowState,
  flowReasonWords,
  flowStateWords,
} from '../../domain/flow.ts'
import type { StaffLanguage } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'

export type BadgeTone = 'grey' | 'blue' | 'green' | 'orange' | 'red' | 'purple'

/** `sign` is not read aloud: the words say it. */
export function badge(tone: BadgeTone, sign: string, text: string): Html {
  return html`<span class="state state-${tone}"><span aria-hidden="true">${sign}</span> ${text}</span>`
}

const flowBadges: Record<FlowState, readonly [BadgeTone, string]> = {
  inactive: ['grey', '◌'],
  active: ['blue', '●'],
  sending: ['blue', '▶'],
  sent: ['green', '✓'],
  incomplete: ['red', '!'],
}

/** The state of a flow, with its reason below. */
export function flowBadge(state: FlowState, reason: FlowReason, language: StaffLanguage): Html {
  const [tone, sign] = flowBadges[state]
  const shown = badge(tone, sign, flowStateWords[state][language])
  if (reason === null) return shown
  return html`${shown} <span class="reason">${flowReasonWords[reason][language]}</span>`
}
