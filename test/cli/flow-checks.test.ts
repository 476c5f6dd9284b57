import { userInfo } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { child, children, type Installation, openInstallation } from '../installation.ts'
import { call } from './call-command.ts'
import { run } from './run-command.ts'

// Amounts ×100 of the previous emission, from the file in the folder to the citizens' phones.

let here: Installation
let flow: number

beforeAll(async () => {
  here = await openInstallation()
  await here.drop(children(4))
  await here.send()
  const lostComma = [0, 5, 6, 7].map((n) =>
    child(n, { cents: n === 0 ? 4500 : 450_000, month: '2026-04' }),
  )
  flow = await here.drop(lostComma, 'mensa-2026-04.csv')
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const staffetta = (...argv: string[]) => run([...argv, '--config', here.playground.configDirectory])
const flows = (verb: string, ...argv: string[]) =>
  call(here, ['flows', verb, String(flow), ...argv])
const states = async () => (await here.firsts(flow)).map(({ state }) => state)
const because = ['--because', 'conguaglio annuale']

test('nothing of it leaves, and `flows show` puts both emissions side by side', async () => {
  await here.send()
  expect(await states()).toEqual(Array(4).fill('waiting'))
  const { code, out } = await staffetta('flows', 'show', String(flow), '--lang', 'it')
  expect(code).toBe(0)
  expect(out).toContain('Attivo · bloccato dai controlli')
  expect(out).toContain('! FLOW_AMOUNTS  Importi: blocca')
  expect(out).toContain('La mediana degli importi è 100 volte quella')
  const cells = (title: string) =>
    out
      .split('\n')
      .find((line) => line.startsWith(title))
      ?.split(/\s{2,}/)
  expect(cells('totale')).toEqual(['totale €', '13.545,00', '180,00', '× 75,25'])
  expect(cells('mediana')).toEqual(['mediana', '4.500,00', '45,00', '× 100,00'])
  expect(cells('avvisi')).toEqual(['avvisi', '4', '4', '× 1,00'])
})

test('`flows check` says the same in English, with the remedy, and ends with 1', async () => {
  const { code, out } = await flows('check', '--lang', 'en')
  expect(code).toBe(1)
  expect(out).toContain('4 messages leave, to 4 recipients.')
  expect(out).toContain(
    '4 records read = 4 to send + 0 refused + 0 left out + 0 others (duplicate,',
  )
  expect(out).toContain('Citizens of both: 1; tenfold away from their own amount: 0.')
  expect(out).toContain('Due dates: 0 of 4 have passed (0 %); from 2099-04-30 to 2099-04-30')
  expect(out).toMatch(/^2099-04 +█{24} +4 +▒{24} +4$/m)
  expect(out).toContain(`staffetta flows override ${flow} --check FLOW_AMOUNTS --total EUROS`)
  expect(out).toContain(`Flow ${flow} does not leave: the checks keep it back.`)
})

test('`--json` gives facts and findings, and nobody’s data', async () => {
  const { code, out } = await flows('check', '--json')
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({
    ...{ flow, led: 'blocked', blocking: ['FLOW_AMOUNTS'] },
    facts: { messages: 4, amounts: { totalCents: 1_354_500, wholeEuros: 4 }, notHarmless: 3 },
    findings: [{ code: 'FLOW_AMOUNTS', level: 'blocking', messages: 3 }],
  })
  expect(out).not.toMatch(/[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]/)
})

test.each([
  [[], 'say which finding'],
  [['--check', 'FLOW_AMOUNT'], 'say which finding'],
  [['--check', 'FLOW_AMOUNTS', ...because], 'say the total that the office knows'],
  [['--check', 'FLOW_AMOUNTS', '--total', '13545', ...because], 'is no amount with its cents'],
  [['--check', 'FLOW_AMOUNTS', '--total', '13.545,00'], 'say why'],
  [['--check', 'FLOW_AMOUNTS', '--total', '1,00', '--messages', '4', ...because], 'say the total'],
])('override %j is wrong usage, and says what is missing', async (argv, text) => {
  const { code, err } = await flows('override', ...argv)
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(text) })
  expect(await states()).toEqual(Array(4).fill('waiting'))
})

test.each([
  ['another total', ['--check', 'FLOW_AMOUNTS', '--total', '180,00'], 'ha un altro|è un altro'],
  ['the number of its messages', ['--check', 'FLOW_AMOUNTS', '--messages', '4'], 'dei pagamenti'],
  ['another finding', ['--check', 'FLOW_PAST_DUE', '--total', '13.545,00'], 'non hanno trovato'],
])('override with %s changes nothing', async (_what, typed, said) => {
  const { code, err } = await flows('override', ...typed, ...because, '--lang', 'it')
  expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(said) })
  await here.send()
  expect(await states()).toEqual(Array(4).fill('waiting'))
})

test('leave-out without a terminal wants to be told that it is agreed to', async () => {
  const typed = ['--check', 'FLOW_AMOUNTS', ...because]
  const { code, err } = await staffetta('flows', 'leave-out', String(flow), ...typed)
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('--yes') })
  expect(await states()).toEqual(Array(4).fill('waiting'))
})

test('override with its total lets it go, and the history says who and why', async () => {
  const typed = ['--check', 'FLOW_AMOUNTS', '--total', '13.545,00', ...because]
  const { code, out } = await staffetta('flows', 'override', String(flow), ...typed, '--lang', 'en')
  expect({ code, out }).toEqual({ code: 0, out: `Flow ${flow} may go.\n` })
  await here.send()
  expect(await states()).toEqual(Array(4).fill('sent'))
  const { out: shown } = await flows('show', '--lang', 'it')
  expect(shown).toContain(
    `${userInfo().username} (cli): sbloccato FLOW_AMOUNTS\n    13.545,00 €: conguaglio annuale`,
  )
  expect(shown).toContain('! FLOW_AMOUNTS  Importi: sbloccato')
  const again = await flows('override', ...typed, '--lang', 'en')
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('has ended') })
})

test('leave-out lets the harmless ones go; the others come again once they are right', async () => {
  const wrong = [0, 5, 8, 9].map((n) =>
    child(n, { cents: n === 0 ? 4600 : 46_000_000, month: '2026-05' }),
  )
  const id = await here.drop(wrong, 'mensa-2026-05.csv')
  const typed = ['--check', 'FLOW_AMOUNTS', ...because, '--yes', '--lang', 'it']
  const { code, out } = await call(here, ['flows', 'leave-out', String(id), ...typed])
  expect({ code, out }).toEqual({
    code: 0,
    out: `Lasciati fuori 3 messaggi; ne restano 1. Il flusso ${id} può partire.\n`,
  })
  await here.send()
  const sent = async (flowId: number) =>
    (await here.firsts(flowId)).map((one) => [one.state, one.code])
  expect(await sent(id)).toEqual([['sent', null], ...Array(3).fill(['cancelled', 'FLOW_AMOUNTS'])])
  const right = [0, 5, 8, 9].map((n) =>
    child(n, { cents: n === 0 ? 4600 : 460_000, month: '2026-05' }),
  )
  const corrected = await here.drop(right, 'mensa-2026-05-bis.csv')
  await here.send()
  expect(await sent(corrected)).toEqual(Array(3).fill(['sent', null]))
})
