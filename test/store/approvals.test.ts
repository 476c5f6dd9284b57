import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GivenStore, givenStore } from './given.ts'
import { addFlow } from './given-messages.ts'

let given: GivenStore
beforeAll(async () => {
  given = await givenStore()
})
afterAll(() => given.close())

const digestOf = async (flow: number) => (await given.store.approvals.standing(flow)).digest
const messagesOf = async (flow: number): Promise<number[]> => {
  const sql = 'select id from messages where flow_id = $1 order by id'
  return (await given.pool.query<{ id: number }>(sql, [flow])).rows.map(({ id }) => id)
}

describe('the digest of a flow', () => {
  const MESSAGES = 4

  /** What takes nothing from the texts: what was approved is still what may leave. */
  const harmless = fc.record({
    kind: fc.constantFrom('cancelled', 'held', 'sent', 'uncertain', 'later', 'claimed'),
    which: fc.nat(MESSAGES - 1),
  })
  const harmful = fc.record({
    kind: fc.constantFrom('text', 'added', 'swapped', 'moved-here'),
    which: fc.nat(MESSAGES - 1),
  })

  async function happen(flow: number, { kind, which }: { kind: string; which: number }) {
    const ids = await messagesOf(flow)
    const id = ids[which] as number
    const next = ids[(which + 1) % MESSAGES] as number
    const statements: Record<string, [string, unknown[]]> = {
      later: [`update messages set send_at = send_at + interval '1 day' where id = $1`, [id]],
      text: [`update messages set text_hash = text_hash || '\\x00' where id = $1`, [id]],
      added: [
        `insert into messages (id, institution_id, flow_id, notice_id, purpose, template, send_at,
           state, text_hash)
         select id + 1000000000, institution_id, flow_id, notice_id, 'reminder', 1, send_at,
           'waiting', text_hash from messages where id = $1`,
        [id],
      ],
      swapped: [
        `update messages m set text_hash = o.text_hash from messages o
         where m.id in ($1, $2) and o.id in ($1, $2) and o.id <> m.id`,
        [id, next],
      ],
      'moved-here': [`update messages set id = id + 2000000000 where id = $1`, [id]],
    }
    const state = ['update messages set state = $2 where id = $1', [id, kind]] as const
    const [sql, values] = statements[kind] ?? state
    await given.pool.query(sql, [...values])
  }

  /** Each message with a text of its own. */
  async function aFlow(): Promise<number> {
    const flow = await addFlow(given, { messages: MESSAGES })
    const sql = `update messages set text_hash = int8send(id) where flow_id = $1`
    await given.pool.query(sql, [flow])
    return flow
  }

  it('stays whatever is taken away, held, sent or put off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(harmless, { maxLength: 6 }), async (changes) => {
        const flow = await aFlow()
        const before = await digestOf(flow)
        for (const change of changes) await happen(flow, change)
        expect(await digestOf(flow)).toBe(before)
      }),
      { numRuns: 30 },
    )
  })

  it('is another when anything is added or says something else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(harmless, { maxLength: 3 }), harmful, async (changes, change) => {
        const flow = await aFlow()
        const before = await digestOf(flow)
        for (const one of changes) await happen(flow, one)
        await happen(flow, change)
        expect(await digestOf(flow)).not.toBe(before)
      }),
      { numRuns: 30 },
    )
  })
})

describe('whoever writes a text', () => {
  /** Statements that make messages, or change what one says. */
  const writes = /copyRows\([^)]*MESSAGES|insert into messages|set[^`]*text_hash = (?!\$)/
  /** They write into a flow of their own, which nobody can have approved. */
  const ofNewFlows = ['standing-messages.ts', 'test-batches.ts']
  /** Each of them is tried in `approving.test.ts`, and in `approving-joined.test.ts`. */
  const ofStandingFlows = ['lots.ts', 'postponed-rows.ts', 'resolutions.ts']

  it('ends the approvals of its flow, or writes into a new one', () => {
    const folder = join(import.meta.dirname, '../../src/store')
    const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))
    const read = (name: string) => readFileSync(join(folder, name), 'utf8')
    const writers = files.filter((name) => writes.test(read(name)))
    expect(writers.toSorted()).toEqual([...ofNewFlows, ...ofStandingFlows].toSorted())
    for (const name of ofStandingFlows) expect(read(name)).toContain('addChanged(')
  })
})
