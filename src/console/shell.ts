// The frame around every page of somebody who is signed in: institution, menu, way back, what was
// just done, and one main region; and the smaller one of who is not. Invariants: it works without
// scripts, nothing in it is a script or a style by itself, and each landmark has a name.
import type { StaffLanguage, Words } from '../domain/words.ts'
import { type Html, html, type Piece } from '../html.ts'
import { assetPath } from './assets.ts'
import type { Frame, Standing } from './frame.ts'
import { menuList } from './menu.ts'
import { modeBadge } from './parts/badge.ts'
import { time } from './parts/show.ts'
import type { Shown, Visit } from './visit.ts'

const words = {
  menu: { it: 'Menu', en: 'Menu' },
  fold: { it: 'Comprimi il menu', en: 'Fold the menu' },
  skip: { it: 'Vai al contenuto', en: 'Skip to content' },
  crumbs: { it: 'Percorso', en: 'Path' },
  signOut: { it: 'Esci', en: 'Sign out' },
  guide: { it: 'Guida', en: 'Guide' },
  stop: { it: 'Interrompi tutto', en: 'Stop everything' },
  standing: { it: 'È tutto fermo: nessun messaggio parte', en: 'Everything is stopped' },
  resume: { it: 'Vedi perché, e fai riprendere', en: 'See why, and let it go on' },
  others: { it: 'Cambia ente', en: 'Other institution' },
  other: { it: 'English', en: 'Italiano' },
} satisfies Record<string, Words>

/** Of an idle session, as `store/sessions.ts` ends it: the script warns before. */
const IDLE_MINUTES = 30
/** However it is used. */
const MOST_MINUTES = 10 * 60
const WARNED_MINUTES = 3

/** The whole page. `said`: what was just done. */
export function shell(visit: Visit, shown: Shown, said: string | null, frame: Frame): Html {
  const { language, place } = visit
  const say = (which: keyof typeof words) => words[which][language]
  return html`${head(visit, `${shown.title} · ${place.name} · Staffetta`)}
<body${aliveMarks(visit)}>
<div class="skiplinks"><a class="visually-hidden-focusable" href="#main">${say('skip')}</a></div>
${header(visit, frame)}
<div class="frame">
<details class="side-narrow"><summary>${say('menu')}</summary>
<nav aria-label="${say('menu')}">${menuList(visit, shown.section, frame)}</nav></details>
<div class="side"><details open><summary>${say('fold')}</summary>
<nav aria-label="${say('menu')}">${menuList(visit, shown.section, frame)}</nav></details></div>
<div class="middle">
${crumbs(shown, say('crumbs'))}
<main id="main" tabindex="-1">
${standingNote(visit, frame.standing)}
<h1>${shown.title}</h1>
${said === null ? null : html`<div class="alert alert-success" role="status">${said}</div>`}
${shown.content}
</main>
</div>
</div>
</body>
</html>
`
}

/** Of who has not signed in: the product's name, and one column. `title` is the heading too. */
export function plainShell(
  { language, toRoot }: Pick<Visit, 'language' | 'toRoot'>,
  title: string,
  content: Piece,
): Html {
  return html`${head({ language, toRoot }, `${title} · Staffetta`)}
<body>
<header class="head"><div class="head-line head-slim"><span class="product">Staffetta</span></div></header>
<main id="main" class="plain-frame">
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`
}

function head({ language, toRoot }: Pick<Visit, 'language' | 'toRoot'>, title: string): Html {
  const styles = [
    'bootstrap-italia.css',
    'console.css',
    'kit.css',
    'phone.css',
    'compose.css',
  ] as const
  const scripts = ['htmx.js', 'console.js'] as const
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="htmx-config" content="includeIndicatorCSS:false, history:false, defaultTimeout:15000">
<title>${title}</title>
<link rel="icon" href="${toRoot(assetPath('icon.svg'))}">
${styles.map(
  (name) => html`<link rel="stylesheet" href="${toRoot(assetPath(name))}">
`,
)}${scripts.map(
  (name) => html`<script defer src="${toRoot(assetPath(name))}"></script>
`,
)}</head>`
}

/** What the script needs to warn of a session that is about to end. */
function aliveMarks({ toRoot, language, now, visitor }: Visit): Html {
  const age = now.since(visitor.session.createdAt).total('minutes')
  const minutes = Math.max(WARNED_MINUTES, Math.min(IDLE_MINUTES, Math.floor(MOST_MINUTES - age)))
  const text =
    language === 'it'
      ? 'La sessione sta per finire: quello che hai scritto e non salvato andrebbe perso.'
      : 'Your session is about to end: what you wrote and did not save would be lost.'
  const go = language === 'it' ? 'Continua a lavorare' : 'Go on working'
  const over =
    language === 'it' ? 'La sessione è finita. Entra di nuovo.' : 'Your session is over. Sign in.'
  return html` data-alive="${toRoot('/account/alive')}" data-idle-minutes="${minutes}" data-warned-minutes="${WARNED_MINUTES}" data-ending="${text}" data-go-on="${go}" data-over="${over}"`
}

function header(visit: Visit, { mode, places, standing }: Frame): Html {
  const { language, place, visitor } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const badge = place.id === '' || mode === 'live' ? null : modeBadge(mode, language)
  const stop =
    standing === null && visit.may('stop')
      ? html`<a class="stop" href="${visit.to('/stop-all')}">${say('stop')}</a>`
      : null
  return html`<header class="head">
<div class="head-line head-slim">
<a class="product" href="${visit.to('/')}">Staffetta</a>
<a href="${visit.to('/guide')}">${say('guide')}</a>
${languageForm(visit)}
<a href="${visit.toRoot('/account')}">${visitor.name}</a>
<form method="post" action="${visit.toRoot('/sign-out')}">
<input type="hidden" name="csrf" value="${visitor.csrf}">
<button class="as-link">${say('signOut')}</button></form>
</div>
<div class="head-line head-place">
<a class="place" href="${visit.to('/')}">${place.name}</a>
${switcher(visit, places)}${badge}<div class="acts">${stop}</div>
</div>
</header>`
}

function languageForm(visit: Visit): Html {
  const other: StaffLanguage = visit.language === 'it' ? 'en' : 'it'
  return html`<form method="post" action="${visit.toRoot('/account/language')}"><input type="hidden" name="csrf" value="${visit.visitor.csrf}"><input type="hidden" name="to" value="${visit.here}"><button class="as-link" name="language" value="${other}" lang="${other}">${words.other[visit.language]}</button></form>`
}

function switcher(visit: Visit, places: Frame['places']): Html | null {
  const others = places.filter(({ id }) => id !== visit.place.id)
  if (others.length === 0) return null
  return html`<details class="switch"><summary>${words.others[visit.language]}</summary>
<ul>${others.map(({ id, name }) => html`<li><a href="${visit.toRoot(`/${id}/`)}">${name}</a></li>`)}</ul></details>`
}

function standingNote(visit: Visit, standing: Standing | null): Html | null {
  if (standing === null) return null
  const { since, actor, because } = standing
  const when = since === null ? null : html`${time(visit, since)} – `
  const link = visit.may('stop')
    ? html`<a href="${visit.to('/stop-all')}">${words.resume[visit.language]}</a>`
    : null
  return html`<div class="alert alert-danger" role="alert"><strong>${words.standing[visit.language]}</strong>
<p>${when}${actor === null ? null : `${actor}: `}${because}</p>${link}</div>`
}

function crumbs({ crumbs: way = [], title }: Shown, label: string): Html | null {
  if (way.length === 0) return null
  const steps = way.map(
    (one) => html`<li class="breadcrumb-item"><a href="${one.href}">${one.title}</a></li>
`,
  )
  return html`<nav class="breadcrumb-container" aria-label="${label}"><ol class="breadcrumb">
${steps}<li class="breadcrumb-item active" aria-current="page">${title}</li>
</ol></nav>`
}
