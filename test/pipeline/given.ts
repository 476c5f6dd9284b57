// What the tests of the first stages share: a store, the example's mappings, a clock that the test
// moves, and drops of canteen rows. The ports are the real ones; a test may break one of them.

import { createHash } from 'node:crypto'
import { contact } from '../../scripts/samples.ts'
import { openRecords } from '../../src/archive/open-records.ts'
import { loadMappings } from '../../src/config/mapping-file.ts'
import { compileKept, mappingVersion } from '../../src/config/mapping-version.ts'
import { alwaysOpen } from '../../src/domain/calendar.ts'
import { difference, type FlowAccount } from '../../src/domain/flow-account.ts'
import type { NoticeData } from '../../src/domain/notice.ts'
import type { Problem } from '../../src/domain/problem.ts'
import { canonicalJson } from '../../src/mapping/canonical.ts'
import { type CompiledNotice, compileMapping } from '../../src/mapping/mapping.ts'
import { MappingSpec } from '../../src/mapping/spec.ts'
import type { AnsweredTable } from '../../src/mapping/system-lookup.ts'
import type { AskableSystem } from '../../src/pipeline/connector/ask.ts'
import { type MapFeed, type MapPorts, type MapResult, mapDrop } from '../../src/pipeline/map.ts'
import { noticeContext } from '../../src/store/lot-rows.ts'
import { comune, dropOf, dropTarget, type GivenStore, givenStore, now } from '../store/given.ts'

export interface Taken {
  dropId: number
  /** Null: the drop makes no flow, or waits. */
  flowId: number | null
  result: MapResult
}

export interface GivenPipeline extends GivenStore {
  clock: { now: Temporal.Instant }
  /** Systems that mappings ask, by name; a test puts its own here. */
  systems: Map<string, AskableSystem>
  ports: MapPorts
  /** A drop that has been saved and not mapped. */
  receive(feed: MapFeed, key: string, bytes: Uint8Array | string): Promise<number>
  map(dropId: number, feed: MapFeed, ports?: MapPorts): Promise<MapResult>
  /** A drop, saved and mapped. */
  take(feed: MapFeed, key: string, bytes: Uint8Array | string): Promise<Taken>
  /** The account of a drop's flow, which must close over this many lines. */
  accountOf(taken: Taken, lines: number): Promise<Partial<FlowAccount>>
  /** Messages in order: `first waiting`, `reminder cancelled superseded`. */
  messages(flowId: number | null): Promise<string[]>
  /** Messages that wait, and whose text would no longer be what was checked. */
  changedTexts(feed: MapFeed): Promise<number[]>
}

const MAPPINGS = new URL('../../config/comune-di-esempio/mappings/', import.meta.url).pathname
const problems: Problem[] = []
const configured = (await loadMappings(MAPPINGS, comune, [], problems)).compiled
if (problems.length > 0) throw new Error(JSON.stringify(problems))

const references = Object.fromEntries(
  configured.flatMap(({ name, spec }) => (spec.shape === 'reference' ? [[name, spec]] : [])),
)

/** A feed with one of the example's mappings. */
export function feedOf(name: string, changes: Partial<MapFeed> = {}): MapFeed {
  const mapping = configured.find((one) => one.name === name)
  if (!mapping) throw new Error(`the example has no mapping ${name}`)
  const sends = mapping.spec.shape === 'notice'
  return {
    institution: comune,
    feed: name,
    service: sends ? name : null,
    account: sends ? 'esempio' : null,
    calendar: alwaysOpen('Europe/Rome'),
    reminders: 'ours',
    from: 'all',
    notify: ['ced@comune.example'],
    tells: sends ? ['source'] : [],
    testers: new Set(),
    elsewhere: null,
    mapping: mapping.compiled,
    version: mappingVersion(mapping, { mappings: configured, systems: [] }),
    companions: [],
    references: [],
    batchRecords: 1000,
    maximumRecords: 100_000,
    ...changes,
  }
}

/** A feed with an example's mapping, changed: `{ group: 'pratica' }`. */
export function feedWith(name: string, spec: object, changes: Partial<MapFeed> = {}): MapFeed {
  const base = configured.find((one) => one.name === name)?.spec
  return feedOfSpec(name, { ...base, ...spec }, { ...feedOf(name), ...changes })
}

/** Closes notices of the canteen by `pratica` and `mese`. */
export function settlementFeed(as: 'settled' | 'cancelled', changes: Partial<MapFeed> = {}) {
  const text = (column: string) => ({ column, type: 'text' })
  const fields = { pratica: text('PRATICA'), mese: text('MESE') }
  return settlementWith(fields, { key: ['pratica', 'mese'], as }, changes)
}

/** Closes notices of the canteen, in a CSV with these fields, as the rest of the mapping says. */
export function settlementWith(fields: object, rest: object, changes: Partial<MapFeed> = {}) {
  const record = { format: 'csv', delimiter: ',', fields }
  const spec = { shape: 'settlement', series: 'mensa-scolastica', record, ...rest }
  const silent = { feed: 'pagamenti', service: null, account: null }
  return feedOfSpec('pagamenti', spec, { ...feedOf('mensa'), ...silent, ...changes })
}

/** A feed with a mapping of its own. */
export function feedOfSpec(
  name: string,
  raw: object,
  feed: MapFeed,
  systems: Record<string, AnsweredTable> = {},
): MapFeed {
  const spec = MappingSpec.parse(raw)
  const { mapping, faults } = compileMapping(name, spec, { references, systems })
  if (!mapping) throw new Error(JSON.stringify(faults))
  const text = canonicalJson({ spec, references, systems })
  const sha256 = createHash('sha256').update(text).digest('hex')
  return {
    ...feed,
    mapping,
    version: { name, sha256, spec: { mapping: spec, references, systems } },
  }
}

export interface CanteenRow {
  child: string
  fiscalCode: string
  month: string
  meals: string
  cents: string
  due: string
  notice: string
}

/** A row of the canteen: the same child, month and notice number for the same `n`. */
export function canteenRow(n: number, changes: Partial<CanteenRow> = {}): string {
  const row: CanteenRow = {
    child: `MENSA-${n}`,
    fiscalCode: contact(n).fiscalCode,
    month: '2026-03',
    meals: '20',
    cents: '9000',
    due: '2026-04-30',
    notice: `303202603${String(n).padStart(9, '0')}`,
    ...changes,
  }
  const { child, fiscalCode, month, meals, cents, due, notice } = row
  return [child, fiscalCode, month, meals, cents, due, notice].join(',')
}

export function canteenRows(...ns: number[]): string[] {
  return ns.map((n) => canteenRow(n))
}

/** Numbers from `first` on. */
export function numbers(count: number, first = 0): number[] {
  return Array.from({ length: count }, (_, index) => first + index)
}

export function canteenFile(rows: string[]): string {
  return ['PRATICA,CF_GENITORE,MESE,PASTI,IMPORTO_CENT,SCADENZA,AVVISO', ...rows, ''].join('\n')
}

export async function givenPipeline(): Promise<GivenPipeline> {
  const given = await givenStore()
  const clock = { now }
  const systems = new Map<string, AskableSystem>()
  const ports = mapPorts(given, clock, systems)
  const { pool, store, vault } = given
  const receive: GivenPipeline['receive'] = async (feed, key, bytes) => {
    const { institution, feed: name } = feed
    const saved = await store.drops.save(
      dropTarget({ institution, feed: name }),
      dropOf(key, bytes),
      clock.now,
    )
    if (!saved) throw new Error(`the drop ${key} is known already`)
    return saved.id
  }
  const map: GivenPipeline['map'] = (dropId, feed, broken = ports) => mapDrop(dropId, feed, broken)
  return {
    ...given,
    clock,
    systems,
    ports,
    receive,
    map,
    async take(feed, key, bytes) {
      const dropId = await receive(feed, key, bytes)
      const result = await map(dropId, feed)
      const flows = await pool.query<{ id: number }>('select id from flows where drop_id = $1', [
        dropId,
      ])
      return { dropId, result, flowId: flows.rows[0]?.id ?? null }
    },
    async accountOf({ flowId, dropId }, lines) {
      const account = await store.flows.account(flowId as number)
      const records = await given.count('select records from drops where id = $1', dropId)
      const counts = { read: account.read, records, difference: difference(account) }
      const expected = { read: lines, records: lines, difference: 0 }
      if (JSON.stringify(counts) !== JSON.stringify(expected)) {
        throw new Error(`the account does not close: ${JSON.stringify({ ...counts, lines })}`)
      }
      return Object.fromEntries(Object.entries(account).filter(([, count]) => count > 0))
    },
    async messages(flowId) {
      const { rows } = await pool.query<{ said: string }>(
        `select concat_ws(' ', purpose, state, code) as said from messages
         where flow_id = $1 order by id`,
        [flowId],
      )
      return rows.map((row) => row.said)
    },
    async changedTexts(feed) {
      const mapping = feed.mapping as CompiledNotice
      const { rows } = await pool.query<WaitingText>(WAITING, [feed.institution])
      return rows.flatMap(({ id, institution, notice, template, text, sealed }) => {
        const clear = vault.open(noticeContext(institution, notice), sealed).toString('utf8')
        const payloads = mapping.payloads(JSON.parse(clear) as NoticeData, template)
        return vault.hash('text', JSON.stringify(payloads)).equals(text) ? [] : [id]
      })
    },
  }
}

interface WaitingText {
  id: number
  institution: number
  notice: number
  template: number
  text: Buffer
  sealed: Buffer
}

const WAITING = `select m.id, m.institution_id as institution, m.notice_id as notice, m.template,
    m.text_hash as text, n.sealed
  from messages m join notices n on n.id = m.notice_id
    join institutions i on i.id = m.institution_id
  where i.name = $1 and m.state in ('waiting', 'held')`

function mapPorts(
  { store }: GivenStore,
  clock: { now: Temporal.Instant },
  systems: ReadonlyMap<string, AskableSystem>,
): MapPorts {
  const { drops, flows, versions, openLot, references, settlements } = store
  return {
    drops: {
      ...drops,
      openRecords: async ({ id }, record, mustMatch) =>
        openRecords(await drops.sources(id), record, mustMatch),
    },
    flows,
    versions,
    feeds: store.feeds,
    lookup: references.find,
    asking: {
      system: async (_institution, name) => systems.get(name) ?? null,
      answers: store.answers,
      systems: store.systems,
      askings: store.dropAskings,
      nextCount: store.feeds.nextCount,
      now: () => clock.now,
      sleep: async (seconds) => {
        clock.now = clock.now.add({ milliseconds: Math.ceil(seconds * 1000) })
      },
      log: { debug() {}, info() {}, warn() {} },
    },
    waits: {
      ...store.waits,
      open: store.openWaiting,
      async mapping(versionId) {
        const { name, spec } = await store.versions.get(versionId)
        return compileKept(name, spec) as CompiledNotice | null
      },
    },
    openLot,
    loadReference: references.load,
    loadPart: references.loadPart,
    settle: settlements.apply,
    hasRoom: async () => true,
    now: () => clock.now,
  }
}
