// States as people read them, of flows, messages and services: a sign and a word in a tone, so that
// nothing is told by colour alone.
import {
  type FlowReason,
  type FlowState,
  flowReasonWords,
  flowStateWords,
} from '../../domain/flow.ts'
import { type Standing, standLooks, standOf } from '../../domain/message-words.ts'
import { type ServiceMode, serviceModeHints, serviceModeWords } from '../../domain/service-mode.ts'
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

/** Where a message stands, in one word. */
export function messageBadge(standing: Standing, language: StaffLanguage): Html {
  const { tone, sign, word } = standLooks[standOf(standing)]
  return badge(tone, sign, word[language])
}

const modeSigns: Record<ServiceMode, string> = { 'dry-run': '◌', testers: '◐', live: '●' }

/** How far messages go: of a service, or of all of an institution. */
export function modeBadge(mode: ServiceMode, language: StaffLanguage): Html {
  return html`<span class="mode mode-${mode}" title="${serviceModeHints[mode][language]}"><span aria-hidden="true">${modeSigns[mode]}</span> ${serviceModeWords[mode][language]}</span>`
}
