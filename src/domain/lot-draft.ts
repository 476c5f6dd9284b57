// A lot that an office composes: what it says, and which columns of its list have a part in it.
// What is wrong with it is said in the words of who composes it.
import type { Words } from './words.ts'

export interface LotDraft {
  /** As the office calls it: `Appuntamenti di dicembre`. No person’s data. */
  title: string
  service: string
  subject: string
  /** Markdown with `{{ colonna }}` for the values of a row. */
  markdown: string
  /** Columns by their names in the list; empty: as it is recognised; `-`: none. */
  recipient: string
  dueDate: string
  noticeNumber: string
  amount: string
  /** Offsets of reminders: `-7d 09:30`. */
  reminders: readonly string[]
}

/** No column, though one may look like it. */
export const NO_COLUMN = '-'

/** Reminders that an office may choose, by offset. */
export const lotReminders: Readonly<Record<string, Words>> = {
  '-7d 09:30': { it: 'Una settimana prima della scadenza', en: 'A week before the due date' },
  '-1d 09:30': { it: 'Il giorno prima della scadenza', en: 'The day before the due date' },
}

export interface LotProblem {
  /** A field of the form; null: of the whole. */
  part: keyof LotDraft | 'file' | null
  words: Words
}

/** The names between double braces, in their order; filters and blanks aside. */
export function placeholdersOf(text: string): string[] {
  const names = [...text.matchAll(/\{\{-?\s*([^|}\s]+)/g)].map(([, name]) => name ?? '')
  return [...new Set(names)]
}
