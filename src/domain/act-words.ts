// What the history of a flow says was done. An act keeps one English phrase for ever, with its
// figures in it; here is how it is read in Italian. What has no words here, such as what an older
// version wrote, is read as it stands.
import type { StaffLanguage } from './words.ts'

/** `{1}`, `{2}` are what the phrase has there. */
const inItalian: readonly [RegExp, string][] = [
  [/^approved$/, 'approvato'],
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
  [/^redone as flow (\d+)$/, 'rifatto come flusso {1}'],
  [/^redoes flow (\d+)$/, 'rifà il flusso {1}'],
  [/^corrected by flow (\d+)$/, 'corretto dal flusso {1}'],
  [/^prepared an errata of flow (\d+)$/, 'preparata l’errata corrige del flusso {1}'],
  [/^mapped (\d+) that waited$/, 'arrivate {1} righe che aspettavano'],
  [/^resolved (\d+) as (\w+)$/, 'decisi {1} messaggi: {2}'],
  [/^ran campaign (.+)$/, 'eseguita la campagna {1}'],
  [/^skipped (\d{4}-\d{2}-\d{2})$/, 'saltato il {1}'],
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
