import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Delivery, MessageState } from '../../src/domain/message.ts'
import {
  type MessageStand,
  messageCauses,
  standLooks,
  standOf,
} from '../../src/domain/message-words.ts'
import { noFilter } from '../../src/store/message-filter.ts'
import { comune, type GivenStore, givenStore, now } from './given.ts'
import { addFlow } from './given-messages.ts'

// Where a message stands is told twice: by `standOf` of one that was read, and by SQL of those that
// are looked for. One message of every state, code and delivery says whether both agree.

const states: readonly MessageState[] = [
  ...(['waiting', 'claimed', 'sending', 'sent', 'undeliverable', 'rejected'] as const),
  ...(['held', 'uncertain', 'cancelled', 'recorded'] as const),
]
const deliveries: readonly (Delivery | null)[] = [
  ...([null, 'accepted', 'processed', 'rejected', 'failed', 'unknown', 'stuck'] as const),
]
const codes = [null, 'IO_OF_TOMORROW', ...messageCauses('it').map(([code]) => code)]
const combinations = states.flatMap((state) =>
  codes.flatMap((code) => deliveries.map((delivery) => ({ state, code, delivery }))),
)

let given: GivenStore
let flow: number
/** By the message’s id. */
const expected = new Map<number, MessageStand>()

beforeAll(async () => {
  given = await givenStore()
  flow = await addFlow(given)
  const { rows } = await given.pool.query<{ id: number; n: number }>(
    `insert into messages (id, institution_id, flow_id, notice_id, purpose, template, send_at,
       state, text_hash, code, delivery)
     select 1000000 + n, 1, $1, (select id from notices limit 1), 'first', 0, $2, state, '', code,
       delivery
     from unnest($3::text[], $4::text[], $5::text[]) with ordinality
       as t (state, code, delivery, n)
     returning id, id - 1000001 as n`,
    [
      ...[flow, now.toString(), combinations.map(({ state }) => state)],
      ...[combinations.map(({ code }) => code), combinations.map(({ delivery }) => delivery)],
    ],
  )
  await given.pool.query('delete from messages where id < 1000000')
  for (const { id, n } of rows) expected.set(id, standOf(combinations[n] as never))
})
afterAll(() => given.close())

const found = async (more: Partial<typeof noFilter>) => {
  const scope = { institution: comune, services: null }
  const from = { before: null, after: null }
  const { messageList } = given.store
  const page = await messageList.page(scope, { ...noFilter, ...more }, from, combinations.length)
  return (page.found ?? []).map(({ id }) => id).sort((a, b) => a - b)
}

const standing = (stand: MessageStand) =>
  [...expected].filter(([, of]) => of === stand).map(([id]) => id)

const allStands = Object.keys(standLooks) as MessageStand[]

it.each(allStands)('what stands as %s is found as that, and nothing else is', async (stand) => {
  expect(standing(stand).length).toBeGreaterThan(0)
  expect(await found({ stand })).toEqual(standing(stand))
  expect(await found({ stand, flow })).toEqual(standing(stand))
  expect(await found({ stands: [stand] })).toEqual(standing(stand))
})
