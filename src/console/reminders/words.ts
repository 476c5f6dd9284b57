// What the pages of what will leave say, in both languages.
// What keeps messages, or ends them, has its words here by its kind and code.
import type { FlowStanding, Moved, ObstacleKind } from '../../domain/schedule.ts'
import type { Words } from '../../domain/words.ts'

export const words = {
  title: { it: 'Promemoria', en: 'Reminders' },
  intro: {
    it: 'Che cosa parte nei prossimi giorni: ogni giorno porta all’elenco delle sue partenze.',
    en: 'What leaves in the days to come: each day leads to what leaves on it.',
  },
  calendar: { it: 'Partenze di {month}', en: 'What leaves in {month}' },
  previous: { it: 'Mese prima', en: 'Month before' },
  next: { it: 'Mese dopo', en: 'Month after' },
  empty: {
    it: 'In questo mese non è previsto nulla.',
    en: 'Nothing is planned for this month.',
  },
  over: { it: 'Questo mese è passato.', en: 'This month is over.' },
  service: { it: 'Servizio', en: 'Service' },
  emission: { it: 'Emissione', en: 'Emission' },
  all: { it: 'Tutti', en: 'All' },
  list: { it: 'Elenca', en: 'List' },
  clear: { it: 'Azzera filtri', en: 'Clear filters' },
  byDay: { it: 'Giorno per giorno', en: 'Day by day' },
  day: { it: 'Giorno', en: 'Day' },
  rules: { it: 'Regole', en: 'Rules' },
  reminders: { it: 'Promemoria', en: 'Reminders' },
  reminderShort: { it: '{n} promemoria', en: '{n} reminders' },
  firstShort: { it: '{n} primi invii', en: '{n} first messages' },
  campaignShort: { it: '{n} di campagne', en: '{n} of campaigns' },
  first: { it: 'Primi invii', en: 'First messages' },
  campaigns: { it: 'Campagne', en: 'Campaigns' },
  moved: { it: 'Spostati', en: 'Moved' },
  sum: { it: 'In tutto', en: 'All' },
  due: { it: 'Già dovuti', en: 'Due already' },
  holiday: { it: 'festivo', en: 'holiday' },
  today: { it: 'oggi', en: 'today' },
  runs: { it: 'Campagne che partono', en: 'Campaigns that run' },
  runNote: {
    it: 'I destinatari si scelgono al momento.',
    en: 'They choose their recipients when they run.',
  },
  runSkipped: { it: 'saltata: {why}', en: 'skipped: {why}' },
  notAsShown: { it: 'Che cosa lo impedisce, o lo cambia', en: 'What keeps or changes it' },
  heldPart: { it: 'Trattenuti', en: 'Held' },
  heldGo: { it: 'decidi', en: 'decide' },
  gone: { it: 'Erano previsti e non partono più', en: 'Had been planned, and leave no more' },
  goneOfDay: {
    it: 'Esclusi da questo giorno',
    en: 'Had been planned for this day, and leave no more',
  },
  others: { it: 'Lasciati ad altri', en: 'Left to others' },
  othersIo: {
    it: 'i promemoria di quello che si paga li manda IO',
    en: 'the reminders of what can be paid are IO’s',
  },
  messages: { it: 'Messaggi', en: 'Messages' },
  because: { it: 'Perché', en: 'Why' },
  payments: {
    it: 'Prima di inviare, Staffetta ricontrolla che l’avviso sia ancora da pagare.',
    en: 'Before sending, Staffetta looks again whether the notice is still to be paid.',
  },
  paymentsOf: {
    it: '{feeds}: pagamenti da {source}, ultimo aggiornamento {at}',
    en: '{feeds}: payments from {source}, known until {at}',
  },
  paymentsNever: { it: 'mai arrivati', en: 'never yet' },
  paymentsStale: {
    it: 'Promemoria trattenuti: i pagamenti di {source} non sono aggiornati (al massimo {hours} ore).',
    en: 'Reminders are held: the payments of {source} are too old (at most {hours} hours).',
  },
  dayTitle: { it: 'Partenze del {day}', en: 'What leaves on {day}' },
  at: { it: 'Ora', en: 'At' },
  what: { it: 'Regola', en: 'Rule' },
  recipients: { it: 'Destinatari', en: 'Recipients' },
  origin: { it: 'Collegamento o campagna', en: 'Feed or campaign' },
  flow: { it: 'Flusso', en: 'Flow' },
  standing: { it: 'Stato', en: 'Standing' },
  dayEmpty: {
    it: 'In questo giorno non parte nulla.',
    en: 'Nothing waits to leave on this day.',
  },
  dayOver: { it: 'Questo giorno è passato.', en: 'This day is over.' },
  skip: { it: 'Salta questo giorno', en: 'Skip this day' },
  skipHint: {
    it: 'I promemoria e le campagne di questo giorno, con i filtri di sopra, non partono più. I primi invii restano. Non si può tornare indietro.',
    en: 'The reminders and campaigns of this day, as filtered above, will not leave. First messages stay. It cannot be undone.',
  },
  skipMeans: {
    it: '{reminders} promemoria, {campaigns} messaggi di campagne, {runs} campagne da eseguire.',
    en: '{reminders} reminders, {campaigns} messages of campaigns, {runs} runs of campaigns.',
  },
  skipNothing: {
    it: 'Non c’è nulla che si possa saltare o spostare in questo giorno.',
    en: 'Nothing of this day could be skipped or moved.',
  },
  move: { it: 'Sposta i promemoria', en: 'Move the reminders' },
  moveHint: {
    it: 'I promemoria di questo giorno, con i filtri di sopra, partono nel giorno nuovo alla stessa ora. Restano dove sono quelli che passerebbero dall’altra parte della loro scadenza, o di un altro promemoria della stessa comunicazione.',
    en: 'The reminders of this day, as filtered above, leave on the new day at the same hour. Those stay that would come to stand beyond their due date, or beyond another reminder of their notice.',
  },
  moveTo: { it: 'Al giorno', en: 'To the day' },
  reason: { it: 'Motivo', en: 'Reason' },
  reasonHint: {
    it: 'Resta nella storia: niente dati di persone.',
    en: 'It stays in the history: no person’s data.',
  },
  typed: {
    it: 'Scrivi quanti messaggi sono, per conferma ({n})',
    en: 'Type how many messages, to confirm ({n})',
  },
  faultReason: { it: 'Scrivi il motivo.', en: 'Say the reason.' },
  faultTyped: {
    it: 'I messaggi sono {n}: scrivi questo numero, dopo averli guardati.',
    en: 'There are {n} messages: type this number, once you have looked at them.',
  },
  faultDay: { it: 'Scegli un giorno da oggi in poi.', en: 'Choose a day from today on.' },
  faultSame: { it: 'È lo stesso giorno.', en: 'It is the same day.' },
  faultClosed: {
    it: 'In quel giorno non si invia: {feeds}. Scegline un altro.',
    en: 'Nothing is sent on that day: {feeds}. Choose another.',
  },
  faultFixed: {
    it: 'Nessuno di questi promemoria può stare in quel giorno.',
    en: 'None of these reminders can stand on that day.',
  },
  saidSkipped: {
    it: 'Giorno saltato: messaggi annullati {n}, campagne {runs}.',
    en: 'The day is skipped: {n} messages cancelled, {runs} runs.',
  },
  saidMoved: {
    it: 'Promemoria spostati: {n}. Rimasti dove erano: {fixed}.',
    en: 'Reminders moved: {n}. Left where they were: {fixed}.',
  },
  cancelEmission: {
    it: 'Annulla tutti i promemoria dell’emissione {emission}',
    en: 'Cancel all reminders of emission {emission}',
  },
  cancelHint: {
    it: 'I promemoria e i messaggi di campagne di questa emissione, di oggi e dei giorni che vengono, non partono più. I primi invii e le comunicazioni restano. Non si può tornare indietro.',
    en: 'The reminders and campaign messages of this emission, of today and the days to come, will not leave. First messages and notices stay. It cannot be undone.',
  },
  cancelNothing: {
    it: 'Di questa emissione non c’è nessun promemoria che aspetti.',
    en: 'No reminder of this emission waits.',
  },
  saidCancelled: {
    it: 'Promemoria annullati: {n}.',
    en: 'Reminders cancelled: {n}.',
  },
} satisfies Record<string, Words>

export const obstacleWords: Record<ObstacleKind, Words> = {
  'installation-paused': {
    it: 'è tutto fermo: non parte nulla',
    en: 'the installation is paused: nothing leaves',
  },
  'clock-wrong': {
    it: 'l’orologio della macchina è sbagliato: non parte nulla',
    en: 'the clock of the machine is wrong: nothing leaves',
  },
  unreleased: { it: 'il flusso non è ancora partito', en: 'the flow is not released yet' },
  'kept-back': { it: 'il flusso è bloccato dai controlli', en: 'the checks keep the flow back' },
  suspended: { it: 'il flusso è sospeso', en: 'the flow is suspended' },
  stopped: { it: 'il flusso è stato interrotto', en: 'the flow was stopped' },
  'service-unknown': {
    it: 'il servizio non è più nella configurazione',
    en: 'the configuration has no such service',
  },
  'service-paused': { it: 'il servizio è fermo: va sistemato', en: 'the service is paused' },
  'payments-stale': {
    it: 'i pagamenti non sono aggiornati: oggi sono trattenuti',
    en: 'payments are too old: they are held today',
  },
  unanswered: { it: 'aspettano la risposta di un sistema', en: 'a system has not answered' },
  closed: { it: 'partono quando riapre l’orario di invio', en: 'they leave when the window opens' },
  'closed-day': {
    it: 'sono in un giorno ora chiuso: partono alla prima apertura',
    en: 'their day is closed now: they leave at the next opening',
  },
  'dry-run': {
    it: 'il servizio è in simulazione: restano registrati e non raggiungono nessuno',
    en: 'the service is a dry run: they are recorded and reach nobody',
  },
  testers: {
    it: 'il servizio raggiunge solo i colleghi: gli altri restano registrati',
    en: 'the service reaches its testers alone: the others are recorded',
  },
}

export const movedWords: Record<Moved, Words> = {
  closed: { it: 'giorno chiuso', en: 'closed day' },
  crowded: { it: 'un altro messaggio quel giorno', en: 'another message that day' },
  postponed: { it: 'scadenza rinviata', en: 'due date postponed' },
  rescheduled: { it: 'spostato da una persona', en: 'moved by a person' },
}

export const standingWords: Record<FlowStanding, Words> = {
  released: { it: 'Programmato', en: 'Planned' },
  unreleased: { it: 'Flusso non partito', en: 'Flow not released' },
  'kept-back': { it: 'Flusso bloccato', en: 'Flow kept back' },
  suspended: { it: 'Flusso sospeso', en: 'Flow suspended' },
  stopped: { it: 'Flusso interrotto', en: 'Flow stopped' },
}

/** Why what was planned does not leave, by the code of its message. */
export const endingWords: Readonly<Record<string, Words>> = {
  settled: { it: 'pagati, o già a posto', en: 'paid, or done' },
  cancelled: { it: 'comunicazione annullata', en: 'cancelled with their notice' },
  superseded: { it: 'la riga è cambiata: rifatti', en: 'their record has changed' },
  missing: { it: 'la fonte non li nomina più', en: 'no longer named by their source' },
  late: { it: 'troppo in ritardo', en: 'too late' },
  overtaken: {
    it: 'è partito un altro della stessa comunicazione',
    en: 'another of their notice left',
  },
  crowded: { it: 'non c’era un giorno libero', en: 'no day was left' },
  'do-not-contact': { it: 'persone da non contattare', en: 'people not to be written to' },
  postponed: { it: 'scadenza rinviata: rifatti', en: 'planned anew for another due date' },
  'given-up': { it: 'annullati da una persona', en: 'given up by a person' },
  skipped: { it: 'giorno saltato da una persona', en: 'a person skipped their day' },
  stopped: { it: 'flusso interrotto', en: 'their flow was stopped' },
  replaced: { it: 'file letto di nuovo', en: 'their drop was mapped again' },
}
