// A sample file and a mapping of the catalogue → own columns for that mapping, with a case, each
// tried before anything is written.
// Invariant: what does not pass is not written; nothing of the sample is kept but its form.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { openSample, type SamplePlace } from '../archive/open-sample.ts'
import type { CatalogueService } from '../config/catalogue.ts'
import type { Config } from '../config/config.ts'
import { mergePatch } from '../config/merge-patch.ts'
import { columnsOverlay } from '../config/overlay-text.ts'
import type { CaseSpec } from '../mapping/case-spec.ts'
import type { FieldDraft } from '../mapping/guess/column-type.ts'
import { type Fit, fitColumns } from '../mapping/guess/fit-columns.ts'
import { guessRecord } from '../mapping/guess/guess-record.ts'
import type { GuessedRecord } from '../mapping/guess/guessed-record.ts'
import { guessRoles } from '../mapping/guess/roles.ts'
import { GuessError, labelsOf } from '../mapping/guess/table.ts'
import { type TypedColumn, typedColumns } from '../mapping/guess/typed-column.ts'
import type { GuessedField, Understanding } from '../mapping/guess/understanding.ts'
import { listOf, type Unlisted, unlistedValues } from '../mapping/guess/unlisted.ts'
import type { Wishes } from '../mapping/guess/wishes.ts'
import { type CompiledNotice, compileMapping } from '../mapping/mapping.ts'
import { MappingSpec, type NoticeMapping } from '../mapping/spec.ts'
import { type Draft, firstCase, readSample, saidOf } from './drafting.ts'
import { keepCases } from './fitting-cases.ts'
import { openFile } from './previewing.ts'

export interface FitRequest {
  institution: string
  service: CatalogueService
  /** The name of a mapping of it. */
  mapping: string
  file: string
  place: SamplePlace
  wishes: Wishes
  /** By field, the label of its column; `none`: it has none. */
  said: ReadonlyMap<string, string>
}

export interface Fitted extends Pick<Draft, 'mapping' | 'cases' | 'read'> {
  /** The catalogue's cases of a record: those that hold for the own columns, and the others. */
  ready: { kept: number; left: number }
  /** The sample was read to its end. */
  isWhole: boolean
  /** By field, the label of its column. */
  columns: Record<string, string>
  absent: string[]
  unused: string[]
  /** What a person has to write: values of the file that refuse their records until then. */
  unlisted: Unlisted[]
}

/** Makes the two files, and writes nothing. Throws `GuessError`, `DropError` and file errors. */
export async function fitMapping(config: Config, request: FitRequest): Promise<Fitted> {
  const { service, mapping: name, wishes, said, institution } = request
  const base = service.mappings.find(({ id }) => id === name)
  if (base?.spec?.shape !== 'notice') throw new Error(`the catalogue's ${name} is no mapping`)
  const unknown = [...said.keys()].find((field) => !(field in base.spec!.record.fields))
  if (unknown !== undefined) {
    const known = Object.keys(base.spec.record.fields).join(', ')
    throw new GuessError(`${name} has no field "${unknown}": there are ${known}`)
  }
  await using file = await openFile(request.file)
  const sample = await openSample(file.source, request.place)
  if (sample.bytes.length === 0)
    throw new GuessError('the file is empty: take one that has records')
  const record = guessRecord({ ...sample, said: saidOf(request.place) }, wishes)
  const columns = typedColumns(record.table, wishes)
  const roles = guessRoles(columns, { ...wishes, shape: 'notice' })
  const fit = fitColumns(base.spec, columns, roles, said)
  if (fit.missing.length > 0) throw new GuessError(missingWords(name, fit, columns))
  const patch = recordPatch(base.spec, standingRecord(base.file.data), record, fit, wishes)
  const data = mergePatch(base.file.data, { record: patch })
  const parsed = MappingSpec.safeParse(data)
  if (!parsed.success) throw new GuessError(cannotBe(parsed.error.issues[0]))
  const { mapping: compiled, faults } = compileMapping(name, parsed.data, { references: {} })
  if (compiled === null) throw new GuessError(cannotBe(faults[0]))
  const read = readSample(compiled, sample.bytes, sample.isWhole)
  const own = compiled as CompiledNotice
  const ready = service.cases.find(({ id }) => id === name)?.spec?.cases ?? []
  const understood = understandingOf(own.spec, record, fit, ready)
  const first = await firstCase(compiled, understood, new Map(), institution)
  const cases = await readFile(join(service.folder, 'mappings', `${name}.cases.yaml`), 'utf8')
  const unlisted = unlistedValues(own.spec, fit.columns)
  const kept = await keepCases(cases, ready, base.spec, own, institution)
  const folder = join(config.directory, institution, 'mappings')
  return {
    mapping: {
      path: join(folder, `${name}.yaml`),
      text: columnsOverlay(name, patch, notesOf(patch.fields, own.spec, unlisted)),
    },
    cases: { path: join(folder, `${name}.cases.yaml`), text: casesText(first, kept.text) },
    read,
    ready: { kept: kept.kept, left: kept.left },
    isWhole: sample.isWhole,
    columns: Object.fromEntries([...fit.columns].map(([field, { label }]) => [field, label])),
    absent: fit.absent,
    unused: fit.unused.map(({ label }) => label),
    unlisted,
  }
}

/** By field, what stands above it for the person who goes on with the file. */
function notesOf(
  fields: Record<string, object>,
  { record }: NoticeMapping,
  unlisted: readonly Unlisted[],
): Map<string, string> {
  const words = unlisted.map(({ field, column, values }) => {
    const known = record.fields[field]
    const listed = known?.type === 'text' ? JSON.stringify(known.values) : ''
    const wanted = values.map((value) => `${JSON.stringify(value)}: "…"`).join(', ')
    const add = `values: { ${wanted || '"…": "…"'} }`
    const text =
      ` To do: ${column} has values that are not listed, and their records are refused. Say what each\n` +
      ` becomes, inside the braces: ${add}\n The catalogue lists ${listed}`
    return [field, text] as const
  })
  const nowhere = Object.keys(fields).find((name) => 'split' in (fields[name] ?? {}))
  const said = ' Not in the file: a piece that no cell has is always empty.'
  return new Map([...words, ...(nowhere === undefined ? [] : [[nowhere, said] as const])])
}

function casesText(first: string, kept: string): string {
  if (kept === '') return first
  return `${first}\n  # Those of the catalogue: they speak of fields, so they hold for these columns too.\n${kept}`
}

function missingWords(name: string, { missing, unused }: Fit, columns: TypedColumn[]): string {
  const first = missing[0] ?? ''
  const left = unused.length === 0 ? columns : unused
  const example = left[0]?.label ?? 'COLUMN'
  return (
    `no column is found for ${missing.join(', ')} of ${name}.\n` +
    `Say each, as in: --field ${first}=${example}; none where the file has nothing of it. ` +
    `Not taken yet: ${labelsOf(left)}`
  )
}

function cannotBe(fault: { message: string; path: readonly PropertyKey[] } | undefined): string {
  const { path = [], message = 'it has an error' } = fault ?? {}
  return `such a file cannot be read by it: ${path.map(String).join('.')}: ${message}`
}

function standingRecord(data: unknown): object {
  return (data as { record?: object }).record ?? {}
}

/** What is otherwise than in the catalogue, as its file stands; a null takes a key away. */
function recordPatch(
  { record: base }: NoticeMapping,
  standing: object,
  record: GuessedRecord,
  fit: Fit,
  wishes: Wishes,
) {
  const below = base as Record<string, unknown>
  const other = record.keys.filter(({ name, value }) => !isDeepStrictEqual(below[name], value))
  const keys = Object.fromEntries(other.map(({ name, value }) => [name, value]))
  const isSameFormat = base.format === record.format
  const gone = Object.keys(standing).filter((key) => !['format', 'fields'].includes(key))
  const removed = isSameFormat ? [] : gone.map((key) => [key, null])
  const fields: [string, object][] = [...fit.columns].map(([name, column]) => {
    return [name, fieldPatch(base, name, column, wishes)]
  })
  const format = isSameFormat ? {} : { format: record.format }
  for (const name of fit.absent) {
    const isWaived = fit.waived.includes(name)
    const patch = withoutColumn(record, fit, isWaived, base.fields[name])
    if (Object.keys(patch).length > 0) fields.push([name, patch])
  }
  return { ...format, ...Object.fromEntries(removed), ...keys, fields: Object.fromEntries(fields) }
}

/** A field that is not in the file: always empty. */
function withoutColumn(
  { format, keys }: GuessedRecord,
  fit: Fit,
  isWaived: boolean,
  field: Field | undefined,
): object {
  const isByName = keys.every(({ name, value }) => name !== 'header' || value !== false)
  if (format !== 'fixed' && isByName) {
    const isTable = format === 'csv' || format === 'xlsx'
    if (isTable) return isWaived ? { optional: true, absent: 'empty' } : {}
    // There, what a record lacks is empty by itself.
    return {
      ...(isWaived ? { optional: true } : {}),
      ...(mayBeAbsent(field) ? { absent: null } : {}),
    }
  }
  // Without names a column cannot be missing: a piece that no cell has is empty.
  const [first] = fit.columns.values()
  const nowhere = { column: first?.place, split: { by: '||', take: 50 } }
  return { ...nowhere, optional: true, ...(mayBeAbsent(field) ? { absent: null } : {}) }
}

function mayBeAbsent(field: Field | undefined): boolean {
  return field?.absent === 'empty'
}

function fieldPatch(
  { fields }: NoticeMapping['record'],
  name: string,
  column: TypedColumn,
  { decimals }: Wishes,
) {
  const { type, ...form } = column.type.draft
  const wanted = fields[name]?.type
  if (wanted === type) return { column: column.place, ...form }
  const isWhole = column.values.every((value) => /^\d*$/.test(value.trim()))
  if (wanted !== 'euro' || !isWhole) return { column: column.place }
  if (decimals !== undefined) return { column: column.place, decimals }
  throw new GuessError(
    `${column.label} has whole numbers, and ${name} is an amount: say --decimals cents if they are cents`,
  )
}

/**
 * The sample, as if it had been understood by the names of the mapping's own fields. A value that
 * they do not list becomes one of the catalogue's cases.
 */
function understandingOf(
  spec: NoticeMapping,
  record: GuessedRecord,
  fit: Fit,
  ready: readonly CaseSpec[],
): Understanding {
  const good = ready.find(({ record, expect }) => {
    return record !== undefined && expect.refused === undefined && expect.skipped === undefined
  })
  const listed = (name: string, values: readonly string[]) => {
    const isListed = listOf(spec.record.fields[name])
    if (isListed === null) return [...values]
    return values.map((value) => (isListed(value) ? value : (good?.record?.[name] ?? value)))
  }
  const fields = [...fit.columns].map(
    ([name, { label, place, type, values }]): GuessedField => ({
      ...{ name, label, place, evidence: null, values: listed(name, values) },
      draft: draftFor(spec.record.fields[name], type.draft),
      isListed: hasList(spec.record.fields[name]),
    }),
  )
  const { table, ...how } = record
  const none = { amount: null, due: null, noticeNumber: null, group: null, customer: null }
  return {
    ...{ shape: 'notice', record: how, records: table.records, isWhole: true, fields, unread: [] },
    ...{ lookup: null, doubts: [] },
    roles: {
      ...{ ...none, document: null, emission: null },
      ...{ recipient: spec.notice.fiscalCode, action: spec.action?.field ?? null, key: [] },
    },
  }
}

/** A number that the mapping counts with is kept, however the column looks. */
function draftFor(field: Field | undefined, guessed: FieldDraft): FieldDraft {
  return field?.type === 'integer' || field?.type === 'boolean'
    ? ({ type: field.type } as FieldDraft)
    : guessed
}

type Field = NoticeMapping['record']['fields'][string]

function hasList(field: Field | undefined): boolean {
  return field?.type === 'text' && field.values !== undefined
}
