import { afterAll, beforeAll, expect, it } from 'vitest'
import type { LotDraft } from '../../src/domain/lot-draft.ts'
import {
  approveAsSeen,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'

// A lot of an office's own: a list of recipients and a text, through the same stages as any flow.

let here: Installation
beforeAll(async () => {
  here = await openInstallation()
})
afterAll(() => here[Symbol.asyncDispose]())

const who = { actor: 'sportello', origin: 'console' }
const wish = { kinds: [], from: 1, size: 25, row: null, language: 'it' } as const

const draft: LotDraft = {
  title: 'Appuntamenti di dicembre',
  service: 'mensa',
  subject: 'Il tuo appuntamento allo sportello',
  markdown:
    'Ciao {{ nome }}, ti aspettiamo il **{{ data_appuntamento }}** allo sportello {{ sportello }}. Porta un documento.',
  ...{ recipient: '', dueDate: '-', noticeNumber: '', amount: '', reminders: [] },
}

const listOf = (rows: string[]) => ({
  name: 'appuntamenti.csv',
  bytes: Buffer.from(['Codice Fiscale;Nome;Data appuntamento;Sportello', ...rows, ''].join('\r\n')),
})
const row = (n: number, name = 'Anna') => `${parent(n)};${name};0${n}/12/2099;Anagrafe`

async function begin(
  changes: Partial<LotDraft> = {},
  rows = [row(1), row(2, 'Łukasz 李'), row(3)],
) {
  const { lots } = here.app.desk
  const id = await lots.begin(INSTITUTION, 7, { ...draft, ...changes }, listOf(rows))
  const open = await lots.find(INSTITUTION, id, 7)
  if (open === null) throw new Error('the draft is not there')
  return open
}

it('the columns are recognised, and each row is a message', async () => {
  const open = await begin()
  const { composed, tried } = await here.app.desk.lots.look(INSTITUTION, open, wish)
  expect(composed?.problems).toEqual([])
  expect(composed?.columns.map(({ name }) => name)).toEqual([
    ...['codice_fiscale', 'nome', 'data_appuntamento', 'sportello'],
  ])
  expect(composed?.roles.recipient).toBe('Codice Fiscale')
  expect(tried?.counts).toMatchObject({ good: 3, refused: 0 })
  expect(tried?.payloads[0]?.it?.content.markdown).toContain('Ciao Anna, ti aspettiamo')
  expect(tried?.jumps.notLatin).toBe(2)
})

it('a name that is no column is said with the one that was meant, and all else', async () => {
  const open = await begin({
    subject: 'Breve',
    markdown: 'Ciao {{ nom }}',
    reminders: ['-7d 09:30'],
  })
  const { composed, tried } = await here.app.desk.lots.look(INSTITUTION, open, wish)
  expect(tried).toBeNull()
  expect(composed?.problems.map(({ part }) => part)).toEqual(['subject', 'markdown', 'reminders'])
  expect(composed?.problems[1]?.words.it).toContain('Forse intendevi {{ nome }}?')
})

it('a list without fiscal codes asks for their column', async () => {
  const { lots } = here.app.desk
  const file = { name: 'x.csv', bytes: Buffer.from('Nome;Via\r\nAnna;Roma\r\nUgo;Milano\r\n') }
  const id = await lots.begin(INSTITUTION, 7, draft, file)
  const open = await lots.find(INSTITUTION, id, 7)
  const { composed } = await lots.look(INSTITUTION, open!, wish)
  expect(composed?.problems.map(({ part }) => part)).toEqual(['recipient'])
})

it('prepared it is a flow that another must approve, and leaves as it was shown', async () => {
  const { lots } = here.app.desk
  const open = await begin()
  const prepared = await lots.prepare(INSTITUTION, open, who)
  if (prepared.kind !== 'prepared' || prepared.flowId === null) throw new Error(prepared.kind)
  const { flowId } = prepared
  expect(await here.app.release(flowId)).toBe(false)
  const flow = await here.app.store.flows.get(flowId)
  expect(flow).toMatchObject({ origin: 'upload', feed: null, preparedBy: ['sportello'] })
  expect(flow).toMatchObject({ approval: 'four-eyes', reason: 'awaiting-approval' })
  await expect(approveAsSeen(here.app, flowId, 'sportello')).resolves.toMatchObject({
    kind: 'refused',
  })
  await expect(approveAsSeen(here.app, flowId, 'ragioneria')).resolves.toMatchObject({
    kind: 'done',
  })
  expect(await here.send()).toMatchObject({ messages: 3 })
  const again = await lots.find(INSTITUTION, open.id, 7)
  expect(await lots.prepare(INSTITUTION, again!, who)).toEqual(prepared)
  const [{ n } = { n: 0 }] = await here.query<{ n: number }>(
    'select count(*)::int as n from flows where drop_id = $1',
    [again!.dropId],
  )
  expect(n).toBe(1)
})

it('a draft is seen by who began it alone', async () => {
  const open = await begin()
  expect(await here.app.desk.lots.find(INSTITUTION, open.id, 8)).toBeNull()
  expect((await here.app.desk.lots.list(INSTITUTION, 8)).length).toBe(0)
})

it('columns of a payment make a payment, with its due date and its reminders', async () => {
  const { lots } = here.app.desk
  const rows = [1, 2].map((n) => `${parent(n)};30200010000000001${n};145,0${n};31/10/2099`)
  const file = {
    name: 'rate.csv',
    bytes: Buffer.from(['CF;Codice avviso;Importo;Scadenza', ...rows, ''].join('\n')),
  }
  const paid = {
    ...draft,
    ...{ dueDate: '', reminders: ['-7d 09:30'] },
    markdown:
      'La rata di {{ importo }} scade il {{ scadenza }}. Puoi pagarla qui, senza andare allo sportello.',
  }
  const id = await lots.begin(INSTITUTION, 7, paid, file)
  const open = await lots.find(INSTITUTION, id, 7)
  const { composed, tried } = await lots.look(INSTITUTION, open!, wish)
  expect(composed?.problems).toEqual([])
  expect(composed?.roles).toEqual({
    ...{ recipient: 'CF', dueDate: 'Scadenza', noticeNumber: 'Codice avviso', amount: 'Importo' },
  })
  expect(tried?.jumps.highestAmount).toBe(2)
  expect(tried?.payloads.length).toBe(2)
  expect(tried?.payloads[0]?.it?.content.payment_data?.amount).toBe(14_501)
})
