// A released flow with as many messages as a run wants, made by the store's own functions: as if a
// drop had been collected and mapped. For runs that put sending to the proof, not reading.
import { Readable } from 'node:stream'
import type { LotNotice, MapLot } from '../../src/pipeline/map/lot.ts'
import type { Store } from '../../src/store/store.ts'
import type { Vault } from '../../src/store/vault.ts'
import { mappingOf, noticeDataOf } from '../simulate/letters.ts'

export interface NewFlow {
  service: string
  from: number
  count: number
  /** Hours from now to the due date of each; none by default. */
  dueHours?(number: number): number | null
}

export const INSTITUTION = 'comune'
export const ACCOUNT = 'conto'
/** Notices handed to the store at a time. */
const BATCH = 1_000

/** Makes the flow and releases it; answers its id. */
export async function addFlow(store: Store, vault: Vault, flow: NewFlow, now: Temporal.Instant) {
  const { service, from, count } = flow
  const place = { institution: INSTITUTION, feed: service, service, account: ACCOUNT }
  const dropId = await saveDrop(store, `${service}-${from}`, service, now)
  const made = { ...place, dropId, zone: 'Europe/Rome', calendarVersion: '1', tells: [] }
  const flowId = await store.flows.openForDrop(made, now)
  const version = { name: service, sha256: 'ab'.repeat(32), spec: {} }
  const mappingVersionId = await store.versions.idOf(INSTITUTION, version, now)
  const target = {
    institution: INSTITUTION,
    series: service,
    service,
    flowId,
    dropId,
    mappingVersionId,
  }
  const lot = (await store.openLot(target)) as MapLot
  for (let start = 0; start < count; start += BATCH) {
    const numbers = Array.from(
      { length: Math.min(BATCH, count - start) },
      (_, n) => from + start + n,
    )
    await lot.add(noticesOf(lot, vault, numbers, flow, now), [], now)
  }
  await lot.commit({ records: count, contentHash: Buffer.of(1), now })
  await store.flows.release(flowId, { actor: 'soak', origin: 'cli', verb: 'approved' }, now)
  return flowId
}

async function saveDrop(store: Store, key: string, feed: string, now: Temporal.Instant) {
  const target = { institution: INSTITUTION, feed, maximumDropBytes: 1_000, notify: [] }
  const bytes = [Buffer.from(key)][Symbol.iterator]()
  const parts = [{ name: 'soak', mediaType: 'text/plain', bytes: Readable.from(bytes) }]
  const saved = await store.drops.save(target, { key, parts }, now)
  if (saved === null) throw new Error(`the drop ${key} was there already`)
  return saved.id
}

function noticesOf(
  lot: MapLot,
  vault: Vault,
  numbers: number[],
  { from, dueHours }: NewFlow,
  now: Temporal.Instant,
): LotNotice[] {
  return numbers.map((number) => {
    const hours = dueHours?.(number) ?? null
    const dueAt = hours === null ? null : now.add({ seconds: Math.round(hours * 3600) }).toString()
    const letter = { number, amountCents: 1_000 + number, hasPayee: false, isPremium: false }
    const data = { ...noticeDataOf(letter), dueAt }
    return {
      record: number - from + 1,
      line: number - from + 2,
      noticeId: null,
      silent: false,
      data,
      contentHash: lot.hash('content', data.key),
      matterHash: lot.hash('content', data.key),
      messages: [{ purpose: 'first', template: 0, sendAt: now, civilAt: null }],
      textHashes: [vault.hash('text', JSON.stringify(mappingOf.payloads(data, 0)))],
    }
  })
}
