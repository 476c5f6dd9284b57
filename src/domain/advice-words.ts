// Advice on a message in the words of offices, by the rule of each finding. The findings speak
// English themselves, for who writes mappings. Invariant: none shows a value of the message.
import type { MessageFinding } from './message-finding.ts'
import type { StaffLanguage } from './words.ts'

const italian: Readonly<Record<string, string>> = {
  'personal-data':
    'Nell’oggetto sembra esserci un dato personale: si legge anche a telefono bloccato. Scrivilo nel testo.',
  'check-character':
    'Il carattere di controllo non torna: il codice è scritto male e può essere di un’altra persona.',
  'empty-text': 'Sotto i pulsanti non c’è nessun testo.',
  table: 'Le tabelle spariscono con tutto quello che c’è dentro. Usa un elenco.',
  strikethrough: 'Il testo barrato con ~~ sparisce del tutto.',
  'three-dashes': 'L’e-mail mostra solo quello che segue l’ultimo «---».',
  html: 'L’HTML sparisce, tranne <br>.',
  'deep-heading': 'I titoli dal livello 4 in giù sembrano testo normale.',
  'handled-link': '«iohandledlink://» vale solo nei pulsanti: nel testo il link non fa nulla.',
  'plain-http': 'Un link apre una pagina senza cifratura: scrivi https.',
  'dead-link': 'Un link non si apre: deve iniziare con https://, mailto:, tel:, sms: o ioit://.',
  encoding:
    'Alcune lettere sono rovinate: il testo è stato letto con la codifica di caratteri sbagliata.',
  'cta-place':
    'I pulsanti sono scritti in mezzo al testo: devono stare all’inizio, tra due righe «---».',
  'cta-yaml':
    'I pulsanti sono scritti male: l’app mostra un errore al posto del testo. Metti testi e azioni tra virgolette.',
  'cta-shape': 'I pulsanti non sono completi: servono cta_1 con text e action.',
  'cta-unknown-key': 'Tra i pulsanti c’è una parola che l’app non conosce.',
  'cta-language': 'I pulsanti ci sono in una lingua sola: chi usa l’app nell’altra non li vede.',
  'cta-text': 'Un pulsante non ha testo.',
  'cta-action': 'L’azione di un pulsante non è tra quelle che l’app apre.',
  'dropped-key': 'IO scarta un campo che non conosce.',
  'due-date-past': 'La scadenza è già passata.',
  'due-date-rolls': 'Il giorno della scadenza non esiste: IO lo sposta in avanti.',
  'hard-to-read':
    'Il testo è difficile da leggere per quasi tutti: usa frasi brevi e parole comuni.',
  deprecated: 'Un campo non serve più.',
  ignored: 'Un campo viene ignorato da IO.',
  withdrawn: 'Un campo non fa più parte delle regole di IO.',
}

/** One finding as its reader reads it; one without words of its own speaks for itself. */
export function adviceText(finding: MessageFinding, language: StaffLanguage): string {
  if (language === 'it') {
    const known = italian[finding.rule]
    if (known !== undefined) return known
  }
  return `${finding.detail} ${finding.remedy}`
}
