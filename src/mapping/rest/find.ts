// The records of a part → where those stand that its rest leaves out. A row of the file stays where
// any record of it is wanted: it cannot be cut in two. Invariant: records are counted as mapping
// counts them, in every format and with every grouping.
import { baseName } from '../format/named-files.ts'
import type { RawRecord, RecordReader } from '../format/raw-record.ts'
import { createRowsReader } from '../format/reader.ts'
import type { RecordSpec } from '../format/record-spec.ts'
import { createPlaces, type Places } from './places.ts'

export interface Found {
  /** Records of the part, those of them that are wanted, and rows that stay. */
  records: number
  wanted: number
  rows: number
  leftOut: Places
  /** Files that only records name which are left out: in lower case, without folders. */
  needless: ReadonlySet<string>
}

export interface RestFinder {
  /** Each throws `DropError`. */
  write(chunk: Uint8Array): void
  end(): Found
}

/** A finder over one part. `isWanted` is asked once for each record, by its number and line. */
export function createRestFinder(
  spec: RecordSpec,
  isWanted: (record: number, line: number) => boolean,
): RestFinder {
  const leftOut = createPlaces()
  const places: [number, number][] = []
  const {
    rows: reader,
    recordsOf,
    fields,
  } = createRowsReader(spec, {
    row: (from, to) => void places.push([from, to]),
    footer() {},
  })
  const files = createFiles(spec.files === undefined ? -1 : fields.indexOf(spec.files.field))
  const counts = { records: 0, wanted: 0, rows: 0 }

  function sort(rows: RawRecord[]): void {
    for (const row of rows) {
      const [from, to] = places.shift()!
      const records = recordsOf(row)
      const first = counts.records + 1
      const wanted = records.filter(({ line }, index) => isWanted(first + index, line)).length
      counts.records += records.length
      counts.wanted += wanted
      if (wanted > 0) counts.rows++
      else leftOut.add(from, to)
      for (const { cells } of records) files.add(cells, wanted > 0)
    }
  }

  return {
    write: (chunk) => sort(reader.write(chunk)),
    end() {
      sortRest(reader, sort)
      return { ...counts, leftOut, needless: files.needless() }
    },
  }
}

/** The end of a reader may hand out records several times. */
export function sortRest(reader: RecordReader, take: (rows: RawRecord[]) => void): void {
  for (let last = reader.end(); last.length > 0; last = reader.end()) take(last)
}

/** The files that records name in the cell at this index; -1: they name none. */
function createFiles(index: number) {
  const kept = new Set<string>()
  const left = new Set<string>()
  return {
    add(cells: readonly string[], isKept: boolean): void {
      const name = cells[index]?.trim()
      if (name) (isKept ? kept : left).add(baseName(name))
    },
    needless: () => left.difference(kept),
  }
}
