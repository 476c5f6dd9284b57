// Checks of a record whose format is XML or JSON: that paths are paths, and that each begins at an
// element that the path of the rows names. Invariant: after these checks the reader knows, before
// it meets a row, everything that it must keep.

import type { Faults, YamlPath } from '../fault.ts'
import { eachColumn } from './each-column.ts'
import { parseRowPath, parseTreePath, type RowPath } from './tree-path.ts'
import { aliasesOf, type TreeSpec } from './tree-plan.ts'

const examples = {
  xml: 'write `Importo`, `Dati/Importo`, `@id`, `../Testata/Numero` or `/Radice/Testata/Numero`',
  json: 'write `importo`, `debitore.codiceFiscale`, `rate[1].importo`, `../iuv` or `/data`',
}

/** Adds what is wrong with the paths of rows, fields and totals. */
export function checkTree(record: TreeSpec, faults: Faults): void {
  const rows = parseRowPath(record.rows, record.format)
  if (typeof rows === 'string') {
    const hint = 'write the names down to the element of one record'
    faults.add('CFG_VALUE', ['record', 'rows'], `the path of the rows ${rows}`, hint)
    return
  }
  eachColumn(record, (name, column, at) => {
    if (typeof column !== 'string' && !Array.isArray(column)) {
      faults.add('CFG_VALUE', at, `the column of ${name} is not a path`, examples[record.format])
      return
    }
    for (const path of aliasesOf(column)) checkPath(path, `the path of ${name}`, at, rows)
  })
  if (record.totals !== undefined) checkTotals(record, record.totals)

  function checkPath(text: string, what: string, at: YamlPath, { names }: RowPath): void {
    const path = parseTreePath(text, record.format)
    if (typeof path === 'string') {
      faults.add('CFG_VALUE', at, `${what} ${path}`, examples[record.format])
    } else if ((path.up ?? 0) >= names.length) {
      const hint = 'write more of the path in `rows`, or begin this one at the root with `/`'
      faults.add('CFG_VALUE', at, `${what} goes above the elements that \`rows\` names`, hint)
    }
  }

  function checkTotals({ fields, repeat, format }: TreeSpec, totals: Totals): void {
    const at = ['record', 'totals']
    const { count, total, of } = totals
    const paths = Object.entries({ count, total }).flatMap(([key, text]) =>
      text === undefined ? [] : [{ key, text }],
    )
    for (const { key, text } of paths) checkPath(text, 'the path', [...at, key], rows as RowPath)
    const levels = paths.map(({ text }) => {
      const path = parseTreePath(text, format)
      return typeof path === 'string' ? undefined : path.up
    })
    if (levels.includes(0) || new Set(levels).size !== 1) {
      const hint = 'both stand in the element around the rows: `../numero`, `../totale`'
      faults.add('CFG_VALUE', at, 'the totals do not stand around the rows', hint)
    }
    if ((total === undefined) !== (of === undefined)) {
      const hint = 'give both: where the total stands, and the field that it sums'
      faults.add('CFG_VALUE', at, '`total` and `of` belong together', hint)
    }
    if (of === undefined) return
    const field = Object.hasOwn(fields, of) ? fields[of] : undefined
    const isOwn =
      field !== undefined && aliasesOf(field.column).every((path) => !/^(\.\.)?\//.test(path))
    if (field?.type === 'euro' && isOwn && repeat === undefined) return
    const hint = 'name a euro field that stands in the row itself'
    faults.add('CFG_VALUE', [...at, 'of'], `${of} is no such euro field`, hint)
  }
}

type Totals = NonNullable<TreeSpec['totals']>
