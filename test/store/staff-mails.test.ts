import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { transaction } from '../../src/store/database.ts'
import { addStaffMail } from '../../src/store/staff-mails.ts'
import { comune, type GivenStore, givenStore, now } from './given.ts'

let given: GivenStore
let institutionId: number

const mail = (subject: string) => ({ recipients: ['ced@comune.example'], subject, body: 'testo' })

beforeAll(async () => {
  given = await givenStore()
  await given.pool.query('insert into institutions (name) values ($1)', [comune])
  institutionId = await given.count('select id from institutions')
})
afterAll(() => given.close())
beforeEach(() => given.pool.query('delete from staff_mails').then(() => {}))

const add = (subject: string) => addStaffMail(given.pool, institutionId, mail(subject), now)
const waiting = async (limit = 10) =>
  (await given.store.mails.waiting(limit)).map(({ subject }) => subject)

test('mails wait oldest first, and no more are given than asked for', async () => {
  await add('uno')
  await add('due')
  await add('tre')
  expect(await waiting(2)).toEqual(['uno', 'due'])
})

test('a mail that left waits no more; one that failed still does, with the reason', async () => {
  await add('uno')
  await add('due')
  const [one, two] = await given.store.mails.waiting(10)
  await given.store.mails.sent(one?.id as number, now)
  await given.store.mails.failed(two?.id as number, `550 ${'x'.repeat(1000)}`)
  expect(await waiting()).toEqual(['due'])
  expect(await given.count('select length(failure) from staff_mails where sent_at is null')).toBe(
    500,
  )
})

test('a mail stands or falls with the event that it tells of', async () => {
  const lost = transaction(given.pool, async (client) => {
    await addStaffMail(client, institutionId, mail('mai'), now)
    throw new Error('the event did not happen')
  })
  await expect(lost).rejects.toThrow('did not happen')
  expect(await waiting()).toEqual([])
})

test('a mail to nobody is none', async () => {
  await addStaffMail(given.pool, institutionId, { ...mail('a nessuno'), recipients: [] }, now)
  expect(await waiting()).toEqual([])
})

test('a secret is sealed until its mail has left, and forgotten then', async () => {
  const link = { ...mail('prova'), body: 'Apri {secret} ora', secret: 'https://a.example/$&' }
  await expect(addStaffMail(given.pool, institutionId, link, now)).rejects.toThrow('the vault')
  await addStaffMail(given.pool, institutionId, link, now, given.vault)
  const kept = () => given.pool.query<{ body: string; secret: Buffer }>('select * from staff_mails')
  const [row] = (await kept()).rows
  expect(row?.body).toBe('Apri {secret} ora')
  expect(row?.secret.toString('latin1')).not.toContain('a.example')
  const [queued] = await given.store.mails.waiting(1)
  expect(queued?.body).toBe('Apri https://a.example/$& ora')
  await given.store.mails.sent(queued?.id as number, now)
  expect((await kept()).rows[0]?.secret).toBeNull()
})
