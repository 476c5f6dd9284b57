// A mapping that is watched: it answers as the one that it is made of, and notes which branches
// its records take. Invariant: nothing that it answers depends on being watched; a mapping that
// nobody watches does nothing for it.
import { createFaults } from '../fault.ts'
import { createLookUp } from '../looked-up.ts'
import { isThere, type Tables } from '../lookups.ts'
import type { CompiledMapping } from '../mapping.ts'
import { noticeScope, usedLookupFields } from '../notice-check.ts'
import type { CompiledNotice, LookedUp, Mapped, Prepared } from '../notice-mapping.ts'
import { recordScope } from '../record-check.ts'
import { recordReader } from '../record-reader.ts'
import type { CompiledSettlement } from '../settlement-mapping.ts'
import type { NoticeMapping } from '../spec.ts'
import type { CompiledReference } from '../table-mapping.ts'
import { compileTexts } from '../text/notice-texts.ts'
import type { Scope } from '../text/scope.ts'
import { findTest } from '../text/text.ts'
import { createLedger, type Ledger, type WatchedBranch } from './ledger.ts'
import { declareBoth, watchTexts } from './text-branches.ts'
import { watchCells, watchLists } from './value-branches.ts'

export interface WatchedMapping {
  mapping: CompiledMapping
  /** To be told of each message that is planned, by its text: 0 is the first. */
  planned(template: number): void
  /** All branches, in the order in which they are declared. */
  branches(): WatchedBranch[]
}

/** Watches a compiled mapping; `tables` are those that it was compiled with. */
export function watchMapping(mapping: CompiledMapping, tables: Tables): WatchedMapping {
  const ledger = createLedger()
  const { branches } = ledger
  const none = () => {}
  switch (mapping.shape) {
    case 'notice': {
      const watched = watchNotice(mapping, tables, ledger)
      const marks = watchReminders(mapping.spec, ledger)
      const planned = (template: number) => marks[template - 1]?.()
      return { mapping: watched, planned, branches }
    }
    case 'settlement':
      return { mapping: watchSettlement(mapping, ledger), planned: none, branches }
    case 'reference':
      return { mapping: watchReference(mapping, ledger), planned: none, branches }
  }
}

function watchNotice(mapping: CompiledNotice, tables: Tables, ledger: Ledger): CompiledNotice {
  const { spec } = mapping
  const scope = noticeScope(spec, tables)
  const seeCells = watchCells(spec.record, ledger)
  const seeRows = watchLookups(mapping, ledger)
  const seeAction = watchAction(spec, ledger)
  const seeSkip = watchSkips(spec, tables, scope, ledger)
  const seeRules = watchRules(spec, scope, ledger)
  const seeTexts = watchTexts(compileTexts(spec, scope, createFaults()), scope, ledger)
  return {
    ...mapping,
    read(raw) {
      seeCells(raw)
      return mapping.read(raw)
    },
    finish(prepared, rows, context) {
      const mapped = mapping.finish(prepared, rows, context)
      seeAction(prepared)
      if (mapped.kind !== 'ended') seeRows(prepared, rows)
      if (mapped.kind === 'skipped') seeSkip(prepared, rows)
      if (mapped.kind !== 'notice') return mapped
      seeRules(mapped)
      seeTexts(mapped.data.fields)
      return mapped
    },
  }
}

function watchLookups({ spec, lookupKey }: CompiledNotice, ledger: Ledger) {
  const watched = Object.entries(spec.lookups).map(([name, lookup]) => {
    const declare = (what: string) => {
      const wanted = `in which the lookup \`${name}\` ${what}`
      return ledger.declare({ path: ['lookups', name], what: `${name} ${what}`, wanted })
    }
    return { name, lookup, found: declare('finds a row'), missing: declare('finds nothing') }
  })
  return (prepared: Prepared, rows: LookedUp) => {
    for (const { name, lookup, found, missing } of watched) {
      const row = rows[name] ?? null
      if (isThere(row)) {
        found()
        continue
      }
      const key = lookupKey(name, prepared, rows)
      // Of a system, no row at all means that nobody has answered.
      const isNothing = key === null || lookup.system === undefined || row !== null
      if (isNothing && (key !== null || lookup.onMissing === 'empty')) missing()
    }
  }
}

function watchAction({ action }: NoticeMapping, ledger: Ledger): (prepared: Prepared) => void {
  if (action === undefined) return () => {}
  const { field, ...lists } = action
  const see = watchLists(lists, field, ['action'], ledger)
  return ({ values }) => {
    const value = values[field] ?? null
    if (value !== null) see(value)
  }
}

/** Of a record that is skipped: by the first rule that holds, where it is one of these. */
function watchSkips(spec: NoticeMapping, tables: Tables, scope: Scope, ledger: Ledger) {
  const lookUp = createLookUp(spec, usedLookupFields(scope.keys(), spec, tables), tables)
  const rules = spec.skip.flatMap(({ when, because }, index) => {
    const path = ['skip', index, 'when']
    const test = findTest(when, scope, path, createFaults())
    const wanted = `that is skipped for «${because}»`
    const mark = ledger.declare({ path, what: `skip ${when}`, wanted })
    return test === null ? [] : [{ ...test, mark }]
  })
  return (prepared: Prepared, rows: LookedUp) => {
    const found = lookUp(prepared, rows, { isOver: () => false })
    const rule = rules.find(
      ({ uses, test }) => !uses.some(found.isUnreadable) && test(found.fields),
    )
    rule?.mark()
  }
}

function watchRules({ firstWhen, single }: NoticeMapping, scope: Scope, ledger: Ledger) {
  const both = (source: string | undefined, key: string) =>
    source === undefined ? null : declareBoth(source, [key], scope, ledger)
  const first = both(firstWhen, 'firstWhen')
  const whole = both(single, 'single')
  return ({ hasFirst, data }: Extract<Mapped, { kind: 'notice' }>) => {
    first?.[hasFirst ? 0 : 1]()
    whole?.[data.single ? 0 : 1]()
  }
}

function watchReminders({ reminders }: NoticeMapping, ledger: Ledger): (() => void)[] {
  return reminders.map(({ at }, index) => {
    const wanted = `in which the reminder of ${at} is planned`
    return ledger.declare({ path: ['reminders', index], what: `reminder ${at}`, wanted })
  })
}

function watchSettlement(mapping: CompiledSettlement, ledger: Ledger): CompiledSettlement {
  const { spec } = mapping
  const scope = recordScope(spec.record)
  const readRecord = recordReader(spec.record.fields)
  const seeCells = watchCells(spec.record, ledger)
  const seeAs = watchAs(spec.as, ledger)
  const { closesWhen } = spec
  const test = closesWhen && findTest(closesWhen, scope, ['closesWhen'], createFaults())
  const both = test ? declareBoth(closesWhen, ['closesWhen'], scope, ledger) : null
  return {
    ...mapping,
    read(raw, testers) {
      seeCells(raw)
      const row = mapping.read(raw, testers)
      if (row.kind !== 'row') return row
      const { values } = readRecord(raw)
      seeAs(values)
      if (test && both) both[test.test(values) ? 0 : 1]()
      return row
    },
  }
}

function watchAs(as: CompiledSettlement['spec']['as'], ledger: Ledger) {
  if (typeof as === 'string') return () => {}
  const { field, otherwise, ...lists } = as
  const see = watchLists(lists, field, ['as'], ledger)
  const wanted = `in which \`${field}\` is a value that no list has`
  const another =
    otherwise === 'refuse'
      ? () => {}
      : ledger.declare({ path: ['as', 'otherwise'], what: `otherwise ${otherwise}`, wanted })
  return (values: Prepared['values']) => {
    if (!see(values[field] ?? null)) another()
  }
}

function watchReference(mapping: CompiledReference, ledger: Ledger): CompiledReference {
  const seeCells = watchCells(mapping.spec.record, ledger)
  return {
    ...mapping,
    read(raw, testers) {
      seeCells(raw)
      return mapping.read(raw, testers)
    },
  }
}
