// Checks of a record's format: that each field says where its value stands in the words of the
// format, and that the format's own keys agree. Invariant: a reader never meets a place that it
// cannot read.
import { hasShortYear } from '../../domain/civil-date.ts'
import type { Faults } from '../fault.ts'
import { isSpan } from './columns.ts'
import { eachColumn } from './each-column.ts'
import { isMailColumn } from './mail.ts'
import type {
  CsvSpec,
  FixedSpec,
  MailSpec,
  NdjsonSpec,
  RecordSpec,
  XlsxSpec,
} from './record-spec.ts'
import { findColumn } from './sheet-column.ts'
import { checkTree } from './tree-check.ts'

/** Adds what is wrong with how the record is written in its file. */
export function checkFormat(record: RecordSpec, faults: Faults): void {
  if (record.format === 'csv') checkCsv(record, faults)
  else if (record.format === 'xlsx') checkXlsx(record, faults)
  else if (record.format === 'fixed') checkFixed(record, faults)
  else if (record.format === 'mail') checkMail(record, faults)
  else if (record.format === 'ndjson') checkNdjson(record, faults)
  else if (record.format === 'xml' || record.format === 'json') checkTree(record, faults)
}

function checkCsv(record: CsvSpec, faults: Faults): void {
  const { delimiter, quote, comment } = record
  if (quote === delimiter) {
    const hint = 'use another delimiter, or `quote: null`'
    faults.add('CFG_VALUE', ['record', 'quote'], 'quote and delimiter are the same', hint)
  }
  if (comment !== undefined && (comment === delimiter || comment === quote)) {
    const hint = 'use the character with which comments begin'
    faults.add('CFG_VALUE', ['record', 'comment'], 'comment is the quote or the delimiter', hint)
  }
  if (record.escape === 'backslash' && quote === null) {
    const hint = 'remove `escape`, or give the quote'
    faults.add('CFG_VALUE', ['record', 'escape'], 'without quotes nothing is escaped', hint)
  }
  eachColumn(record, (name, column, at) => {
    if (isSpan(column)) {
      const hint = 'write the header name, or the position of the column'
      faults.add('CFG_VALUE', at, `the column of ${name} is in characters`, hint)
    } else if (!record.header && typeof column !== 'number') {
      const hint = 'without a header write the position, 1 for the first column'
      faults.add('CFG_VALUE', at, `the column of ${name} is a name`, hint)
    }
  })
  if (record.footer !== undefined && !('rows' in record.footer)) {
    checkTotal(record.footer, record.fields, faults)
  }
}

function checkXlsx(record: XlsxSpec, faults: Faults): void {
  eachColumn(record, (name, column, at) => {
    if (isSpan(column)) {
      const hint = 'write the header name, or the position of the column'
      faults.add('CFG_VALUE', at, `the column of ${name} is in characters`, hint)
    } else if (!record.header && findColumn(column) === null) {
      const hint = 'without a header write its letter, such as `C`, or its position'
      faults.add('CFG_VALUE', at, `the column of ${name} is a name`, hint)
    }
  })
  for (const [name, field] of Object.entries(record.fields)) {
    if (field.type !== 'date' || !field.formats.every(hasShortYear)) continue
    const hint = 'add one with `yyyy`: the cells that are dates have whole years'
    const at = ['record', 'fields', name, 'formats']
    faults.add('CFG_VALUE', at, `${name} has years of two digits only`, hint)
  }
  if (record.footer !== undefined && !('rows' in record.footer)) {
    checkTotal(record.footer, record.fields, faults)
  }
}

function checkFixed(record: FixedSpec, faults: Faults): void {
  const { lineType, lines, lineLength = Number.POSITIVE_INFINITY } = record
  const roles = Object.entries(lines)
  for (const [code] of roles) {
    if (code.length === lineType?.length) continue
    const what =
      lineType === undefined
        ? 'types of lines are given, but not where they stand'
        : `${code} has ${code.length} characters, not ${lineType.length}`
    const hint = 'give `lineType`; a code that begins with 0 must stand in quotes'
    faults.add('CFG_VALUE', ['record', 'lines', code], what, hint)
  }
  if (lineType !== undefined && !Object.values(lines).includes('start')) {
    const hint = 'say which type of line begins a record'
    faults.add('CFG_VALUE', ['record', 'lines'], 'no type of line is `start`', hint)
  }
  eachColumn(record, (name, column, at) => {
    const what = !isSpan(column)
      ? `the column of ${name} is not in characters`
      : column.start + column.length - 1 > lineLength
        ? `${name} ends after the line`
        : lineFault(name, column.line, record)
    const hint = 'write `{ start, length }`, with `line` where lines have types'
    if (what !== null) faults.add('CFG_VALUE', at, what, hint)
  })
  if (record.footer === undefined) return
  checkTotal(record.footer, record.fields, faults)
  if (Object.values(lines).includes('footer')) return
  const hint = 'say in `lines` which type of line is the footer'
  faults.add('CFG_VALUE', ['record', 'footer'], 'no type of line is `footer`', hint)
}

/** What is wrong with the type of line on which a field stands; null when nothing is. */
function lineFault(name: string, line: string | undefined, record: FixedSpec): string | null {
  if (record.lineType === undefined) {
    return line === undefined ? null : `${name} names a type of line, but lines have none`
  }
  if (line === undefined) return `${name} does not say on which type of line it stands`
  const role = Object.hasOwn(record.lines, line) ? record.lines[line] : undefined
  if (role === undefined) return `there is no type of line ${line}`
  const holdsValues = role === 'header' || role === 'start' || role === 'part'
  return holdsValues ? null : `lines of type ${line} are no part of a record`
}

function checkNdjson(record: NdjsonSpec, faults: Faults): void {
  eachColumn(record, (name, column, at) => {
    if (typeof column === 'string' || Array.isArray(column)) return
    const hint = 'write a path such as `debitore.codiceFiscale`'
    faults.add('CFG_VALUE', at, `the column of ${name} is not a path`, hint)
  })
}

function checkMail(record: MailSpec, faults: Faults): void {
  eachColumn(record, (name, column, at) => {
    const names = Array.isArray(column) ? column : [column]
    if (names.every((one) => typeof one === 'string' && isMailColumn(one))) return
    const hint =
      'write `subject`, `from`, `to`, `date`, `messageId`, `text`, `header.X` or `label.X`'
    faults.add('CFG_VALUE', at, `the column of ${name} is nothing that a mail has`, hint)
  })
}

function checkTotal(
  { total, of }: { total?: unknown; of?: string | undefined },
  fields: RecordSpec['fields'],
  faults: Faults,
): void {
  if ((total === undefined) !== (of === undefined)) {
    const hint = 'give both: where the total stands, and the field that it sums'
    faults.add('CFG_VALUE', ['record', 'footer'], '`total` and `of` belong together', hint)
  }
  if (of === undefined || (Object.hasOwn(fields, of) && fields[of]?.type === 'euro')) return
  const hint = 'name a euro field of the record'
  faults.add('CFG_VALUE', ['record', 'footer', 'of'], `${of} is no euro field`, hint)
}
