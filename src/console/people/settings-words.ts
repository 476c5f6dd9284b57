// The words of the pages where people are administered, and what each role is for, in both
// languages.
import type { ConsoleRole } from '../../domain/access.ts'
import type { Words } from '../../domain/words.ts'

export const settingsWords = {
  title: { it: 'Persone', en: 'People' },
  settings: { it: 'Impostazioni', en: 'Settings' },
  invite: { it: 'Invita una persona', en: 'Invite a person' },
  empty: { it: 'Nessuno ha ancora accesso a questo ente.', en: 'Nobody has access here yet.' },
  name: { it: 'Nome', en: 'Name' },
  login: { it: 'Nome utente', en: 'User name' },
  loginHint: {
    it: 'Come comparirà nel registro attività: senza spazi, non si cambia più. Chi usa anche i comandi del server abbia qui lo stesso nome.',
    en: 'As it will stand in the activity log: without blanks, for ever. Who also uses the commands of the server has the same name here.',
  },
  email: { it: 'E-mail', en: 'E-mail' },
  emailHint: {
    it: 'Per mandare il collegamento. Se manca, lo vedrai tu una volta sola e lo darai a voce o di persona.',
    en: 'To send the link. Without it you will see the link once, and hand it over yourself.',
  },
  byMail: { it: 'Manda il collegamento per e-mail', en: 'Send the link by mail' },
  roles: { it: 'Ruoli', en: 'Roles' },
  someServices: { it: '{role}: solo per alcuni servizi', en: '{role}: for some services only' },
  onlyServices: {
    it: 'Se non ne spunti nessuno, vale per tutti.',
    en: 'If you tick none, it counts for all.',
  },
  lastAccess: { it: 'Ultimo accesso', en: 'Last sign-in' },
  never: { it: 'mai', en: 'never' },
  factor: { it: 'Secondo fattore', en: 'Second factor' },
  byCode: { it: 'codice del telefono', en: 'code of the phone' },
  byProvider: { it: 'dal fornitore di identità', en: 'by the identity provider' },
  none: { it: 'nessuno', en: 'none' },
  state: { it: 'Stato', en: 'State' },
  active: { it: 'Attivo', en: 'Active' },
  invited: { it: 'Invitato', en: 'Invited' },
  disabled: { it: 'Disattivato', en: 'Disabled' },
  send: { it: 'Invita', en: 'Invite' },
  save: { it: 'Salva i ruoli', en: 'Save the roles' },
  saved: { it: 'Ruoli salvati: valgono da subito.', en: 'Roles saved: they count at once.' },
  remove: { it: 'Togli l’accesso a questo ente', en: 'Take the access here away' },
  removeWhy: {
    it: 'Non vede più niente di questo ente. Se lavora anche per altri enti, lì non cambia nulla.',
    en: 'They see nothing of this institution any more. If they work for others too, nothing changes there.',
  },
  removed: { it: 'Accesso tolto.', en: 'Access taken away.' },
  last: {
    it: 'È l’ultimo amministratore dell’ente: prima nominane un altro.',
    en: 'This is the last administrator of the institution: name another one first.',
  },
  disable: { it: 'Disattiva', en: 'Disable' },
  disableWhy: {
    it: 'Non può più entrare, da nessuna parte, e le sue sessioni finiscono adesso. Quello che ha fatto resta nel registro.',
    en: 'They can come in nowhere any more, and their sessions end now. What they did stays in the log.',
  },
  wasDisabled: { it: 'Disattivato.', en: 'Disabled.' },
  enable: { it: 'Riattiva', en: 'Enable' },
  wasEnabled: { it: 'Riattivato.', en: 'Enabled.' },
  end: { it: 'Chiudi le sue sessioni ({count})', en: 'End their sessions ({count})' },
  ended: { it: 'Chiuse {count} sessioni.', en: 'Ended {count} sessions.' },
  reset: { it: 'Rifai l’accesso', en: 'Make the sign-in anew' },
  resetWhy: {
    it: 'Per chi ha perso la password o il telefono: quelli di adesso non varranno più, e un collegamento gliene farà scegliere di nuovi.',
    en: 'For who lost the password or the phone: those of now will serve no more, and a link lets them choose new ones.',
  },
  link: { it: 'Collegamento di accesso', en: 'Link' },
  linkShown: {
    it: 'Dai questo collegamento a {name}, per una via sicura: non lo vedrai più. Vale {hours} ore e una volta sola.',
    en: 'Hand this link to {name} by a safe way: you will not see it again. It holds for {hours} hours and serves once.',
  },
  linkMailed: {
    it: 'Il collegamento parte ora per e-mail a {email}: vale {hours} ore e una volta sola.',
    en: 'The link leaves now by mail to {email}: it holds for {hours} hours and serves once.',
  },
  joined: {
    it: 'Aveva già un accesso in un altro ente: ora vale anche qui.',
    en: 'They had access at another institution already: now here too.',
  },
  back: { it: 'Torna alle persone', en: 'Back to the people' },
  elsewhere: {
    it: 'Questa persona lavora anche per altri enti: disattivarla o rifare l’accesso spetta a chi li amministra tutti.',
    en: 'This person works for other institutions too: to disable them, or to make their sign-in anew, is for who administers all of those.',
  },
  account: { it: 'Accesso', en: 'Access' },
  there: {
    it: 'C’è già una persona con questo nome utente.',
    en: 'Somebody has this user name already.',
  },
  noLogin: {
    it: 'Il nome utente ha da 2 a 64 lettere, cifre, punti o trattini, senza spazi.',
    en: 'A user name has 2 to 64 letters, digits, dots or hyphens, without blanks.',
  },
  noName: { it: 'Scrivi nome e cognome.', en: 'Write the name.' },
  noEmail: { it: 'L’indirizzo e-mail non è giusto.', en: 'The e-mail address is not right.' },
  noGrant: { it: 'Scegli almeno un ruolo.', en: 'Choose one role at least.' },
} satisfies Record<string, Words>

/** What each role is for, beside its name. */
export const roleHints: Record<ConsoleRole, Words> = {
  viewer: {
    it: 'guarda flussi, messaggi e statistiche, con i codici fiscali coperti',
    en: 'looks at flows, messages and statistics, with fiscal codes masked',
  },
  operator: {
    it: 'carica, scrive, prova, corregge, sospende; vede i dati delle persone',
    en: 'uploads, writes, tests, corrects, suspends; sees people’s data',
  },
  approver: {
    it: 'approva i flussi preparati da altri; vede i dati delle persone',
    en: 'approves flows that others prepared; sees people’s data',
  },
  configurator: {
    it: 'segue fonti, servizi, modelli e scarti; non vede i messaggi',
    en: 'tends sources, services, mappings and refusals; sees no messages',
  },
  administrator: {
    it: 'invita le persone, sblocca i controlli, approva, ferma tutto',
    en: 'invites people, overrides checks, approves, stops everything',
  },
  auditor: {
    it: 'legge il registro attività e le cifre, niente altro',
    en: 'reads the activity log and the figures, nothing else',
  },
}
