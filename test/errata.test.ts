// An errata, from its file to the citizens' phones: to exactly those whom a flow has reached.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NewMessage } from '../src/domain/new-message.ts'
import { call } from './cli/call-command.ts'
import {
  approveAsSeen,
  child,
  children,
  configure,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from './installation.ts'

const TEXT = `markdown:
  it: |
    Gentile genitore, nel messaggio sulla mensa di **{{ mese }}** l’importo era sbagliato.

    Quello giusto è **{{ importo | euro }}**: non pagare l’avviso di prima.
  en: |
    Dear parent, the amount in our message on the canteen of **{{ mese }}** was wrong.

    The right one is **{{ importo | euro }}**: do not pay the notice of before.
`

let here: Installation
let file: string
let submitted: NewMessage[]
beforeEach(async () => {
  here = await openInstallation()
  file = join(here.playground.directory, 'errata.yaml')
  await writeFile(file, TEXT)
  submitted = []
  failFor(null)
})
afterEach(() => here[Symbol.asyncDispose]())

const anna = { actor: 'anna', origin: 'cli', note: 'importi ×100' }
const noneYet = (messages: number) => ({ messages, errata: [] })

/** What a parent has had: the contents, in the order in which they came. */
const had = (n: number) =>
  submitted.flatMap((one) => (one.fiscal_code === parent(n) ? [one.content] : []))

/** From now on IO fails as it takes messages to this parent; null: to nobody. */
function failFor(n: number | null): void {
  here.answer(({ path, body }) => {
    if (path !== '/messages') return null
    if (n !== null && body.includes(parent(n))) return { answer: { status: 503, body: '' } }
    submitted.push(JSON.parse(body))
    return null
  })
}

const errataOf = (flowId: number) =>
  here.query<{ state: string; code: string | null; noticeId: string; line: number }>(
    `select m.state, m.code, m.notice_id as "noticeId", r.line from messages m
       join source_records r on r.flow_id = m.flow_id and r.message_id = m.id
     where m.flow_id = $1 order by r.line`,
    [flowId],
  )

/** Prepares it as it would be previewed, and lets it go. */
async function corrected(wrong: number, messages: number): Promise<number> {
  const made = await here.app.flows.errata(wrong, { path: file }, noneYet(messages), anna)
  if (made.kind !== 'done') throw new Error(JSON.stringify(made))
  await here.app.release(made.flowId)
  return made.flowId
}

test('an errata goes to exactly those reached, and says so in its title', async () => {
  const wrong = await here.drop(children(5))
  failFor(2)
  await here.send()
  failFor(null)

  const preview = await here.app.flows.previewErrata(wrong, { path: file })
  expect(preview).toMatchObject({
    ...{ kind: 'done', reached: 4, messages: 4, refused: 0, errata: [], waiting: 0 },
    uncertain: { count: 1 },
    languages: ['it', 'en'],
  })
  const errata = await corrected(wrong, 4)
  await here.send()

  expect(await here.app.store.flows.get(errata)).toMatchObject({
    ...{ origin: 'errata', aboutFlowId: wrong, state: 'sent', feed: 'mensa' },
  })
  expect(await here.app.store.flows.account(errata)).toMatchObject({ read: 4, sent: 4 })
  for (const n of [0, 1, 3, 4]) {
    const [first, second, ...more] = had(n)
    expect(more).toEqual([])
    expect(second?.subject).toBe(`Errata corrige: ${first?.subject}`)
    expect(second?.markdown).toContain('45,00')
  }
  expect(had(2)).toEqual([])
  const lines = (await errataOf(errata)).map(({ line }) => line)
  expect(lines).toEqual([2, 3, 5, 6])
})

test('it carries no payment and no due date, unless its file says so', async () => {
  const wrong = await here.drop(children(1))
  await here.send()
  await corrected(wrong, 1)
  await here.send()
  const [wrongly, rightly] = had(0)
  expect(wrongly?.payment_data?.amount).toBe(4500)
  expect(rightly).not.toHaveProperty('payment_data')
  expect(rightly).not.toHaveProperty('due_date')

  await writeFile(file, `payment: true\n${TEXT}`)
  const seen = await here.app.flows.previewErrata(wrong, { path: file })
  if (seen.kind !== 'done') throw new Error(seen.kind)
  expect(seen.errata).toHaveLength(1)
  const again = await here.app.flows.errata(wrong, { path: file }, seen, anna)
  if (again.kind !== 'done') throw new Error(again.kind)
  await here.app.release(again.flowId)
  await here.send()
  expect(had(0)[2]?.payment_data?.amount).toBe(4500)
})

test('it goes also to notices that were paid or withdrawn, before it and after', async () => {
  const wrong = await here.drop(children(3))
  await here.send()
  const ids = await here.query<{ id: number }>('select id::int from notices order by id')
  const settle = (n: number, as: 'settled' | 'cancelled') =>
    here.query(
      `update notices set state = '${as}', ended_at = now(), ended_by = 'settlement' where id = $1`,
      [ids[n]?.id],
    )
  await settle(0, 'settled')
  const errata = await corrected(wrong, 3)
  await settle(1, 'cancelled')
  const first = (await here.firsts(errata))[2]
  await here.app.store.settlements.closeByAnswer(
    Number(first?.id),
    'settled',
    Temporal.Now.instant(),
  )
  await here.send()
  expect((await errataOf(errata)).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent'])
})

test('who asked not to be written to gets none', async () => {
  const wrong = await here.drop(children(2))
  await here.send()
  const errata = await corrected(wrong, 2)
  await here.app.store.doNotContact.block(
    'comune-di-esempio',
    [parent(1)],
    { actor: 'anna', origin: 'cli', note: 'richiesta' },
    Temporal.Now.instant(),
  )
  await here.send()
  const states = (await errataOf(errata)).map(({ state, code }) => `${state} ${code}`)
  expect(states).toEqual(['sent null', 'cancelled do-not-contact'])
})

test('it says what notices are as it is made; a later file supersedes nothing of it', async () => {
  const wrong = await here.drop([child(0, { cents: 450_000 })])
  await here.send()
  await here.drop([child(0, { cents: 4500 })], 'mensa-corretta.csv')
  const preview = await here.app.flows.previewErrata(wrong, { path: file })
  expect(preview).toMatchObject({ kind: 'done', messages: 1 })
  const [sample] = preview.kind === 'done' ? preview.samples : []
  expect(sample?.content.markdown).toContain('45,00')
  const errata = await corrected(wrong, 1)
  await here.drop([child(0, { cents: 4600 })], 'mensa-ancora.csv')
  await here.send()
  const [only] = await errataOf(errata)
  // Its text would be another by now: a person says whether it may be.
  expect(only).toMatchObject({ state: 'held', code: 'HOLD_TEXT_CHANGED' })
  const [held] = await here.firsts(errata)
  await here.letGo([held?.id as number])
  await here.send()
  expect(await errataOf(errata)).toMatchObject([{ state: 'sent' }])
  expect(had(0).at(-1)?.markdown).toContain('46,00')
})

test('of two people at once one makes it, and the other is told', async () => {
  const wrong = await here.drop(children(3))
  await here.send()
  const make = () => here.app.flows.errata(wrong, { path: file }, noneYet(3), anna)
  const kinds = (await Promise.all([make(), make(), make()])).map((made) =>
    made.kind === 'refused' ? made.because : made.kind,
  )
  expect(kinds.toSorted()).toEqual(['changed', 'changed', 'done'])
  expect(await here.query(`select from flows where origin = 'errata'`)).toHaveLength(1)
})

test('who has seen another number makes nothing', async () => {
  const wrong = await here.drop(children(3))
  await here.send()
  const made = await here.app.flows.errata(wrong, { path: file }, noneYet(2), anna)
  expect(made).toMatchObject({ kind: 'refused', because: 'other-count', figures: { messages: 3 } })
  expect(await here.query(`select from flows where origin = 'errata'`)).toEqual([])
  expect(await here.query(`select from messages where purpose = 'errata'`)).toEqual([])
})

test('of a flow that has reached nobody there is none', async () => {
  const wrong = await here.drop(children(1))
  const preview = await here.app.flows.previewErrata(wrong, { path: file })
  expect(preview).toMatchObject({ kind: 'refused', because: 'nobody-reached' })
})

test('from the command line it is shown, asked for and made', async () => {
  const wrong = await here.drop(children(3))
  await here.send()
  const typed = ['flows', 'errata', String(wrong), '--text', file]
  const shown = await call(here, [...typed, '--preview', '--lang', 'it'])
  expect(shown.code).toBe(0)
  expect(shown.out).toContain('3 comunicazioni arrivate a IO, 3 messaggi di errata')
  expect(shown.out).toContain('Errata corrige: ')
  expect(shown.out).not.toContain(parent(0))
  expect(await here.query(`select from flows where origin = 'errata'`)).toEqual([])

  const asked = await call(here, [...typed, '--because', 'importi errati', '--lang', 'en'])
  expect(asked).toMatchObject({ code: 2, err: expect.stringContaining('say --yes') })

  const made = await call(here, [...typed, '--because', 'importi errati', '--yes', '--lang', 'en'])
  expect(made).toMatchObject({ code: 0 })
  const [, id = ''] = /is flow (\d+): 3 messages/.exec(made.out) ?? []
  const about = await call(here, ['flows', 'show', id])
  expect(about.out).toContain(`prepared an errata of flow ${wrong}`)
  expect(about.out).toContain(`errata of flow ${wrong}`)
  expect((await call(here, ['flows', 'show', String(wrong)])).out).toContain(`flow ${id}`)

  const listed = await call(here, ['flows', 'list', '--lang', 'en'])
  expect(listed.out).toContain(`comune-di-esempio/mensa  errata of flow ${wrong}`)
  const report = await call(here, ['report', id, '--format', 'csv'])
  expect(report).toMatchObject({ code: 0, err: '' })
  expect(report.out.trim().split('\n')).toHaveLength(4)
  const told = await call(here, ['receipts', 'retry', id, '--target', 'source'])
  expect(told).toMatchObject({ code: 2, err: expect.stringContaining('it tells nobody') })

  const again = await call(here, [...typed, '--preview', '--lang', 'it'])
  expect(again.out).toContain(`ha già un’errata, il flusso ${id}`)
})

test('all that is wrong with its text is said, at its lines', async () => {
  const wrong = await here.drop(children(1))
  await here.send()
  await writeFile(
    file,
    TEXT.replace('mese }}** l', 'mesee }}** l').replace(
      'one is **{{ importo',
      'one is **{{ imprto',
    ),
  )
  const said = await here.app.flows.previewErrata(wrong, { path: file })
  expect(said.kind).toBe('wrong-text')
  expect(said.problems).toMatchObject([
    { code: 'CFG_TEMPLATE', line: 3, message: 'unknown name mesee' },
    { code: 'CFG_TEMPLATE', line: 9, message: 'unknown name imprto' },
  ])
  await writeFile(file, 'markdwn: x\n')
  const unreadable = await here.app.flows.previewErrata(wrong, { path: file })
  expect(unreadable).toMatchObject({ kind: 'wrong-text', problems: [{ line: 1 }] })
})

test('it is tested and approved like any flow, and not by who prepared it', async () => {
  const feed = `${INSTITUTION}/feeds/mensa.yaml`
  const wrong = await here.drop(children(2))
  await here.send()
  await configure(here.playground.configDirectory, { [feed]: { 'release.approval': 'four-eyes' } })
  await here.reopen()
  const errata = await corrected(wrong, 2)
  await here.send()
  expect(await here.app.store.flows.get(errata)).toMatchObject({ reason: 'awaiting-approval' })
  const [sample] = await here.app.flows.testSample(errata, { testers: [], random: 0 })
  expect(sample?.title).toMatch(/^\[PROVA\] Errata corrige: Mensa/)

  const approve = (actor: string) => approveAsSeen(here.app, errata, actor)
  expect(await approve('anna')).toMatchObject({ kind: 'refused', because: 'preparer' })
  expect(await approve('bruno')).toMatchObject({ kind: 'done' })
  await here.send()
  expect((await errataOf(errata)).map(({ state }) => state)).toEqual(['sent', 'sent'])
})

test('who was reached by a reminder alone is told too, by its title', async () => {
  const wrong = await here.drop(children(2))
  await here.query(`update messages set state = 'undeliverable' where purpose = 'first'`)
  await here.query(
    `update messages set state = 'sent' where purpose = 'reminder' and id = (
       select min(id) from messages where purpose = 'reminder')`,
  )
  const preview = await here.app.flows.previewErrata(wrong, { path: file })
  expect(preview).toMatchObject({
    ...{ kind: 'done', reached: 1, messages: 1, reminders: 1 },
    samples: [
      { content: { subject: expect.stringMatching(/^Errata corrige: .*sta per scadere$/) } },
    ],
  })
})

test('an errata can be corrected, and says so once', async () => {
  const wrong = await here.drop(children(1))
  await here.send()
  const errata = await corrected(wrong, 1)
  await here.send()
  // The very same words would be left out: they were said.
  await writeFile(file, TEXT.replace('sbagliato', 'errato'))
  const again = await corrected(errata, 1)
  await here.send()
  expect(await here.app.store.flows.get(again)).toMatchObject({ aboutFlowId: errata })
  const [first, second, third] = had(0).map(({ subject }) => subject)
  expect(second).toBe(`Errata corrige: ${first}`)
  expect(third).toBe(second)
})

test('a stopped flow is corrected for those whom it had reached, and no others', async () => {
  const wrong = await here.drop(children(3))
  await here.query(`update messages set send_at = now() + interval '1 day' where id = (
    select max(id) from messages where purpose = 'first')`)
  await here.send()
  await here.app.flows.stop(wrong, { ...anna, atMost: null })
  const errata = await corrected(wrong, 2)
  await here.send()
  expect((await errataOf(errata)).map(({ line }) => line)).toEqual([2, 3])
})
