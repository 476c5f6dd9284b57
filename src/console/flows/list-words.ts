// What the archive of flows says: filters, columns, and what stands where there is no flow.
// Italian and English beside each other.
import type { StaffLanguage, Words } from '../../domain/words.ts'

export const filterWords = {
  state: { it: 'Stato', en: 'State' },
  service: { it: 'Servizio', en: 'Service' },
  feed: { it: 'Fonte', en: 'Source' },
  text: { it: 'Nome del file o n. flusso', en: 'File name or flow number' },
  emission: { it: 'Emissione', en: 'Emission' },
  preparedBy: { it: 'Preparato da', en: 'Prepared by' },
  arrivedFrom: { it: 'Arrivato dal', en: 'Arrived from' },
  arrivedTo: { it: 'Arrivato fino al', en: 'Arrived until' },
  sentFrom: { it: 'Inviato dal', en: 'Sent from' },
  sentTo: { it: 'Inviato fino al', en: 'Sent until' },
  errors: { it: 'Solo con errori', en: 'Only with errors' },
  uncertain: { it: 'Solo con esiti incerti', en: 'Only with unknown outcomes' },
  tests: { it: 'Anche le prove', en: 'Tests too' },
} satisfies Record<string, Words>

const columns: Record<StaffLanguage, readonly string[]> = {
  it: [
    'N. flusso',
    'Emissione',
    'Servizio',
    'Fonte e file',
    'Arrivato il',
    'Stato',
    'Righe',
    'Inviati',
    'Disponibili su IO',
    'Non su IO',
    'Scartati',
    'Errori',
    'Incerti',
    'Avanzamento',
    'Approvato da',
    'Azioni',
  ],
  en: [
    'Flow',
    'Emission',
    'Service',
    'Source and file',
    'Arrived',
    'State',
    'Records',
    'Sent',
    'On IO',
    'Not on IO',
    'Refused',
    'Errors',
    'Unknown',
    'Progress',
    'Approved by',
    'Actions',
  ],
}

export const words = {
  columns,
  title: { it: 'Flussi', en: 'Flows' },
  caption: { it: 'Archivio dei flussi', en: 'Archive of flows' },
  list: { it: 'Elenca', en: 'List' },
  clear: { it: 'Azzera filtri', en: 'Clear filters' },
  any: { it: 'Tutti', en: 'All' },
  upload: { it: 'Carica un file', en: 'Upload a file' },
  file: { it: 'flussi', en: 'flows' },
  empty: {
    it: 'Ancora nessun flusso. I file che le fonti depositano compariranno qui.',
    en: 'No flows yet. Files that sources leave will appear here.',
  },
  nothing: {
    it: 'Nessun flusso con questi filtri. Prova ad allargare il periodo.',
    en: 'No flow with these filters. Try a longer period.',
  },
  uploadedBy: { it: 'caricato da {by}', en: 'uploaded by {by}' },
  menu: { it: 'Azioni', en: 'Actions' },
  open: { it: 'Apri', en: 'Open' },
  documents: { it: 'Esporta', en: 'Export' },
  suspend: { it: 'Sospendi', en: 'Suspend' },
  resume: { it: 'Riprendi', en: 'Resume' },
} satisfies Record<string, Words | typeof columns>
