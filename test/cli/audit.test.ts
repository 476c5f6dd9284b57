import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { children, type Installation, openInstallation } from '../installation.ts'
import { run } from './run-command.ts'

let here: Installation

beforeAll(async () => {
  here = await openInstallation()
  await here.drop(children(2))
  await here.app.desk.auditing.tend()
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const staffetta = (...argv: string[]) => run([...argv, '--config', here.playground.configDirectory])

test('audit verify says that the chain is whole, and its head', async () => {
  const { code, out } = await staffetta('audit', 'verify')
  expect(code).toBe(0)
  expect(out).toMatch(/^The chain is whole: \d+ entries\nHead: \d+:[0-9a-f]{64}\n/)
  const head = /Head: (\S+)/.exec(out)![1]!
  expect((await staffetta('audit', 'verify', '--head', head)).code).toBe(0)
})

test('audit verify finds what differs from a head that was kept elsewhere', async () => {
  const other = `1:${'ab'.repeat(32)}`
  const { code, out } = await staffetta('audit', 'verify', '--head', other, '--json')
  expect(code).toBe(1)
  expect(JSON.parse(out).breaks).toEqual([{ kind: 'other-head', number: 1, actId: 1 }])
  expect((await staffetta('audit', 'verify', '--head', 'x')).code).toBe(2)
  expect((await staffetta('audit')).code).toBe(2)
})

test('audit verify compares the heads that stand in the data directory', async () => {
  const file = join(here.app.dataDirectory, 'audit-heads.log')
  await writeFile(file, `2026-11-22 900:${'cd'.repeat(32)} 2026-11-23T00:00:05Z\n`)
  const { code, out } = await staffetta('audit', 'verify')
  expect(code).toBe(1)
  expect(out).toContain('The chain ends before entry 900')
  await writeFile(file, '')
})

test('audit export gives every act with its hash, as JSON lines', async () => {
  const { code, out } = await staffetta('audit', 'export')
  expect(code).toBe(0)
  const acts = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(acts.map(({ number }) => number)).toEqual(acts.map((_, index) => index + 1))
  expect(acts[0]).toMatchObject({ verb: 'approved', hash: expect.stringMatching(/^[0-9a-f]{64}$/) })
})

test('a head is noted down after a day that is over, in the file and by mail, once', async () => {
  await here.query('alter table acts disable trigger user')
  await here.query(`update acts set at = at - interval '2 days'`)
  await here.query('alter table acts enable trigger user')
  await here.app.desk.auditing.tend()
  await here.app.desk.auditing.tend()
  const text = await readFile(join(here.app.dataDirectory, 'audit-heads.log'), 'utf8')
  expect(text).toMatch(/^\d{4}-\d\d-\d\d \d+:[0-9a-f]{64} \S+Z\n$/)
  const mails = await here.query<{ body: string }>(
    `select body from staff_mails where subject like 'Registro attività del %'`,
  )
  const named = here.app.config.institutions.filter(({ notify }) => notify.length > 0)
  expect(mails).toHaveLength(named.length)
  expect(mails[0]?.body).toContain(text.split(' ')[1])
})
