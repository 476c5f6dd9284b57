// The frame around every page of somebody who is signed in: institution, menu, way back, what was
// just done, and one main region. Invariant: works without scripts; each landmark has a name.
import { mayThere, type Permission } from '../domain/access.ts'
import type { StaffLanguage, Words } from '../domain/words.ts'
import { type Html, html } from '../html.ts'
import type { Section, Shown, Visit } from './visit.ts'

interface MenuEntry {
  section: Section
  path: string
  words: Words
  permission: Permission
}

export const menu: readonly MenuEntry[] = [
  {
    section: 'dashboard',
    path: '/',
    words: { it: 'Cruscotto', en: 'Dashboard' },
    permission: 'look',
  },
  { section: 'flows', path: '/flows', words: { it: 'Flussi', en: 'Flows' }, permission: 'flows' },
  {
    section: 'approvals',
    path: '/approvals',
    words: { it: 'Da approvare', en: 'To approve' },
    permission: 'approve',
  },
  {
    section: 'messages',
    path: '/messages',
    words: { it: 'Messaggi', en: 'Messages' },
    permission: 'messages',
  },
  {
    section: 'reminders',
    path: '/reminders',
    words: { it: 'Promemoria', en: 'Reminders' },
    permission: 'reminders',
  },
  {
    section: 'refusals',
    path: '/refusals',
    words: { it: 'Scarti', en: 'Refused records' },
    permission: 'refusals',
  },
  {
    section: 'uncertain',
    path: '/uncertain',
    words: { it: 'Esiti incerti', en: 'Unknown outcomes' },
    permission: 'uncertain',
  },
  {
    section: 'statistics',
    path: '/statistics',
    words: { it: 'Statistiche', en: 'Statistics' },
    permission: 'look',
  },
  {
    section: 'accounts',
    path: '/accounts',
    words: { it: 'Quadratura invii', en: 'Accounts of flows' },
    permission: 'accounts',
  },
  {
    section: 'mappings',
    path: '/mappings',
    words: { it: 'Modelli', en: 'Mappings' },
    permission: 'look',
  },
  { section: 'feeds', path: '/feeds', words: { it: 'Fonti', en: 'Sources' }, permission: 'system' },
  {
    section: 'services',
    path: '/services',
    words: { it: 'Servizi', en: 'Services' },
    permission: 'system',
  },
  {
    section: 'status',
    path: '/status',
    words: { it: 'Stato del sistema', en: 'System status' },
    permission: 'system',
  },
  {
    section: 'settings',
    path: '/settings',
    words: { it: 'Impostazioni', en: 'Settings' },
    permission: 'administer',
  },
  {
    section: 'activity',
    path: '/activity',
    words: { it: 'Registro attività', en: 'Activity log' },
    permission: 'audit',
  },
]

const words = {
  menu: { it: 'Menu', en: 'Menu' },
  skip: { it: 'Vai al contenuto', en: 'Skip to content' },
  crumbs: { it: 'Percorso', en: 'Path' },
  signOut: { it: 'Esci', en: 'Sign out' },
  account: { it: 'Il mio profilo', en: 'My account' },
} satisfies Record<string, Words>

/** The whole page. `said`: what was just done. */
export function shell(visit: Visit, shown: Shown, said: string | null): Html {
  const { language, place, visitor } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const { grants, csrf } = visitor
  const entries = menu.filter(({ permission }) => mayThere(grants, place.id, permission))
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${shown.title} · ${place.name} · Staffetta</title>
<link rel="stylesheet" href="${visit.toRoot('/assets/bootstrap-italia/css/bootstrap-italia.min.css')}">
<link rel="stylesheet" href="${visit.toRoot('/assets/console.css')}">
<script type="module" src="${visit.toRoot('/assets/console.js')}"></script>
</head>
<body>
<div class="skiplinks"><a class="visually-hidden-focusable" href="#main">${say('skip')}</a></div>
<header>
<strong>Staffetta</strong> <span>${place.name}</span>
<span>${visitor.name}</span> <a href="${visit.toRoot('/account')}">${say('account')}</a>
<form method="post" action="${visit.toRoot('/sign-out')}">
<input type="hidden" name="csrf" value="${csrf}"><button>${say('signOut')}</button></form>
</header>
<nav aria-label="${say('menu')}"><ul>
${entries.map((entry) => menuItem(visit, entry, shown.section, language))}
</ul></nav>
${crumbs(shown, say('crumbs'))}
<main id="main" tabindex="-1">
<h1>${shown.title}</h1>
${said === null ? null : html`<div class="alert alert-success" role="status">${said}</div>`}
${shown.content}
</main>
</body>
</html>
`
}

function menuItem(
  visit: Visit,
  { section, path, words: title }: MenuEntry,
  shown: Section,
  language: StaffLanguage,
): Html {
  const current = section === shown ? html` aria-current="page"` : null
  return html`<li><a href="${visit.to(path)}"${current}>${title[language]}</a></li>
`
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
