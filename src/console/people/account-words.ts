// The words of one's own account: language, password, second factor, sessions and the last
// sign-ins, in both languages.
import type { Words } from '../../domain/words.ts'

export const accountWords = {
  title: { it: 'Il mio profilo', en: 'My account' },
  nobody: {
    it: 'Non hai accesso a nessun ente. Chiedi all’amministratore del tuo.',
    en: 'You have access to no institution. Ask the administrator of yours.',
  },
  login: { it: 'Nome utente', en: 'User name' },
  name: { it: 'Nome', en: 'Name' },
  email: { it: 'E-mail', en: 'E-mail' },
  rights: { it: 'Cosa puoi fare', en: 'What you may do' },
  allServices: { it: 'tutti i servizi', en: 'all services' },
  language: { it: 'Lingua', en: 'Language' },
  byBrowser: { it: 'Come dice il browser', en: 'As the browser says' },
  save: { it: 'Salva', en: 'Save' },
  saved: { it: 'Lingua salvata.', en: 'Language saved.' },
  password: { it: 'Password', en: 'Password' },
  change: { it: 'Cambia la password', en: 'Change the password' },
  changed: {
    it: 'Password cambiata. Le altre sessioni sono chiuse.',
    en: 'Password changed. Your other sessions are over.',
  },
  current: { it: 'Password di adesso', en: 'Password of now' },
  wrong: { it: 'La password di adesso non è giusta.', en: 'The password of now is not right.' },
  noPassword: {
    it: 'Entri con {name}: qui non hai una password.',
    en: 'You come by {name}: you have no password here.',
  },
  factor: { it: 'Codici sul telefono', en: 'Codes on your phone' },
  factorOn: {
    it: 'Attivi. Ti restano {left} codici di riserva.',
    en: 'On. You have {left} recovery codes left.',
  },
  factorOff: { it: 'Non attivi.', en: 'Off.' },
  factorSet: { it: 'Attiva o rifai i codici', en: 'Set the codes up' },
  link: { it: 'Collega {name}', en: 'Link {name}' },
  linked: { it: 'Collegato a {name}.', en: 'Linked to {name}.' },
  linkWhy: {
    it: 'Poi potrai entrare anche con {name}.',
    en: 'Then you can come in by {name} too.',
  },
  goOn: { it: 'Vai a {name}', en: 'Go to {name}' },
  sessions: { it: 'Dove sei entrato', en: 'Where you are signed in' },
  sessionsEmpty: { it: 'Da nessuna parte.', en: 'Nowhere.' },
  past: { it: 'Ultimi accessi', en: 'Last sign-ins' },
  pastEmpty: { it: 'Nessuno.', en: 'None.' },
  since: { it: 'Da', en: 'Since' },
  seen: { it: 'Usata l’ultima volta', en: 'Last used' },
  address: { it: 'Indirizzo di rete', en: 'Network address' },
  browser: { it: 'Browser', en: 'Browser' },
  when: { it: 'Quando', en: 'When' },
  act: { it: 'Azione', en: 'Act' },
  here: { it: 'questa', en: 'this one' },
  end: { it: 'Chiudi', en: 'End' },
  endOthers: { it: 'Chiudi tutte le altre', en: 'End all others' },
  ended: { it: 'Chiuse {count} sessioni.', en: 'Ended {count} sessions.' },
  rules: {
    it: 'Una sessione finisce dopo 30 minuti senza usarla, e comunque dopo 10 ore.',
    en: 'A session ends after 30 minutes without use, and after 10 hours in any case.',
  },
} satisfies Record<string, Words>
