import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createActChain } from '../../src/store/act-chain.ts'
import { addAct } from '../../src/store/acts.ts'
import { openPool, type Pool } from '../../src/store/database.ts'
import { type FreshDatabase, migratedDatabase } from '../database.ts'

const now = Temporal.Instant.from('2026-11-20T09:00:00Z')
let database: FreshDatabase
let pool: Pool
let chain: ReturnType<typeof createActChain>
let institution: number

beforeAll(async () => {
  database = await migratedDatabase()
  pool = openPool({ url: database.url }, 4)
  chain = createActChain(pool)
  const { rows } = await pool.query<{ id: number }>(
    `insert into institutions (name) values ('comune') returning id`,
  )
  institution = rows[0]!.id
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

/** As somebody who owns the database may. */
async function past(sql: string, values: unknown[] = []) {
  await pool.query('alter table acts disable trigger user')
  await pool.query('alter table act_seals disable trigger user')
  await pool.query(sql, values)
  await pool.query('alter table acts enable trigger user')
  await pool.query('alter table act_seals enable trigger user')
}

const add = (verb: string, detail: object = {}) =>
  addAct(pool, institution, { actor: 'ced', origin: 'cli', verb, subject: 'flow/1', detail }, now)

beforeEach(async () => {
  await past('truncate acts, act_seals, acts_to_seal, act_heads restart identity')
  for (const verb of ['suspended', 'resumed', 'stopped']) await add(verb, { note: 'così', n: 1 })
  await chain.seal()
})

const kinds = async (heads: Parameters<typeof chain.verify>[0] = []) => {
  const { breaks } = await chain.verify(heads)
  return breaks.map(({ kind, number, actId }) => [kind, number, actId])
}

test('what was done is a whole chain, and goes on with what is done next', async () => {
  expect(await chain.verify([])).toMatchObject({ entries: 3, broken: 0, waiting: 0 })
  await add('approved')
  expect(await chain.verify([])).toMatchObject({ entries: 3, broken: 0, waiting: 1 })
  expect([await chain.seal(), await chain.seal()]).toEqual([1, 0])
  expect(await chain.verify([])).toMatchObject({ entries: 4, broken: 0, waiting: 0 })
})

test('the database refuses to change, remove or empty acts and their seals', async () => {
  const wishes = [
    `update acts set actor = 'altri'`,
    'delete from acts where id = 1',
    'truncate acts',
    `update act_seals set number = number + 10`,
    'delete from act_seals',
    'truncate act_seals',
  ]
  for (const wish of wishes) await expect(pool.query(wish)).rejects.toThrow('never changed')
  expect(await kinds()).toEqual([])
})

test.each([
  `actor = 'altri'`,
  `at = at - interval '1 second'`,
  `detail = '{"note": "altro", "n": 1}'`,
  'institution_id = null',
])('an act that was altered is found: %s', async (change) => {
  await past(`update acts set ${change} where id = 2`)
  expect(await kinds()).toEqual([['altered', 2, 2]])
})

test('an act that was removed is found, with its seal or without', async () => {
  await past('delete from acts where id = 2')
  expect(await kinds()).toEqual([['act-missing', 2, 2]])
  await past('delete from act_seals where act_id = 2')
  expect(await kinds()).toEqual([['seal-missing', 2, null]])
})

test('acts that changed places are found', async () => {
  await past('update act_seals set act_id = -act_id')
  await past(`update act_seals set act_id = case act_id when -2 then 3 when -3 then 2 else 1 end`)
  expect(await kinds()).toEqual([
    ['altered', 2, 3],
    ['altered', 3, 2],
  ])
})

test('an act that was put in past the chain is found', async () => {
  await past(
    `insert into acts (at, actor, origin, verb, subject) values ($1, 'x', 'cli', 'y', 'z')`,
    [now.toString()],
  )
  expect(await kinds()).toEqual([['unsealed', null, 4]])
})

test('a chain without its end, or made anew, differs from a head kept elsewhere', async () => {
  const head = (await chain.head())!
  expect(await kinds([{ ...head, at: null }])).toEqual([])
  await past('delete from acts where id = 3')
  await past('delete from act_seals where act_id = 3')
  expect(await kinds()).toEqual([])
  expect(await kinds([{ ...head, at: null }])).toEqual([['cut', 3, null]])
  await add('approved')
  await chain.seal()
  expect(await kinds()).toEqual([])
  expect(await kinds([{ ...head, at: null }])).toEqual([['other-head', 3, 4]])
})

test('what was given up by restoring a copy is not looked for', async () => {
  const at = now.add({ hours: 2 })
  await past('delete from acts where id = 3')
  await past('delete from act_seals where act_id = 3')
  await pool.query(
    `insert into acts (at, actor, origin, verb, subject, detail)
     values ($1, 'ced', 'cli', 'restored', 'installation', $2)`,
    [now.add({ hours: 3 }).toString(), { copy: now.add({ hours: 1 }).toString() }],
  )
  const head = { number: 30, hash: 'ab'.repeat(32) }
  expect(await kinds([{ ...head, at }])).toEqual([])
  expect(await kinds([{ ...head, at: at.add({ hours: 9 }) }])).toEqual([['cut', 30, null]])
})

test('a head is due once a day that is over, and is mailed with it', async () => {
  const today = Temporal.PlainDate.from('2026-11-20')
  const zone = 'Europe/Rome'
  expect(await chain.headDue(today, zone)).toBeNull()
  const tomorrow = today.add({ days: 1 })
  const head = (await chain.headDue(tomorrow, zone))!
  expect(head.number).toBe(3)
  const mail = { recipients: ['ced@comune.example'], subject: 'impronta', body: head.hash }
  const mails = [{ institution: 'comune', mail }]
  expect(await chain.noteHead(today, head, mails, now)).toBe(true)
  expect(await chain.noteHead(today, head, mails, now)).toBe(false)
  expect(await chain.headDue(tomorrow, zone)).toBeNull()
  const { rows } = await pool.query('select subject from staff_mails')
  expect(rows).toEqual([{ subject: 'impronta' }])
  expect((await chain.verify([])).heads).toBe(1)
})

test('every act is exported with its number and hash', async () => {
  const given = []
  for await (const { number, verb, hash } of chain.exported())
    given.push([number, verb, hash.length])
  expect(given).toEqual([
    [1, 'suspended', 64],
    [2, 'resumed', 64],
    [3, 'stopped', 64],
  ])
})
