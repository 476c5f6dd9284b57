// Cells that hold several values, such as `00067 MORLUPO RM`: the piece that a field asks for.
// Around the reader of any format, before groups are told apart. Invariant: a piece that is not
// there is an empty value, and where each piece makes a record none is passed over.
import type { Refusal } from '../../domain/refusal.ts'
import type { Split } from '../field/field-spec.ts'
import { quoted } from '../field/fields.ts'
import type { RawRecord, RecordReader } from './raw-record.ts'
import type { RecordSpec } from './record-spec.ts'
import { findGroup } from './repeat.ts'

/** A piece of a cell, or why nobody can tell which one it is. */
type Piece = string | Refusal

/** A reader of the same records, with pieces in the cells of fields that ask for one. */
export function createPiecesReader(reader: RecordReader, spec: RecordSpec): RecordReader {
  const groups = spec.repeat?.over.length ?? 0
  const pieces = Object.entries(spec.fields).flatMap(([name, { split }], index) =>
    split === undefined ? [] : [{ index, find: pieceFinder(name, split, groups) }],
  )
  if (pieces.length === 0) return reader

  const taken = (record: RawRecord): RawRecord => {
    if (record.problem !== null) return record
    const cells = [...record.cells]
    const badCells = new Map(record.badCells)
    for (const { index, find } of pieces) {
      const piece = find(cells[index] ?? '')
      if (typeof piece === 'string') cells[index] = piece
      else if (!badCells.has(index)) badCells.set(index, piece)
    }
    return { ...record, cells, ...(badCells.size > 0 && { badCells }) }
  }
  return {
    write: (chunk) => reader.write(chunk).map(taken),
    end: () => reader.end().map(taken),
    encoding: reader.encoding,
  }
}

function pieceFinder(name: string, split: Split, groups: number): (text: string) => Piece {
  const { by } = split
  if ('key' in split) return (text) => findNamed(name, piecesOf(text, by), split)
  if ('from' in split) {
    const { from, to } = split
    return (text) => {
      const pieces = piecesOf(text, by)
      return pieces.slice(from - 1, pieces.length + to + 1).join(by)
    }
  }
  const { take } = split
  if (take !== '{n}') {
    return (text) => piecesOf(text, by).at(take > 0 ? take - 1 : take) ?? ''
  }
  const group = Number(findGroup(name))
  return (text) => {
    const pieces = piecesOf(text, by)
    const isTooLong = group === groups && pieces.slice(groups).some((piece) => piece.trim() !== '')
    return isTooLong ? tooMany(name, pieces.length, groups) : (pieces[group - 1] ?? '')
  }
}

/** What `by` separates; what ends the last piece begins no other. */
function piecesOf(text: string, by: string): string[] {
  if (by.trim() === '') return text.trim().split(/\s+/)
  const pieces = text.split(by)
  if (pieces.length > 1 && pieces.at(-1)?.trim() === '') pieces.pop()
  return pieces
}

/** The value of the one piece with this name, in any case. */
function findNamed(
  name: string,
  pieces: string[],
  { key, assign }: Extract<Split, { key: string }>,
): Piece {
  const wanted = key.toUpperCase()
  const values = pieces.flatMap((piece) => {
    const at = piece.indexOf(assign)
    if (at < 0 || piece.slice(0, at).trim().toUpperCase() !== wanted) return []
    return [piece.slice(at + assign.length)]
  })
  const [value = '', ...others] = values
  const other = others.find((again) => again.trim() !== value.trim())
  if (other === undefined) return value
  return {
    code: 'REC_VALUE_FORM',
    field: name,
    detail: `Nella cella ${key} ha due valori: ${quoted(value)} e ${quoted(other)}.`,
    remedy: 'Correggi il dato alla fonte: non si può sapere quale vale.',
  }
}

function tooMany(name: string, pieces: number, groups: number): Refusal {
  return {
    code: 'REC_VALUE_FORM',
    field: name,
    detail: `La cella ha ${pieces} valori, il modello ne prevede al più ${groups}.`,
    remedy: 'Aggiungi numeri a `over` di `repeat` nel modello.',
  }
}
