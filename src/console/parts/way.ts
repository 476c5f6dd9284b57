// Where somebody is in something long: tabs that are links, steps in their order, and what has
// happened so far. Invariant: which one is at hand is said in words too, never by colour alone.
import type { StaffLanguage } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'

export interface Tab {
  title: string
  /** Each tab is a page of its own. */
  href: string
  current?: boolean
  /** A count beside the title; null: none. */
  count?: string | null
}

/** `label` names them for who hears the page. */
export function tabs(label: string, all: readonly Tab[]): Html {
  return html`<nav aria-label="${label}"><ul class="tabs">
${all.map(({ title, href, current, count = null }) => {
  const at = current ? html` aria-current="page"` : null
  const counted = count === null ? null : ` (${count})`
  return html`<li><a href="${href}"${at}>${title}${counted}</a></li>
`
})}</ul></nav>`
}

export type StepState = 'done' | 'at' | 'wrong' | 'to-come' | 'left-out'

export interface Step {
  title: string
  state: StepState
  /** A few words below it. */
  note?: Piece
  href?: string
}

const stepSigns: Record<StepState, string> = {
  done: '✓',
  at: '▶',
  wrong: '!',
  'to-come': '○',
  'left-out': '–',
}

const stepWords: Record<StepState, Record<StaffLanguage, string>> = {
  done: { it: 'fatto', en: 'done' },
  at: { it: 'in corso', en: 'at hand' },
  wrong: { it: 'da risolvere', en: 'to be mended' },
  'to-come': { it: 'da fare', en: 'to come' },
  'left-out': { it: 'saltato', en: 'left out' },
}

/** Arrivo → Controllo → …: each with what is the matter with it. */
export function stepper(label: string, steps: readonly Step[], language: StaffLanguage): Html {
  return html`<ol class="steps" aria-label="${label}">
${steps.map(({ title, state, note = null, href }) => {
  const at = state === 'at' || state === 'wrong' ? html` aria-current="step"` : null
  const text = href === undefined ? title : html`<a href="${href}">${title}</a>`
  const below = note === null ? null : html`<span class="note">${note}</span>`
  return html`<li class="${state}"${at}><span class="sign" aria-hidden="true">${stepSigns[state]}</span>${text}<span class="visually-hidden">: ${stepWords[state][language]}</span>${below}</li>
`
})}</ol>`
}

export interface Happening {
  /** As `time` shows it; null: not known, or not yet. */
  at: Piece
  text: Piece
  tone?: 'good' | 'wrong' | 'to-come'
}

/** What happened, the first first. */
export function timeline(label: string, happenings: readonly Happening[]): Html {
  return html`<ol class="events" aria-label="${label}">
${happenings.map(
  ({
    at,
    text,
    tone = 'good',
  }) => html`<li class="${tone}">${at === null ? null : html`${at} `}${text}</li>
`,
)}</ol>`
}
