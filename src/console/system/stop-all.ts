// Stopping everything, in two clicks from any page, and letting it go on. What is on its way just
// now is said before, what stands still after. Invariant: whoever may stop can; only an
// administrator lets everything go on, as from the command line.
import { fill, type StaffLanguage, type Words } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { fileOf } from '../flows/flow.ts'
import { type Standing, standingOf } from '../frame.ts'
import { button, postForm, textField } from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { callout, count, facts, time } from '../parts/show.ts'
import { missing, type PageRoute, type Visit } from '../visit.ts'

const words = {
  title: { it: 'Interrompi tutto', en: 'Stop everything' },
  what: {
    it: 'Entro due secondi nessun messaggio parte più verso IO: di nessun flusso, servizio o ente di questa installazione. Nulla va perso: ciò che doveva partire aspetta.',
    en: 'Within two seconds no message leaves for IO any more: of no flow, service or institution of this installation. Nothing is lost: what was to leave waits.',
  },
  flight: {
    it: 'I messaggi già in viaggio verso IO arrivano: adesso sono {n}. Quelli già inviati non si possono ritirare.',
    en: 'Messages on their way to IO arrive: just now {n}. What was sent cannot be taken back.',
  },
  why: { it: 'Perché (facoltativo)', en: 'Why (optional)' },
  hint: {
    it: 'Resta nel registro e va per posta agli altri. Nessun dato di persone.',
    en: 'It is kept in the log and mailed to the others. No person’s data.',
  },
  none: { it: 'Dalla console, senza motivo scritto', en: 'From the console, no reason written' },
  stop: { it: 'Interrompi tutto adesso', en: 'Stop everything now' },
  going: { it: 'In invio adesso', en: 'Being sent now' },
  nothing: { it: 'Adesso non parte nessun flusso.', en: 'No flow is being sent just now.' },
  flow: { it: 'Flusso', en: 'Flow' },
  service: { it: 'Servizio', en: 'Service' },
  inFlight: { it: 'In viaggio', en: 'On their way' },
  stopped: { it: 'Fermo dal', en: 'Stopped since' },
  by: { it: 'Da chi', en: 'By whom' },
  because: { it: 'Perché', en: 'Why' },
  itself: { it: 'Staffetta', en: 'Staffetta' },
  resume: { it: 'Riprendi tutto', en: 'Let everything go on' },
  resumeWhat: {
    it: 'Ripartono gli invii di tutti gli enti di questa installazione, su tutte le macchine. I flussi sospesi uno per uno restano sospesi; gli esiti incerti restano incerti.',
    en: 'Sending goes on for every institution of this installation, on every machine. Flows that were suspended one by one stay so; unknown outcomes stay unknown.',
  },
  notYou: {
    it: 'Può far riprendere un amministratore.',
    en: 'An administrator can let it go on.',
  },
  didStop: {
    it: 'Tutto fermo: non parte più nessun messaggio.',
    en: 'Everything is stopped: no message leaves any more.',
  },
  didBefore: {
    it: 'Era già tutto fermo, per decisione di {actor}.',
    en: 'Everything was stopped already, by {actor}.',
  },
  didResume: { it: 'Gli invii riprendono.', en: 'Sending goes on.' },
  wasGoing: { it: 'Non era fermo niente.', en: 'Nothing was stopped.' },
} satisfies Record<string, Words>

/** Characters of a reason that are kept. */
const MOST_CHARACTERS = 500

export const routes: readonly PageRoute[] = [
  { method: 'GET', path: '/stop-all', permission: 'stop', handle: show },
  { method: 'POST', path: '/stop-all', permission: 'stop', handle: stop },
  { method: 'POST', path: '/stop-all/resume', permission: 'administer', handle: resume },
]

async function show(visit: Visit) {
  const { language } = visit
  const standing = await standingOf(visit)
  const content = standing === null ? await askToStop(visit) : toldStopped(visit, standing)
  return { kind: 'page', title: words.title[language], section: 'dashboard', content } as const
}

async function stop(visit: Visit) {
  const { app, form, language } = visit
  const note = form.get('because')?.trim().slice(0, MOST_CHARACTERS) || words.none[language]
  const { isNew, actor } = await app.stopAll.stop({ ...visit.asked(note), note })
  const said = isNew ? words.didStop[language] : fill(words.didBefore, language, { actor })
  return { kind: 'redirect', to: visit.to('/stop-all'), said } as const
}

async function resume(visit: Visit) {
  const { app, language } = visit
  if (visit.services('administer') !== null) return missing
  const { actor, origin } = visit.asked(null)
  const resumed = await app.stopAll.resume({ actor, origin })
  const said = resumed ? words.didResume[language] : words.wasGoing[language]
  return { kind: 'redirect', to: visit.to('/'), said } as const
}

async function askToStop(visit: Visit): Promise<Html> {
  const { app, language, place } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const [flows, inFlight] = await Promise.all([
    app.store.underWay.of(place.id, visit.services('look')),
    app.store.underWay.inFlight(),
  ])
  const fields = html`${textField({
    ...{ name: 'because', label: say('why'), hint: say('hint') },
    attributes: { maxlength: MOST_CHARACTERS, autocomplete: 'off' },
  })}${button(say('stop'), { tone: 'danger' })}`
  return html`<p>${say('what')}</p>
<p>${fill(words.flight, language, { n: count(visit, inFlight) })}</p>
${postForm(visit, visit.to('/stop-all'), fields)}
<h2>${say('going')}</h2>
${listTable({
  caption: say('going'),
  columns: [
    { title: say('flow') },
    { title: say('service') },
    { title: say('inFlight'), isNumber: true },
  ],
  rows: flows.map(({ id, key, service, inFlight: own }) => ({
    href: visit.may('flows') ? visit.to(`/flows/${id}`) : null,
    cells: [key === null ? String(id) : `${id} – ${fileOf(key)}`, service, count(visit, own)],
  })),
  empty: say('nothing'),
})}`
}

function toldStopped(visit: Visit, { since, actor, because }: Standing): Html {
  const { language } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const told = facts([
    [say('stopped'), time(visit, since)],
    [say('by'), actor ?? say('itself')],
    [say('because'), because],
  ])
  return html`${told}${resumeForm(visit, language)}`
}

function resumeForm(visit: Visit, language: StaffLanguage): Html {
  if (visit.services('administer') !== null) return callout('info', null, words.notYou[language])
  const act = button(words.resume[language])
  return html`<p>${words.resumeWhat[language]}</p>
${postForm(visit, visit.to('/stop-all/resume'), act)}`
}
