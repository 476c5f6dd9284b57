// Checks of `record.repeat`: that the groups of a row have columns, and that what it names is in
// them. Invariant: after these checks a row falls into records without a field that stands nowhere.
import type { Faults, YamlPath } from '../fault.ts'
import type { RecordSpec, RepeatSpec } from './record-spec.ts'
import { isEachPiece, isGroupName, isOfGroup } from './repeat.ts'

/** Adds what is wrong with the column groups of a record, or with places of groups without any. */
export function checkRepeat(record: RecordSpec, faults: Faults): void {
  if (record.repeat === undefined) checkNoGroups(record, faults)
  else checkGroups(record, record.repeat, faults)
}

function checkGroups(record: RecordSpec, repeat: RepeatSpec, faults: Faults): void {
  const { fields } = record
  const at = (...path: (string | number)[]): YamlPath => ['record', 'repeat', ...path]
  const hasGroups = Object.values(fields).some(isGroupField)
  if (!hasGroups) {
    const hint = 'write `{n}` in the name or path of a column, or give it a `step`'
    faults.add('CFG_VALUE', at(), 'no field stands in the groups', hint)
  }
  checkOver(repeat.over, at('over'), faults)
  checkPlaces(record, repeat.over, faults)
  if (hasGroups && !isGroupField(fields[repeat.when])) {
    const hint = 'name a field with `{n}` in its column, or with `step`'
    faults.add('CFG_VALUE', at('when'), `${repeat.when} is no field of the groups`, hint)
  }
  if (repeat.none === 'keep' && fields[repeat.when]?.optional === false) {
    const hint = 'add `optional: true` to it, and a `skip` rule that asks for it'
    faults.add(
      'CFG_VALUE',
      at('none'),
      `a row without ${repeat.when} would be refused all the same`,
      hint,
    )
  }
  if (repeat.total) checkTotal(record, repeat, repeat.total, at, faults)
  const { of } = footerOf(record)
  if (of !== undefined && isGroupField(fields[of])) {
    const hint = 'sum a field that stands once in the row'
    faults.add('CFG_VALUE', ['record', 'footer', 'of'], `${of} is a field of the groups`, hint)
  }
}

/**
 * Adds a fault where the records of one row would have the same key. Without `repeat` none can.
 */
export function checkRepeatedKey({ repeat, fields }: RecordSpec, key: string[], faults: Faults) {
  if (repeat === undefined) return
  const tells = key.some((name) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    return field !== undefined && (isOfGroup(field) || isGroupName(field.column))
  })
  if (tells) return
  const hint = 'add a field of the groups to it, or one with `column: "{n}"`'
  faults.add('CFG_VALUE', ['key'], 'the records of one row would have the same key', hint)
}

type Field = RecordSpec['fields'][string] | undefined

/** Whether a field is read from the columns of a group. */
function isGroupField(field: Field): boolean {
  return field !== undefined && isOfGroup(field) && !isGroupName(field.column)
}

function checkNoGroups({ fields }: RecordSpec, faults: Faults): void {
  for (const [name, field] of Object.entries(fields)) {
    if (!isOfGroup(field)) continue
    const hint = 'add `repeat` to the record, or write the column as it stands'
    const at = ['record', 'fields', name, 'column']
    faults.add('CFG_VALUE', at, `the column of ${name} is of a group, but nothing repeats`, hint)
  }
}

function checkOver(over: RepeatSpec['over'], at: YamlPath, faults: Faults): void {
  const seen = new Set<string>()
  for (const group of over.map(String)) {
    if (seen.has(group)) faults.add('CFG_VALUE', at, `${group} stands twice`, 'remove one')
    seen.add(group)
  }
}

/** Each group must have its place, and each piece of a cell its group. */
function checkPlaces({ fields }: RecordSpec, over: RepeatSpec['over'], faults: Faults): void {
  const isCounted = over.every((group, at) => String(group) === String(at + 1))
  for (const [name, { column, split }] of Object.entries(fields)) {
    const at = ['record', 'fields', name]
    if (isEachPiece(split) && !isCounted) {
      const message = '`take: "{n}"` needs every number from 1 in `over`'
      const hint = 'write `over: [1, 2, 3]`, as many as a cell may hold'
      faults.add('CFG_VALUE', [...at, 'split'], message, hint)
    }
    if (typeof column !== 'object' || !('each' in column)) continue
    if (column.each.length === over.length) continue
    const message = `${column.each.length} positions for the ${over.length} groups of \`over\``
    faults.add('CFG_VALUE', [...at, 'column'], message, 'give one position for each group')
  }
}

function checkTotal(
  { fields }: RecordSpec,
  { over }: RepeatSpec,
  total: NonNullable<RepeatSpec['total']>,
  at: (...path: string[]) => YamlPath,
  faults: Faults,
): void {
  const add = (key: string, message: string, hint: string) =>
    faults.add('CFG_VALUE', at('total', key), message, hint)
  const { field, of } = total
  if (fields[field]?.type !== 'euro' || isOfGroup(fields[field])) {
    add('field', `${field} is no euro field of the whole row`, 'name one that stands once in it')
  }
  if (fields[of]?.type !== 'euro' || !isGroupField(fields[of])) {
    add('of', `${of} is no euro field of the groups`, 'name the amount of each group')
  }
  const known = new Set(over.map(String))
  const unknown = total.over?.map(String).find((group) => !known.has(group))
  if (unknown !== undefined) {
    add('over', `${unknown} is none of the groups`, 'name groups that `repeat.over` lists')
  }
}

function footerOf(record: RecordSpec): { of?: string | undefined } {
  const footer = 'footer' in record ? record.footer : undefined
  return footer !== undefined && 'of' in footer ? footer : {}
}
