// The page of a rehearsal: one HTML file for the office and for paper, in Italian, with what would
// have left and when, who had paid, what the checks would have stopped, and how it was rehearsed.
// Invariant: it needs no script and no other file, and names no person.

import { type Html, html, tableOf } from '../html.ts'
import type { Rehearsal } from '../rehearsing.ts'
import { barOf, MONTHS, yearCalendar } from './rehearsal-charts.ts'
import { checksSection, findingsList } from './rehearsal-checks.ts'
import { accountsSection, filesSection, methodSection } from './rehearsal-files.ts'
import { pageStyle } from './rehearsal-style.ts'
import {
  countWords,
  dateWords,
  dayWords,
  durationWords,
  numberWords,
  timeWords,
} from './rehearsal-words.ts'

/** The whole page. `madeAt` is told in its foot. */
export function rehearsalPage(rehearsal: Rehearsal, madeAt: Temporal.ZonedDateTime): string {
  const { institution, feed, from, to } = rehearsal
  const last = Temporal.PlainDate.from(to).subtract({ days: 1 }).toString()
  const span = `dal ${dateWords(from)} al ${dateWords(last)}`
  return html`<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Prova generale: ${feed}, ${institution}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<p>${institution}</p>
<h1>Prova generale del collegamento «${feed}»</h1>
<p>I file veri, ${span}, riletti come se fossero arrivati allora.
<strong>Nessun messaggio è partito davvero</strong>: al posto di IO ha risposto il simulatore.</p>
</header>
<main>
${findingsList(rehearsal)}
${figures(rehearsal)}
${leftSection(rehearsal)}
${paidSection(rehearsal)}
${checksSection(rehearsal)}
${accountsSection(rehearsal)}
${filesSection(rehearsal)}
${methodSection(rehearsal)}
</main>
<footer><p>Pagina scritta da Staffetta ${timeOf(madeAt)}. 
Non contiene nomi, codici fiscali né importi di singole persone.</p></footer>
</body>
</html>
`.text
}

function timeOf(at: Temporal.ZonedDateTime): string {
  const time = at.toPlainTime().toString({ smallestUnit: 'minute' })
  return `il ${dateWords(at.toPlainDate().toString())} alle ${time}`
}

/** What left, and what did not: the figures at the top, and of the summary in the terminal. */
export function totalsOf({ days, rules, flows }: Rehearsal) {
  const sum = (list: readonly number[]) => list.reduce((all, one) => all + one, 0)
  const left = (of: 'first' | 'reminder' | 'campaign') => sum(days.map((day) => day[of]))
  return {
    first: left('first'),
    reminder: left('reminder'),
    campaign: left('campaign'),
    silenced: sum(days.map(({ silenced }) => silenced)),
    read: sum(flows.flatMap(({ file, account }) => (file === null ? [] : account.read))),
    refused: sum(flows.map(({ account }) => account.refused)),
    duplicate: sum(flows.map(({ account }) => account.duplicate)),
    held: sum(rules.map(({ held }) => held)),
    stopped: flows.filter(({ reason }) => reason === 'blocked'),
    days: days.filter((day) => day.first + day.reminder + day.campaign > 0).length,
  }
}

function figures(rehearsal: Rehearsal): Html {
  const totals = totalsOf(rehearsal)
  const all = totals.first + totals.reminder + totals.campaign
  const pairs: [string, number][] = [
    ['messaggi partiti', all],
    ['primi avvisi', totals.first],
    ['promemoria', totals.reminder],
    ...(totals.campaign > 0 ? [['di campagne', totals.campaign] as [string, number]] : []),
    ['promemoria risparmiati a chi aveva già pagato', totals.silenced],
    ['righe scartate', totals.refused],
    ['messaggi fermi, da decidere', totals.held],
  ]
  return html`<section aria-label="In breve"><dl class="figures">
${pairs.map(([name, count]) => html`<div><dd>${countWords(count)}</dd><dt>${name}</dt></div>`)}
</dl></section>`
}

function leftSection(rehearsal: Rehearsal): Html {
  const { days, zone } = rehearsal
  const counted = days.map(({ day, first, reminder, campaign }) => ({
    day,
    messages: first + reminder + campaign,
  }))
  const years = [...new Set(counted.map(({ day }) => Number(day.slice(0, 4))))]
  return html`<section><h2>Che cosa sarebbe partito</h2>
${counted.length === 0 ? html`<p>Niente: nessun messaggio sarebbe partito.</p>` : null}
${years.map((year) =>
  yearCalendar(
    year,
    counted.filter(({ day }) => day.startsWith(`${year}-`)),
  ),
)}
${monthTable(rehearsal)}
${ruleTable(rehearsal)}
${dayTable(rehearsal)}
<p class="note">I giorni sono quelli di ${zone}. La durata è quella che i messaggi del giorno
prenderebbero al ritmo che IO consente all’account; nella prova sono partiti tutti insieme.</p>
</section>`
}

function monthTable({ days }: Rehearsal): Html | null {
  const months = [...Map.groupBy(days, ({ day }) => day.slice(0, 7))].map(([month, own]) => ({
    month,
    first: own.reduce((sum, day) => sum + day.first, 0),
    reminder: own.reduce((sum, day) => sum + day.reminder, 0),
    campaign: own.reduce((sum, day) => sum + day.campaign, 0),
    silenced: own.reduce((sum, day) => sum + day.silenced, 0),
  }))
  const most = Math.max(...months.map((one) => one.first + one.reminder + one.campaign))
  const rows = months.map(({ month, first, reminder, campaign, silenced }) => [
    `${MONTHS[Number(month.slice(5)) - 1]} ${month.slice(0, 4)}`,
    countWords(first),
    countWords(reminder),
    countWords(campaign),
    countWords(silenced),
    barOf(
      [
        { name: 'primi avvisi', count: first, of: 'first' },
        { name: 'promemoria', count: reminder, of: 'reminder' },
        { name: 'campagne', count: campaign, of: 'campaign' },
      ],
      most,
    ),
  ])
  const columns = [
    { title: 'Mese' },
    { title: 'Primi avvisi', isNumber: true },
    { title: 'Promemoria', isNumber: true },
    { title: 'Campagne', isNumber: true },
    { title: 'Risparmiati: già pagato', isNumber: true },
    { title: 'Partiti' },
  ]
  const table = tableOf('Mese per mese', columns, rows)
  if (table === null) return null
  return html`${table}<p class="note"><span class="key first"></span> primi avvisi
<span class="key reminder"></span> promemoria
<span class="key campaign"></span> campagne</p>`
}

const purposeWords: Record<string, string> = {
  first: 'primo avviso',
  reminder: 'promemoria',
  campaign: 'campagna',
}

function ruleTable({ rules }: Rehearsal): Html | null {
  const rows = rules.map((rule) => [
    rule.source,
    [purposeWords[rule.purpose] ?? rule.purpose, rule.at && timeWords(rule.at)]
      .filter((words) => words !== null)
      .join(', '),
    ...[rule.planned, rule.left, rule.paid, rule.cancelled, rule.undeliverable].map(countWords),
    ...[rule.held, rule.waiting, rule.movedClosed, rule.movedCrowded].map(countWords),
    rule.late === 0
      ? '0'
      : `${countWords(rule.late)} (fino a ${durationWords(rule.mostLateHours * 3600)})`,
  ])
  const numbers = [
    ...['Pianificati', 'Partiti', 'Annullati: già pagato', 'Annullati per altro'],
    ...['Non raggiungibili', 'Da decidere', 'Ancora in attesa alla fine'],
    ...['Spostati: giorno chiuso', 'Spostati: uno al giorno', 'In ritardo di un’ora o più'],
  ]
  const columns = [
    ...[{ title: 'Collegamento' }, { title: 'Messaggio' }],
    ...numbers.map((title) => ({ title, isNumber: true })),
  ]
  return tableOf('Messaggio per messaggio, come lo dice il modello', columns, rows)
}

function dayTable({ days }: Rehearsal): Html | null {
  const rows = days.map(({ day, first, reminder, campaign, silenced, seconds }) => [
    dayWords(day),
    ...[first, reminder, campaign, silenced].map(countWords),
    first + reminder + campaign === 0 ? '–' : durationWords(seconds),
  ])
  const columns = [
    { title: 'Giorno' },
    { title: 'Primi avvisi', isNumber: true },
    { title: 'Promemoria', isNumber: true },
    { title: 'Campagne', isNumber: true },
    { title: 'Risparmiati: già pagato', isNumber: true },
    { title: 'Durata al ritmo di IO', isNumber: true },
  ]
  return tableOf('Giorno per giorno', columns, rows)
}

function paidSection(rehearsal: Rehearsal): Html {
  const { paidAfter, files } = rehearsal
  const { silenced, reminder, campaign } = totalsOf(rehearsal)
  const hasPayments = files.some(({ kind }) => kind === 'settlement')
  const soon = paidAfter.filter(({ days }) => days < SOON_DAYS)
  const soonCount = soon.reduce((sum, { notices }) => sum + notices, 0)
  const rows = paidAfter.map(({ days, notices }) => [
    days === 0 ? 'nelle 24 ore dopo' : `dopo ${numberWords(days, 'giorno', 'giorni')}`,
    countWords(notices),
  ])
  const columns = [
    { title: 'La notizia del pagamento è arrivata' },
    { title: 'Avvisi', isNumber: true },
  ]
  const spared = numberWords(silenced, 'promemoria non è partito', 'promemoria non sono partiti')
  const gone = numberWords(reminder + campaign, 'è partito', 'sono partiti')
  const soonNotices = numberWords(soonCount, 'avviso', 'avvisi')
  return html`<section><h2>Chi aveva già pagato</h2>
${hasPayments ? null : html`<p class="warning">${NO_PAYMENTS}</p>`}
<p>${spared} perché il pagamento era già arrivato; ${gone}.</p>
${soonCount === 0 ? null : html`<p>Per ${soonNotices} ${SOON}</p>`}
${tableOf('Quanto dopo l’ultimo promemoria si è saputo del pagamento', columns, rows)}
</section>`
}

/** Files of payments take one or two working days. */
const SOON_DAYS = 3
const SOON =
  `la notizia del pagamento è arrivata entro ${SOON_DAYS} giorni dall’ultimo promemoria: se i ` +
  'cittadini avevano pagato prima, e il file dei pagamenti è arrivato tardi, questi promemoria ' +
  'erano di troppo.'
const NO_PAYMENTS =
  'Nella prova non c’erano file di pagamenti: tutti risultano non paganti, e i promemoria ' +
  'contati sono troppi.'
