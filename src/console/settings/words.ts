// The words of the settings that are not people: tokens, testers, alerts, how long things are
// kept. What is said of retention is what is done today.
import type { Words } from '../../domain/words.ts'

export const words = {
  title: { it: 'Impostazioni', en: 'Settings' },
  people: { it: 'Persone', en: 'People' },
  peopleHint: { it: 'Chi entra qui, e che cosa può fare.', en: 'Who comes in, and as what.' },
  tokens: { it: 'Chiavi API', en: 'API tokens' },
  tokensHint: {
    it: 'I programmi che mandano messaggi e file, e leggono gli esiti.',
    en: 'Programs that send messages and files, and read outcomes.',
  },
  testers: { it: 'Colleghi per le prove', en: 'Testers' },
  testersHint: {
    it: 'Chi riceve su IO i messaggi di prova.',
    en: 'Who receives test messages on IO.',
  },
  alerts: { it: 'Avvisi al personale', en: 'Alerts to staff' },
  alertsHint: {
    it: 'A chi arrivano le mail, e quali sono partite.',
    en: 'Who gets mails, and which have left.',
  },
  retention: { it: 'Conservazione', en: 'Retention' },
  retentionHint: {
    it: 'Che cosa resta, e per quanto tempo.',
    en: 'What is kept, and for how long.',
  },
  inFile: {
    it: 'Si cambia nel file {file}, alla voce {key}. Vale dopo «Ricarica configurazione» nello stato del sistema.',
    en: 'It is changed in {file}, under {key}. It holds after “Reload the configuration” in the system status.',
  },
  name: { it: 'Nome', en: 'Name' },
  fiscalCode: { it: 'Codice fiscale', en: 'Fiscal code' },
  mail: { it: 'Mail per rispondere alla prova', en: 'Mail to answer a test' },
  noMail: { it: 'nessuna: non può rispondere', en: 'none: they cannot answer' },
  noTesters: {
    it: 'Nessun collega per le prove: senza, un flusso non si può provare.',
    en: 'No tester: without one no flow can be tested.',
  },
  lastTest: { it: 'Ultima prova', en: 'Last test' },
  noTest: { it: 'Ancora nessuna prova.', en: 'No test yet.' },
  noNotify: {
    it: 'Nessuno riceve gli avvisi: un flusso fermo può non essere visto da nessuno.',
    en: 'Nobody gets alerts: a flow that waits may be seen by nobody.',
  },
  recipients: { it: 'Ricevono gli avvisi', en: 'They get alerts' },
  noServer: {
    it: 'Le mail non sono configurate: nessun avviso parte.',
    en: 'Mail is not configured: no alert leaves.',
  },
  lastMails: { it: 'Ultime mail', en: 'Last mails' },
  subject: { it: 'Oggetto', en: 'Subject' },
  madeAt: { it: 'Scritta il', en: 'Written' },
  to: { it: 'A', en: 'To' },
  outcome: { it: 'Esito', en: 'Outcome' },
  left: { it: 'partita', en: 'left' },
  waits: { it: 'in attesa', en: 'waits' },
  failing: { it: 'non parte', en: 'does not leave' },
  noMails: { it: 'Ancora nessuna mail.', en: 'No mail yet.' },
  make: { it: 'Crea una chiave', en: 'Make a token' },
  noTokens: {
    it: 'Nessun programma usa l’API di questo ente.',
    en: 'No program uses the API of this institution.',
  },
  ending: { it: 'Finisce con', en: 'Ends with' },
  may: { it: 'Può', en: 'May' },
  services: { it: 'Servizi', en: 'Services' },
  allServices: { it: 'tutti', en: 'all' },
  used: { it: 'Usata l’ultima volta', en: 'Last used' },
  never: { it: 'mai', en: 'never' },
  expires: { it: 'Scade il', en: 'Expires' },
  noExpiry: { it: 'non scade', en: 'does not expire' },
  state: { it: 'Stato', en: 'State' },
  active: { it: 'Attiva', en: 'Active' },
  expired: { it: 'Scaduta', en: 'Expired' },
  revokedAt: { it: 'Revocata', en: 'Revoked' },
  revoke: { it: 'Revoca', en: 'Revoke' },
  revokeTitle: { it: 'Revoca della chiave {name}', en: 'Revoking {name}' },
  sure: {
    it: 'Sei sicuro? Da subito il programma che usa la chiave {name} non potrà più fare nulla. Non si torna indietro: ne servirà una nuova.',
    en: 'Are you sure? From now on the program that uses {name} can do nothing any more. It cannot be taken back: it will need a new one.',
  },
  revokeNow: { it: 'Sì, revoca la chiave', en: 'Yes, revoke the token' },
  revoked: { it: 'Chiave {name} revocata.', en: '{name} is revoked.' },
  back: { it: 'Torna alle chiavi', en: 'Back to the tokens' },
  cancel: { it: 'Lascia com’è', en: 'Leave it' },
  tokenName: { it: 'Nome del programma', en: 'Name of the program' },
  tokenNameHint: {
    it: 'Lettere minuscole, cifre e trattini, per esempio protocollo. Firmerà nel registro attività come token:protocollo, e non si riusa.',
    en: 'Small letters, digits and hyphens, such as records. It signs in the activity log as token:records, and is not given again.',
  },
  badName: {
    it: 'Solo lettere minuscole, cifre e trattini, al massimo 40.',
    en: 'Small letters, digits and hyphens alone, 40 at most.',
  },
  taken: {
    it: 'C’è già, o c’è stata, una chiave con questo nome.',
    en: 'There is, or was, a token of this name.',
  },
  permissions: { it: 'Che cosa può fare', en: 'What it may do' },
  noPermission: { it: 'Scegli almeno un permesso.', en: 'Choose one permission at least.' },
  onlyServices: {
    it: 'Solo per questi servizi (nessuno: per tutti)',
    en: 'For these services alone (none: for all)',
  },
  expiryHint: {
    it: 'Fino alla fine del giorno. Vuoto: finché non la revochi.',
    en: 'To the end of the day. Empty: until you revoke it.',
  },
  badDay: { it: 'Un giorno da oggi in poi.', en: 'A day from today on.' },
  shown: { it: 'La chiave {name}', en: 'The token {name}' },
  shownOnce: {
    it: 'Copiala adesso e mettila nel programma: non la vedrai mai più.',
    en: 'Copy it now and put it into the program: you will never see it again.',
  },
  token: { it: 'Chiave', en: 'Token' },
  docs: {
    it: 'La descrizione dell’API per chi scrive il programma',
    en: 'The description of the API, for whoever writes the program',
  },
  what: { it: 'Che cosa', en: 'What' },
  kept: { it: 'Per quanto tempo', en: 'For how long' },
  retentionNote: {
    it: 'Oggi nulla di ciò che riguarda i cittadini si cancella da solo: comunicazioni, messaggi e file ricevuti restano, cifrati, finché esiste la base dati. Tienine conto nel registro dei trattamenti.',
    en: 'Today nothing about citizens is deleted by itself: notices, messages and drops stay, encrypted, as long as the database. Bear it in mind in the register of processing.',
  },
} satisfies Record<string, Words>

/** What is kept how long, as it is done today. */
export const kept: readonly { what: Words; long: Words }[] = [
  {
    what: {
      it: 'Comunicazioni, messaggi e i loro esiti (cifrati)',
      en: 'Notices, messages and outcomes (encrypted)',
    },
    long: { it: 'senza termine: non si cancellano ancora', en: 'no end: not deleted yet' },
  },
  {
    what: {
      it: 'File ricevuti, come sono arrivati (cifrati), e righe scartate',
      en: 'Drops as they came (encrypted), and refused records',
    },
    long: { it: 'senza termine: non si cancellano ancora', en: 'no end: not deleted yet' },
  },
  {
    what: { it: 'Anagrafiche di appoggio', en: 'References' },
    long: {
      it: 'finché un nuovo file non le sostituisce',
      en: 'until another drop replaces them',
    },
  },
  {
    what: { it: 'Destinatari a cui non scrivere', en: 'Recipients who are not to be contacted' },
    long: { it: 'finché qualcuno non li toglie', en: 'until somebody takes them off' },
  },
  {
    what: { it: 'Registro attività', en: 'Activity log' },
    long: { it: 'per sempre: la base dati non lo lascia toccare', en: 'for ever' },
  },
  {
    what: {
      it: 'Ricerche con dati di persone (cifrate)',
      en: 'Searches by people’s data (sealed)',
    },
    long: { it: '24 ore', en: '24 hours' },
  },
  {
    what: { it: 'Flussi lasciati a metà in «Nuovo flusso»', en: 'Lots begun and not sent' },
    long: { it: '30 giorni dall’ultima modifica', en: '30 days after the last change' },
  },
  {
    what: { it: 'File provati con un modello', en: 'Sample files tried with a mapping' },
    long: { it: '60 minuti', en: '60 minutes' },
  },
  {
    what: { it: 'Sessioni di lavoro', en: 'Sessions' },
    long: {
      it: '30 minuti senza fare nulla, 10 ore in tutto',
      en: '30 minutes without doing anything, 10 hours in all',
    },
  },
  {
    what: { it: 'Accessi non riusciti', en: 'Failed sign-ins' },
    long: { it: '24 ore dall’ultimo', en: '24 hours after the last' },
  },
  {
    what: { it: 'Richieste fatte dai programmi', en: 'Requests of programs' },
    long: { it: 'quanto ciò che hanno creato', en: 'as long as what they made' },
  },
]
