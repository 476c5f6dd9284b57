// What the options of `staffetta new mapping` say of a sample: where its records are, and how they
// are written; and what is said of one that was read, or cannot be. Shared by all that read one.
import { DropError } from '../mapping/drop-error.ts'
import { choiceNames, readChoices } from '../mapping/guess/choices.ts'
import { readSentence } from '../mapping/guess/description.ts'
import { GuessError } from '../mapping/guess/table.ts'
import type { Wishes } from '../mapping/guess/wishes.ts'
import { type Draft, type Given, listOption, textOption, UsageError } from './command.ts'
import { formatCount, formatNumber, printable } from './table.ts'

/** The sentence first, then the options, which say more precisely what they say. */
export function wishesOf(given: Given): Wishes {
  const sentence = textOption(given, 'describe')
  const named = choiceNames.map((name) => [name, textOption(given, name) ?? undefined] as const)
  try {
    const choices = readChoices(Object.fromEntries(named), listOption(given, 'key'))
    return { ...(sentence === null ? {} : readSentence(sentence)), ...choices }
  } catch (error) {
    if (error instanceof GuessError) throw new UsageError(error.message)
    throw error
  }
}

export function placeOf(given: Given) {
  const member = textOption(given, 'member')
  const sheet = textOption(given, 'sheet')
  const place = {
    ...(member === null ? {} : { member }),
    ...(sheet === null ? {} : { sheet: /^\d+$/.test(sheet) ? Number(sheet) : sheet }),
  }
  return { place }
}

/** Why nothing was made of a sample, with its line end; throws what is no fault of the file. */
export function faultText(error: unknown, file: string): string {
  if (error instanceof DropError) {
    return `${error.code}: ${printable(error.detail)}\n${error.remedy}\n`
  }
  if (error instanceof GuessError) {
    return `${file}: ${error.message.split('\n').map(printable).join('\n')}\n`
  }
  if ((error as NodeJS.ErrnoException).code === 'EISDIR') {
    return `${file} is a directory: name one file in it\n`
  }
  throw error
}

/** How the records of the sample are read by the new mapping. */
export function readingText({ records, good, refusals }: Draft['read'], isWhole: boolean): string {
  const refused = Object.entries(refusals).map(([code, count]) => `${code} ${count}`)
  const looked = `${isWhole ? '' : 'the first '}${formatNumber(records, 'record')}`
  const bad = records - good
  const rest = bad === 0 ? '' : `, ${formatCount(bad)} refused: ${refused.join(', ')}`
  return `Of ${looked} ${formatCount(good)} can be used${rest}.`
}
