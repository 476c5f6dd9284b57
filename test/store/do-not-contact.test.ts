import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClaimedMessage } from '../../src/pipeline/send/one.ts'
import { openSendLog } from '../../src/store/attempts.ts'
import { openPool } from '../../src/store/database.ts'
import { openSendJournal } from '../../src/store/send-journal.ts'
import {
  ACCOUNT,
  child,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'

let here: Installation
beforeAll(async () => {
  here = await openInstallation()
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const act = { actor: 'root', origin: 'cli', note: 'richiesta prot. 12' }
const now = () => Temporal.Now.instant()
const block = (...ns: number[]) =>
  here.app.store.doNotContact.block(INSTITUTION, ns.map(parent), act, now())
const messagesOf = async (flow: number) => {
  const rows = await here.query<{ said: string }>(
    `select concat_ws(' ', purpose, state, code) as said from messages where flow_id = $1
     order by notice_id, id`,
    [flow],
  )
  return rows.map(({ said }) => said)
}
const reportOf = async (flow: number) => {
  const lines: string[] = []
  for await (const line of here.app.reportOf(flow, 'json')) lines.push(line)
  return lines.map((line) => JSON.parse(line))
}

test('what waits for somebody is cancelled in the moment that they are on the list', async () => {
  const flow = await here.drop([child(1), child(2)], 'mensa-a.csv')
  expect(await block(1)).toEqual({ added: 1, messages: 2 })
  expect(await messagesOf(flow)).toEqual([
    'first cancelled do-not-contact',
    'reminder cancelled do-not-contact',
    'first waiting',
    'reminder waiting',
  ])
  expect(await block(1)).toEqual({ added: 0, messages: 0 })
})

test('what comes later makes its notice, never leaves, and the account closes', async () => {
  const flow = await here.drop([child(1, { month: '2026-04' }), child(3)], 'mensa-b.csv')
  await here.send()
  expect((await messagesOf(flow)).filter((said) => said.startsWith('first'))).toEqual([
    'first cancelled do-not-contact',
    'first sent',
  ])
  const account = await here.app.store.flows.account(flow)
  expect(account).toMatchObject({ read: 2, sent: 1, cancelled: 1, waiting: 0 })
  expect((await here.app.store.flows.get(flow)).state).toBe('sent')
  const [blocked, reached] = await reportOf(flow)
  expect(blocked).toMatchObject({
    fate: 'cancelled',
    code: 'do-not-contact',
    detail: 'il destinatario non va contattato, su decisione dell’ente',
  })
  expect(reached).toMatchObject({ fate: 'sent', detail: expect.not.stringContaining('contattato') })
})

test('one that was claimed before they were put on the list does not leave', async () => {
  const flow = await here.drop([child(4)], 'mensa-c.csv')
  const directory = await mkdtemp(join(tmpdir(), 'staffetta-blocked-'))
  const pool = openPool({ url: here.databaseUrl }, 2)
  const journal = await openSendJournal(pool, directory)
  const { leases, messages } = here.app.store
  await leases.hold(`account/${ACCOUNT}`, async (lease) => {
    const log = openSendLog(pool, journal, ACCOUNT, lease, now)
    const [claimed] = await messages.claim(ACCOUNT, lease, 1, now())
    const { id: messageId, institutionId, flowId, service } = claimed as ClaimedMessage
    expect(await block(4)).toEqual({ added: 1, messages: 1 })
    expect(await log.begin({ messageId, institutionId, flowId, service })).toBeNull()
  })
  await here.query(`update leases set expires_at = '-infinity'`)
  await here.send()
  expect((await messagesOf(flow))[0]).toBe('first cancelled do-not-contact')
  await pool.end()
  await journal.close()
  await rm(directory, { recursive: true })
})

test('nothing that was cancelled is sent once they are taken off it', async () => {
  const codes = [parent(1), parent(9)]
  const { doNotContact } = here.app.store
  expect(await doNotContact.unblock(INSTITUTION, codes, act, now())).toBe(1)
  await here.send()
  const said = await here.query<{ n: string }>(
    `select count(*) as n from messages where code = 'do-not-contact' and state = 'cancelled'`,
  )
  expect(Number(said[0]?.n)).toBeGreaterThanOrEqual(3)
  const flow = await here.drop([child(1, { month: '2026-05' })], 'mensa-d.csv')
  await here.send()
  expect((await messagesOf(flow))[0]).toBe('first sent')
})

test('the list is of one institution, sealed, and says who, since when and why', async () => {
  await block(5)
  const { all, first } = await here.app.store.doNotContact.list(INSTITUTION, 1)
  expect(all).toBeGreaterThanOrEqual(1)
  expect(first[0]).toMatchObject({
    institution: INSTITUTION,
    fiscalCode: parent(5),
    actor: 'root',
    because: 'richiesta prot. 12',
  })
  expect(await here.app.store.doNotContact.list('another', 10)).toEqual({ all: 0, first: [] })
  const rows = await here.query<{ row: string }>('select d::text as row from do_not_contact d')
  for (const { row } of rows) expect(row).not.toContain(parent(5))
  const acts = await here.query<{ verb: string }>(
    `select verb from acts where subject = 'recipients' order by id desc limit 1`,
  )
  expect(acts).toEqual([{ verb: 'blocked 1' }])
})
