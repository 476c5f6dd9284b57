// What the pages say on which people decide of a flow.
// Each says what follows before it asks.
import type { Words } from '../../domain/words.ts'

export const words = {
  back: { it: 'Lascia com’è', en: 'Leave it as it is' },
  reason: { it: 'Perché', en: 'Why' },
  reasonHint: {
    it: 'Resta nella storia del flusso. Non scrivere dati di persone.',
    en: 'It stays in the history of the flow. No person’s data.',
  },
  noReason: { it: 'Scrivi perché.', en: 'Say why.' },
  otherCount: {
    it: 'Il numero non è quello indicato qui: guarda di nuovo.',
    en: 'The number is not the one given here: look again.',
  },
  suspended: {
    it: 'Il flusso {flow} è sospeso: non parte più nulla finché qualcuno non lo riprende.',
    en: 'Flow {flow} is suspended: nothing leaves until somebody resumes it.',
  },
  resumed: { it: 'Il flusso {flow} riprende.', en: 'Flow {flow} goes on.' },
  rechecked: {
    it: 'Il flusso {flow} è stato ricontrollato, e aspetta di nuovo chi lo approva.',
    en: 'Flow {flow} was checked again, and waits again for who approves it.',
  },
  stopTitle: { it: 'Interrompi per sempre', en: 'Stop for good' },
  stopSays: {
    it: '{messages} messaggi non partiranno mai più, promemoria compresi. Non si torna indietro. Quello che è già partito resta.',
    en: '{messages} messages will never leave, reminders too. This cannot be undone. What has left stays.',
  },
  stopCount: {
    it: 'Scrivi quanti messaggi non partiranno',
    en: 'Type how many messages will not leave',
  },
  stopSend: { it: 'Interrompi il flusso', en: 'Stop the flow' },
  stopped: {
    it: 'Il flusso {flow} è interrotto: {cancelled} messaggi annullati, {inFlight} già in volo.',
    en: 'Flow {flow} is stopped: {cancelled} messages cancelled, {inFlight} in flight.',
  },
  redoTitle: { it: 'Rielabora il file', en: 'Process the file again' },
  redoSays: {
    it: 'Il file è letto di nuovo con il modello di oggi, come flusso nuovo con i suoi controlli e la sua approvazione. Quello che di questo flusso non è partito non parte più; quello che è già stato inviato non si ripete, se dice lo stesso.',
    en: 'The file is read again with the mapping of today, as a new flow with checks and an approval of its own. What of this flow has not left never will; what was sent is not repeated where it says the same.',
  },
  redoSend: { it: 'Rielabora', en: 'Process again' },
  redone: {
    it: 'Questo flusso sostituisce il flusso {flow}: {cancelled} suoi messaggi annullati. Il file è in lettura.',
    en: 'This flow replaces flow {flow}: {cancelled} messages of it cancelled. Its file is being read.',
  },
  leaveOutTitle: { it: 'Lascia fuori', en: 'Leave out' },
  leaveOutSays: {
    it: '{messages} messaggi non partiranno; gli altri possono partire. Corretti dalla fonte, tornano come messaggi nuovi.',
    en: '{messages} messages will not leave; the others may go. Corrected by their source they come again as new ones.',
  },
  leaveOutCount: {
    it: 'Scrivi quanti messaggi restano fuori',
    en: 'Type how many messages are left out',
  },
  leaveOutSend: { it: 'Lascia fuori', en: 'Leave out' },
  leftOut: {
    it: 'Lasciati fuori {messages} messaggi; ne restano {rest}.',
    en: '{messages} messages are left out; {rest} remain.',
  },
  overrideTitle: { it: 'Sblocca con motivazione', en: 'Override with a reason' },
  overrideSays: {
    it: 'Sblocca solo se è giusto così. Chi sblocca è tra chi prepara il flusso: poi lo approva un’altra persona.',
    en: 'Override only what is right as it is. Who overrides is one of the preparers: another person approves it then.',
  },
  overrideTotal: {
    it: 'Totale degli importi, come lo dice l’ufficio che li ha emessi (in euro)',
    en: 'Total of the amounts, as the office that issued them says it (in euro)',
  },
  overrideTotalHint: { it: 'Per esempio 14.500,00', en: 'Such as 14.500,00' },
  overrideCount: {
    it: 'Numero dei messaggi, come lo dice l’ufficio',
    en: 'Number of the messages, as the office says it',
  },
  badTotal: {
    it: 'Scrivi il totale con i centesimi, per esempio 14.500,00.',
    en: 'Write the total with its cents, such as 14.500,00.',
  },
  overrideSend: { it: 'Sblocca', en: 'Override' },
  overridden: {
    it: 'Il controllo del flusso {flow} è sbloccato.',
    en: 'Overridden in flow {flow}.',
  },
} satisfies Record<string, Words>
