// Checks of a notice mapping against the references that it looks up, when it is compiled.
// Invariant: after these checks every path that the mapping names leads to a field of a fitting
// type.
import { nearest } from '../domain/nearest.ts'
import type { Faults } from './fault.ts'
import type { FieldSpec } from './field/field-spec.ts'
import { checkRepeatedKey } from './format/repeat-check.ts'
import { FOUND, lookupOrder } from './lookups.ts'
import { checkKeyPart, checkRecord, recordScope } from './record-check.ts'
import type { LookupSpec, NoticeMapping, ReferenceMapping } from './spec.ts'
import type { Scope } from './text/scope.ts'

export type References = Readonly<Record<string, ReferenceMapping>>

/** Checks everything but the texts; answers the names that these may use. */
export function checkNotice(spec: NoticeMapping, references: References, faults: Faults): Scope {
  checkRecord(spec.record, faults)
  const own = recordScope(spec.record)
  const scope = new Map(own)
  for (const [name, lookup] of Object.entries(spec.lookups)) {
    scope.set(`${name}.found`, FOUND)
    const reference = findReference(references, lookup.reference)
    for (const [field, fieldSpec] of Object.entries(reference?.record.fields ?? {})) {
      scope.set(`${name}.${field}`, fieldSpec)
    }
  }
  for (const [name, lookup] of Object.entries(spec.lookups)) {
    if (own.has(name)) {
      const hint = 'rename one of them, so that the texts can tell them apart'
      faults.add('CFG_VALUE', ['lookups', name], `${name} is a field of the record too`, hint)
    }
    checkLookup(name, lookup, scope, references, faults)
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

/** The fields of each lookup that the mapping reads: only these are copied into its notices. */
export function usedLookupFields(
  paths: Iterable<string>,
  spec: NoticeMapping,
  references: References,
): Record<string, [name: string, field: FieldSpec][]> {
  const used: Record<string, [string, FieldSpec][]> = {}
  const wanted = new Set(paths)
  for (const [name, lookup] of Object.entries(spec.lookups)) {
    const fields = { ...findReference(references, lookup.reference)?.record.fields, found: FOUND }
    used[name] = Object.entries(fields).filter(([field]) => wanted.has(`${name}.${field}`))
  }
  return used
}

/** The paths that a mapping names outside its texts. */
export function namedPaths({ notice, facets, group }: NoticeMapping): string[] {
  const { payment } = notice
  const paths = [
    notice.fiscalCode,
    notice.dueDate,
    payment?.noticeNumber,
    payment?.amount,
    payment?.payee,
    group,
    ...Object.values(facets),
  ]
  return paths.filter((path) => path !== undefined)
}

function findReference(references: References, name: string): ReferenceMapping | undefined {
  return Object.hasOwn(references, name) ? references[name] : undefined
}

function checkLookup(
  name: string,
  lookup: LookupSpec,
  scope: Scope,
  references: References,
  faults: Faults,
): void {
  const at = ['lookups', name]
  if (lookup.waitHours !== undefined && lookup.onMissing !== 'wait') {
    const hint = 'say `onMissing: wait`, or remove `waitHours`'
    faults.add('CFG_VALUE', [...at, 'waitHours'], 'hours of a lookup that does not wait', hint)
  }
  const reference = findReference(references, lookup.reference)
  if (reference === undefined) {
    const near = nearest(lookup.reference, Object.keys(references))
    const hint = near ? `did you mean ${near}?` : 'add a mapping of shape reference with this name'
    const message = `there is no reference ${lookup.reference}`
    faults.add('CFG_UNKNOWN_NAME', [...at, 'reference'], message, hint)
  }
  if (reference?.record.fields['found'] !== undefined) {
    const hint = 'rename the field: `found` says of every lookup whether its row is there'
    faults.add('CFG_VALUE', at, `${lookup.reference} has a field named found`, hint)
  }
  const by = faults.findField(scope, lookup.by, null, [...at, 'by'])
  const key = reference?.record.fields[reference.key]
  if (!by || !key || by.type === key.type) return
  const { reference: of } = lookup
  const message = `${lookup.by} is of type ${by.type}, the key of ${of} of type ${key.type}`
  faults.add('CFG_VALUE', [...at, 'by'], message, 'give both the same type, or they never match')
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
  }
  if (spec.group) faults.findField(scope, spec.group, null, ['group'])
  for (const [facet, path] of Object.entries(spec.facets)) {
    if (path) faults.findField(scope, path, null, ['facets', facet])
  }
}
