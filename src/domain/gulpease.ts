// How easily an Italian text is read: the Gulpease index, 0 to 100, of what a citizen would see of
// a template. It was found on the words that Italian schools teach: below 80 a text is hard for who
// left school after the primary, below 60 after the middle school, below 40 after the high school.
// Invariant: marks that are not read (Liquid, Markdown, buttons, addresses) change no count.

export interface Readability {
  /** 0 to 100, one decimal: 89 + (300 × sentences − 10 × letters) / words. */
  index: number
  sentences: number
  words: number
  letters: number
}

/** Below it even those who finished the high school find a text hard: `check` warns. */
export const HARD_FOR_ALL = 40

/** Characters of a template that are looked at: ten times what IO takes. */
const MAXIMUM_LENGTH = 100_000

/** Stands for what an output shows: six letters, as Italian words have on average with names. */
const VALUE = 'valore'

/** The index of a Markdown template in Liquid; null when nothing of it is read. */
export function readabilityOf(template: string): Readability | null {
  const text = plainText(template.slice(0, MAXIMUM_LENGTH))
  const sentences = text
    .split('\n')
    .flatMap(sentencesOf)
    .map((sentence) => sentence.match(WORD) ?? [])
    .filter((words) => words.length > 0)
  const words = sentences.flat()
  if (words.length === 0) return null
  const letters = words.reduce((sum, word) => sum + lettersOf(word), 0)
  const index = 89 + (300 * sentences.length - 10 * letters) / words.length
  return {
    index: Math.round(Math.min(100, Math.max(0, index)) * 10) / 10,
    ...{ sentences: sentences.length, words: words.length, letters },
  }
}

/** For whom such a text is easy, or hard. */
export function readabilityWords(index: number): string {
  if (index >= 80) return 'easy with the primary school'
  if (index >= 60) return 'easy with the middle school, hard with the primary'
  if (index >= HARD_FOR_ALL) return 'easy with the high school, hard with the middle school'
  return 'hard even with the high school'
}

/** An apostrophe ends a word, as in `l’avviso`; `1.450,00` and `31/10/2026` are one each. */
const WORD = /\p{N}+(?:[.,:/]\p{N}+)*|\p{L}[\p{L}\p{M}\p{N}]*/gu
const OTHER = /[^\p{L}\p{N}]/gu

/** Letters and digits; what joins the digits of a number is none. */
function lettersOf(word: string): number {
  return [...word.replace(OTHER, '')].length
}

/** What is read of a template, a paragraph (or a point of a list) a line. */
function plainText(template: string): string {
  return template
    .replace(/\r\n?/g, '\n')
    .replace(/^---\n[\s\S]*?\n---[ \t]*(?:\n|$)/, '')
    .replace(/\{%-?\s*comment\s*-?%\}[\s\S]*?\{%-?\s*endcomment\s*-?%\}/g, ' ')
    .replace(/\{%[\s\S]*?%\}/g, ' ')
    .replace(/\{\{[\s\S]*?\}\}/g, VALUE)
    .replace(/!?\[([^\]\n]*)\]\([^)\n]*\)/g, '$1')
    .replace(/<?\b(?:https?|mailto|tel|ioit|iohandledlink):[^\s>)]*[^\s>).,;:!?]>?/g, VALUE)
    .replace(/[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, VALUE)
    .replace(/<\/?[a-z][^>\n]{0,500}>/gi, ' ')
    .replace(/\\(?=[^\p{L}\p{N}\s])/gu, '')
    .replace(/\n[ \t]*(?:\n[ \t]*)+/g, '\u0000')
    .replace(/\n[ \t]*(?:#{1,6}|[-*+>]|\d{1,3}[.)])[ \t]+/g, '\u0000')
    .replace(/\n/g, ' ')
    .replaceAll('\u0000', '\n')
    .replace(/^[ \t]*(?:#{1,6}|[-*+>]|\d{1,3}[.)])[ \t]+/gm, '')
    .replace(/[*_`~]+/g, '')
}

/** Words that a dot only shortens. */
const SHORTENED =
  /(?:^|[\s(’'])(?:n|nr|num|art|artt|c|co|pag|p|tel|es|sig|dott|dr|ing|geom|avv|cod|fisc|rif)$/iu
/** Characters before a dot in which such a word stands. */
const SHORT = 12

/** The dot inside `1.450,00` or `www.comune.it` ends nothing, nor one that shortens a word. */
function sentencesOf(paragraph: string): string[] {
  const sentences: string[] = []
  let from = 0
  for (const { 0: mark, index } of paragraph.matchAll(/[.!?…]+["»”’)]*(?=\s|$)/g)) {
    if (mark === '.' && SHORTENED.test(paragraph.slice(Math.max(0, index - SHORT), index))) continue
    sentences.push(paragraph.slice(from, index))
    from = index + mark.length
  }
  sentences.push(paragraph.slice(from))
  return sentences
}
