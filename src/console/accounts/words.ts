// What the page of accounts says, in both languages.
// The words of the terms are those of the domain.
import type { Words } from '../../domain/words.ts'

export const words = {
  title: { it: 'Quadratura invii', en: 'Accounts of flows' },
  intro: {
    it: 'Ogni riga letta sta in una sola casella: la somma delle caselle è sempre uguale alle righe lette. Le caselle vuote per tutti non sono mostrate. Ogni numero porta alle sue righe.',
    en: 'Every record that was read is in one term: the terms always sum to what was read. Terms in which nothing is are not shown. Each number leads to its records.',
  },
  from: { it: 'Arrivati dal', en: 'Came from' },
  to: { it: 'al', en: 'to' },
  service: { it: 'Servizio', en: 'Service' },
  feed: { it: 'Collegamento', en: 'Feed' },
  all: { it: 'Tutti', en: 'All' },
  list: { it: 'Elenca', en: 'List' },
  clear: { it: 'Azzera filtri', en: 'Clear filters' },
  flows: { it: 'Flussi del periodo', en: 'Flows of the period' },
  totals: { it: 'Totali per servizio e collegamento', en: 'Totals by service and feed' },
  whole: { it: 'Totale', en: 'Total' },
  flow: { it: 'Flusso', en: 'Flow' },
  count: { it: 'Flussi', en: 'Flows' },
  file: { it: 'File ricevuto', en: 'Drop' },
  arrived: { it: 'Arrivato il', en: 'Came at' },
  sum: { it: 'Somma', en: 'Sum' },
  difference: { it: 'Differenza', en: 'Difference' },
  amount: { it: 'Importo', en: 'Amount' },
  again: { it: 'Di cui rilette', en: 'Of these, read again' },
  againNote: {
    it: 'Rilette: righe corrette e rielaborate, o di un’errata corrige, che sono già contate nel flusso da cui vengono. I flussi sostituiti da una rilettura non sono sommati.',
    en: 'Read again: records that were corrected and mapped again, or of an errata, counted already in the flow that they came of. Flows that were replaced are not summed.',
  },
  control: { it: 'Totali del file', en: 'Totals of the file' },
  controlled: {
    it: 'tornano con la riga di chiusura',
    en: 'agree with its closing line',
  },
  uncontrolled: { it: 'il file non li dichiara', en: 'the file declares none' },
  replaced: { it: 'sostituito dal flusso {flow}', en: 'replaced by flow {flow}' },
  told: { it: 'Riscontro alla fonte', en: 'Told to the source' },
  toldNot: { it: 'non previsto', en: 'not asked for' },
  toldDone: { it: '{target}: fatto', en: '{target}: done' },
  toldPart: { it: '{target}: mancano {n} righe', en: '{target}: {n} records to come' },
  toldNone: { it: '{target}: non ancora', en: '{target}: not yet' },
  toldFailing: { it: '{target}: non riesce ({code})', en: '{target}: fails ({code})' },
  toldGivenUp: {
    it: '{target}: abbandonato ({code}), va ripreso a mano',
    en: '{target}: given up ({code}), to be started by hand',
  },
  toldOpen: { it: '{target}: {n} da verificare', en: '{target}: {n} to be looked at' },
  toldOff: { it: '{target}: tolto dal collegamento', en: '{target}: no longer of the feed' },
  target: { it: 'fonte', en: 'source' },
  empty: {
    it: 'Nessun flusso in questo periodo. Prova ad allargarlo.',
    en: 'No flow in this period. Try a longer one.',
  },
  tooMany: {
    it: 'Il periodo ha più di {n} flussi: i totali sono dei primi {n}. Restringi il periodo.',
    en: 'The period has more than {n} flows: the totals are of the first {n}. Take a shorter one.',
  },
  broken: {
    it: 'ATTENZIONE: un conto non torna. Avvisa chi gestisce Staffetta.',
    en: 'NOTE: an account does not close. Tell who runs Staffetta.',
  },
  closed: { it: 'Tutti i conti tornano.', en: 'Every account closes.' },
} satisfies Record<string, Words>
