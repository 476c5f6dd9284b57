// Checks of a notice mapping against the references that it looks up, when it is compiled.
// Invariant: after these checks every path that the mapping names leads to a field of a fitting
// type.
import { nearest } from '../domain/nearest.ts'
import type { Faults, YamlPath } from './fault.ts'
import type { FieldSpec } from './field/field-spec.ts'
import { checkRepeatedKey } from './format/repeat-check.ts'
import { FOUND, findTable, lookupOrder, type Tables } from './lookups.ts'
import { checkKeyPart, checkRecord, recordScope } from './record-check.ts'
import type { LookupSpec, NoticeMapping } from './spec.ts'
import type { Scope } from './text/scope.ts'

/** Checks everything but the texts; answers the names that these may use. */
export function checkNotice(spec: NoticeMapping, tables: Tables, faults: Faults): Scope {
  checkRecord(spec.record, faults)
  const own = recordScope(spec.record)
  const scope = noticeScope(spec, tables)
  for (const [name, lookup] of Object.entries(spec.lookups)) {
    if (own.has(name)) {
      const hint = 'rename one of them, so that the texts can tell them apart'
      faults.add('CFG_VALUE', ['lookups', name], `${name} is a field of the record too`, hint)
    }
    checkLookup(name, lookup, scope, tables, faults)
  }
  if (lookupOrder(spec.lookups) === null) {
    const hint = 'let one of them begin at a field of the record'
    faults.add('CFG_VALUE', ['lookups'], 'lookups that need each other’s row', hint)
  }
  for (const [index, path] of spec.key.entries()) checkKeyPart(path, own, ['key', index], faults)
  checkRepeatedKey(spec.record, spec.key, faults)
  checkPaths(spec, scope, faults)
  return scope
}

/** The names of the record, and of the rows that it looks up. */
export function noticeScope(spec: NoticeMapping, tables: Tables): Scope {
  const scope = new Map(recordScope(spec.record))
  for (const [name, lookup] of Object.entries(spec.lookups)) {
    scope.set(`${name}.found`, FOUND)
    for (const [field, fieldSpec] of Object.entries(findTable(lookup, tables)?.fields ?? {})) {
      scope.set(`${name}.${field}`, fieldSpec)
    }
  }
  return scope
}

/**
 * The fields of each lookup that the mapping reads: only these are copied into its notices, and
 * when a system answered.
 */
export function usedLookupFields(
  paths: Iterable<string>,
  spec: NoticeMapping,
  tables: Tables,
): Record<string, [name: string, field: FieldSpec][]> {
  const used: Record<string, [string, FieldSpec][]> = {}
  const wanted = new Set(paths)
  for (const [name, lookup] of Object.entries(spec.lookups)) {
    if (lookup.system !== undefined) wanted.add(`${name}.asked_at`)
    const fields = { ...findTable(lookup, tables)?.fields, found: FOUND }
    used[name] = Object.entries(fields).filter(([field]) => wanted.has(`${name}.${field}`))
  }
  return used
}

/** The paths that a mapping names outside its texts. */
export function namedPaths(spec: NoticeMapping): string[] {
  const { notice, facets, group, keep = [], beforeSending } = spec
  const { payment } = notice
  const paths = [
    notice.fiscalCode,
    notice.dueDate,
    payment?.noticeNumber,
    payment?.amount,
    payment?.payee,
    expiryPath(notice),
    group,
    ...Object.values(facets),
    ...keep,
    ...beforeSending.map(({ by }) => by),
  ]
  return paths.filter((path) => path !== undefined)
}

/** The field that says of each record whether it cannot be paid after its due date. */
function expiryPath({ payment }: NoticeMapping['notice']): string | undefined {
  const expires = payment?.invalidAfterDueDate
  return typeof expires === 'string' ? expires : undefined
}

function checkLookup(
  name: string,
  lookup: LookupSpec,
  scope: Scope,
  tables: Tables,
  faults: Faults,
): void {
  const at = ['lookups', name]
  if (lookup.waitHours !== undefined && lookup.onMissing !== 'wait') {
    const hint = 'say `onMissing: wait`, or remove `waitHours`'
    faults.add('CFG_VALUE', [...at, 'waitHours'], 'hours of a lookup that does not wait', hint)
  }
  if (lookup.reference !== undefined && lookup.system !== undefined) {
    const hint = 'keep one of them; another lookup may have the other'
    faults.add('CFG_VALUE', at, 'a lookup of both a reference and a system', hint)
  }
  const table = findTable(lookup, tables)
  if (table === null) checkSource(lookup, tables, at, faults)
  if (lookup.system !== undefined && lookup.onMissing === 'wait') {
    const hint = 'say `refuse` or `empty`; while it does not answer, its own `onFailure` holds'
    const message = 'a system that says there is nothing has answered: nothing is left to wait for'
    faults.add('CFG_VALUE', [...at, 'onMissing'], message, hint)
  }
  if (table?.fields['found'] !== undefined) {
    const hint = 'rename the field: `found` says of every lookup whether its row is there'
    faults.add('CFG_VALUE', at, `${table.name} has a field named found`, hint)
  }
  const by = faults.findField(scope, lookup.by, null, [...at, 'by'])
  const key = table?.key
  if (!by || !key || by.type === key.type) return
  const message = `${lookup.by} is of type ${by.type}, the key of ${table.name} of type ${key.type}`
  faults.add('CFG_VALUE', [...at, 'by'], message, 'give both the same type, or they never match')
}

function checkSource(
  { reference, system }: LookupSpec,
  { references, systems }: Tables,
  at: YamlPath,
  faults: Faults,
): void {
  const [kind, name, known, otherwise] =
    system === undefined
      ? ([
          'reference',
          reference,
          references,
          'add a mapping of shape reference with this name',
        ] as const)
      : (['system', system, systems, 'add a file of this name to systems/'] as const)
  if (name === undefined) {
    const hint = 'add `reference`, the name of a mapping, or `system`, that of a file in systems/'
    faults.add('CFG_VALUE', at, 'the lookup does not say where', hint)
    return
  }
  const near = nearest(name, Object.keys(known))
  const hint = near ? `did you mean ${near}?` : otherwise
  faults.add('CFG_UNKNOWN_NAME', [...at, kind], `there is no ${kind} ${name}`, hint)
}

function checkPaths(spec: NoticeMapping, scope: Scope, faults: Faults): void {
  const { notice } = spec
  faults.findField(scope, notice.fiscalCode, ['fiscalCode'], ['notice', 'fiscalCode'])
  if (notice.dueDate) faults.findField(scope, notice.dueDate, ['date'], ['notice', 'dueDate'])
  else if (spec.reminders.length > 0) {
    const hint = 'add `notice.dueDate`, or remove the reminders'
    faults.add('CFG_VALUE', ['reminders'], 'reminders without a due date', hint)
  }
  if (notice.payment) {
    const { noticeNumber, amount, payee } = notice.payment
    const at = ['notice', 'payment']
    faults.findField(scope, noticeNumber, ['noticeNumber'], [...at, 'noticeNumber'])
    faults.findField(scope, amount, ['euro'], [...at, 'amount'])
    if (payee) faults.findField(scope, payee, ['text', 'vatNumber'], [...at, 'payee'])
    const expiry = expiryPath(notice)
    if (expiry) faults.findField(scope, expiry, ['boolean'], [...at, 'invalidAfterDueDate'])
  }
  if (spec.group) faults.findField(scope, spec.group, null, ['group'])
  for (const [facet, path] of Object.entries(spec.facets)) {
    if (path) faults.findField(scope, path, null, ['facets', facet])
  }
  for (const [index, path] of (spec.keep ?? []).entries()) {
    faults.findField(scope, path, null, ['keep', index])
  }
}
