// What the frame of a flow’s pages says: its tabs, the terms of its sum, what may be done.
// Italian and English beside each other.
import type { AccountTerm } from '../../domain/flow-account.ts'
import type { Words } from '../../domain/words.ts'
import type { FlowTab } from './frame.ts'

export const tabWords: Record<FlowTab, Words> = {
  summary: { it: 'Riepilogo', en: 'Summary' },
  checks: { it: 'Controlli', en: 'Checks' },
  problems: { it: 'Righe con problemi', en: 'Records with problems' },
  records: { it: 'Messaggi', en: 'Messages' },
  test: { it: 'Prova', en: 'Test' },
  outcomes: { it: 'Esiti', en: 'Outcomes' },
  documents: { it: 'Documenti', en: 'Documents' },
  history: { it: 'Storia', en: 'History' },
}

/** The terms of the account as one reads them in the sum. */
export const termWords: Record<'read' | AccountTerm, Words> = {
  read: { it: 'righe lette', en: 'records read' },
  sent: { it: 'inviati', en: 'sent' },
  undeliverable: { it: 'non su IO', en: 'not on IO' },
  rejected: { it: 'rifiutati da IO', en: 'rejected by IO' },
  refused: { it: 'scartati', en: 'refused' },
  duplicate: { it: 'già inviati', en: 'sent before' },
  skipped: { it: 'esclusi', en: 'skipped' },
  waiting: { it: 'in attesa', en: 'waiting' },
  held: { it: 'da decidere', en: 'to be decided' },
  uncertain: { it: 'con esito incerto', en: 'with an unknown outcome' },
  cancelled: { it: 'annullati', en: 'cancelled' },
  recorded: { it: 'in simulazione', en: 'recorded' },
}

/** The same of one alone. */
export const termOfOne: Record<'read' | AccountTerm, Words> = {
  ...termWords,
  read: { it: 'riga letta', en: 'record read' },
  sent: { it: 'inviato', en: 'sent' },
  rejected: { it: 'rifiutato da IO', en: 'rejected by IO' },
  refused: { it: 'scartato', en: 'refused' },
  duplicate: { it: 'già inviato', en: 'sent before' },
  skipped: { it: 'escluso', en: 'skipped' },
  cancelled: { it: 'annullato', en: 'cancelled' },
}

export const words = {
  service: { it: 'Servizio', en: 'Service' },
  natureTest: { it: 'prova sui colleghi', en: 'test on colleagues' },
  naturePayment: { it: 'con pagamento', en: 'with payments' },
  natureDue: { it: 'con scadenza', en: 'with due dates' },
  natureNotice: { it: 'informativo', en: 'information' },
  open: {
    it: 'Il conto non torna: {rest} righe. Avvisa chi gestisce Staffetta.',
    en: 'The account does not close: {rest} records. Tell whoever runs Staffetta.',
  },
  reading: { it: 'File in lettura: {percent} %', en: 'The file is being read: {percent} %' },
  readingLabel: { it: 'Lettura del file', en: 'Reading of the file' },
  about: { it: 'Riguarda il', en: 'It is about' },
  corrected: { it: 'Corretto dal', en: 'Corrected by' },
  tested: { it: 'Provato con il', en: 'Tested by' },
  replaced: { it: 'Sostituito dal', en: 'Replaced by' },
  tabs: { it: 'Schede del flusso', en: 'Tabs of the flow' },
  approve: { it: 'Guarda e approva', en: 'Look and approve' },
  suspend: { it: 'Sospendi', en: 'Suspend' },
  resume: { it: 'Riprendi', en: 'Resume' },
  recheck: { it: 'Ricontrolla', en: 'Check again' },
  redo: { it: 'Rielabora', en: 'Process again' },
  errata: { it: 'Prepara errata corrige', en: 'Prepare an errata' },
  stop: { it: 'Interrompi', en: 'Stop for good' },
} satisfies Record<string, Words>
