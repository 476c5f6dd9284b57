// The end of a rehearsal's page: the account of each flow, what came when, what was left out, and
// what was taken for granted. Invariant: every file of the directory is named, used or not.

import { flowReasonWords, flowStateWords } from '../domain/flow.ts'
import { accountTerms, difference } from '../domain/flow-account.ts'
import { type Html, html, tableOf } from '../html.ts'
import type { Rehearsal } from '../rehearsing.ts'
import { countWords, durationWords, minuteWords, termWords } from './rehearsal-words.ts'

export function accountsSection({ flows }: Rehearsal): Html {
  const terms = accountTerms.filter((term) => flows.some(({ account }) => account[term] > 0))
  const closes = flows.every(({ account }) => difference(account) === 0)
  const rows = flows.map(({ file, source, createdAt, state, reason, account, seconds }) => [
    file ?? source,
    minuteWords(createdAt),
    reason === null
      ? flowStateWords[state].it
      : `${flowStateWords[state].it}, ${flowReasonWords[reason].it}`,
    countWords(account.read),
    ...terms.map((term) => countWords(account[term])),
    seconds === 0 ? '–' : durationWords(seconds),
  ])
  const columns = [
    ...[{ title: 'File o campagna' }, { title: 'Letto o fatto' }, { title: 'Stato' }],
    { title: 'letti =', isNumber: true },
    ...terms.map((term) => ({ title: termWords[term], isNumber: true })),
    { title: 'Durata al ritmo di IO', isNumber: true },
  ]
  return html`<section><h2>I conti dei flussi</h2>
<p>${closes ? CLOSING : html`<strong>Un conto non torna.</strong>`}</p>
${tableOf('Righe lette, e come è finito il loro primo avviso', columns, rows)}
</section>`
}

const CLOSING = 'Ogni riga letta è in una sola colonna: tutti i conti tornano.'

const saidByWords = {
  list: 'arrivals.csv',
  name: 'il nome del file',
  directory: 'la data del file',
}

const stateWords = { received: 'non ancora letto', mapped: 'letto', failed: 'non letto' }

const reasonWords = {
  'no-feed': 'nessun collegamento dell’ente si chiama così',
  pattern: 'il collegamento non prende file con questo nome',
  'another-year': 'non è dell’anno della prova',
  result: 'è un file di esiti, o un residuo',
  'no-main': 'accompagna un file che non c’è',
}

export function filesSection({ files, left }: Rehearsal): Html {
  const rows = files.map((file) => [
    minuteWords(file.arrivedAt),
    file.name,
    file.feed,
    saidByWords[file.saidBy],
    stateWords[file.state],
    countWords(file.records),
    closedWords(file),
  ])
  const columns = [
    ...[{ title: 'Arrivo' }, { title: 'File' }, { title: 'Collegamento' }],
    ...[{ title: 'Lo dice' }, { title: 'Letto' }, { title: 'Righe', isNumber: true }],
    { title: 'Avvisi chiusi' },
  ]
  const leftRows = left.map(({ name, because }) => [name, reasonWords[because]])
  const leftColumns = [{ title: 'File o cartella' }, { title: 'Perché' }]
  return html`<section><h2>I file</h2>
${tableOf('Che cosa è arrivato, e quando', columns, rows)}
${tableOf('Lasciati da parte', leftColumns, leftRows)}
</section>`
}

function closedWords({ settled, missing }: Rehearsal['files'][number]): string {
  if (settled)
    return `${countWords(settled.notices)} (righe senza avviso: ${countWords(settled.unknown)})`
  return missing ? countWords(missing.closed) : ''
}

export function methodSection(rehearsal: Rehearsal): Html {
  const { hasPopulation, unasked, accepted, files } = rehearsal
  const items = [
    'Le fasi sono quelle vere: lettura, controlli, piano dei promemoria, calendario, invio. Solo ' +
      'l’orologio era finto.',
    'Un file che dice nel nome il solo giorno è arrivato alle 7:00; senza giorno vale la ' +
      'data del file sul disco.',
    hasPopulation
      ? 'Chi è su IO lo diceva il file dei cittadini.'
      : 'Tutti i destinatari erano su IO, con il servizio attivo: i messaggi veri saranno di meno.',
    'Nessuno ha deciso nulla durante la prova: ciò che aspettava una persona è rimasto fermo.',
    'Nessuna fonte è stata raggiunta, nessun esito restituito e nessuna mail inviata.',
    ...(files.some(({ kind }) => kind === 'settlement')
      ? [
          'Un pagamento si conosce da quando arriva il file che lo riporta, non dal giorno ' +
            'in cui è avvenuto.',
        ]
      : []),
    ...(unasked.length > 0
      ? [`Non interrogati: ${unasked.join(', ')}. A ogni domanda non c’era nulla da rispondere.`]
      : []),
    `Controprova: il simulatore di IO ha accettato ${countWords(accepted)} messaggi.`,
  ]
  return html`<section><h2>Come è stata fatta la prova</h2>
<ul>${items.map(
    (item) => html`<li>${item}</li>
`,
  )}</ul></section>`
}
