// What the history of a flow says was done. An act keeps one English phrase for ever, with its
// figures in it; here is how it is read in Italian. What has no words here, such as what an older
// version wrote, is read as it stands.
import type { StaffLanguage } from './words.ts'

/** `{1}`, `{2}` are what the phrase has there. */
const inItalian: readonly [RegExp, string][] = [
  [/^approved$/, 'approvato'],
  [/^asked for a poll$/, 'chiesto un controllo della fonte'],
  [/^asked for approval$/, 'chiesta l’approvazione'],
  [/^approval ended$/, 'approvazione decaduta'],
  [/^expired$/, 'approvazione scaduta'],
  [/^sent back$/, 'rimandato'],
  [/^rechecked$/, 'ricontrollato'],
  [/^nothing to send$/, 'nulla da inviare'],
  [/^kept-back$/, 'bloccato dai controlli'],
  [/^overrode (\w+)$/, 'sbloccato {1}'],
  [/^left-out (\w+)$/, 'lasciate fuori le righe di {1}'],
  [/^suspended$/, 'sospeso'],
  [/^braked$/, 'sospeso automaticamente'],
  [/^resumed$/, 'ripreso'],
  [/^stopped$/, 'interrotto'],
  [/^tested$/, 'provato sui collaudatori'],
  [/^confirmed-test$/, 'prova confermata'],
  [/^reported-test$/, 'segnalato un errore nella prova'],
  [/^uploaded$/, 'caricato'],
  [/^wrote the message$/, 'scritto il messaggio'],
  [/^composed the lot$/, 'composto il flusso'],
  [/^asked IO about a recipient$/, 'chiesto a IO di un destinatario'],
  [/^redone as flow (\d+)$/, 'rifatto come flusso {1}'],
  [/^redoes flow (\d+)$/, 'rifà il flusso {1}'],
  [/^corrected record (\d+)$/, 'corretta la riga {1} del file'],
  [/^revealed record (\d+)$/, 'mostrata la riga {1} del file'],
  [/^ignored (\d+) refused$/, 'ignorati {1} scarti'],
  [/^reworked (\d+) refused as flow (\d+)$/, 'rielaborati {1} scarti come flusso {2}'],
  [/^reworks (\d+) refused of flow (\d+)$/, 'rielabora {1} scarti del flusso {2}'],
  [/^corrected by flow (\d+)$/, 'corretto dal flusso {1}'],
  [/^prepared an errata of flow (\d+)$/, 'preparata l’errata corrige del flusso {1}'],
  [/^mapped (\d+) that waited$/, 'arrivate {1} righe che aspettavano'],
  [/^resolved (\d+) as (\w+)$/, 'decisi {1} messaggi: {2}'],
  [/^exported (\d+) rows$/, 'esportate {1} righe'],
  [/^exported (\d+) rows, and broke off$/, 'esportate {1} righe, poi interrotta'],
  [/^revealed message (\d+)$/, 'mostrati i dati del messaggio {1}'],
  [/^revealed notice (\d+)$/, 'mostrati i dati della comunicazione {1}'],
  [/^revealed a recipient$/, 'mostrati i dati di un destinatario'],
  [/^certified message (\d+)$/, 'fatta l’attestazione di invio del messaggio {1}'],
  [/^ran campaign (.+)$/, 'eseguita la campagna {1}'],
  [
    /^moved reminders of (\d{4}-\d{2}-\d{2}) to (\d{4}-\d{2}-\d{2})$/,
    'promemoria del {1} spostati al {2}',
  ],
  [/^signed in$/, 'entrato'],
  [/^signed out$/, 'uscito'],
  [/^failed to sign in$/, 'accesso non riuscito'],
  [/^became the first administrator$/, 'diventato il primo amministratore'],
  [/^set up the second factor$/, 'attivati i codici sul telefono'],
  [/^chose a password by a link$/, 'scelta la password con un collegamento'],
  [/^changed the password$/, 'cambiata la password'],
  [/^linked the provider$/, 'collegata l’identità del fornitore'],
  [/^invited$/, 'invitato'],
  [/^gave access$/, 'dato l’accesso'],
  [/^took access away$/, 'tolto l’accesso'],
  [/^changed grants$/, 'cambiati i ruoli'],
  [/^changed grants by groups$/, 'cambiati i ruoli secondo i gruppi'],
  [/^disabled$/, 'disattivato'],
  [/^enabled$/, 'riattivato'],
  [/^ended sessions$/, 'chiuse le sessioni'],
  [/^reset the sign-in$/, 'rifatto l’accesso'],
  [/^cancelled reminders of emission (.+)$/, 'annullati i promemoria dell’emissione {1}'],
  [/^skipped (\d{4}-\d{2}-\d{2})$/, 'saltato il {1}'],
  [/^skipped a run$/, 'saltata un’esecuzione'],
  [/^revealed texts$/, 'mostrati i testi'],
  [/^revealed refused records$/, 'mostrate le righe scartate'],
  [/^exported the original file$/, 'scaricato il file originale'],
  [/^exported the receipts$/, 'scaricati i riscontri alla fonte'],
  [/^asked for a poll$/, 'chiesto di leggere la fonte'],
  [/^asks again$/, 'chiesto di nuovo al sistema'],
  [/^closed-missing$/, 'chiuse le comunicazioni che il file non ha più'],
  [/^kept-missing$/, 'tenute le comunicazioni che il file non ha più'],
  [
    /^moved (\d+) messages with their time zone, (.+)$/,
    'spostati {1} messaggi con il loro fuso orario, {2}',
  ],
  [/^blocked (\d+)$/, 'aggiunti {1} destinatari a cui non scrivere'],
  [/^unblocked (\d+)$/, 'tolti {1} destinatari a cui non scrivere'],
  [/^retried the receipts(?: for (.+))?$/, 'rimandati i riscontri {1}'],
  [
    /^resolved the receipt of line (\d+) as ([\w-]+)(?: for (.+))?$/,
    'deciso il riscontro della riga {1}: {2}',
  ],
  [/^postponed (\d+) notices?$/, 'spostata la scadenza di {1} comunicazioni'],
  [/^cancelled reminders of emission (.+)$/, 'annullati i promemoria dell’emissione {1}'],
  [/^backed up$/, 'fatta una copia di sicurezza'],
  [/^restored$/, 'rimessa una copia di sicurezza'],
  [/^made the token (.+)$/, 'creata la chiave API {1}'],
  [/^revoked the token (.+)$/, 'revocata la chiave API {1}'],
  [/^verified the acts$/, 'verificata l’integrità del registro'],
  [/^(?:settled|cancelled|expired) (\d+)(?: notices?)?$/, 'chiuse {1} comunicazioni'],
]

/** The phrase of an act, as it is read in this language. */
export function actWords(verb: string, language: StaffLanguage): string {
  if (language === 'en') return verb
  for (const [pattern, words] of inItalian) {
    const found = pattern.exec(verb)
    if (found) return words.replace(/\{(\d)\}/g, (_, n: string) => found[Number(n)] ?? '')
  }
  return verb
}
