// What the pages of refused records say, in both languages. Nothing of a record stands here.
// A language that is missing does not compile.
import type { Words } from '../../domain/words.ts'

export const words = {
  title: { it: 'Scarti', en: 'Refused records' },
  intro: {
    it: 'Righe dei file che non sono diventate comunicazioni. Ogni riga resta qui finché qualcuno la corregge, la rielabora o la ignora con un motivo.',
    en: 'Records of files that became no notice. Each stays here until somebody corrects it, maps it again or ignores it with a reason.',
  },
  empty: {
    it: 'Nessuno scarto: tutte le righe sono utilizzabili.',
    en: 'Nothing refused: every record is good.',
  },
  noneFound: {
    it: 'Nessuno scarto con questi filtri. Prova ad allargare il periodo.',
    en: 'Nothing refused with these filters. Try a longer period.',
  },
  causes: { it: 'Scarti per causa', en: 'Refused records by cause' },
  cause: { it: 'Causa', en: 'Cause' },
  field: { it: 'Campo', en: 'Field' },
  todo: { it: 'Che cosa fare', en: 'What to do' },
  records: { it: 'Righe', en: 'Records' },
  flows: { it: 'Flussi', en: 'Flows' },
  flow: { it: 'Flusso', en: 'Flow' },
  file: { it: 'File ricevuto', en: 'Drop' },
  line: { it: 'Riga', en: 'Line' },
  service: { it: 'Servizio', en: 'Service' },
  feed: { it: 'Collegamento', en: 'Feed' },
  arrived: { it: 'Arrivato il', en: 'Came at' },
  from: { it: 'Arrivati dal', en: 'Came from' },
  to: { it: 'al', en: 'to' },
  standing: { it: 'Situazione', en: 'Standing' },
  all: { it: 'Tutti', en: 'All' },
  list: { it: 'Elenca', en: 'List' },
  clear: { it: 'Azzera filtri', en: 'Clear filters' },
  allCauses: { it: 'Tutte le righe', en: 'All records' },
  select: { it: 'Scegli', en: 'Choose' },
  rework: { it: 'Rielabora le righe scelte', en: 'Map the chosen again' },
  reworkHint: {
    it: 'Le righe scelte, con le loro correzioni, sono lette di nuovo con il modello di adesso in un flusso a parte, con i suoi controlli e la sua approvazione. Quelle ancora sbagliate restano qui.',
    en: 'The chosen records, with their corrections, are mapped again with the mapping of now into a flow of their own, with its checks and approval. What is still wrong stays here.',
  },
  reworkAll: { it: 'Rielabora tutte ({n})', en: 'Map all of them again ({n})' },
  typed: { it: 'Scrivi quante sono, per conferma', en: 'Type how many, to confirm' },
  ignore: { it: 'Ignora le righe scelte', en: 'Ignore the chosen' },
  ignoreOne: { it: 'Ignora con motivo', en: 'Ignore with a reason' },
  reason: { it: 'Motivo', en: 'Reason' },
  reasonHint: {
    it: 'Perché non serve più. Resta nella storia: niente dati di persone.',
    en: 'Why it is not needed. It stays in the history: no person’s data.',
  },
  office: { it: 'Testo per l’ufficio', en: 'Text for the office' },
  officeHint: {
    it: 'Da copiare in una mail: non contiene dati di nessuno.',
    en: 'To be copied into a mail: it has nobody’s data.',
  },
  officeHead: {
    it: 'Buongiorno,\n\nqueste righe non sono state inviate e vanno corrette nel gestionale:\n',
    en: 'Hello,\n\nthese records were not sent and have to be corrected at the source:\n',
  },
  officeTail: {
    it: '\nQuando sono corrette, inviate di nuovo il file: le righe già inviate non partono una seconda volta.\n',
    en: '\nOnce they are corrected, hand the file over again: what was sent is not sent twice.\n',
  },
  chosenNone: { it: 'Scegli almeno una riga.', en: 'Choose at least one record.' },
  wrongCount: {
    it: 'Le righe sono {n}: scrivi questo numero, dopo averle guardate.',
    en: 'There are {n} records: type this number, once you have looked at them.',
  },
  noReason: { it: 'Scrivi il motivo.', en: 'Say the reason.' },
  saidIgnored: { it: 'Righe ignorate: {n}.', en: 'Records ignored: {n}.' },
  saidReworked: {
    it: 'Righe rielaborate: {n}. Flusso {flows}.',
    en: 'Records mapped again: {n}. Flow {flows}.',
  },
  saidStill: {
    it: ' Ancora sbagliate, restano qui: {n}.',
    en: ' Still wrong, they stay here: {n}.',
  },
  saidWrong: {
    it: 'Nessuna riga è utilizzabile: sono ancora tutte sbagliate. Correggile una per una.',
    en: 'None of them is good yet: correct them one by one.',
  },
  changed: {
    it: 'Nel frattempo un’altra persona ha deciso su una di queste righe: non è stato fatto nulla. Guarda di nuovo.',
    en: 'Somebody else has decided about one of them meanwhile: nothing was done. Look again.',
  },
  saidCorrected: {
    it: 'Correzione salvata: così la riga è utilizzabile. Per inviarla, rielaborala.',
    en: 'The correction is kept: the record is good so. To send it, map it again.',
  },
  nothing: { it: 'Non hai cambiato nulla.', en: 'You have changed nothing.' },
  record: { it: 'Riga {line} del flusso {flow}', en: 'Line {line} of flow {flow}' },
  reveal: { it: 'Mostra la riga', en: 'Show the record' },
  revealHint: {
    it: 'La riga contiene dati personali: che l’hai vista resta scritto nel registro.',
    en: 'It has personal data: that you saw it is written down.',
  },
  mayNot: {
    it: 'Il tuo ruolo non vede i dati delle persone.',
    en: 'Your role does not see people’s data.',
  },
  rawLine: { it: 'La riga com’è nel file', en: 'The line as it stands in the file' },
  fields: { it: 'I campi, come li legge il modello', en: 'The fields, as the mapping reads them' },
  value: { it: 'Valore', en: 'Value' },
  wrongMark: { it: 'Da correggere', en: 'To be corrected' },
  correct: { it: 'Correggi', en: 'Correct' },
  correctHint: {
    it: 'Cambia i valori sbagliati, scritti come nel file. L’originale resta com’è; la correzione è conservata cifrata. Chi corregge ha preparato il flusso, e non lo approva.',
    en: 'Change what is wrong, written as in the file. The original stays; the correction is kept sealed. Whoever corrects has prepared the flow, and does not approve it.',
  },
  save: { it: 'Salva la correzione', en: 'Keep the correction' },
  note: { it: 'Nota', en: 'Note' },
  noteHint: {
    it: 'Facoltativa. Resta nella storia: niente dati di persone.',
    en: 'Not needed. It stays in the history: no person’s data.',
  },
  otherFields: { it: 'Gli altri campi ({n})', en: 'The other fields ({n})' },
  decidedBy: { it: 'Deciso da', en: 'Decided by' },
  madeFlow: { it: 'Rielaborata nel flusso', en: 'Mapped again in flow' },
  reworkThis: { it: 'Rielabora questa riga', en: 'Map this record again' },
  reworkCorrected: {
    it: 'Rielabora tutte le righe corrette del flusso ({n})',
    en: 'Map all corrected records of the flow again ({n})',
  },
  rule: { it: 'Perché è stata scartata', en: 'Why it was refused' },
} satisfies Record<string, Words>

export const standings = {
  open: { it: 'Da sistemare', en: 'Open' },
  settled: { it: 'Sistemati', en: 'Settled' },
  all: { it: 'Tutti', en: 'All' },
} satisfies Record<'open' | 'settled' | 'all', Words>

export const decidedWords = {
  none: { it: 'Da sistemare', en: 'Open' },
  corrected: { it: 'Corretta, da rielaborare', en: 'Corrected, to be mapped again' },
  reworked: { it: 'Rielaborata', en: 'Mapped again' },
  ignored: { it: 'Ignorata', en: 'Ignored' },
} satisfies Record<'none' | 'corrected' | 'reworked' | 'ignored', Words>

export const unreadable = {
  'no-drop': {
    it: 'Questa riga non viene da un file: non c’è nulla da correggere qui.',
    en: 'It came of no drop: there is nothing to correct here.',
  },
  purged: {
    it: 'Il file non è più conservato: fallo inviare di nuovo.',
    en: 'Its drop is kept no more: have it handed over again.',
  },
  replaced: {
    it: 'Il file è stato letto di nuovo per intero: guarda gli scarti del flusso che lo sostituisce.',
    en: 'Its drop was mapped again as a whole: see what was refused in the flow that replaces it.',
  },
  'feed-gone': {
    it: 'Il collegamento non è più nella configurazione.',
    en: 'The configuration no longer has its feed.',
  },
  'other-mapping': {
    it: 'Il modello di adesso legge il file in un altro modo: rifai l’intero flusso.',
    en: 'The mapping of now reads the drop otherwise: make the whole flow again.',
  },
} satisfies Record<string, Words>
