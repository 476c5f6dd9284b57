import { afterAll, beforeAll, expect, test } from 'vitest'
import { children, INSTITUTION, type Installation, openInstallation } from '../installation.ts'
import { call } from './call-command.ts'

// What `staffetta flows` shows, as an office reads it, and as one that reads English does.

let here: Installation
let flow: number

beforeAll(async () => {
  here = await openInstallation({
    account: { callsPerWindow: 150, windowSeconds: 5 },
    configuration: { [`${INSTITUTION}/institution.yaml`]: { staff: { altri: 'approver' } } },
  })
  flow = await here.drop(children(3))
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const flows = (language: string, ...args: string[]) =>
  call(here, ['flows', ...args, '--lang', language])

test('a flow is shown in Italian from its state to its history', async () => {
  const { out } = await flows('it', 'show', String(flow))
  expect(out).toContain(`Flusso ${flow}  Attivo · approvato`)
  expect(out).toContain('Il file è stato letto come utf-8.')
  expect(out).toContain('= in attesa')
  expect(out).toContain('Il conto torna.')
  expect(out).toMatch(/Ancora 3, \d+,\d righe al secondo/)
  expect(out).toMatch(/promemoria +in attesa +il prossimo/)
  expect(out).not.toMatch(/account closes|waiting|reminder|to go|records/)
})

test('and in English from its state to its history', async () => {
  const { out } = await flows('en', 'show', String(flow))
  expect(out).toContain(`Flow ${flow}  Active · approved`)
  expect(out).toContain('The account closes.')
  expect(out).not.toMatch(/Attivo|conto|Controlli|promemoria/)
})

test('the list has its columns in both', async () => {
  expect((await flows('it', 'list')).out).toMatch(/^flusso +stato +lette +inviati/)
  expect((await flows('en', 'list')).out).toMatch(/^flow +state +read +sent/)
})

test('who may not act is told in the language asked for', async () => {
  await expect(flows('it', 'suspend', String(flow))).rejects.toThrow('non può farlo per')
  await expect(flows('en', 'suspend', String(flow))).rejects.toThrow('may not do this for')
})

test('of a flow that stands still no end is foretold', async () => {
  const end = async () => {
    const { out } = await flows('en', 'list', '--json')
    return JSON.parse(out)[0].forecast.endsAt
  }
  await here.query(`update flows set state = 'sending', sending_at = now() where id = $1`, [flow])
  expect(await end()).toMatch(/^20\d\d-/)
  const asked = { actor: 'altri', origin: 'cli', note: null }
  expect(await here.app.flows.suspend(flow, asked)).toMatchObject({ kind: 'done' })
  expect(await end()).toBeNull()
})
