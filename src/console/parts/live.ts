// Parts of a page that renew themselves while somebody looks, and bars of how far something is. A
// part is a fragment route's answer in a region of its own; without scripts it stays as it was, and
// the page shows it anew. Invariant: nothing renews itself more than once in two seconds.
import type { StaffLanguage } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'

/** The least time between two renewals. */
const LEAST_SECONDS = 2

/**
 * `path` as `Visit.to` gives it: a route that answers a `fragment` of the same content. Its wrapper
 * can be paused; it says politely what changed.
 */
export function live(path: string, seconds: number, language: StaffLanguage, content: Piece): Html {
  const [pause, resume] =
    language === 'it'
      ? ['Ferma l’aggiornamento', 'Riprendi l’aggiornamento']
      : ['Stop renewing', 'Go on renewing']
  const every = Math.max(LEAST_SECONDS, seconds)
  return html`<div class="live" aria-live="polite" data-pause="${pause}" data-resume="${resume}" hx-get="${path}" hx-trigger="every ${every}s" hx-swap="innerHTML">${content}</div>`
}

/** `text` says what the bar shows: 18.240 di 41.300. `label` names it. */
export function progressBar(label: string, part: number, whole: number, text: Piece): Html {
  const most = Math.max(1, whole)
  const value = Math.min(part, most)
  return html`<div class="bar"><span>${text}</span>
<progress max="${most}" value="${value}" aria-label="${label}"></progress></div>`
}
