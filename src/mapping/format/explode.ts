// One row → the records that its column groups hold, around the reader of any format. Invariant:
// every row gives at least one record; a row that cannot be told apart is one refused record,
// however many groups it would have had.
import { formatEuro } from '../../domain/money.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { FieldSpec } from '../field/field-spec.ts'
import { type Findings, fieldReader } from '../field/fields.ts'
import type { RawRecord, RecordReader } from './raw-record.ts'
import type { RecordSpec, RepeatSpec } from './record-spec.ts'
import { type Origin, type Repeated, repeated } from './repeat.ts'

/**
 * A reader of the records in the rows of one part. `readerOf` gives the reader of a format; the
 * records are numbered anew, and keep the line of their row.
 */
export function createExplodingReader(
  spec: RecordSpec,
  repeat: RepeatSpec,
  readerOf: (wide: RecordSpec) => RecordReader,
): RecordReader {
  const plan = repeated(spec, repeat)
  const split = splitter(spec, repeat, plan)
  const rows = readerOf(plan.wide)
  let records = 0

  const explode = (wide: RawRecord[]) => {
    const out: RawRecord[] = []
    for (const row of wide) for (const part of split(row)) out.push({ ...part, record: ++records })
    return out
  }
  return {
    write: (chunk) => explode(rows.write(chunk)),
    end: () => explode(rows.end()),
    encoding: rows.encoding,
  }
}

function splitter(
  spec: RecordSpec,
  repeat: RepeatSpec,
  plan: Repeated,
): (row: RawRecord) => RawRecord[] {
  const fields = Object.keys(spec.fields)
  const when = fields.indexOf(repeat.when)
  const nothing = new Set(spec.fields[repeat.when]!.empty)
  const isEmpty = (text: string) => text.trim() === '' || nothing.has(text.trim())
  const findDifference = repeat.total ? totalCheck(spec, repeat.total, plan) : () => null

  return (row) => {
    if (row.problem !== null) return [row]
    const { line, record, cells, badCells } = row
    const filled = plan.groups.filter(({ origins }) => {
      return !isEmpty(cellOf(origins[when]!, cells)) || isBad(origins[when]!, row)
    })
    if (filled.length === 0) {
      const isKept = repeat.none === 'keep'
      if (!isKept) return [{ line, record, cells: [], problem: groupsEmpty(repeat) }]
      const kept = { line, record, cells: cellsOf(plan.none, cells), problem: null }
      return [{ ...kept, ...badIn(plan.none, row) }]
    }
    const difference = badCells === undefined ? findDifference(cells) : null
    if (difference !== null && repeat.total?.onDifference === 'refuse') {
      return [{ line, record, cells: [], problem: difference }]
    }
    return filled.map(({ origins }, index) => ({
      ...{ line, record, cells: cellsOf(origins, cells), problem: null },
      ...badIn(origins, row),
      ...(index === 0 && difference !== null && { warning: difference }),
    }))
  }
}

function cellOf(origin: Origin, cells: readonly string[]): string {
  return typeof origin === 'number' ? (cells[origin] ?? '') : origin
}

function isBad(origin: Origin, { badCells }: RawRecord): boolean {
  return typeof origin === 'number' && badCells?.has(origin) === true
}

/** The bad cells of a row that belong to one of its records, by that record's fields. */
export function badIn(
  origins: readonly Origin[],
  { badCells }: RawRecord,
): Pick<RawRecord, 'badCells'> {
  const found = origins.flatMap((origin, index) => {
    const refusal = typeof origin === 'number' ? badCells?.get(origin) : undefined
    return refusal === undefined ? [] : [[index, refusal] as const]
  })
  return found.length === 0 ? {} : { badCells: new Map(found) }
}

/** The cells of one record, out of those of its row. */
export function cellsOf(origins: readonly Origin[], cells: readonly string[]): string[] {
  return origins.map((origin) => cellOf(origin, cells))
}

/**
 * Compares the total of a row with the sum of its groups. What cannot be read as an amount is no
 * difference: its own field says so.
 */
function totalCheck(
  { fields }: RecordSpec,
  { field, of, over }: NonNullable<RepeatSpec['total']>,
  { groups }: Repeated,
): (cells: readonly string[]) => Refusal | null {
  const names = Object.keys(fields)
  const counting = new Set(over?.map(String) ?? groups.map(({ name }) => name))
  const at = (name: string, origins: Origin[]) => origins[names.indexOf(name)]!
  const total = at(field, groups[0]!.origins)
  const parts = groups.filter(({ name }) => counting.has(name))
  const origins = parts.map((group) => at(of, group.origins))
  const readTotal = amountReader(field, fields[field]!)
  const readPart = amountReader(of, fields[of]!)
  return (cells) => {
    const declared = readTotal(cellOf(total, cells))
    if (declared === null) return null
    let sum = 0
    for (const origin of origins) {
      const text = cellOf(origin, cells)
      const cents = text.trim() === '' ? 0 : readPart(text)
      if (cents === null) return null
      sum += cents
    }
    return sum === declared ? null : groupsTotal(field, sum, declared)
  }
}

/** Integer cents of a cell: 0 where its text means nothing to the field; null: unreadable. */
function amountReader(name: string, field: FieldSpec): (text: string) => number | null {
  const read = fieldReader(name, { ...field, optional: true })
  return (text) => {
    const findings: Findings = { refusals: [], doubts: [], refused: [] }
    const value = read(text, findings)
    if (typeof value === 'number') return value
    return findings.refusals.length === 0 && text.trim() !== '' ? 0 : null
  }
}

function groupsEmpty({ over, when }: RepeatSpec): Refusal {
  return {
    code: 'REC_GROUPS_EMPTY',
    field: when,
    detail: `Nessun gruppo di colonne della riga (${over.join(', ')}) ha un valore in ${when}.`,
    remedy:
      'Se la riga non ha nulla da pagare va bene così; altrimenti correggi `over` o `when` di ' +
      '`repeat` nel modello.',
  }
}

function groupsTotal(field: string, sum: number, declared: number): Refusal {
  return {
    code: 'REC_GROUPS_TOTAL',
    field,
    detail: `Le rate della riga fanno ${formatEuro(sum)}, il totale è ${formatEuro(declared)}.`,
    remedy: 'Correggi gli importi alla fonte, o `repeat.total` nel modello.',
  }
}
