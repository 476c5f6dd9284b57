// What the pages say on which a file is handed over, and why one is not taken.
// Italian and English beside each other.
import type { Words } from '../../domain/words.ts'

/** What a feed reads, as offices call it. */
export const formatWords: Record<string, Words> = {
  csv: { it: 'CSV', en: 'CSV' },
  fixed: { it: 'testo a larghezza fissa', en: 'text of fixed width' },
  ndjson: { it: 'JSON, una riga per elemento', en: 'JSON lines' },
  json: { it: 'JSON', en: 'JSON' },
  xml: { it: 'XML', en: 'XML' },
  xlsx: { it: 'Excel', en: 'Excel' },
  mail: { it: 'messaggio di posta', en: 'mail message' },
}

export const words = {
  title: { it: 'Carica un file', en: 'Upload a file' },
  explains: {
    it: 'Il file fa la stessa strada di quelli che deposita la fonte: lettura, controlli, prova, approvazione. Non parte nulla da solo. Chi lo carica è tra chi lo prepara, e non lo approva.',
    en: 'The file goes the way of those that its source leaves: reading, checks, test, approval. Nothing leaves by itself. Who uploads it is one of its preparers, and does not approve it.',
  },
  noFeeds: {
    it: 'Nessun collegamento dell’ente riceve file.',
    en: 'No feed of the institution takes files.',
  },
  feed: { it: 'Collegamento', en: 'Feed' },
  noFlow: { it: 'dati di appoggio, nessun flusso', en: 'reference data, no flow' },
  file: { it: 'File', en: 'File' },
  fileHint: {
    it: 'Al massimo {most}. Anche in un archivio ZIP.',
    en: 'At most {most}. Also in a ZIP archive.',
  },
  again: {
    it: 'Caricalo lo stesso: quello che è già stato inviato non si ripete',
    en: 'Upload it all the same: what was sent is not repeated',
  },
  send: { it: 'Carica', en: 'Upload' },
  back: { it: 'Torna ai flussi', en: 'Back to the flows' },
  saved: { it: '{file} è arrivato: {bytes} byte.', en: '{file} has arrived: {bytes} bytes.' },
  noFile: { it: 'Scegli un file.', en: 'Choose a file.' },
  noFeed: { it: 'Scegli il collegamento.', en: 'Choose the feed.' },
  known: {
    it: 'Questo file è già stato elaborato. Non è stato caricato di nuovo.',
    en: 'This file has been processed already. It was not uploaded again.',
  },
  knownAt: { it: 'Lo stesso file è arrivato il', en: 'The same file came at' },
  knownFlow: { it: 'flusso {flow}', en: 'flow {flow}' },
  knownDrop: { it: 'file ricevuto {drop}', en: 'received file {drop}' },
  'too-large': { it: 'Il file è troppo grande.', en: 'The file is too large.' },
  tooLarge: {
    it: 'Il file è troppo grande: al massimo {most}. Dividilo, e carica le parti una alla volta.',
    en: 'The file is too large: at most {most}. Divide it, and upload one part after the other.',
  },
  empty: { it: 'Il file è vuoto.', en: 'The file is empty.' },
  'bad-name': {
    it: 'Il nome del file non va bene: rinominalo con lettere, cifre e trattini.',
    en: 'The name of the file is none: rename it with letters, digits and hyphens.',
  },
  wrongKind: {
    it: 'Non è un file del tipo che questo collegamento legge ({format}). Controlla di aver scelto il file giusto.',
    en: 'It is not of the kind that this feed reads ({format}). See whether it is the right file.',
  },
  noWorkbook: {
    it: 'Non è una cartella di lavoro di Excel. Aprilo con Excel e salvalo come «Cartella di lavoro di Excel (.xlsx)».',
    en: 'It is no Excel workbook. Open it with Excel and save it as “Excel Workbook (.xlsx)”.',
  },
  'no-room': {
    it: 'Sul server non c’è più spazio: avvisa chi gestisce Staffetta. Non è stato salvato nulla.',
    en: 'The server has no room left: tell whoever runs Staffetta. Nothing was saved.',
  },
  busy: {
    it: 'Altri stanno caricando file in questo momento: riprova tra un minuto.',
    en: 'Others are uploading files at this moment: try again in a minute.',
  },
  received: { it: 'File ricevuto: {file}', en: 'Received file: {file}' },
  size: { it: 'Dimensione', en: 'Size' },
  arrived: { it: 'Arrivato il', en: 'Arrived' },
  progress: { it: 'Lettura del file', en: 'Reading of the file' },
  waits: { it: 'In attesa di essere letto', en: 'Waiting to be read' },
  reading: { it: 'In lettura: {percent} %', en: 'Being read: {percent} %' },
  thenFlow: {
    it: 'Appena è letto ne nasce un flusso.',
    en: 'Once it is read, a flow comes of it.',
  },
  thenNoFlow: {
    it: 'Sono dati di appoggio o pagamenti: non ne nasce un flusso.',
    en: 'It is reference data or payments: no flow comes of it.',
  },
  refresh: { it: 'Aggiorna', en: 'Look again' },
  toFlow: { it: 'Vai al flusso {flow}', en: 'Go to flow {flow}' },
  unread: { it: 'Il file non si è potuto leggere', en: 'The file could not be read' },
  loaded: {
    it: 'Il file è stato letto: {n} righe. Non ne nasce un flusso.',
    en: 'The file was read: {n} rows. No flow comes of it.',
  },
} satisfies Record<string, Words>
