import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Installation, openInstallation, parent } from '../installation.ts'
import { call } from './call-command.ts'

// One message from the command line.

let here: Installation
beforeAll(async () => {
  here = await openInstallation()
})
afterAll(() => here[Symbol.asyncDispose]())

const message = {
  service: 'mensa',
  fiscalCode: parent(1),
  subject: 'La tua pratica è pronta',
  markdown: 'La carta è pronta: ritirala allo sportello dal lunedì al venerdì, dalle 9 alle 12.',
}

async function fileOf(content: object): Promise<string> {
  const path = join(here.playground.configDirectory, '..', 'message.json')
  await writeFile(path, JSON.stringify(content))
  return path
}

test('a message becomes a flow, once a key', async () => {
  const file = await fileOf(message)
  const first = await call(here, ['send', file, '--key', 'a-1', '--json'])
  expect([first.code, JSON.parse(first.out)]).toMatchObject([0, { isAgain: false }])
  const again = await call(here, ['send', file, '--key', 'a-1', '--json'])
  expect(JSON.parse(again.out)).toEqual({ ...JSON.parse(first.out), isAgain: true })
})

test('it is looked at without being sent', async () => {
  const { code, out } = await call(here, ['send', await fileOf(message), '--look', '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ content: { subject: message.subject } })
  expect(await here.query('select count(*)::int as n from flows')).toEqual([{ n: 1 }])
})

test('what is wrong is said part by part, without the fiscal code', async () => {
  const wrong = await fileOf({ ...message, subject: 'Corto', markdown: 'Corto' })
  const { code, err } = await call(here, ['send', wrong])
  expect(code).toBe(1)
  expect(err).toContain('subject: ')
  expect(err).toContain('markdown: ')
  const unknown = await call(here, ['send', await fileOf({ ...message, oggetto: 'x' })])
  expect([unknown.code, unknown.err.includes(parent(1))]).toEqual([2, false])
})
