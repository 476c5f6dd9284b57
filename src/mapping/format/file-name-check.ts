// Checks of `record.fileName`: that each column of the file's name is named by a pattern, and that
// nothing which counts rows or cells hangs on it. Invariant: after these checks every `@file.`
// column has a value wherever its pattern matches.
import { groupsOf } from '../../domain/name-pattern.ts'
import { nearest } from '../../domain/nearest.ts'
import type { Faults } from '../fault.ts'
import { findFileGroup } from './file-name.ts'
import type { RecordSpec } from './record-spec.ts'

/** Adds what is wrong with the columns that a record takes from the name of its file. */
export function checkFileName(record: RecordSpec, faults: Faults): void {
  const { fields, fileName = [] } = record
  const named = [fileName].flat().flatMap(groupsOf)
  const used = usedByRows(record)
  for (const [name, { column, split, absent }] of Object.entries(fields)) {
    const at = ['record', 'fields', name]
    if (Array.isArray(column) && column.some((one) => findFileGroup(one) !== null)) {
      const hint = 'let `fileName` have several patterns, which name it alike'
      faults.add('CFG_VALUE', [...at, 'column'], '`@file.` stands among other columns', hint)
    }
    const group = findFileGroup(column)
    if (group === null) continue
    if (!named.includes(group)) {
      const near = nearest(group, named)
      const hint =
        near === null
          ? `write a pattern such as \`fileName: "*-{${group}}.csv"\``
          : `did you mean \`@file.${near}\`?`
      faults.add('CFG_VALUE', [...at, 'column'], `\`fileName\` does not name ${group}`, hint)
    }
    if (split !== undefined || absent === 'empty') {
      const key = split === undefined ? 'absent' : 'split'
      const hint = `remove \`${key}\`, and let the pattern of \`fileName\` say it`
      faults.add('CFG_VALUE', [...at, key], `${name} stands in the name of the file`, hint)
    }
    if (used.includes(name)) {
      const hint = 'name a field that stands in the file itself'
      faults.add('CFG_VALUE', [...at, 'column'], `${name} is the same for all rows`, hint)
    }
  }
}

/** The fields by which rows are told apart, counted or compared with files. */
function usedByRows(record: RecordSpec): (string | undefined)[] {
  const { files, repeat } = record
  const footer = 'footer' in record ? record.footer : undefined
  return [
    files?.field,
    repeat?.when,
    repeat?.total?.field,
    repeat?.total?.of,
    footer !== undefined && 'of' in footer ? footer.of : undefined,
    'totals' in record ? record.totals?.of : undefined,
  ]
}
