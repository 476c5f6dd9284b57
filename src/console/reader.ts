// In which language somebody reads the pages: Italian, unless their browser puts English before
// it. Whatever it says, there is an answer.
import type { StaffLanguage } from '../domain/words.ts'

/** A longer header is not looked at to its end. */
const MOST_CHARACTERS = 500

/** `accepted`: the header `Accept-Language`; absent: Italian. */
export function languageOf(accepted: string | undefined): StaffLanguage {
  const qualities = { it: 0, en: 0 }
  for (const part of (accepted ?? '').slice(0, MOST_CHARACTERS).split(',')) {
    const [name = '', ...parameters] = part.trim().toLowerCase().split(';')
    const language = name.slice(0, 2)
    if (language !== 'it' && language !== 'en') continue
    const said = parameters.map((one) => /^\s*q=(.*)$/.exec(one)?.[1]).find(Boolean)
    const quality = said === undefined ? 1 : Number(said)
    qualities[language] = Math.max(qualities[language], quality || 0)
  }
  return qualities.en > qualities.it ? 'en' : 'it'
}
