// The menu of the console: its entries in their order, each with what it asks of whoever sees it.
// Invariant: an entry that leads nowhere for somebody is not shown to them.
import { mayThere, type Permission } from '../domain/access.ts'
import type { Words } from '../domain/words.ts'
import { type Html, html, type Piece } from '../html.ts'
import type { Frame } from './frame.ts'
import { count } from './parts/show.ts'
import type { Section, Visit } from './visit.ts'

export interface MenuEntry {
  section: Section
  path: string
  words: Words
  permission: Permission
  /** How many wait there, of what the frame has counted. */
  waits?: keyof Frame['waits']
  /** A line stands above it. */
  begins?: boolean
}

const entry = (
  section: Section,
  permission: Permission,
  it: string,
  en: string,
  more: Pick<MenuEntry, 'waits' | 'begins'> = {},
): MenuEntry => {
  const path = section === 'dashboard' ? '/' : `/${section}`
  return { section, path, permission, words: { it, en }, ...more }
}

export const menu: readonly MenuEntry[] = [
  entry('dashboard', 'look', 'Cruscotto', 'Dashboard'),
  entry('flows', 'flows', 'Flussi', 'Flows'),
  entry('approvals', 'approve', 'Da approvare', 'To approve', { waits: 'approvals' }),
  entry('messages', 'messages', 'Messaggi', 'Messages', { begins: true }),
  { ...entry('messages', 'prepare', 'Nuovo messaggio', 'New message'), ...newMessage() },
  { ...entry('flows', 'prepare', 'Nuovo flusso', 'New flow'), ...newLot() },
  entry('reminders', 'reminders', 'Promemoria', 'Reminders'),
  entry('refusals', 'refusals', 'Scarti', 'Refused records', { begins: true }),
  entry('uncertain', 'uncertain', 'Esiti incerti', 'Unknown outcomes', { waits: 'uncertain' }),
  entry('statistics', 'look', 'Statistiche', 'Statistics', { begins: true }),
  entry('accounts', 'accounts', 'Quadratura invii', 'Accounts of flows'),
  entry('mappings', 'look', 'Modelli', 'Mappings', { begins: true }),
  entry('feeds', 'system', 'Fonti', 'Sources'),
  entry('services', 'system', 'Servizi', 'Services'),
  entry('status', 'system', 'Stato del sistema', 'System status'),
  entry('settings', 'administer', 'Impostazioni', 'Settings', { begins: true }),
  entry('activity', 'audit', 'Registro attività', 'Activity log'),
]

function newMessage(): Pick<MenuEntry, 'section' | 'path'> {
  return { section: 'new-message', path: '/messages/new' }
}

function newLot(): Pick<MenuEntry, 'section' | 'path'> {
  return { section: 'new-lot', path: '/lots/new' }
}

/** The entries that this visitor may follow, as a list of links. */
export function menuList(visit: Visit, shown: Section, { waits }: Frame): Html {
  const { language, visitor, place } = visit
  const entries = menu.filter(({ permission }) => mayThere(visitor.grants, place.id, permission))
  return html`<ul class="menu">
${entries.map(({ section, path, words, waits: what, begins }, index) => {
  const current = section === shown ? html` aria-current="page"` : null
  const waiting = what === undefined ? 0 : waits[what]
  const text = [words[language], waitingMark(visit, waiting)]
  const group = begins && index > 0 ? html` class="group"` : null
  return html`<li${group}><a href="${visit.to(path)}"${current}>${text}</a></li>
`
})}</ul>`
}

function waitingMark(visit: Visit, waiting: number): Piece {
  return waiting === 0 ? null : html` <span class="waits">${count(visit, waiting)}</span>`
}
