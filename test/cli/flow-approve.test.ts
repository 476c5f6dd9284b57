import { userInfo } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  child,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
} from '../installation.ts'
import { call } from './call-command.ts'

// What a person types to approve a flow, and what they read.

let here: Installation
let flow: number
const user = userInfo().username

beforeAll(async () => {
  here = await openInstallation({
    configuration: {
      [`${INSTITUTION}/feeds/mensa.yaml`]: { 'release.approval': 'one' },
      [`${INSTITUTION}/institution.yaml`]: { staff: { [user]: 'approver' } },
    },
  })
  flow = await here.drop(children(3))
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const flows = (...argv: string[]) => call(here, ['flows', ...argv])
const approve = (...argv: string[]) => flows('approve', String(flow), ...argv)
const states = async () => (await here.firsts(flow)).map(({ state }) => state)

test.each([
  [['--recipients', 'tre'], '--recipients is a number'],
  [['--digest', 'xyz'], '--digest is 12 to 64 hexadecimal digits'],
  [['--at', 'domani'], '--at is a time such as'],
  [['--at', '2020-01-01 09:00'], '--at is in the past'],
  [['--at', '2999-01-01 09:00'], 'at most 90 days'],
  [['--because', ' '], 'say why'],
  [[], 'Nobody can answer: say --recipients N'],
])('approve %j is wrong usage, and approves nothing', async (argv, text) => {
  const { code, err } = await approve(...argv)
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(text) })
  expect(await here.app.store.approvals.ofFlow(flow)).toEqual([])
})

test('the list of what is to be approved says how many, the total and until when', async () => {
  const { out } = await flows('list', '--to-approve', '--lang', 'it')
  const row = out.split('\n').find((line) => line.includes('mensa'))
  expect(row?.trim().split(/\s{2,}/)).toEqual([
    ...[String(flow), `${INSTITUTION}/mensa`, '3', '135,00', '–', '0/1'],
    expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d$/),
  ])
  const { out: json } = await flows('list', '--to-approve', '--json')
  expect(JSON.parse(json)).toMatchObject([{ id: flow, messages: 3, totalCents: 13_500 }])
})

test('another number, or another digest, is refused in the language asked for', async () => {
  const other = await approve('--recipients', '4', '--lang', 'it')
  expect(other).toMatchObject({ code: 1, err: expect.stringContaining('non è quello del flusso') })
  const digest = await approve('--recipients', '3', '--digest', '0'.repeat(12), '--lang', 'en')
  expect(digest).toMatchObject({ code: 1, err: expect.stringContaining('no longer what you') })
  await here.send()
  expect(await states()).toEqual(Array(3).fill('waiting'))
})

test('what is shown has the number, the total, the digest, and is what is approved', async () => {
  const { code, out } = await approve('--recipients', '3', '--lang', 'it')
  expect(code).toBe(0)
  expect(out).toContain('3 messaggi a 3 destinatari; poi 3 promemoria')
  expect(out).toContain('135,00 €, 3 avvisi')
  const [, shown] = /impronta +([0-9a-f]{12})/.exec(out) ?? []
  expect(out).toMatch(`Flusso ${flow} approvato da ${user} il `)
  expect(out).toMatch(`impronta ${shown}. Parte il `)
  await here.send()
  expect(await states()).toEqual(Array(3).fill('sent'))
  const again = await approve('--recipients', '3', '--lang', 'en')
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('has ended') })
  const { out: history } = await flows('show', String(flow), '--lang', 'it')
  expect(history).toContain(`Approvato da ${user} il `)
})

test('a flow is sent back with its reason, checked again, and approved for later', async () => {
  const rows = [7, 8].map((n) => child(n, { month: '2026-05' }))
  flow = await here.drop(rows, 'mensa-2026-05.csv')
  expect(await flows('send-back', String(flow))).toMatchObject({ code: 2 })
  const back = await flows('send-back', String(flow), '--because', 'manca la data', '--lang', 'it')
  expect(back).toMatchObject({ code: 0, out: expect.stringContaining('rimandato') })
  const approved = await approve('--recipients', '2', '--lang', 'it')
  expect(approved).toMatchObject({ code: 1, err: expect.stringContaining('flows recheck') })
  const again = await flows('recheck', String(flow), '--lang', 'it')
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('aspetta chi lo approva') })
  const tomorrow = Temporal.Now.instant().add({ hours: 24 }).toString().slice(0, 16)
  const later = await approve('--recipients', '2', '--at', `${tomorrow}Z`, '--lang', 'en')
  expect(later).toMatchObject({ code: 0, out: expect.stringContaining('It leaves at ') })
  await here.send()
  expect(await states()).toEqual(['waiting', 'waiting'])
  const { out } = await flows('show', String(flow), '--lang', 'it')
  expect(out).toContain('Parte non prima del ')
  expect(out).toContain('manca la data')
})

test('redo says which flow replaces it, and both show the other', async () => {
  const rows = [17, 18].map((n) => child(n, { month: '2026-06' }))
  flow = await here.drop(rows, 'mensa-2026-06.csv')
  expect(await flows('redo', String(flow))).toMatchObject({ code: 2 })
  const typed = ['redo', String(flow), '--because', 'modello corretto', '--lang', 'it']
  const { code, out } = await flows(...typed)
  const [, made] = /è sostituito dal flusso (\d+): 2 righe lette, 4 messaggi/.exec(out) ?? []
  expect({ code, made }).toEqual({ code: 0, made: expect.stringMatching(/^\d+$/) })
  expect((await flows('show', String(flow), '--lang', 'it')).out).toContain(
    `Sostituito dal flusso ${made}`,
  )
  expect((await flows('show', made ?? '', '--lang', 'it')).out).toContain(
    `il file del flusso ${flow}, di nuovo`,
  )
  const again = await flows(...typed)
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('sostituito') })
})
