// What an export is made of: its columns, and its rows as plain values in their order. A source is
// a file beside this one, and runs in the thread of its export. Invariant: a personal column is
// read by its source, and written, only where the export may hold people's data.
import type { StaffLanguage, Words } from '../../domain/words.ts'
import type { Client } from '../../store/database.ts'
import type { Vault } from '../../store/vault.ts'

/**
 * By the kind of its column. `text`: as it is, zeros kept · `count`: a whole number · `cents`:
 * whole cents of euro · `instant`: a moment · `time`: the same as seconds since 1970 on the clock
 * of the institution’s zone, which costs far less where there are many · `day`: days since 1970.
 */
export type ExportCell = string | number | Temporal.Instant | null

export interface ExportColumn {
  title: Words
  kind: 'text' | 'count' | 'cents' | 'instant' | 'time' | 'day'
  /** Of a person: left out where the export may not hold such data. */
  isPersonal?: boolean
}

/** What is exported. It crosses threads: plain values alone, instants as text. */
export interface ExportAsked<Filter = unknown> {
  institution: string
  /** Those that they may see; null: all. */
  services: readonly string[] | null
  filter: Filter
}

/** The same, with what its thread knows besides. */
export interface ExportReading<Filter> extends ExportAsked<Filter> {
  language: StaffLanguage
  timeZone: string
  isPersonal: boolean
}

export interface ExportSource<Filter = never> {
  columns: readonly ExportColumn[]
  /** `client` has one snapshot of the database, and only reads. */
  rows(
    from: { client: Client; vault: Vault },
    asked: ExportReading<Filter>,
  ): AsyncIterable<readonly ExportCell[]>
}
