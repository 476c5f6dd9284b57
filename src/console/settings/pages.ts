// The settings that are files: testers, alerts, how long things are kept. Each page shows what
// holds now and says which file changes it. Only reads.
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { badge } from '../parts/badge.ts'
import { listTable } from '../parts/list.ts'
import { callout, facts, masked, time } from '../parts/show.ts'
import type { Answer, Visit } from '../visit.ts'
import { kept, words } from './words.ts'

/** Mails that are shown. */
const MOST_MAILS = 50

export function settingsPage(
  { language, to }: Visit,
  title: string,
  content: Html,
  status = 200,
): Answer {
  const crumbs = [{ title: words.title[language], href: to('/settings') }]
  return { kind: 'page', title, section: 'settings', crumbs, content, status }
}

export async function indexPage(visit: Visit): Promise<Answer> {
  const { language, to } = visit
  const entries = [
    // People, tokens and mails, which name files, are for who administers all services.
    ...(visit.services('administer') === null ? (['people', 'tokens', 'alerts'] as const) : []),
    ...(['testers', 'retention'] as const),
  ]
  const content = html`<dl class="facts">
${entries.map(
  (one) => html`<div><dt><a href="${to(`/settings/${one}`)}">${words[one][language]}</a></dt>
<dd>${words[`${one}Hint`][language]}</dd></div>
`,
)}</dl>`
  return { kind: 'page', title: words.title[language], section: 'settings', content }
}

export async function testersPage(visit: Visit): Promise<Answer> {
  const { app, language, place, to } = visit
  const institution = institutionOf(visit)
  const last = await app.store.acts.last(place.id, 'tested')
  const table = listTable({
    caption: words.testers[language],
    columns: (['name', 'fiscalCode', 'mail'] as const).map((name) => ({
      title: words[name][language],
    })),
    rows: institution.testers.map(({ name, fiscalCode, email }) => ({
      href: null,
      cells: [name, masked(fiscalCode), email ?? words.noMail[language]],
    })),
    empty: words.noTesters[language],
  })
  const at: Piece =
    last === null
      ? words.noTest[language]
      : html`${time(visit, last.at)} – <a href="${to(`/${last.subject.replace('flow/', 'flows/')}`)}">${last.subject.replace('flow/', '')}</a>`
  const content = html`${inFile(visit, 'testers')}
${table}
${facts([[words.lastTest[language], at]])}`
  return settingsPage(visit, words.testers[language], content)
}

export async function alertsPage(visit: Visit): Promise<Answer> {
  const { app, language, place } = visit
  const { notify } = institutionOf(visit)
  const mails = await app.store.mails.recent(place.id, MOST_MAILS)
  const outcome = ({ sentAt, failure }: (typeof mails)[number]) => {
    if (sentAt !== null)
      return html`${badge('green', '✓', words.left[language])} ${time(visit, sentAt)}`
    if (failure === null) return badge('grey', '◷', words.waits[language])
    return html`${badge('red', '!', words.failing[language])} <span class="reason">${failure}</span>`
  }
  const table = listTable({
    caption: words.lastMails[language],
    columns: (['madeAt', 'subject', 'to', 'outcome'] as const).map((name) => ({
      title: words[name][language],
    })),
    rows: mails.map((mail) => ({
      href: null,
      cells: [time(visit, mail.createdAt), mail.subject, mail.recipients.join(', '), outcome(mail)],
    })),
    empty: words.noMails[language],
  })
  const hasServer = app.config.installation.mail !== undefined
  const content = html`${inFile(visit, 'notify')}
${hasServer ? null : callout('warning', null, words.noServer[language])}
${
  notify.length === 0
    ? callout('warning', null, words.noNotify[language])
    : facts([[words.recipients[language], notify.join(', ')]])
}
<h2>${words.lastMails[language]}</h2>
${table}`
  return settingsPage(visit, words.alerts[language], content)
}

export async function retentionPage(visit: Visit): Promise<Answer> {
  const { language } = visit
  const table = listTable({
    caption: words.retention[language],
    columns: [{ title: words.what[language] }, { title: words.kept[language] }],
    rows: kept.map(({ what, long }) => ({ href: null, cells: [what[language], long[language]] })),
    empty: '',
  })
  const content = html`${callout('warning', null, words.retentionNote[language])}
${table}`
  return settingsPage(visit, words.retention[language], content)
}

function institutionOf({ app, place }: Visit) {
  const found = app.config.institutions.find(({ id }) => id === place.id)
  if (found === undefined) throw new Error(`the configuration has no ${place.id}`)
  return found
}

function inFile({ language, place }: Visit, key: string): Html {
  const file = `${place.id}/institution.yaml`
  return html`<p class="form-text">${fill(words.inFile, language, { file, key })}</p>`
}
