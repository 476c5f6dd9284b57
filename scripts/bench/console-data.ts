// A database as it is after years: so many messages, most of them sent, in flows of a hundred
// thousand, each about a notice of its own. Written by COPY with the real seals and hashes, since
// the pages open them.

import type { NoticeData } from '../../src/domain/notice.ts'
import { type CopyTable, type CopyValue, copyRows, instantMicros } from '../../src/store/copy.ts'
import { type Pool, transaction } from '../../src/store/database.ts'
import { MESSAGES, NOTICES, noticeContext, searchedBy } from '../../src/store/lot-rows.ts'
import type { Vault } from '../../src/store/vault.ts'

export interface Written {
  flows: number[]
  /** Fiscal codes that are there. */
  codes: string[]
}

const FLOW_MESSAGES = 100_000
const AT_ONCE = 10_000
const FIRST_ID = 1_000_000_000
/** Messages of one person. */
const EACH = 4
/** A flow takes a month to leave; the next begins after a fortnight. */
const FLOW_DAYS = 30
const APART_DAYS = 14
const MICROS = { day: 24 * 60 * 60 * 1_000_000, minute: 60 * 1_000_000 }
/** Of the messages that are sent, one in so many. */
const ONE_IN = { unreachable: 50, read: 3, paid: 5 }

/** Copies what a real file has made: its flow, its notice and its message. */
export async function writeMessages(
  pool: Pool,
  vault: Vault,
  template: { flowId: number; data: NoticeData },
  messages: number,
): Promise<Written> {
  const { rows } = await pool.query<{
    institution: number
    series: number
    service: string
    version: number
  }>(
    `select institution_id as institution, series_id as series, service,
       mapping_version_id as version from notices where flow_id = $1 limit 1`,
    [template.flowId],
  )
  const place = rows[0] as (typeof rows)[number]
  const written: Written = { flows: [], codes: [] }
  const now = instantMicros(Temporal.Now.instant())
  for (let from = 0; from < messages; from += FLOW_MESSAGES) {
    const flowId = await copyFlow(pool, template.flowId)
    written.flows.push(flowId)
    const end = Math.min(messages, from + FLOW_MESSAGES)
    const begun = now - ((messages - from) / FLOW_MESSAGES) * APART_DAYS * MICROS.day
    const sentAt = (n: number) =>
      Math.round(begun + ((n - from) / FLOW_MESSAGES - 1) * FLOW_DAYS * MICROS.day)
    for (let start = from; start < end; start += AT_ONCE) {
      const ids = Array.from({ length: Math.min(AT_ONCE, end - start) }, (_, n) => start + n)
      const datas = ids.map((n) => dataOf(template.data, n))
      written.codes.push(datas[0]?.fiscalCode ?? '')
      await transaction(pool, async (tx) => {
        await copyRows(
          tx,
          NOTICES,
          ids.map((n, at) => {
            const data = datas[at] as NoticeData
            const found = searchedBy(vault, data)
            const id = FIRST_ID + n
            const hash = vault.hash('key', data.key)
            return [
              ...[id, place.institution, place.series, hash, null, 'open', flowId, place.version],
              ...[place.service, hash, hash, found.fiscalCode, null, null, 'bench', null, null],
              ...[
                now,
                4500,
                vault.seal(noticeContext(place.institution, id), JSON.stringify(data)),
              ],
              ...[now, now, null, null],
            ]
          }),
        )
        await copyRows(
          tx,
          SENT,
          ids.map((n) => sentRow(n, flowId, place.institution, sentAt(n))),
        )
      })
    }
  }
  await pool.query('vacuum analyze notices')
  await pool.query('vacuum analyze messages')
  return written
}

const NO_HASH = new Uint8Array(16)

function sentRow(n: number, flowId: number, institution: number, at: number): CopyValue[] {
  const id = FIRST_ID + n
  const isSent = n % ONE_IN.unreachable !== 0
  const later = (every: number) => (isSent && n % every === 0 ? at + MICROS.day : null)
  return [
    ...[id, institution, flowId, id, 'first', 0, at, null],
    ...[isSent ? 'sent' : 'undeliverable', NO_HASH, at, null, null, 'bench', 1],
    ...[isSent ? null : 'no-profile', isSent ? at : null, at],
    ...[isSent ? 'processed' : null, isSent ? at + MICROS.minute : null],
    ...[later(ONE_IN.read), later(ONE_IN.paid)],
  ]
}

const SENT: CopyTable = {
  name: MESSAGES.name,
  columns: [
    ...MESSAGES.columns,
    ['code', 'text'],
    ['sent_at', 'timestamptz'],
    ['closed_at', 'timestamptz'],
    ['delivery', 'text'],
    ['processed_at', 'timestamptz'],
    ['read_at', 'timestamptz'],
    ['paid_at', 'timestamptz'],
  ],
}

function dataOf(data: NoticeData, n: number): NoticeData {
  const person = Math.floor(n / EACH)
  const digits = String(person).padStart(9, '0')
  const letters = [...digits].map((digit) => 'ABCDEFGHIJ'[Number(digit)])
  const fiscalCode = `${letters.slice(0, 6).join('')}80A01Z${digits.slice(6)}X`
  return { ...data, key: `bench-${n}`, fiscalCode }
}

async function copyFlow(pool: Pool, flowId: number): Promise<number> {
  const { rows: columns } = await pool.query<{ name: string }>(
    `select column_name as name from information_schema.columns where table_name = 'flows'
       and is_identity = 'NO' and column_name <> 'drop_id' and is_generated = 'NEVER'
       and table_schema = current_schema()`,
  )
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  const { rows } = await pool.query<{ id: number }>(
    `insert into flows (${names}) select ${names} from flows where id = $1 returning id`,
    [flowId],
  )
  return rows[0]?.id as number
}
