import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { contact } from '../../../scripts/samples.ts'
import { createCalendar } from '../../../src/config/calendar.ts'
import { WindowSpec } from '../../../src/config/calendar-spec.ts'
import { compileKept } from '../../../src/config/mapping-version.ts'
import { difference } from '../../../src/domain/flow-account.ts'
import type { CompiledNotice } from '../../../src/mapping/mapping.ts'
import type { CampaignRan } from '../../../src/pipeline/plan/campaign.ts'
import {
  canteenFile,
  canteenRow,
  canteenRows,
  feedOf,
  feedWith,
  type GivenPipeline,
  givenPipeline,
  numbers,
  settlementFeed,
} from '../given.ts'
import { type CampaignChanges, campaignOf, runNow, tell } from '../given-campaign.ts'

let given: GivenPipeline

beforeEach(async () => {
  given = await givenPipeline()
})
afterEach(async () => {
  await given.close()
})

const mensa = feedOf('mensa')

/** Canteen rows, read and told: their flow. */
async function told(rows: string[], key = 'marzo', feed = mensa) {
  const { flowId } = await given.take(feed, key, canteenFile(rows))
  await tell(given, flowId)
  return flowId as number
}

const run = (changes: CampaignChanges = {}) => runNow(given, campaignOf(changes))

async function made(changes: CampaignChanges = {}): Promise<CampaignRan & { flowId: number }> {
  const ran = await run(changes)
  if (ran === null || ran.flowId === null) throw new Error(`no flow: ${JSON.stringify(ran)}`)
  return { ...ran, flowId: ran.flowId }
}

async function accountOf(flowId: number) {
  const account = await given.store.flows.account(flowId)
  expect(difference(account)).toBe(0)
  return Object.fromEntries(Object.entries(account).filter(([, n]) => n > 0))
}

const childrenOf = async (flowId: number) => {
  const receipts = await Array.fromAsync(given.store.receipts.ofFlow(flowId))
  return receipts.map(({ receipt: { key, fate, detail } }) =>
    [key, fate, detail].filter(Boolean).join(': '),
  )
}

describe('what a run makes', () => {
  test('a flow of its own with a message for each open notice', async () => {
    await told(canteenRows(1, 2, 3))
    const ran = await made()
    expect(ran).toMatchObject({
      state: 'made',
      counts: { messages: 3, totalCents: 27_000, refused: 0, leftOut: {} },
    })
    expect(await given.messages(ran.flowId)).toEqual(Array(3).fill('campaign waiting'))
    expect(await accountOf(ran.flowId)).toEqual({ read: 3, waiting: 3 })
    expect(await given.store.flows.get(ran.flowId)).toMatchObject({
      ...{ origin: 'campaign', campaign: 'solleciti', feed: null, dropId: null },
      ...{ state: 'active', reason: 'awaiting-approval' },
    })
    expect(await given.wakes()).toContain(`release ${ran.flowId}`)
    expect((await given.store.flows.emission(ran.flowId)).amounts).toMatchObject({ count: 3 })
  })

  test('messages that render, by the version that was kept, as they were checked', async () => {
    await told(canteenRows(1))
    const { flowId } = await made()
    const { rows } = await given.pool.query(
      `select v.name, m.template, m.one_a_day as day, m.due_at::text as due from messages m
       join mapping_versions v on v.id = m.mapping_version_id where m.flow_id = $1`,
      [flowId],
    )
    expect(rows).toEqual([
      { name: 'campaign/solleciti', template: 0, day: true, due: '2026-04-30 21:59:59+00' },
    ])
    const [version] = (await given.pool.query(VERSION, [flowId])).rows
    const kept = compileKept('campaign/solleciti', version.spec) as CompiledNotice
    const context = `notice/${version.i}/${version.notice}`
    const data = JSON.parse(given.vault.open(context, version.sealed).toString())
    const text = JSON.stringify(kept.payloads(data, 0))
    expect(given.vault.hash('text', text)).toEqual(version.hash)
  })

  test('its messages leave at its instant, or at the next opening of its window', async () => {
    await told(canteenRows(1))
    const window = WindowSpec.parse({ days: ['tue'], from: '10:00', to: '12:00' })
    const { flowId } = await made({
      calendar: createCalendar({ timeZone: 'Europe/Rome', calendar: undefined }, window),
    })
    const { rows } = await given.pool.query(
      'select send_at::text as at, civil_at::text as civil, moved from messages where flow_id = $1',
      [flowId],
    )
    expect(rows).toEqual([
      { at: '2026-03-03 09:00:00+00', civil: '2026-03-03 10:00:00', moved: 'closed' },
    ])
  })

  test('nobody to tell is no flow, and the run says so', async () => {
    expect(await run()).toMatchObject({ state: 'empty', flowId: null })
    expect(await given.count('select count(*) from flows')).toBe(0)
    const all = { institution: null, campaign: 'solleciti', limit: 10 }
    expect(await given.store.campaigns.runs(all)).toMatchObject([{ state: 'empty', flowId: null }])
  })

  test('more recipients than its bound is no flow, and staff is told how many', async () => {
    await told(canteenRows(1, 2, 3))
    const ran = await run({ maximumRecipients: 2 })
    expect(ran).toMatchObject({ state: 'too-many', flowId: null, counts: { messages: 3 } })
    const { rows } = await given.pool.query(
      `select subject, body from staff_mails where subject like 'Campagna%'`,
    )
    expect(rows).toMatchObject([{ subject: 'Campagna non partita: solleciti' }])
    expect(rows[0].body).toContain('3 messaggi per 270,00 €')
  })

  test('a text that IO would refuse is a refused record, and the others go', async () => {
    await told([canteenRow(1), canteenRow(2, { month: 'm'.repeat(40) })])
    const subject = 'Mensa: {{ mese }}, {{ mese }}, {{ mese }}'
    const { flowId, counts } = await made({ subject })
    expect(counts).toMatchObject({ messages: 1, refused: 1 })
    expect(await accountOf(flowId)).toEqual({ read: 2, waiting: 1, refused: 1 })
    expect((await given.store.flows.refusals(flowId, 5))[0]?.refusals[0]).toMatchObject({
      code: 'REC_TEXT_LENGTH',
      field: 'subject',
    })
  })

  test('a field that a notice does not keep is a refused record that names it', async () => {
    const flow = await told(canteenRows(1))
    const { rows } = await given.pool.query('select id, institution_id as i from notices')
    const context = `notice/${rows[0].i}/${rows[0].id}`
    const sealed = await given.pool.query('select sealed from notices where flow_id = $1', [flow])
    const data = JSON.parse(given.vault.open(context, sealed.rows[0].sealed).toString())
    delete data.fields.pasti
    const without = given.vault.seal(context, JSON.stringify(data))
    await given.pool.query('update notices set sealed = $1', [without])
    const markdown = `${'Restano {{ pasti }} pasti da pagare. '.repeat(4)}`
    const { flowId } = await made({ markdown })
    expect(await given.store.flows.refusals(flowId, 5)).toMatchObject([
      { key: 'MENSA-1|2026-03', refusals: [{ code: 'REC_FIELD_MISSING', field: 'pasti' }] },
    ])
  })
})

describe('whom it chooses', () => {
  test('open notices alone: what was paid or withdrawn is never chosen', async () => {
    await told(canteenRows(1, 2, 3))
    const paid = 'PRATICA,MESE\nMENSA-2,2026-03\n'
    await given.take(settlementFeed('settled'), 'pagati', paid)
    const { flowId } = await made()
    expect(await childrenOf(flowId)).toEqual([
      'MENSA-1|2026-03: waiting',
      'MENSA-3|2026-03: waiting',
    ])
  })

  test.each<[string, CampaignChanges['selection'], number[]]>([
    ['an amount of 50 euro or more', { amount: { from: 5000, to: null } }, [2, 3]],
    ['an amount between two', { amount: { from: 5000, to: 5000 } }, [2]],
    ['an emission', { emission: '2026-02' }, [3]],
    ['another feed', { feeds: ['altro'] }, []],
    ['a due date from a day on', { due: { from: at('2026-04-15T22:00Z'), before: null } }, [1, 2]],
    ['a due date up to a day', { due: { from: null, before: at('2026-04-15T22:00Z') } }, [3]],
    ['made later than they were', { made: { from: at('2026-03-03T00:00Z'), before: null } }, []],
    ['unread premium ones that were not read', { unread: true }, [1, 2, 3]],
  ])('by %s', async (_, selection, chosen) => {
    const row2 = canteenRow(2, { cents: '5000' })
    const row3 = canteenRow(3, { month: '2026-02', due: '2026-04-15' })
    await told([canteenRow(1, { cents: '4999' }), row2, row3])
    const ran = await run({ selection: selection ?? {} })
    expect(ran?.counts.messages).toBe(chosen.length)
    if (ran?.flowId == null) return
    const children = (await childrenOf(ran.flowId)).map((said) =>
      Number(/MENSA-(\d)/.exec(said)?.[1]),
    )
    expect(children.toSorted()).toEqual(chosen)
  })

  test('what was read is not unread', async () => {
    const flow = await told(canteenRows(1, 2))
    await given.pool.query(
      `update messages set read_at = $2 where id = (select min(id) from messages
       where flow_id = $1 and purpose = 'first')`,
      [flow, given.clock.now.toString()],
    )
    expect((await run({ selection: { unread: true } }))?.counts.messages).toBe(1)
  })

  test.each([
    ['waiting', 'not-told'],
    ['held', 'not-told'],
    ['uncertain', 'not-told'],
    ['cancelled', 'never-told'],
    ['recorded', 'never-told'],
  ])(
    'a first message that is %s leaves its notice out as %s, with the reason',
    async (state, why) => {
      const flow = await told(canteenRows(1, 2))
      await given.pool.query(
        `update messages set state = $2 where id = (select min(id) from messages
       where flow_id = $1 and purpose = 'first')`,
        [flow, state],
      )
      const { flowId, counts } = await made()
      expect(counts).toMatchObject({ messages: 1, leftOut: { [why]: 1 } })
      expect(await accountOf(flowId)).toEqual({ read: 2, waiting: 1, skipped: 1 })
      const [said] = (await childrenOf(flowId)).filter((one) => one.includes('skipped'))
      expect(said).toMatch(/la prima comunicazione non è/)
    },
  )

  test('on a dry run, what was only recorded counts as told', async () => {
    const flow = await told(canteenRows(1))
    await given.pool.query(`update messages set state = 'recorded' where flow_id = $1`, [flow])
    expect((await run({ isLive: false }))?.counts.messages).toBe(1)
  })

  test('who does not want to be written to is left out', async () => {
    await told(canteenRows(1, 2))
    await given.pool.query(
      `insert into do_not_contact (institution_id, fiscal_code_hash, sealed, since, actor, because)
       select id, $1, '', now(), 'anna', 'richiesta' from institutions`,
      [given.vault.hash('fiscal-code', contact(1).fiscalCode)],
    )
    const { counts } = await made()
    expect(counts).toMatchObject({ messages: 1, leftOut: { 'do-not-contact': 1 } })
  })

  test('perRecipient one tells each person of what is due first', async () => {
    const { fiscalCode } = contact(1)
    await told([
      canteenRow(1, { due: '2026-05-31' }),
      canteenRow(2, { fiscalCode, due: '2026-04-30' }),
      canteenRow(3),
    ])
    const { flowId, counts } = await made({ perRecipient: 'one' })
    expect(counts).toMatchObject({ messages: 2, leftOut: { 'same-recipient': 1 } })
    expect(await childrenOf(flowId)).toEqual([
      'MENSA-2|2026-03: waiting',
      'MENSA-3|2026-03: waiting',
    ])
  })

  test('of one debt the instalment that is due first is told, and never the whole', async () => {
    const spec = { key: ['pratica', 'mese'], group: 'pratica', single: 'pasti == 99' }
    const feed = feedWith('mensa', spec)
    const ofDebt = (n: number, due: string, meals = '20') =>
      canteenRow(7, { month: `2026-0${n}`, due, meals, notice: `30320260300000000${n}` })
    const rows = [ofDebt(1, '2026-04-30', '99'), ofDebt(2, '2026-04-30'), ofDebt(3, '2026-06-30')]
    await told(rows, 'rate', feed)
    const { flowId, counts } = await made({ feed })
    expect(counts).toMatchObject({ messages: 1, leftOut: { 'same-debt': 2 } })
    expect(await childrenOf(flowId)).toEqual(['MENSA-7|2026-02: waiting'])
  })
})

describe('runs after one another', () => {
  test('an instant is answered once, also by two nodes at once', async () => {
    await told(canteenRows(...numbers(50)))
    const plan = campaignOf()
    const other = given.another()
    const both = await Promise.all([
      runNow(given, plan),
      runNow({ ...given, store: other.store }, plan),
    ])
    expect(both.filter((ran) => ran !== null)).toHaveLength(1)
    expect(await given.count(`select count(*) from messages where purpose = 'campaign'`)).toBe(50)
  })

  test('a run that breaks off leaves nothing behind, and is made by the next', async () => {
    await told(canteenRows(1, 2))
    const plan = campaignOf()
    const broken = {
      ...plan.compiled,
      missing: () => {
        throw new Error('killed')
      },
    }
    await expect(runNow(given, { ...plan, compiled: broken })).rejects.toThrow('killed')
    expect(await given.count('select count(*) from campaign_runs')).toBe(0)
    expect(await runNow(given, plan)).toMatchObject({ state: 'made', counts: { messages: 2 } })
  })

  test('what waits in a campaign, or was just sent for, is left out', async () => {
    await told(canteenRows(1, 2))
    const { flowId } = await made()
    given.clock.now = given.clock.now.add({ hours: 1 })
    expect(await run()).toMatchObject({ state: 'empty', counts: { leftOut: { 'in-campaign': 2 } } })
    await given.pool.query(`update messages set state = 'sent', sent_at = $2 where flow_id = $1`, [
      flowId,
      given.clock.now.toString(),
    ])
    given.clock.now = given.clock.now.add({ hours: 24 * 6 })
    expect(await run()).toMatchObject({ state: 'empty', counts: { leftOut: { prompted: 2 } } })
    given.clock.now = given.clock.now.add({ hours: 49 })
    expect(await run()).toMatchObject({ state: 'made', counts: { messages: 2 } })
  })
})

describe('what happens to a notice between making and sending', () => {
  test('a payment cancels its message, and the account closes', async () => {
    await told(canteenRows(1, 2))
    const { flowId } = await made()
    await given.take(settlementFeed('settled'), 'pagati', 'PRATICA,MESE\nMENSA-1,2026-03\n')
    expect(await given.messages(flowId)).toEqual(['campaign cancelled settled', 'campaign waiting'])
    expect(await accountOf(flowId)).toEqual({ read: 2, cancelled: 1, waiting: 1 })
  })

  test('a change that matters cancels it: the notice is told anew', async () => {
    await told(canteenRows(1))
    const { flowId } = await made()
    await given.take(mensa, 'aprile', canteenFile([canteenRow(1, { cents: '9900' })]))
    expect(await given.messages(flowId)).toEqual(['campaign cancelled superseded'])
  })

  test('a silent change leaves it: its text is compared when it leaves', async () => {
    await told(canteenRows(1))
    const { flowId } = await made()
    await given.take(mensa, 'aprile', canteenFile([canteenRow(1, { meals: '21' })]))
    expect(await given.messages(flowId)).toEqual(['campaign waiting'])
  })
})

test('a thousand notices are read a batch at a time', async () => {
  const rows = numbers(1000).map((n) => canteenRow(n))
  await told(rows)
  const plan = campaignOf({ maximumRecipients: 1000 })
  let largest = 0
  const open: typeof given.store.openRun = async (...target) => {
    const lot = await given.store.openRun(...target)
    return (
      lot && {
        ...lot,
        add(records) {
          largest = Math.max(largest, records.length)
          return lot.add(records)
        },
      }
    )
  }
  const store = { ...given.store, openRun: open }
  const ran = await runNow({ ...given, store }, plan)
  expect(ran).toMatchObject({
    state: 'made',
    counts: { messages: 1000, totalCents: 9_000_000 },
  })
  expect(largest).toBe(250)
  expect(await accountOf(ran?.flowId as number)).toEqual({ read: 1000, waiting: 1000 })
})

const VERSION = `
  select v.spec, n.sealed, n.id as notice, n.institution_id as i, m.text_hash as hash
  from messages m join notices n on n.id = m.notice_id
    join mapping_versions v on v.id = m.mapping_version_id where m.flow_id = $1`

function at(text: string): Temporal.Instant {
  return Temporal.Instant.from(text)
}
