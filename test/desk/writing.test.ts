import { afterAll, beforeAll, expect, it } from 'vitest'
import type { WrittenMessage } from '../../src/domain/written-message.ts'
import { INSTITUTION, type Installation, openInstallation, parent } from '../installation.ts'

// A single message from somebody's desk, through the same stages as every other.

let here: Installation
beforeAll(async () => {
  here = await openInstallation()
})
afterAll(() => here[Symbol.asyncDispose]())

const who = { actor: 'sportello', origin: 'console' }

const message: WrittenMessage = {
  service: 'mensa',
  fiscalCode: parent(1),
  subject: 'La tua pratica è pronta',
  markdown:
    '# Ciao,\n\nla **carta** è pronta: ritirala allo [sportello](https://comune.example) dal lunedì al venerdì.',
  dueDate: null,
  payment: null,
}

const payment = {
  noticeNumber: '302000100000000017',
  amountCents: 14_500,
  payee: null,
  invalidAfterDueDate: true,
}

it('what is shown is what leaves, to the letter', async () => {
  const { writing } = here.app.desk
  const wanted = { ...message, dueDate: '2099-10-31', payment }
  const { payload, problems, warnings } = writing.look(INSTITUTION, wanted)
  expect(problems).toEqual([])
  expect(warnings).toEqual([])
  expect(payload).toEqual({
    fiscal_code: parent(1),
    content: {
      subject: message.subject,
      markdown: message.markdown,
      due_date: '2099-10-31T22:59:59Z',
      payment_data: {
        amount: 14_500,
        notice_number: payment.noticeNumber,
        invalid_after_due_date: true,
      },
    },
  })
  const sent = await writing.send(INSTITUTION, wanted, who)
  if (sent.kind !== 'sent') throw new Error(sent.kind)
  expect(await here.app.release(sent.flowId)).toBe(true)
  expect(await here.send()).toMatchObject({ messages: 1 })
  const flow = await here.app.store.flows.get(sent.flowId)
  expect(flow).toMatchObject({ origin: 'operator', feed: null, preparedBy: ['sportello'] })
  const [row] = await here.query<{ state: string; id: number }>(
    'select id::int, state from messages where flow_id = $1',
    [sent.flowId],
  )
  expect(row).toEqual({ id: sent.messageId, state: 'sent' })
  const acts = await here.app.store.acts.ofFlow(sent.flowId)
  expect(acts[0]).toMatchObject({ actor: 'sportello', verb: 'wrote the message' })
})

it('asked again with its key it is sent once, and another under it is refused', async () => {
  const { writing } = here.app.desk
  const wish = { key: 'gestionale-2026-77' }
  const wanted = { ...message, fiscalCode: parent(2) }
  const first = await writing.send(INSTITUTION, wanted, who, wish)
  const again = await writing.send(INSTITUTION, wanted, who, wish)
  expect(first).toMatchObject({ kind: 'sent', isAgain: false })
  expect(again).toEqual({ ...first, isAgain: true })
  const other = { ...wanted, subject: 'Un altro oggetto del tutto' }
  expect(await writing.send(INSTITUTION, other, who, wish)).toEqual({ kind: 'key-used' })
})

it('one that is to leave later waits for its instant', async () => {
  const leavesAt = Temporal.Instant.from('2099-01-08T08:00:00Z')
  const wanted = { ...message, fiscalCode: parent(3) }
  const sent = await here.app.desk.writing.send(INSTITUTION, wanted, who, { leavesAt })
  if (sent.kind !== 'sent') throw new Error(sent.kind)
  await here.app.release(sent.flowId)
  const [row] = await here.query<{ at: string }>(
    `select to_char(send_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as at from messages
     where flow_id = $1`,
    [sent.flowId],
  )
  expect(row?.at).toBe('2099-01-08 08:00')
})

it('says everything that is wrong at once, and sends nothing', async () => {
  const wrong = {
    ...message,
    service: 'nessuno',
    fiscalCode: `${parent(1).slice(0, 15)}${parent(1).endsWith('A') ? 'B' : 'A'}`,
    subject: 'Corto',
    markdown: 'Corto',
    dueDate: '2026-02-31',
    payment: { noticeNumber: '12', amountCents: 0, payee: '1', invalidAfterDueDate: false },
  }
  const answer = await here.app.desk.writing.send(INSTITUTION, wrong, who)
  expect(answer.kind === 'refused' && answer.problems.map(({ part }) => part)).toEqual([
    ...['service', 'fiscalCode', 'subject', 'markdown', 'dueDate'],
    ...['noticeNumber', 'amount', 'payee'],
  ])
})

it('personal data in the title, links that do nothing and hard texts are advised on', () => {
  const { warnings } = here.app.desk.writing.look(INSTITUTION, {
    ...message,
    subject: `Avviso per ${parent(1)}`,
    markdown: `[qui](comune) ${'disposizioni regolamentari sopravvenute concernenti l’assoggettamento '.repeat(8)}`,
  })
  expect(warnings.map(({ rule }) => rule)).toEqual(['personal-data', 'dead-link', 'hard-to-read'])
})

it('IO is asked about a citizen before anything is written, and that is an act', async () => {
  const asked = { service: 'mensa', fiscalCode: parent(1) }
  expect(await here.app.desk.writing.verify(INSTITUTION, asked, who)).toBe('reached')
  const acts = await here.query(
    `select actor, subject, detail::text from acts where verb = 'asked IO about a recipient'`,
  )
  expect(acts).toEqual([{ actor: 'sportello', subject: 'service/mensa', detail: '{}' }])
})

it('the messages of today to the same citizen are counted', async () => {
  const { writing } = here.app.desk
  expect(await writing.today(INSTITUTION, { ...message, payment })).toEqual({
    recipient: 1,
    noticeNumber: 1,
  })
  expect(await writing.today(INSTITUTION, { ...message, fiscalCode: parent(9) })).toEqual({
    recipient: 0,
    noticeNumber: 0,
  })
})
