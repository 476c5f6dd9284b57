// What a person chose by options → wishes, in the words of the mapping. `none` says that there is
// none. Invariant: a word that means nothing here is an error that names the option.
import { dateFormats } from '../../domain/civil-date.ts'
import { GuessError } from './table.ts'
import type { Shape, Wishes } from './wishes.ts'

/** Options by name, as text; those that were not given are absent. */
export type Choices = Readonly<Record<string, string | undefined>>

/** The names of the options, in the order in which help shows them. */
export const choiceNames = [
  'shape',
  'encoding',
  'delimiter',
  'quote',
  'escape',
  'header',
  'footer',
  'rows',
  'groups',
  'recipient',
  'amount',
  'decimals',
  'due',
  'dates',
  'notice-number',
  'group',
] as const

/** Wishes of options and of `--key`, which may be given several times. Throws `GuessError`. */
export function readChoices(choices: Choices, key: readonly string[]): Wishes {
  const wishes: Wishes = {}
  const column = (name: string) => (choices[name] === 'none' ? null : choices[name]!)
  const given = (name: (typeof choiceNames)[number]) => choices[name] !== undefined
  if (given('shape')) wishes.shape = oneOf('shape', choices, shapes) as Shape
  if (given('encoding')) wishes.encoding = oneOf('encoding', choices, encodings)
  if (given('delimiter')) wishes.delimiter = oneCharacter('delimiter', choices)
  if (given('quote')) {
    wishes.quote = choices['quote'] === 'none' ? null : oneCharacter('quote', choices)
  }
  if (given('escape')) wishes.escape = oneOf('escape', choices, escapes)
  if (given('header')) {
    wishes.header = choices['header'] === 'none' ? null : whole('header', choices, 1)
  }
  if (given('footer')) {
    wishes.footerRows = choices['footer'] === 'none' ? 0 : whole('footer', choices, 0)
  }
  if (given('rows')) wishes.rows = choices['rows']!
  if (given('groups')) {
    const groups = choices['groups']!
    wishes.groups = groups === 'none' ? null : groups.trim().split(/[\s,]+/)
  }
  if (key.length > 0) wishes.key = [...key]
  if (given('recipient')) wishes.recipient = column('recipient')
  if (given('amount')) wishes.amount = column('amount')
  if (given('decimals')) wishes.decimals = oneOf('decimals', choices, decimals)
  if (given('due')) wishes.due = column('due')
  if (given('dates')) wishes.formats = readFormats(choices['dates']!)
  if (given('notice-number')) wishes.noticeNumber = column('notice-number')
  if (given('group')) wishes.group = column('group')
  return wishes
}

const shapes = ['notice', 'settlement', 'reference'] as const
const escapes = ['doubled', 'backslash'] as const
const decimals = ['comma', 'dot', 'cents', 'thousandths'] as const
export const encodings = [
  'utf-8',
  'windows-1252',
  'iso-8859-1',
  'iso-8859-15',
  'utf-16le',
  'utf-16be',
  'auto',
] as const

/** `dd/MM/yyyy or yyyy-MM-dd` → the formats. Throws `GuessError` for one that is not known. */
export function readFormats(text: string): string[] {
  const formats = text.split(/\s+or\s+|\s*,\s*/).map((format) => format.trim())
  for (const format of formats) {
    if (dateFormats.some((known) => known === format)) continue
    throw new GuessError(`there is no date format ${format}: there are ${dateFormats.join(', ')}`)
  }
  return formats
}

function oneOf<T extends string>(name: string, choices: Choices, known: readonly T[]): T {
  const found = known.find((one) => one === choices[name]?.toLowerCase())
  if (found !== undefined) return found
  throw new GuessError(`--${name} is ${known.join(', ')}; not ${choices[name]}`)
}

function oneCharacter(name: string, choices: Choices): string {
  const text = choices[name]!
  if (/^(tab|\\t)$/i.test(text)) return '\t'
  if (text.length === 1) return text
  throw new GuessError(`--${name} is one character, or tab; not ${text}`)
}

function whole(name: string, choices: Choices, least: number): number {
  const number = Number(choices[name])
  if (Number.isSafeInteger(number) && number >= least) return number
  throw new GuessError(`--${name} is a number of lines or none; not ${choices[name]}`)
}
