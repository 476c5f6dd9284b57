// The words of the activity log and of the proof that nothing in it was changed. Where an act
// came from has its words here too.
import type { Words } from '../../domain/words.ts'

export const words = {
  title: { it: 'Registro attività', en: 'Activity log' },
  hint: {
    it: 'Chi ha fatto che cosa, e quando. Qui nessuno può cambiare o togliere nulla.',
    en: 'Who did what, and when. Nobody can change or remove anything here.',
  },
  actor: { it: 'Chi', en: 'Who' },
  actorHint: { it: 'Il nome utente, per esempio ragioneria', en: 'The user name, as accounting' },
  kind: { it: 'Di che cosa', en: 'About what' },
  name: { it: 'Numero o nome', en: 'Number or name' },
  from: { it: 'Dal', en: 'From' },
  to: { it: 'Al', en: 'To' },
  any: { it: 'tutto', en: 'everything' },
  list: { it: 'Elenca', en: 'List' },
  empty: {
    it: 'Nessuna attività con questi filtri.',
    en: 'Nothing was done that these filters let through.',
  },
  messages: { it: '{n} destinatari', en: '{n} recipients' },
  verify: { it: 'Verifica integrità', en: 'Verify integrity' },
  verification: { it: 'Verifica dell’integrità', en: 'Verification of integrity' },
  never: {
    it: 'Da quando il programma è partito nessuno ha ancora chiesto la verifica.',
    en: 'Nobody has asked for it since the program was started.',
  },
  walking: { it: 'Verifica in corso', en: 'Verification under way' },
  walked: { it: '{done} voci di {all}', en: '{done} entries of {all}' },
  refresh: { it: 'Aggiorna', en: 'Refresh' },
  failed: {
    it: 'La verifica si è interrotta: la base dati non risponde. Riprova fra poco.',
    en: 'It broke off: the database does not answer. Try again in a while.',
  },
  at: { it: 'Verificata il', en: 'Verified' },
  head: { it: 'Impronta di adesso', en: 'Head of this moment' },
  headHint: {
    it: 'Ogni giorno parte per mail ed è scritta fuori dalla base dati: chi la conserva può dimostrare che il registro non è stato rifatto.',
    en: 'It is mailed every day and written outside of the database: whoever keeps it can prove that the log was not made anew.',
  },
  heads: { it: 'Confrontata con impronte annotate fuori', en: 'Compared with heads noted down' },
  waiting: { it: 'Voci di questo istante, non ancora in catena', en: 'Not in the chain yet' },
  more: { it: 'e altre {n}', en: 'and {n} more' },
  broken: {
    it: 'Avvisa chi amministra il sistema e chi risponde della protezione dei dati: qualcuno ha toccato la base dati senza passare da Staffetta.',
    en: 'Tell who administers the system and who answers for data protection: somebody has touched the database past Staffetta.',
  },
  back: { it: 'Torna al registro', en: 'Back to the log' },
} satisfies Record<string, Words>

export const originWords: Record<string, Words> = {
  daemon: { it: 'da sola', en: 'by itself' },
  cli: { it: 'dalla riga di comando', en: 'from the command line' },
  console: { it: 'dalla console', en: 'from the console' },
  api: { it: 'da un programma', en: 'from a program' },
}
