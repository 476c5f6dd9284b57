// What the checks of a rehearsal would have stopped: files that cannot be read, flows that the
// release checks keep back, lists in doubt, refused records by cause, and messages that wait for a
// person.
// Invariant: lines and codes, never what stands in a line.

import { type Html, html, tableOf } from '../html.ts'
import type { Rehearsal } from '../rehearsing.ts'
import { countWords, meaningOf, minuteWords } from './rehearsal-words.ts'

export function checksSection(rehearsal: Rehearsal): Html {
  const tables = [
    stoppedFlows(rehearsal),
    leftOutMessages(rehearsal),
    unreadFiles(rehearsal),
    doubtfulLists(rehearsal),
    refusedRecords(rehearsal),
    refusedRows(rehearsal),
    stalePayments(rehearsal),
    heldMessages(rehearsal),
    repeatedRecords(rehearsal),
  ].filter((table) => table !== null)
  return html`<section><h2>Che cosa avrebbero fermato i controlli</h2>
${tables.length === 0 ? html`<p>${NOTHING}</p>` : tables}
</section>`
}

const NOTHING =
  'Niente: ogni file è stato letto, ogni riga era utilizzabile e nessun flusso è rimasto fermo.'

function stoppedFlows({ flows, feed }: Rehearsal): Html | null {
  const stopped = flows.filter(({ reason }) => reason === 'blocked')
  if (stopped.length === 0) return null
  const rows = stopped.map(({ file, source, createdAt, account, problem }) => [
    file ?? source,
    minuteWords(createdAt),
    countWords(account.read),
    problem?.detail ?? meaningOf('FLOW_AMOUNTS'),
  ])
  const columns = [
    ...[{ title: 'File' }, { title: 'Letto' }],
    ...[{ title: 'Righe', isNumber: true }, { title: 'Perché' }],
  ]
  return html`<h3>Flussi fermi ai controlli</h3>
<p>Nulla di questi flussi è partito: qualcuno avrebbe dovuto guardarli, e scrivere il totale.
Nella prova sono rimasti fermi fino alla fine, e così i loro promemoria; le emissioni
 seguenti di «${feed}» sono confrontate con l’ultima partita.</p>
${tableOf('Flussi fermi', columns, rows)}`
}

function leftOutMessages({ leftOut }: Rehearsal): Html | null {
  if (leftOut.length === 0) return null
  const rows = leftOut.map(({ code, messages }) => [meaningOf(code), code, countWords(messages)])
  const columns = [{ title: 'Perché' }, { title: 'Codice' }, { title: 'Messaggi', isNumber: true }]
  return html`<h3>Messaggi lasciati fuori dai controlli</h3>
<p>Gli altri messaggi dei loro flussi sono partiti.</p>
${tableOf('Messaggi lasciati fuori, per ragione', columns, rows)}`
}

function unreadFiles({ files }: Rehearsal): Html | null {
  const rows = files
    .filter(({ state }) => state === 'failed')
    .map(({ name, arrivedAt, problem }) => [
      name,
      minuteWords(arrivedAt),
      problem === null ? '' : meaningOf(problem.code),
      problem?.code ?? '',
      problem?.line == null ? '' : countWords(problem.line),
    ])
  if (rows.length === 0) return null
  const columns = [
    ...[{ title: 'File' }, { title: 'Arrivato' }, { title: 'Perché' }, { title: 'Codice' }],
    { title: 'Riga', isNumber: true },
  ]
  return html`<h3>File che non si leggono fino in fondo</h3>
<p>Di questi file non è partito nulla.
<code>staffetta preview</code> dice in chiaro che cosa non va.</p>
${tableOf('File non letti', columns, rows)}`
}

function doubtfulLists({ files }: Rehearsal): Html | null {
  const rows = files.flatMap(({ name, arrivedAt, missing }) =>
    missing?.problem ? [[name, minuteWords(arrivedAt), missing.problem.detail]] : [],
  )
  if (rows.length === 0) return null
  const columns = [{ title: 'File' }, { title: 'Arrivato' }, { title: 'Perché' }]
  return html`<h3>Elenchi in dubbio</h3>
<p>Chi non compariva più in questi elenchi non è stato considerato pagato.</p>
${tableOf('Elenchi in dubbio', columns, rows)}`
}

function refusedRecords({ flows }: Rehearsal): Html | null {
  const rows = flows.flatMap(({ file, source, account, refusals }) =>
    refusals.map(({ code, field, records, lines }) => [
      file ?? source,
      meaningOf(code),
      field ?? '',
      countWords(records),
      linesWords(lines, records),
      account.read === 0 ? '' : percentOf(records, account.read),
    ]),
  )
  if (rows.length === 0) return null
  const columns = [
    ...[{ title: 'File' }, { title: 'Perché' }, { title: 'Campo' }],
    ...[{ title: 'Righe scartate', isNumber: true }, { title: 'Numeri di riga' }],
    { title: 'Del file', isNumber: true },
  ]
  return html`<h3>Righe scartate</h3>
<p>Una riga può essere scartata per più ragioni insieme.</p>
${tableOf('Righe scartate, per ragione', columns, rows)}`
}

/** Of files that make no flow: contacts and payments. */
function refusedRows({ files }: Rehearsal): Html | null {
  const rows = files
    .filter(({ kind, refused }) => kind !== 'notice' && refused > 0)
    .map(({ name, refused, records }) => [name, countWords(refused), countWords(records)])
  const columns = [
    ...[{ title: 'File' }, { title: 'Righe scartate', isNumber: true }],
    { title: 'Righe', isNumber: true },
  ]
  return tableOf('Righe scartate di contatti e pagamenti', columns, rows)
}

function stalePayments({ outages }: Rehearsal): Html | null {
  const rows = outages.map(({ feed, from, until, messages }) => [
    feed,
    minuteWords(from),
    until === null ? 'ancora fermi alla fine' : minuteWords(until),
    countWords(messages),
  ])
  if (rows.length === 0) return null
  const columns = [
    ...[
      { title: 'Collegamento dei pagamenti' },
      { title: 'Ultime notizie' },
      { title: 'Le seguenti' },
    ],
    { title: 'Messaggi, al più', isNumber: true },
  ]
  return html`<h3>Promemoria fermi per mancanza di notizie sui pagamenti</h3>
<p>Il file dei pagamenti mancava da troppo: i promemoria hanno aspettato,
per non sollecitare chi aveva pagato.</p>
${tableOf('Periodi senza notizie dei pagamenti', columns, rows)}`
}

function heldMessages({ held }: Rehearsal): Html | null {
  const rows = held.map(({ code, messages }) => [meaningOf(code), code, countWords(messages)])
  const columns = [{ title: 'Perché' }, { title: 'Codice' }, { title: 'Messaggi', isNumber: true }]
  if (rows.length === 0) return null
  return html`<h3>Messaggi rimasti fermi</h3>
<p>Alla fine della prova aspettavano ancora una persona.</p>
${tableOf('Messaggi da decidere, per ragione', columns, rows)}`
}

function repeatedRecords({ flows }: Rehearsal): Html | null {
  const rows = flows
    .filter(({ account }) => account.duplicate > 0)
    .map(({ file, source, account }) => [
      file ?? source,
      countWords(account.duplicate),
      countWords(account.read),
    ])
  if (rows.length === 0) return null
  const columns = [
    ...[{ title: 'File' }, { title: 'Righe già inviate', isNumber: true }],
    { title: 'Righe', isNumber: true },
  ]
  return html`<h3>Righe già arrivate</h3>
<p>Nessuno ha ricevuto due volte lo stesso avviso:
le righe tornate uguali non fanno partire nulla.</p>
${tableOf('Righe già arrivate, uguali', columns, rows)}`
}

function linesWords(lines: readonly number[], records: number): string {
  const more = records > lines.length ? ' …' : ''
  return `${lines.join(', ')}${more}`
}

function percentOf(part: number, whole: number): string {
  return `${((part / whole) * 100).toLocaleString('it', { maximumFractionDigits: 1 })} %`
}

/** What a person must know first; with any of them the command ends with 1. */
export function findingsOf({ flows, files, accepted, days }: Rehearsal): Finding[] {
  const left = days.reduce((sum, day) => sum + day.first + day.reminder + day.campaign, 0)
  const stopped = flows.filter(({ reason }) => reason === 'blocked')
  const failed = files.filter(({ state }) => state === 'failed')
  return [
    ...stopped.map(({ file, source, problem }) => ({
      text: `stopped by the checks (${problem?.code ?? ''}): ${file ?? source}`,
      testo: `${file ?? source}: flusso fermo, ${meaningOf(problem?.code ?? '')}`,
    })),
    ...failed.map(({ name, problem }) => ({
      text: `could not be read: ${name} (${problem?.code ?? ''})`,
      testo: `${name}: non si legge fino in fondo (${meaningOf(problem?.code ?? '')})`,
    })),
    ...files.flatMap(({ name, missing }) =>
      missing?.problem
        ? [
            {
              text: `a list in doubt: ${name} (${missing.problem.code})`,
              testo: `${name}: elenco in dubbio (${meaningOf(missing.problem.code)})`,
            },
          ]
        : [],
    ),
    ...(left === accepted
      ? []
      : [
          {
            text: `the simulator took ${accepted} messages, and ${left} left`,
            testo: `il simulatore ha accettato ${accepted} messaggi, e ne sono partiti ${left}`,
          },
        ]),
  ]
}

/** For the terminal, and for the page. */
interface Finding {
  text: string
  testo: string
}

const MOST_FINDINGS = 20

/** The findings as the page shows them; nothing where there are none. */
export function findingsList(rehearsal: Rehearsal): Html | null {
  const findings = findingsOf(rehearsal)
  if (findings.length === 0) return null
  const more = findings.length - MOST_FINDINGS
  return html`<div class="warning"><strong>Da guardare per prima cosa</strong><ul>
${findings.slice(0, MOST_FINDINGS).map(({ testo }) => html`<li>${testo}</li>`)}
${more > 0 ? html`<li>… e altri ${more}</li>` : null}</ul></div>`
}
