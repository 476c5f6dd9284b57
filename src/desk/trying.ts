// A sample file and a mapping of the configuration: what each row would become, read, looked up,
// mapped and planned as by the stage `map`. Nothing is saved but the file, sealed, for an hour;
// nothing is sent, no system is asked. Invariant: it yields to others after each batch.
import { setImmediate as others } from 'node:timers/promises'
import { openRecords } from '../archive/open-records.ts'
import { calendarOf } from '../config/calendar.ts'
import { getInstitution, getMapping } from '../config/config.ts'
import { tablesOf } from '../config/mapping-version.ts'
import type { Language } from '../domain/language.ts'
import { type CompiledMapping, compileMapping } from '../mapping/mapping.ts'
import type { Payloads } from '../mapping/payload.ts'
import { MappingSpec } from '../mapping/spec.ts'
import type { Parts } from '../parts.ts'
import { type PreviewedRecord, previewRecords, untilFault } from '../pipeline/map/preview.ts'
import type { DropProblem } from '../pipeline/map.ts'
import { withAnswers } from '../workbench/previewed-answers.ts'
import { sceneOf } from '../workbench/previewing.ts'
import { anonymousCase } from './anonymous-case.ts'
import { sourceOf } from './sample-file.ts'

/** What a person says of how a file is written, over what the mapping says; of CSV alone. */
export interface ReadAs {
  encoding?: string
  delimiter?: string
  header?: boolean
}

/** Rows that are looked at: beyond them the file is only counted as longer. */
export const MOST_ROWS = 20_000
/** How long a sample is kept. */
export const KEPT_MINUTES = 60

export const rowKinds = ['good', 'warned', 'refused', 'left-out'] as const
export type RowKind = (typeof rowKinds)[number]

export interface TriedRow {
  /** 1-based, in the order of the file. */
  row: number
  line: number
  kind: RowKind
  record: PreviewedRecord
}

export interface TriedFile {
  /** In which it was read, where it is text. */
  encoding: string | null
  counts: Record<RowKind, number>
  rows: number
  /** There are more than `MOST_ROWS`. */
  isLonger: boolean
  /** Where it cannot be read on. */
  fault: DropProblem | null
  /** Those that were asked for. */
  page: TriedRow[]
  /** The one that is shown whole; null: there is none of that number. */
  shown: TriedRow | null
  jumps: Jumps
  /** The same in each language of the mapping, by template; of a notice. */
  payloads: readonly Payloads[]
}

/** Rows that are worth a look; null: no row is. */
export interface Jumps {
  highestAmount: number | null
  longestText: number | null
  nearestDue: number | null
  notLatin: number | null
}

export interface TryWish {
  kinds: readonly RowKind[]
  /** The first row of the page, by its number. */
  from: number
  size: number
  /** The row that is shown; null: the first of the page. */
  row: number | null
  language: Language
}

export interface TryTarget {
  institution: string
  /** Of the configuration, or compiled of what somebody composes. */
  mapping: string | CompiledMapping
  readAs: ReadAs
}

export type Trying = ReturnType<typeof openTrying>

export function openTrying({ config, store, now }: Parts) {
  return {
    /** Keeps a sample for an hour, for who brought it. */
    keep(
      target: { institution: string; mapping: string; personId: number },
      file: { name: string; bytes: Buffer },
    ): Promise<number> {
      const { institution, mapping, personId } = target
      const at = now()
      const title = file.name.slice(0, 200)
      const expiresAt = at.add({ minutes: KEPT_MINUTES })
      const draft = { institution, personId, title, expiresAt, kind: 'sample' } as const
      return store.drafts.add(
        { ...draft, service: null, content: { mapping }, file: file.bytes },
        at,
      )
    },

    /** A case about nobody, of one row; null: none can be made of it. */
    anonymous: (
      { institution, mapping, readAs }: TryTarget & { mapping: string },
      file: { name: string; bytes: Buffer },
      row: number,
    ) =>
      anonymousCase(
        config,
        institution,
        mappingAs(config, institution, mapping, readAs),
        file,
        row,
      ),

    /** Reads it whole, and keeps of it what is asked for. */
    async look(
      { institution, mapping, readAs }: TryTarget,
      file: { name: string; bytes: Buffer },
      wish: TryWish,
    ): Promise<TriedFile> {
      const compiled =
        typeof mapping === 'string' ? mappingAs(config, institution, mapping, readAs) : mapping
      const target = { institution, mapping: compiled.name, feed: null }
      const scene = sceneFor(config, target)
      const tried = emptyFile()
      const seen = createJumps(tried.jumps)
      const lookup = withAnswers(store.references.find, new Map(), now(), null)
      const options = {
        ...scene,
        ...{ now: now(), language: wish.language, isWhole: true },
        onEncoding(encoding: string) {
          tried.encoding = encoding
        },
      }
      const records = async function* () {
        const source = sourceOf(file.name, file.bytes)
        const opened = await openRecords([source], compiled.spec.record)
        yield* previewRecords(opened, compiled, lookup, options)
      }
      for await (const record of untilFault(records())) {
        if ('dropRefused' in record) tried.fault = record.dropRefused
        else if (tried.rows === MOST_ROWS) {
          tried.isLonger = true
          break
        } else {
          take(tried, record, wish)
          seen(tried.rows, record)
        }
        if (tried.rows % BATCH_ROWS === 0) await others()
      }
      tried.shown ??= tried.page[0] ?? null
      const whole = tried.shown && 'whole' in tried.shown.record ? tried.shown.record.whole : null
      return { ...tried, payloads: whole?.payloads ?? [] }
    },
  }
}

/** Rows after which others have their turn. */
const BATCH_ROWS = 200

function emptyFile(): TriedFile {
  const counts = { good: 0, warned: 0, refused: 0, 'left-out': 0 }
  const nothing = { encoding: null, isLonger: false, fault: null, shown: null }
  const jumps = { highestAmount: null, longestText: null, nearestDue: null, notLatin: null }
  return { ...nothing, jumps, counts, rows: 0, page: [], payloads: [] }
}

function take(tried: TriedFile, record: PreviewedRecord, wish: TryWish): void {
  tried.rows += 1
  const kind = kindOfRow(record)
  tried.counts[kind] += 1
  const row = { row: tried.rows, line: record.line, kind, record }
  if (row.row === wish.row) tried.shown = row
  const isWanted = wish.kinds.length === 0 || wish.kinds.includes(kind)
  if (isWanted && row.row >= wish.from && tried.page.length < wish.size) tried.page.push(row)
}

/** Letters that no European language of ours writes. */
const NOT_LATIN = /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u

function createJumps(jumps: Jumps) {
  let [amount, length, due] = [-1, -1, '~']
  return (row: number, record: PreviewedRecord): void => {
    const [first] = 'messages' in record ? (record.messages ?? []) : []
    if (first === undefined) return
    const { subject, markdown, due_date = '~', payment_data } = first.payload.content
    const cents = payment_data?.amount ?? -1
    if (cents > amount) [amount, jumps.highestAmount] = [cents, row]
    if (markdown.length > length) [length, jumps.longestText] = [markdown.length, row]
    if (due_date < due) [due, jumps.nearestDue] = [due_date, row]
    if (jumps.notLatin === null && NOT_LATIN.test(subject + markdown)) jumps.notLatin = row
  }
}

/** How a row of it ends, in the words of who looks for what is wrong. */
export function kindOfRow(record: PreviewedRecord): RowKind {
  if ('refused' in record) return 'refused'
  if ('messages' in record) {
    const { messages = [], doubts = [] } = record
    if ('skipped' in record) return 'left-out'
    const isWarned = doubts.length > 0 || messages.some(({ warnings }) => warnings.length > 0)
    return isWarned ? 'warned' : 'good'
  }
  return 'closes' in record || 'row' in record ? 'good' : 'left-out'
}

/** A composed mapping has no feed: the institution’s own hours hold. */
function sceneFor(config: Parts['config'], target: Parameters<typeof sceneOf>[1]) {
  const { institution, mapping } = target
  const { mappings, testers } = getInstitution(config, institution)
  if (mappings.some(({ name }) => name === mapping)) {
    const { mapping: _, ...scene } = sceneOf(config, target)
    return scene
  }
  return {
    ...{ institution, startsOn: null, elsewhere: null, reminders: 'ours' as const },
    testers: new Set(testers.map(({ fiscalCode }) => fiscalCode)),
    calendar: calendarOf(config, institution, undefined),
  }
}

/** The mapping, reading its file as somebody says; as it is where they say what cannot be. */
function mappingAs(
  config: Parts['config'],
  institution: string,
  name: string,
  readAs: ReadAs,
): CompiledMapping {
  const { compiled, spec } = getMapping(config, institution, name)
  if (spec.record.format !== 'csv' || Object.keys(readAs).length === 0) return compiled
  const parsed = MappingSpec.safeParse({ ...spec, record: { ...spec.record, ...readAs } })
  if (!parsed.success) return compiled
  const tables = tablesOf(spec, getInstitution(config, institution))
  return compileMapping(name, parsed.data, tables).mapping ?? compiled
}
