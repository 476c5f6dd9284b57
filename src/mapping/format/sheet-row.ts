// What a worksheet is handed over as: a line of JSON for each row that holds anything, whatever
// program wrote the workbook. Invariant: a value keeps the kind that the sheet gives it, so that a
// date is no number, a number is no text, and an error is no value.

/** `{"row":12,"cells":["C1",145.5,{"date":"2027-01-31"}]}`; `row` as the office sees it. */
export interface SheetRow {
  row: number
  /** A filter or a hand hides it. */
  hidden?: true
  /** From column A on; the row ends with its last cell that holds anything. */
  cells: SheetCell[]
}

/**
 * - a text, as it was typed; a number, shown without its format; true or false; null where empty;
 * - `date`: `yyyy-MM-dd`, `yyyy-MM-dd HH:mm:ss` or `HH:mm:ss`, as the format of the cell shows it;
 * - `padded`: a whole number that the format shows with zeros in front: `00067`;
 * - `error`: `#N/A`, `#REF!`, or empty for a formula whose value was never computed.
 */
export type SheetCell =
  | null
  | string
  | number
  | boolean
  | { date: string }
  | { padded: string }
  | { error: string }
