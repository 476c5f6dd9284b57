// The places of a record's fields, one after the other, as the checks of its format need them.
// Invariant: of a field that stands once in each group of columns, the place is that of the last
// group, which stands furthest; what stands nowhere in the file is left out.
import type { YamlPath } from '../fault.ts'
import type { FieldSpec } from '../field/field-spec.ts'
import { findFileGroup } from './file-name.ts'
import type { RecordSpec } from './record-spec.ts'
import { columnIn, isGroupName } from './repeat.ts'

/** Calls with each field, its place and where the mapping says it. */
export function eachColumn(
  { fields, repeat }: Pick<RecordSpec, 'fields' | 'repeat'>,
  check: (name: string, column: FieldSpec['column'], at: YamlPath) => void,
): void {
  const last = (repeat?.over.length ?? 1) - 1
  for (const [name, { column }] of Object.entries(fields)) {
    if (isGroupName(column) || findFileGroup(column) !== null) continue
    const place = columnIn(column, String(repeat?.over[last]), last)
    check(name, place, ['record', 'fields', name, 'column'])
  }
}
