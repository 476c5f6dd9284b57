// A sample → how its records are written, in whatever format: the only place of the guess that
// tells the formats apart. Invariant: a format is proposed only where its own reader takes the
// sample.
import { guessCsv } from './csv-sample.ts'
import { guessFixed } from './fixed-sample.ts'
import type { GuessedRecord } from './guessed-record.ts'
import { guessNdjson } from './ndjson-sample.ts'
import { readSampleText, type SampleText } from './sample-text.ts'
import { guessSheet } from './sheet-sample.ts'
import { GuessError } from './table.ts'
import { guessJson, guessXml } from './tree-sample.ts'
import type { Wishes } from './wishes.ts'

export interface Sample {
  /** The beginning of the file, out of what it was wrapped in. */
  bytes: Uint8Array
  /** Whether that is all of it. */
  isWhole: boolean
  kind: 'bytes' | 'sheet' | 'mail'
  /** Keys of `record` that say where the records are, before all others. */
  said: GuessedRecord['keys']
}

/** How the sample is written, and its table. Throws `GuessError`. */
export function guessRecord(sample: Sample, wishes: Wishes): GuessedRecord {
  const guessed = guessFormat(sample, wishes)
  return { ...guessed, keys: [...sample.said, ...guessed.keys] }
}

function guessFormat({ bytes, isWhole, kind }: Sample, wishes: Wishes): GuessedRecord {
  if (kind === 'sheet') return guessSheet(bytes, isWhole, wishes)
  const text = readSampleText(bytes, isWhole, wishes.encoding)
  if (text.text.trim() === '') {
    throw new GuessError('the file holds nothing but blanks: take one that has records')
  }
  if (/^\s*<(?:!doctype html|html|table)[\s>]/i.test(text.text)) {
    throw new GuessError(
      'the file is a web page, whatever its name says: have the data exported as CSV or XLSX',
    )
  }
  const found =
    (wishes.delimiter === undefined ? guessDocument(text, isWhole, wishes) : null) ??
    guessCsv(text, isWhole, wishes) ??
    guessFixed(text)
  if (found !== null) return found
  throw new GuessError(
    'the file has no columns: neither a delimiter nor places at which values begin. ' +
      'If you know the delimiter, say --delimiter. The text of a mail that is a task by itself ' +
      'is read with `format: mail`: see docs/guides/files.md',
  )
}

/** What begins as a document does. One object a line is JSON too, of which each is a record. */
function guessDocument(text: SampleText, isWhole: boolean, wishes: Wishes): GuessedRecord | null {
  const isLines = text.text.trimStart().startsWith('{') && wishes.rows === undefined
  return (
    guessXml(text, isWhole, wishes) ??
    (isLines ? guessNdjson(text) : null) ??
    guessJson(text, isWhole, wishes)
  )
}
