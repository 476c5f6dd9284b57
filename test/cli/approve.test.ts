import { userInfo } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { child, children, type Installation, openInstallation } from '../installation.ts'
import { run } from './run-command.ts'

// Amounts ×100 of the previous emission, from the file in the folder to the citizens' phones.

let here: Installation
let flow: number

beforeAll(async () => {
  here = await openInstallation()
  await here.drop(children(4))
  await here.send()
  const lostComma = [4, 5, 6, 7].map((n) => child(n, { cents: 450_000, month: '2026-04' }))
  flow = await here.drop(lostComma, 'mensa-2026-04.csv')
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const staffetta = (...argv: string[]) => run([...argv, '--config', here.playground.configDirectory])
const states = async () => (await here.firsts(flow)).map(({ state }) => state)

test('nothing of it leaves, and `flows show` puts both emissions side by side', async () => {
  await here.send()
  expect(await states()).toEqual(Array(4).fill('waiting'))
  const { code, out } = await staffetta('flows', 'show', String(flow))
  expect(code).toBe(0)
  expect(out).toContain('Attivo · importi da confermare')
  expect(out).toContain('FLOW_AMOUNTS: La mediana degli importi è 100 volte quella')
  const amounts = (title: string) => out.split('\n').find((line) => line.startsWith(title))
  expect(amounts('this flow')?.split(/\s{2,}/)).toEqual([
    ...['this flow', '4', '18.000,00', '4.500,00', '4.500,00', '4.500,00'],
  ])
  expect(amounts('the one before')?.split(/\s{2,}/)).toEqual([
    ...['the one before', '4', '180,00', '45,00', '45,00', '45,00'],
  ])
})

test.each([
  [[], 'say the total that the office knows'],
  [['--total', '18000', '--because', 'x'], 'is no amount with its cents'],
  [['--total', '18.000,00'], 'say why'],
  [['--total', '18.000,00', '--because', ' '], 'say why'],
])('approve %j is wrong usage, and says what is missing', async (argv, text) => {
  const { code, err } = await staffetta('flows', 'approve', String(flow), ...argv)
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(text) })
  expect(await states()).toEqual(Array(4).fill('waiting'))
})

test('approve with another total approves nothing', async () => {
  const typed = ['--total', '180,00', '--because', 'importi giusti']
  const { code, err } = await staffetta('flows', 'approve', String(flow), ...typed)
  expect(code).toBe(1)
  expect(err).toContain('has another total')
  await here.send()
  expect(await states()).toEqual(Array(4).fill('waiting'))
})

test('approve with its total lets it go, and the history says who and why', async () => {
  const typed = ['--total', '18.000,00', '--because', 'conguaglio annuale']
  expect(await staffetta('flows', 'approve', String(flow), ...typed)).toMatchObject({ code: 0 })
  await here.send()
  expect(await states()).toEqual(Array(4).fill('sent'))
  const { out } = await staffetta('flows', 'show', String(flow))
  expect(out).toContain(
    `${userInfo().username} (cli): approved\n    18.000,00 €: conguaglio annuale`,
  )
  const again = await staffetta('flows', 'approve', String(flow), ...typed)
  expect(again.code).toBe(1)
  expect(again.err).toContain(`Flow ${flow} waits for no confirmation: it is Inviato`)
})
