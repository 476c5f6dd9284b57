// One line of a fixed-width file → the values that stand on it, by characters. Invariant: a value
// that the end of the line cuts is never read, unless it is text, whose last blanks may be missing.

import type { Refusal } from '../../domain/refusal.ts'
import { isSpan } from './columns.ts'
import type { FixedSpec } from './record-spec.ts'

/** Characters of a line, which may be more UTF-16 units than characters. */
export interface Characters {
  length: number
  /** From a 0-based character to the one before `end`, blanks included; shorter where it ends. */
  slice(start: number, end: number): string
}

export interface LineLayout {
  /** Writes what stands on the line: the index of its field, and the text. */
  read(characters: Characters, take: (index: number, text: string) => void): void
  /** Why a line of this length cannot be read; null when it can. */
  findProblem(line: number, characters: Characters): Refusal | null
}

/** The layout of the lines of one type; of all lines where `code` is undefined. */
export function lineLayout(spec: FixedSpec, code: string | undefined): LineLayout {
  const { lineLength, shortLines } = spec
  const places = Object.values(spec.fields).flatMap(({ column, type }, index) => {
    if (!isSpan(column) || column.line !== code) return []
    const start = column.start - 1
    return [{ index, start, end: start + column.length, isText: type === 'text' }]
  })
  const shortest = lineLength ?? Math.max(0, ...places.map(({ end }) => end))
  return {
    read(characters, take) {
      for (const { index, start, end } of places) take(index, characters.slice(start, end))
    },
    findProblem(line, characters) {
      const { length } = characters
      // In a line of its full length a tab is one character of some text, and has moved nothing.
      if (length !== lineLength && characters.slice(0, length).includes('\t')) return hasTab(line)
      if (length < shortest) {
        const cut = places.find(({ start, end, isText }) => {
          return !isText && start < length && end > length
        })
        const isFine = shortLines === 'pad' && cut === undefined
        return isFine ? null : wrongLength(line, length, shortest)
      }
      if (lineLength === undefined || length === lineLength) return null
      const isBlank = characters.slice(lineLength, length).trim() === ''
      return isBlank ? null : wrongLength(line, length, lineLength)
    },
  }
}

/** The characters of a text; code points only where it has any beyond one unit. */
export function charactersOf(text: string): Characters {
  return /[\ud800-\udfff]/.test(text) ? pointsOf(Array.from(text)) : text
}

function pointsOf(points: string[]): Characters {
  return { length: points.length, slice: (start, end) => points.slice(start, end).join('') }
}

function hasTab(line: number): Refusal {
  return {
    code: 'REC_LINE_TAB',
    field: null,
    detail: `La riga ${line} contiene una tabulazione, che sposta i valori dopo di lei.`,
    remedy:
      'Fai scrivere spazi alla fonte, senza aprire e salvare il file con un editor; se i valori ' +
      'sono separati da tabulazioni usa `format: csv` con `delimiter: tab`.',
  }
}

function wrongLength(line: number, found: number, expected: number): Refusal {
  return {
    code: 'REC_LINE_LENGTH',
    field: null,
    detail: `La riga ${line} ha ${found} caratteri invece di ${expected}.`,
    remedy:
      'Controlla tracciato e `encoding`; se alla fonte mancano solo gli spazi finali, scrivi ' +
      '`shortLines: pad` nel modello.',
  }
}
