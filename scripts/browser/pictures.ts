// What of the demo has pages of its own, and which page is pictured under which name. The
// operators’ guide shows the pictures by these names.
import type { Page } from 'playwright-core'
import { openPool } from '../../src/store/database.ts'
import type { DemoTown } from '../demo/town.ts'

export interface Picture {
  /** `docs/images/NAME.png` */
  name: string
  /** Below the institution; what begins with `//` is of none. */
  path: string
  /** What is done there before the picture is taken. */
  prepare?: (page: Page) => Promise<void>
}

/** Of what the demo has left behind. */
export interface Shown {
  /** Sent, with refusals. */
  bills: number
  /** Waits for an approval. */
  waiting: number
  /** Of `bills`, sent. */
  message: number
  notice: number
  /** As its page names whom that notice is for. */
  recipient: string
  /** Of `bills`, refused. */
  refusal: number
}

/** Throws where the demo has left less than it should. */
export async function shownIn({ app }: DemoTown): Promise<Shown> {
  const pool = openPool(app.connection, 1)
  const one = async (sql: string) => {
    const { rows } = await pool.query<{ id: number }>(sql)
    const [first] = rows
    if (first === undefined) throw new Error(`the demo left nothing for: ${sql}`)
    return first.id
  }
  try {
    const bills = await one(`select id from flows where feed = 'bollette' order by id limit 1`)
    const waiting = await one(
      `select id from flows where feed = 'mensa-estiva' order by id desc limit 1`,
    )
    const message = await one(
      `select id from messages where flow_id = ${bills} and state = 'sent' order by id limit 1`,
    )
    const notice = await one(`select notice_id as id from messages where id = ${message}`)
    const refusal = await one(
      `select record as id from source_records
       where flow_id = ${bills} and fate = 'refused' order by record limit 1`,
    )
    const { rows } = await pool.query<{ recipient: string }>(
      `select translate(encode(fiscal_code_hash, 'base64'), '+/=', '-_') as recipient
       from notices where id = $1`,
      [notice],
    )
    const recipient = rows[0]?.recipient ?? ''
    return { bills, waiting, message, notice, recipient, refusal }
  } finally {
    await pool.end()
  }
}

/** In the order of the menu. */
export function picturesOf(shown: Shown): Picture[] {
  const { bills, waiting, message, notice, recipient, refusal } = shown
  const flow = `/flows/${bills}`
  return [
    { name: 'dashboard', path: '/' },
    { name: 'flows', path: '/flows' },
    { name: 'upload', path: '/flows/upload' },
    { name: 'flow-summary', path: flow },
    { name: 'flow-checks', path: `${flow}/checks` },
    { name: 'flow-problems', path: `${flow}/problems` },
    { name: 'flow-test', path: `/flows/${waiting}/test` },
    { name: 'flow-outcomes', path: `${flow}/outcomes` },
    { name: 'flow-history', path: `${flow}/history` },
    { name: 'approvals', path: '/approvals' },
    { name: 'approval', path: `/approvals/${waiting}` },
    { name: 'messages', path: `/messages?flow=${bills}` },
    { name: 'message', path: `/messages/${message}` },
    { name: 'notice', path: `/notices/${notice}` },
    { name: 'recipient', path: `/recipients/${recipient}` },
    { name: 'new-message', path: '/messages/new' },
    { name: 'new-lot', path: '/lots/new' },
    { name: 'reminders', path: '/reminders' },
    { name: 'refusals', path: '/refusals' },
    { name: 'refusal', path: `/refusals/${bills}/${refusal}` },
    { name: 'uncertain', path: '/uncertain' },
    { name: 'statistics', path: '/statistics' },
    { name: 'accounts', path: '/accounts' },
    { name: 'mappings', path: '/mappings' },
    { name: 'mapping-preview', path: '/mappings/mensa/try' },
    { name: 'feeds', path: '/feeds' },
    { name: 'services', path: '/services' },
    { name: 'status', path: '/status' },
    { name: 'settings-people', path: '/settings/people' },
    { name: 'settings-tokens', path: '/settings/tokens' },
    { name: 'activity', path: '/activity' },
  ]
}
