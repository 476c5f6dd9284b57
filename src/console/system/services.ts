// Services on IO: how far their messages go, which account they share, whether their key is there,
// what IO has taught about their limits, and what pauses them. The key itself is never shown: the
// configuration refers to it, and so does this page.
import type { App } from '../../app.ts'
import { pauseMeaning } from '../../domain/pause-words.ts'
import { fill, type Words } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { badge, modeBadge } from '../parts/badge.ts'
import { button, postForm } from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { callout, count, euro, facts, time } from '../parts/show.ts'
import { type Answer, missing, type PageRoute, type Visit } from '../visit.ts'
import { checkedNote } from './feeds.ts'

type SeenService = ReturnType<App['desk']['overseeing']['services']>[number]
type CheckLine = Awaited<ReturnType<App['desk']['overseeing']['tryService']>>[number]
type Pause = Awaited<ReturnType<App['store']['pauses']['list']>>[number]
type Limit = Awaited<ReturnType<App['store']['limits']['list']>>[number]

const words = {
  title: { it: 'Servizi', en: 'Services' },
  one: { it: 'Servizio', en: 'Service' },
  intro: {
    it: 'I servizi dell’ente su IO. Modalità, chiave e account stanno nella configurazione: qui si leggono soltanto.',
    en: 'The institution’s services on IO. Mode, key and account stand in the configuration: they are only read here.',
  },
  name: { it: 'Servizio', en: 'Service' },
  mode: { it: 'Modalità', en: 'Mode' },
  state: { it: 'Stato', en: 'State' },
  account: { it: 'Account IO', en: 'IO account' },
  speed: { it: 'Velocità condivisa', en: 'Shared speed' },
  perWindow: {
    it: '{n} chiamate ogni {seconds} s, fra {sharing} servizi',
    en: '{n} calls in {seconds} s, among {sharing} services',
  },
  noLimit: { it: 'senza limite, fra {sharing} servizi', en: 'no limit, among {sharing} services' },
  plan: { it: 'Piano', en: 'Plan' },
  key: { it: 'Chiave', en: 'Key' },
  there: { it: 'configurata', en: 'configured' },
  notThere: { it: 'manca', en: 'missing' },
  keyAt: { it: 'Dove sta la chiave', en: 'Where the key is' },
  id: { it: 'Identificativo su IO', en: 'Id on IO' },
  ceiling: { it: 'Importo massimo', en: 'Highest amount' },
  below: {
    it: 'sotto {euro} (IO ha rifiutato questo importo)',
    en: 'below {euro} (IO refused this amount)',
  },
  notLearnt: { it: 'nessun rifiuto finora', en: 'nothing refused so far' },
  features: { it: 'Permessi che mancano', en: 'Permissions it lacks' },
  well: { it: 'attivo', en: 'going' },
  paused: { it: 'in pausa dal', en: 'paused since' },
  limited: { it: 'con limiti', en: 'with limits' },
  pausedTitle: { it: 'Il servizio è in pausa', en: 'The service is paused' },
  limitedTitle: { it: 'Alcuni messaggi sono trattenuti', en: 'Some messages are held' },
  nothingLost: {
    it: 'Nessun messaggio va perso. Staffetta riprova da sola; quando la causa è tolta puoi riprovare subito.',
    en: 'No message is lost. Staffetta tries by itself; once the cause is gone, so can you.',
  },
  again: { it: 'Riprova', en: 'Try again' },
  tried: {
    it: 'Si riprova adesso: se la causa c’è ancora il servizio torna in pausa.',
    en: 'Trying now: if the cause still stands the service is paused again.',
  },
  notPaused: { it: 'Il servizio non era in pausa.', en: 'The service was not paused.' },
  tryKey: { it: 'Prova la chiave', en: 'Try the key' },
  base: { it: 'base', en: 'base' },
  premium: { it: 'premium', en: 'premium' },
  empty: {
    it: 'Nessun servizio: si dichiarano in `institution.yaml`.',
    en: 'No service: they are declared in `institution.yaml`.',
  },
  today: { it: 'Messaggi provati oggi', en: 'Messages tried today' },
} satisfies Record<string, Words>

export const routes: readonly PageRoute[] = [
  { method: 'GET', path: '/services', permission: 'system', handle: list },
  {
    method: 'GET',
    path: '/services/:service',
    permission: 'system',
    handle: (visit) => detail(visit),
  },
  { method: 'POST', path: '/services/:service/resume', permission: 'system', handle: resume },
  { method: 'POST', path: '/services/:service/check', permission: 'system', handle: check },
]

/** Of messages about which IO has been asked. */
const triedStates: readonly string[] = ['sent', 'undeliverable', 'rejected', 'uncertain']

interface Known {
  seen: SeenService
  pause: Pause | null
  limits: readonly Limit[]
}

async function list(visit: Visit): Promise<Answer> {
  const { language } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const all = await servicesOf(visit)
  const columns = (
    ['name', 'mode', 'state', 'account', 'speed', 'plan', 'ceiling', 'key'] as const
  ).map((which) => ({ title: say(which) }))
  const rows = all.map((known) => {
    const { service } = known.seen
    return {
      href: visit.to(`/services/${service.name}`),
      cells: [
        ...[service.name, modeBadge(service.mode, language), stateOf(visit, known)],
        ...[service.account, speed(visit, known.seen), say(service.plan)],
        ...[ceiling(visit, known), keyBadge(visit, known.seen)],
      ],
    }
  })
  const content = html`<p>${say('intro')}</p>
${listTable({ caption: say('title'), columns, rows, empty: say('empty') })}`
  return { kind: 'page', title: say('title'), section: 'services', content }
}

async function detail(visit: Visit, checked: readonly CheckLine[] | null = null): Promise<Answer> {
  const { app, language, now, params, place } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const known = (await servicesOf(visit)).find(
    ({ seen }) => seen.service.name === params['service'],
  )
  if (known === undefined) return missing
  const { seen } = known
  const { service } = seen
  const today = now.toZonedDateTimeISO(place.timeZone).toPlainDate()
  const period = { institution: place.id, services: [service.name], from: today, to: today }
  const counted = (await app.store.counts.byPeriod(period, 'all')).get('') ?? []
  const tried = counted
    .filter(({ kind, state }) => kind !== 'record' && triedStates.includes(state))
    .reduce((sum, { n }) => sum + n, 0)
  const shown = facts([
    [say('mode'), modeBadge(service.mode, language)],
    [say('state'), stateOf(visit, known)],
    [say('id'), service.serviceId],
    [say('account'), service.account],
    [say('speed'), speed(visit, seen)],
    [say('plan'), say(service.plan)],
    [say('ceiling'), ceiling(visit, known)],
    [say('today'), count(visit, tried)],
    [say('key'), keyBadge(visit, seen)],
    [say('keyAt'), html`<code>${seen.keyReference}</code>`],
  ])
  const act = button(say('tryKey'), { tone: 'secondary' })
  const found = checked === null ? null : checkedNote(visit, checked)
  const content = html`${troubleNote(visit, known)}${found}
${shown}
<div class="actions">${postForm(visit, visit.to(`/services/${service.name}/check`), act)}</div>`
  const crumbs = [{ title: say('title'), href: visit.to('/services') }]
  const title = `${words.one[language]} ${service.name}`
  return { kind: 'page', title, section: 'services', crumbs, content }
}

/** As `staffetta resume INSTITUTION/SERVICE`: lifts the pause, and forgets what IO has taught. */
async function resume(visit: Visit): Promise<Answer> {
  const { app, language, now, params, place } = visit
  const known = (await servicesOf(visit)).find(
    ({ seen }) => seen.service.name === params['service'],
  )
  if (known === undefined) return missing
  const { name, account } = known.seen.service
  const { actor, origin } = visit.asked(null)
  const act = { actor, origin, at: now }
  const resumed = await app.store.pauses.resume(place.id, name, act)
  const released = await app.store.limits.forget(place.id, name, act)
  await app.queue.wake('send', account, now)
  const said = resumed || released > 0 ? words.tried[language] : words.notPaused[language]
  return { kind: 'redirect', to: visit.to(`/services/${name}`), said }
}

async function check(visit: Visit): Promise<Answer> {
  const { app, params, place } = visit
  const known = (await servicesOf(visit)).find(
    ({ seen }) => seen.service.name === params['service'],
  )
  if (known === undefined) return missing
  return detail(visit, await app.desk.overseeing.tryService(place.id, known.seen.service.name))
}

async function servicesOf(visit: Visit): Promise<Known[]> {
  const { app, place } = visit
  const { pauses, limits } = app.store
  const [paused, learnt] = await Promise.all([pauses.list(), limits.list()])
  const seen = app.desk.overseeing.services(place.id, visit.services('system'))
  return seen.map((one) => {
    const isIts = (row: Pause | Limit) =>
      row.institution === place.id && row.service === one.service.name
    return { seen: one, pause: paused.find(isIts) ?? null, limits: learnt.filter(isIts) }
  })
}

function stateOf(visit: Visit, { pause, limits }: Known): Html {
  const { language } = visit
  if (pause !== null) {
    return html`${badge('red', '!', words.paused[language])} ${time(visit, pause.since)}`
  }
  if (limits.length > 0) return badge('orange', '◐', words.limited[language])
  return badge('green', '✓', words.well[language])
}

function speed(visit: Visit, { account, sharing }: SeenService): string {
  if (account === null) return '–'
  const { callsPerWindow, windowSeconds } = account
  const text = callsPerWindow === 0 ? words.noLimit : words.perWindow
  const n = count(visit, callsPerWindow)
  return fill(text, visit.language, { n, seconds: windowSeconds, sharing })
}

function ceiling(visit: Visit, { limits }: Known): string {
  const cents = limits.find(({ feature }) => feature === 'amount')?.maximumCents ?? null
  if (cents === null) return words.notLearnt[visit.language]
  return fill(words.below, visit.language, { euro: euro(visit, cents) })
}

function keyBadge({ language }: Visit, { hasKey }: SeenService): Html {
  return hasKey
    ? badge('green', '✓', words.there[language])
    : badge('red', '!', words.notThere[language])
}

function troubleNote(visit: Visit, { pause, limits, seen }: Known): Piece {
  const { language } = visit
  if (pause === null && limits.length === 0) return null
  const causes = [
    ...(pause === null ? [] : [{ code: pause.code, since: pause.since, detail: pause.detail }]),
    ...limits.map(({ feature, since, detail }) => {
      const code = feature === 'amount' ? 'IO_AMOUNT_CEILING' : 'IO_FEATURE'
      return { code, since, detail }
    }),
  ]
  const told = causes.map(({ code, since, detail }) => {
    const meaning = pauseMeaning(code, language)
    return html`<p>${time(visit, since)} – ${meaning} <code>${code}</code> ${detail}</p>
`
  })
  const title = pause === null ? words.limitedTitle[language] : words.pausedTitle[language]
  const again = postForm(
    visit,
    visit.to(`/services/${seen.service.name}/resume`),
    button(words.again[language]),
  )
  return callout(
    pause === null ? 'warning' : 'danger',
    title,
    html`${told}<p>${words.nothingLost[language]}</p>${again}`,
  )
}
