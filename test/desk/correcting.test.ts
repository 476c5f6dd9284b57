// Refused records that people deal with: corrected, mapped again into a flow of their own, ignored.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { accountTerms, difference } from '../../src/domain/flow-account.ts'
import {
  child,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'

let here: Installation
beforeEach(async () => {
  here = await openInstallation()
})
afterEach(() => here[Symbol.asyncDispose]())

const clerk = { actor: 'sportello', origin: 'console', note: null }
const other = { actor: 'ragioneria', origin: 'console', note: null }
const WRONG = 'XXXXXX00A01Z999X'

/** Three records are good; of two the fiscal code is wrong, of one the due date. */
const rows = () => [
  ...children(3),
  child(3, { fiscalCode: WRONG }),
  child(4, { fiscalCode: WRONG }),
  child(5, { due: '2026-02-31' }),
]

const everything = {
  ...{ institution: INSTITUTION, services: null, service: null, feed: null, from: null, to: null },
  ...{ flowId: null, code: null, field: null },
}
const open = { ...everything, standing: 'open' as const }
const settled = { ...everything, standing: 'settled' as const }

async function placeOf(flowId: number, record: number) {
  const place = await here.app.store.corrections.find(INSTITUTION, null, { flowId, record })
  if (place === null) throw new Error(`record ${record} is not refused`)
  return place
}

/** Says the right fiscal code of a child. */
async function correct(flowId: number, n: number, edition = 0, who = clerk) {
  const place = await placeOf(flowId, n + 1)
  const correction = { codice_fiscale: parent(n) }
  return here.app.desk.correcting.correct(place, edition, correction, who)
}

const rework = (flowId: number, records: { record: number; edition: number }[], who = clerk) =>
  here.app.desk.correcting.rework(
    { institution: INSTITUTION, flowId, record: records[0]?.record ?? 0 },
    null,
    records,
    who,
  )

async function closes(flowId: number) {
  const account = await here.app.store.flows.account(flowId)
  expect(difference(account)).toBe(0)
  const said = accountTerms.flatMap((term) => (account[term] > 0 ? [[term, account[term]]] : []))
  return Object.fromEntries([['read', account.read], ...said])
}

test('refused records are counted by their causes, without what they say', async () => {
  const flow = await here.drop(rows())
  const { causes, list } = here.app.store.corrections
  expect(await causes(open)).toEqual([
    { code: 'REC_FISCAL_CODE_CHECK', field: 'codice_fiscale', records: 2, flows: 1 },
    { code: 'REC_DATE_FORM', field: 'scadenza', records: 1, flows: 1 },
  ])
  const listed = await list({ ...open, code: 'REC_FISCAL_CODE_CHECK' }, null, 10)
  expect(listed.map(({ flowId, record, line }) => [flowId, record, line])).toEqual([
    [flow, 4, 5],
    [flow, 5, 6],
  ])
  expect(await causes({ ...open, services: ['altro'] })).toEqual([])
})

test('a corrected record leaves in a flow of its own, and both accounts close', async () => {
  const flow = await here.drop(rows())
  await here.send()
  expect(await closes(flow)).toEqual({ read: 6, sent: 3, refused: 3 })

  expect(await correct(flow, 3)).toEqual({ kind: 'done' })
  expect(await correct(flow, 4, 0, other)).toEqual({ kind: 'done' })
  expect(await closes(flow)).toEqual({ read: 6, sent: 3, refused: 3 })
  const { corrected } = here.app.store.corrections
  const wanted = await corrected(INSTITUTION, null, flow)
  expect(wanted).toEqual([
    { record: 4, edition: 1 },
    { record: 5, edition: 1 },
  ])

  const made = await rework(flow, wanted)
  if (made.kind !== 'done') throw new Error(JSON.stringify(made))
  expect(made).toMatchObject({ records: 2, refused: [] })
  await here.app.release(made.flowId)
  expect(await here.app.store.flows.get(made.flowId)).toMatchObject({
    ...{ origin: 'correction', aboutFlowId: flow, dropId: null, feed: 'mensa', tells: [] },
    preparedBy: ['ragioneria', 'sportello'],
  })
  await here.send()
  expect(await closes(made.flowId)).toEqual({ read: 2, sent: 2 })
  expect(await closes(flow)).toEqual({ read: 6, sent: 3, refused: 3 })
  expect((await here.firsts(made.flowId)).map(({ state }) => state)).toEqual(['sent', 'sent'])

  const { count, causes } = here.app.store.corrections
  expect([await count(open), await count(settled)]).toEqual([1, 2])
  expect((await causes(open)).map(({ code }) => code)).toEqual(['REC_DATE_FORM'])
  const verbs = async (id: number) => (await here.app.store.acts.ofFlow(id)).map(({ verb }) => verb)
  expect(await verbs(flow)).toContain(`reworked 2 refused as flow ${made.flowId}`)
  expect(await verbs(made.flowId)).toContain(`reworks 2 refused of flow ${flow}`)
})

test('a corrected record that was sent needs no letter: it is no part of the rest', async () => {
  const flow = await here.drop(rows())
  await correct(flow, 3)
  const made = await rework(flow, [{ record: 4, edition: 1 }])
  if (made.kind !== 'done') throw new Error(JSON.stringify(made))
  await here.app.release(made.flowId)
  await here.send()
  const stand = await Array.fromAsync(here.app.store.rests.records(flow))
  expect(stand.map(({ term }) => term)).toEqual([
    ...['sent', 'sent', 'sent', 'sent', 'refused', 'refused'],
  ])
})

test('the same record of the source, once it is mended there, is no second message', async () => {
  const flow = await here.drop(rows())
  await correct(flow, 3)
  const made = await rework(flow, [{ record: 4, edition: 1 }])
  if (made.kind !== 'done') throw new Error(JSON.stringify(made))
  await here.app.release(made.flowId)
  await here.send()
  const later = await here.drop(children(5), 'mensa-2026-03-bis.csv')
  await here.app.release(later)
  expect(await closes(later)).toEqual({ read: 5, duplicate: 4, waiting: 1 })
})

test('what would be refused again is not kept, and says why', async () => {
  const flow = await here.drop(rows())
  const { correcting } = here.app.desk
  const place = await placeOf(flow, 6)
  const answer = await correcting.correct(place, 0, { scadenza: '30/02/2026' }, clerk)
  expect(answer).toMatchObject({ kind: 'wrong', refusals: [{ code: 'REC_DATE_FORM' }] })
  expect(await rework(flow, [{ record: 6, edition: 0 }])).toMatchObject({
    kind: 'wrong',
    refused: [{ record: 6, line: 7, refusals: [{ code: 'REC_DATE_FORM' }] }],
  })
  expect(await here.query('select * from corrections')).toEqual([])
  expect(await here.query("select id from flows where origin = 'correction'")).toEqual([])
})

test('of several those that are good go on, and the others stay open where they were', async () => {
  const flow = await here.drop(rows())
  await correct(flow, 3)
  const made = await rework(flow, [
    { record: 4, edition: 1 },
    { record: 6, edition: 0 },
  ])
  expect(made).toMatchObject({ kind: 'done', records: 1, refused: [{ record: 6 }] })
  expect(await here.app.store.corrections.count(open)).toBe(2)
  expect(await closes(flow)).toEqual({ read: 6, refused: 3, waiting: 3 })
})

test('a record under the key of another of its file is refused, not a change', async () => {
  const again = child(1, { cents: 9900 })
  const flow = await here.drop([...children(3), again])
  expect(await closes(flow)).toMatchObject({ read: 4, refused: 1 })
  const answer = await rework(flow, [{ record: 4, edition: 0 }])
  expect(answer).toMatchObject({ kind: 'wrong', refused: [{ record: 4 }] })
  expect(await closes(flow)).toMatchObject({ read: 4, refused: 1, waiting: 3 })
})

test('of two clerks who correct one record at once the second is told', async () => {
  const flow = await here.drop(rows())
  const answers = await Promise.all([correct(flow, 3), correct(flow, 3, 0, other)])
  expect(answers.map(({ kind }) => kind).sort()).toEqual(['changed', 'done'])
})

test('of two who map the same records again at once one makes the flow', async () => {
  const flow = await here.drop(rows())
  await correct(flow, 3)
  await correct(flow, 4)
  const both = [
    { record: 4, edition: 1 },
    { record: 5, edition: 1 },
  ]
  const answers = await Promise.all([rework(flow, both), rework(flow, both, other)])
  expect(answers.map(({ kind }) => kind).sort()).toEqual(['changed', 'done'])
  const made = await here.query<{ n: number }>(
    "select count(*)::int as n from messages m join flows f on f.id = m.flow_id where f.origin = 'correction' and purpose = 'first'",
  )
  expect(made).toEqual([{ n: 2 }])
})

test('whoever has not seen the last correction maps nothing again', async () => {
  const flow = await here.drop(rows())
  await correct(flow, 3)
  await correct(flow, 3, 1, other)
  expect(await rework(flow, [{ record: 4, edition: 1 }])).toEqual({ kind: 'changed' })
  expect(await rework(flow, [{ record: 4, edition: 0 }])).toEqual({ kind: 'changed' })
  expect(await rework(flow, [{ record: 4, edition: 2 }])).toMatchObject({ kind: 'done' })
})

test('a person ignores some, with a reason, and only those of their services', async () => {
  const flow = await here.drop(rows())
  const { ignore, count } = here.app.store.corrections
  const names = [
    { flowId: flow, record: 4 },
    { flowId: flow, record: 1 },
  ]
  const why = { ...clerk, note: 'residente trasferito' }
  const now = Temporal.Now.instant()
  expect(await ignore(INSTITUTION, ['altro'], names, why, now)).toEqual([])
  expect(await ignore(INSTITUTION, null, names, why, now)).toEqual([{ flowId: flow, record: 4 }])
  expect(await ignore(INSTITUTION, null, names, why, now)).toEqual([])
  expect([await count(open), await count(settled)]).toEqual([2, 1])
  expect(await closes(flow)).toEqual({ read: 6, refused: 3, waiting: 3 })
})

test('a record is shown with its line and fields, and that is written down', async () => {
  const flow = await here.drop(rows())
  const shown = await here.app.desk.correcting.reveal(await placeOf(flow, 4), clerk)
  expect(shown).toMatchObject({ because: null, text: child(3, { fiscalCode: WRONG }) })
  expect(shown.fields?.filter(({ isWrong }) => isWrong)).toEqual([
    { name: 'codice_fiscale', column: 'CF_GENITORE', text: WRONG, isWrong: true },
  ])
  const acts = await here.app.store.acts.ofFlow(flow)
  expect(acts.filter(({ verb }) => verb === 'revealed record 4')).toHaveLength(1)
})

test('of a drop whose bytes are gone, or that was mapped again, nothing is corrected', async () => {
  const flow = await here.drop(rows())
  const redone = await here.app.flows.redo(flow, clerk)
  expect(redone.kind).toBe('done')
  expect(await correct(flow, 3)).toEqual({ kind: 'unreadable', because: 'replaced' })
  const [again] = await here.query<{ id: number }>('select max(id)::int as id from flows')
  await here.query('delete from drop_chunks')
  expect(await correct(again?.id ?? 0, 3)).toEqual({ kind: 'unreadable', because: 'purged' })
})

test('a drop that is mapped again leaves what was corrected of it as it is', async () => {
  const flow = await here.drop(rows())
  await correct(flow, 3)
  const made = await rework(flow, [{ record: 4, edition: 1 }])
  if (made.kind !== 'done') throw new Error(JSON.stringify(made))
  await here.app.release(made.flowId)
  const redone = await here.app.flows.redo(flow, clerk)
  if (redone.kind !== 'done') throw new Error(JSON.stringify(redone))
  expect(await closes(made.flowId)).toEqual({ read: 1, waiting: 1 })
  expect(await closes(redone.flowId)).toMatchObject({ read: 6, refused: 3 })
})
