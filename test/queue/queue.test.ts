import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openQueue, type Queue } from '../../src/queue/queue.ts'
import { openPool, type Pool, transaction } from '../../src/store/database.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'

let database: FreshDatabase
let pool: Pool
let queue: Queue
const faults: Error[] = []

const open = () => openQueue({ url: database.url }, false, (error) => void faults.push(error))

beforeAll(async () => {
  database = await freshDatabase()
  pool = openPool({ url: database.url }, 4)
  queue = await open()
})
afterEach(async () => {
  await pool.query('delete from pgboss.job')
  expect(faults.splice(0)).toEqual([])
})
afterAll(async () => {
  await queue.close(5)
  await pool.end()
  await database.drop()
})

async function jobs() {
  const { rows } = await pool.query<{ name: string; data: object; state: string }>(
    'select name, data, state from pgboss.job order by name, data::text',
  )
  return rows
}

test('a waking is an id and nothing else', async () => {
  await queue.enqueue(pool, 'map', '7')
  expect(await jobs()).toEqual([{ name: 'map', data: { id: '7' }, state: 'created' }])
})

test('a waking stands or falls with the transaction that writes it', async () => {
  const lost = transaction(pool, async (client) => {
    await queue.enqueue(client, 'map', '1')
    throw new Error('rolled back')
  })
  await expect(lost).rejects.toThrow('rolled back')
  expect(await jobs()).toEqual([])
  await transaction(pool, (client) => queue.enqueue(client, 'map', '2'))
  expect(await jobs()).toHaveLength(1)
})

test('the same waking written twice is one, and harms no transaction', async () => {
  const at = Temporal.Instant.from('2030-01-01T08:00:00Z')
  await transaction(pool, async (client) => {
    for (let n = 0; n < 2; n += 1) {
      await queue.enqueue(client, 'send', 'esempio', at)
      await queue.enqueue(client, 'release', '1')
    }
    await client.query('select 1')
  })
  await queue.wake('send', 'esempio', at)
  await queue.wake('send', 'esempio', at.add({ seconds: 1 }))
  expect((await jobs()).map(({ name }) => name)).toEqual(['release', 'send', 'send'])
})

test('a waking with an instant waits for it', async () => {
  const at = Temporal.Instant.from('2030-01-01T08:00:00Z')
  await queue.wake('send', 'esempio', at)
  const { rows } = await pool.query('select start_after as at from pgboss.job')
  expect(rows).toEqual([{ at }])
})

test('a waking at several instants is a job for each, and said again it is no more', async () => {
  const start = Temporal.Instant.from('2030-01-01T08:30:00Z')
  const instants = Array.from({ length: 1001 }, (_, n) => start.add({ minutes: n }))
  for (let times = 0; times < 2; times += 1) {
    await transaction(pool, (client) => queue.enqueue(client, 'send', 'esempio', instants))
  }
  const { rows } = await pool.query<{ at: Temporal.Instant }>(
    'select start_after as at from pgboss.job order by start_after',
  )
  expect(rows.map(({ at }) => at.toString())).toEqual(instants.map(String))
})

test('a handler is called with the id; one that throws is called again later', async () => {
  const other = await open()
  const seen: string[] = []
  const { promise: both, resolve } = Promise.withResolvers<void>()
  await other.handle('release', async (id) => {
    if (seen.push(id) === 2) resolve()
    if (id === 'bad') throw new Error('not now')
  })
  await queue.enqueue(pool, 'release', 'good')
  await queue.enqueue(pool, 'release', 'bad')
  await both
  await other.close(5)
  expect(seen.sort()).toEqual(['bad', 'good'])
  expect((await jobs()).map(({ data, state }) => ({ ...data, state }))).toEqual([
    { id: 'bad', state: 'retry' },
    { id: 'good', state: 'completed' },
  ])
})

test('of many wakings that come at once none waits for the next look', async () => {
  const other = await openQueue({ url: database.url }, true, (error) => void faults.push(error))
  const ids = Array.from({ length: 40 }, (_, n) => String(n))
  const seen: string[] = []
  const { promise: all, resolve } = Promise.withResolvers<void>()
  const first = Promise.withResolvers<void>()
  await other.handle('release', async (id) => {
    first.resolve()
    if (seen.push(id) > ids.length) resolve()
  })
  await queue.enqueue(pool, 'release', 'before')
  await first.promise
  await transaction(pool, async (client) => {
    for (const id of ids) await queue.enqueue(client, 'release', id)
  })
  await all
  await other.close(5)
  expect(seen.sort()).toEqual([...ids, 'before'].sort())
})

test('a queue that an older version has made tells of its wakings too', async () => {
  await pool.query('update pgboss.queue set notify = false')
  const other = await openQueue({ url: database.url }, true, (error) => void faults.push(error))
  await other.close(5)
  const { rows } = await pool.query(
    `select bool_and(notify) as told from pgboss.queue where name in ('map', 'release', 'send')`,
  )
  expect(rows).toEqual([{ told: true }])
})

test('closing waits for the handler that is under way, and takes no new work', async () => {
  const other = await open()
  const begun = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const seen: string[] = []
  await other.handle('write-back', async (id) => {
    begun.resolve()
    await goOn.promise
    seen.push(id)
  })
  await queue.enqueue(pool, 'write-back', '1')
  await begun.promise
  const closing = other.close(30)
  await queue.enqueue(pool, 'write-back', '2')
  goOn.resolve()
  await closing
  expect(seen).toEqual(['1'])
  const [, second] = await jobs()
  expect(second).toMatchObject({ data: { id: '2' }, state: 'created' })
})

test('processes that open it at once on an empty database all succeed', async () => {
  const empty = await freshDatabase()
  const queues = await Promise.all(
    [1, 2, 3].map(() => openQueue({ url: empty.url }, false, (error) => void faults.push(error))),
  )
  await Promise.all(queues.map((one) => one.close(5)))
  await empty.drop()
})
