// What a password must be: long, and not made of what anybody would try first. It is judged by what
// is left of it once that is taken out: names, common words, runs of keys, repetitions. No rule
// asks for kinds of characters, which only makes people write it down.
import type { Words } from './words.ts'

/** ABSC 5.7.1 of AgID’s minimum measures. */
export const LEAST_PASSWORD_CHARACTERS = 14
/** Hashing takes no longer for it; beyond, it is no password. */
export const MOST_PASSWORD_CHARACTERS = 200
/** Of what is left once the obvious is taken out. */
const LEAST_LEFT = 8
const LEAST_DISTINCT = 6
/** Shorter pieces of a name are in too many words. */
const LEAST_PIECE = 4
const LEAST_RUN = 4

export type PasswordFault = 'too-short' | 'too-long' | 'obvious' | 'breached'

export const passwordFaultWords: Record<PasswordFault, Words> = {
  'too-short': {
    it: 'La password ha meno di 14 caratteri: ne servono almeno 14. Va bene anche una frase.',
    en: 'The password has fewer than 14 characters: it needs 14 at least. A phrase will do.',
  },
  'too-long': {
    it: 'La password ha più di 200 caratteri.',
    en: 'The password has more than 200 characters.',
  },
  obvious: {
    it: 'La password è facile da indovinare: è fatta di nomi, parole comuni o tasti in fila.',
    en: 'The password is easy to guess: it is made of names, common words or keys in a row.',
  },
  breached: {
    it: 'Questa password sta negli elenchi di quelle rubate altrove: scegline un’altra.',
    en: 'This password is in the lists of those that were stolen elsewhere: choose another.',
  },
}

const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
]
const runs = rows.flatMap((row) => [row, [...row].reverse().join('')])

const common = [
  ...['password', 'passwd', 'parola', 'segreto', 'segreta', 'benvenuto', 'buongiorno', 'comune'],
  ...['staffetta', 'welcome', 'admin', 'amministratore', 'ufficio', 'tributi', 'municipio'],
  ...['letmein', 'secret', 'italia', 'ciao', 'iloveyou', 'tiamo', 'utente', 'cambiami'],
]

/** What is wrong with it; null: nothing. `about`: login, name, institution and the like. */
export function passwordFault(password: string, about: readonly string[]): PasswordFault | null {
  const { length } = [...password]
  if (length < LEAST_PASSWORD_CHARACTERS) return 'too-short'
  if (length > MOST_PASSWORD_CHARACTERS) return 'too-long'
  const left = lessObvious(password, about)
  const isObvious = left.length < LEAST_LEFT || new Set(left).size < LEAST_DISTINCT
  return isObvious ? 'obvious' : null
}

function lessObvious(password: string, about: readonly string[]): string {
  const pieces = about.flatMap((text) => plain(text).split(/[^a-z]+/))
  const known = [...pieces.filter((piece) => piece.length >= LEAST_PIECE), ...common]
  const longestFirst = known.toSorted((a, b) => b.length - a.length)
  const written = lettersOf(withoutRuns(plain(password)))
  const bare = longestFirst.reduce((text, word) => text.replaceAll(word, ''), written)
  return bare.replace(/[\s_.,;:!?-]+/g, '').replace(/(.{1,20}?)\1+/g, '$1')
}

function plain(text: string): string {
  return text.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '')
}

function withoutRuns(text: string): string {
  let rest = ''
  for (let at = 0; at < text.length; ) {
    const run = runAt(text, at)
    if (run === 0) rest += text[at]
    at += Math.max(run, 1)
  }
  return rest
}

/** How many characters from here stand in a row of keys; 0: too few to say so. */
function runAt(text: string, at: number): number {
  let most = 0
  for (const run of runs) {
    let end = at + LEAST_RUN
    while (end <= text.length && run.includes(text.slice(at, end))) end += 1
    most = Math.max(most, end - 1 - at)
  }
  return most >= LEAST_RUN ? most : 0
}

/** Signs that stand for letters. */
function lettersOf(text: string): string {
  const letters: Record<string, string> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't' }
  return text.replace(/[013457@$]/g, (sign) => letters[sign] ?? (sign === '@' ? 'a' : 's'))
}
