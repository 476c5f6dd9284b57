import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contact } from '../../scripts/samples.ts'
import type { CheckCode, ReleaseRules } from '../../src/domain/release-check.ts'
import { leaveOutConcerned, overrideFinding } from '../../src/pipeline/release/override.ts'
import { checkFlow, releaseFlow } from '../../src/pipeline/release.ts'
import { untilBlocked } from '../store/given.ts'
import {
  type CanteenRow,
  canteenFile,
  canteenRow,
  canteenRows,
  feedOf,
  feedWith,
  type GivenPipeline,
  givenPipeline,
  numbers,
  settlementWith,
} from './given.ts'
import { releasePortsOf } from './given-release.ts'

let given: GivenPipeline
let institutions = 0
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

const portsOf = (rules: Partial<ReleaseRules>) => releasePortsOf(given, rules)
const release = (id: number, rules: Partial<ReleaseRules> = {}) => releaseFlow(id, portsOf(rules))
const by = { actor: 'anna', origin: 'cli', note: 'visto con l’ufficio' }
const leave = (id: number, code: CheckCode, rules: Partial<ReleaseRules> = {}) =>
  leaveOutConcerned(id, { code, ...by }, portsOf(rules))
const overrule = (
  id: number,
  code: CheckCode,
  totalCents: number | null,
  rules: Partial<ReleaseRules> = {},
) => {
  const messages = totalCents === null ? 0 : null
  return overrideFinding(id, { code, totalCents, messages, ...by }, portsOf(rules))
}
const check = async (id: number, rules: Partial<ReleaseRules> = {}) => {
  const checked = await checkFlow(id, portsOf(rules))
  if (checked.kind === 'refused') throw new Error(checked.because)
  return checked
}
const codesOf = async (id: number, rules: Partial<ReleaseRules> = {}) =>
  (await check(id, rules)).report.findings.map(({ code, level, messages }) => {
    return `${code} ${level} ${messages}`
  })
const firsts = async (id: number) =>
  (await given.messages(id)).filter((said) => said.startsWith('first'))

/** Two feeds of one institution, whose notices have keys of their own. */
function town() {
  const institution = `paese-${++institutions}`
  const feed = feedOf('mensa', { institution })
  const again = feedWith('mensa', { series: 'mensa-bis' }, { ...feed, feed: 'mensa-bis' })
  return { feed, again }
}

/** Feeds of one institution that read the same files, without payments. */
function twoReaders() {
  const { feed } = town()
  const reader = (name: string, series: string, said: string, key = ['pratica']) => {
    const subject = { it: `${said}, come stabilito` }
    const markdown = { it: `${said}. `.repeat(10) }
    const notice = { fiscalCode: 'codice_fiscale', subject, markdown }
    const spec = { series, key, skip: [], reminders: [], notice }
    return feedWith('mensa', spec, { ...feed, feed: name })
  }
  const confirmed = 'Appuntamento confermato'
  return {
    told: reader('conferme', 'conferme', confirmed),
    others: reader('annulli', 'annulli', 'Appuntamento annullato'),
    renamed: reader('conferme-bis', 'conferme', confirmed, ['pratica', 'mese']),
  }
}

const file = (ns: number[], changes: Partial<CanteenRow> = {}) =>
  canteenFile(ns.map((n) => canteenRow(n, changes)))
/** Bills that were paid, by their notice numbers. */
function settlementOf(institution: string) {
  const fields = { avviso: { column: 'AVVISO', type: 'noticeNumber' } }
  const rest = { key: ['avviso'], by: 'noticeNumber', as: 'settled', rememberDays: 30 }
  return settlementWith(fields, rest, { institution })
}
const paidFile = (ns: number[]) =>
  ['AVVISO', ...ns.map((n) => canteenRow(n).split(',').at(-1)), ''].join('\n')
const flowOf = async (...taking: Parameters<GivenPipeline['take']>) =>
  (await given.take(...taking)).flowId as number

describe('bills that other notices have told already', () => {
  test('are left out by themselves, and the others go', async () => {
    const { feed, again } = town()
    await release(await flowOf(feed, 'a', file(numbers(5))))
    const next = await flowOf(again, 'b', file(numbers(12)))
    expect(await release(next)).toBe(true)
    expect(await firsts(next)).toEqual([
      ...Array(5).fill('first cancelled FLOW_TOLD_ALREADY'),
      ...Array(7).fill('first waiting'),
    ])
    const report = await given.store.flowChecks.report(next)
    expect(report).toMatchObject({
      facts: { messages: 7, toldAlready: 0, leftOut: { FLOW_TOLD_ALREADY: 5 } },
      findings: [
        { code: 'FLOW_TOLD_ALREADY', level: 'left-out', figures: { records: 5, all: 12 } },
      ],
    })
    expect((await given.store.acts.ofFlow(next)).map(({ verb, note }) => [verb, note])).toEqual([
      ['left-out FLOW_TOLD_ALREADY', '5'],
      ['approved', null],
    ])
    expect(await given.store.flows.account(next)).toMatchObject({ read: 12, cancelled: 5 })
  })

  test('keep the flow back where the feed blocks, and may be left out by a person', async () => {
    const { feed, again } = town()
    await release(await flowOf(feed, 'a', file(numbers(2))))
    const next = await flowOf(again, 'b', file(numbers(4)))
    const rules = { onProblems: 'block' } as const
    expect(await release(next, rules)).toBe(false)
    expect(await codesOf(next, rules)).toEqual(['FLOW_TOLD_ALREADY blocking 2'])
    expect(await leave(next, 'FLOW_TOLD_ALREADY', rules)).toMatchObject({
      ...{ kind: 'done', led: 'released', leftOut: 2 },
    })
    expect((await firsts(next)).filter((said) => said === 'first waiting')).toHaveLength(2)
    const { rows } = await given.pool.query('select prepared_by from flows where id = $1', [next])
    expect(rows).toEqual([{ prepared_by: ['anna'] }])
  })

  test('keep the flow back above the share, and go when a person names the total', async () => {
    const { feed, again } = town()
    await release(await flowOf(feed, 'a', file(numbers(7))))
    const next = await flowOf(again, 'b', file(numbers(12)))
    expect(await release(next)).toBe(false)
    expect(await overrule(next, 'FLOW_TOLD_ALREADY', 107_999)).toMatchObject({
      ...{ kind: 'refused', because: 'other-total' },
    })
    expect(await overrule(next, 'FLOW_TOLD_ALREADY', 108_000)).toMatchObject({ led: 'released' })
    expect(await firsts(next)).toEqual(Array(12).fill('first waiting'))
  })

  test('of a flow that nobody let go are told by nobody', async () => {
    const { feed, again } = town()
    await flowOf(feed, 'a', file(numbers(5)))
    const next = await flowOf(again, 'b', file(numbers(5)))
    expect(await codesOf(next)).toEqual([])
  })

  test('of another citizen, or of another institution, are others', async () => {
    const { feed, again } = town()
    await release(await flowOf(feed, 'a', file(numbers(5))))
    const others = numbers(5).map((n) =>
      canteenRow(n, { fiscalCode: canteenRow(n + 50).split(',')[1] as string }),
    )
    expect(await codesOf(await flowOf(again, 'b', canteenFile(others)))).toEqual([])
    expect(await codesOf(await flowOf(town().feed, 'b', file(numbers(5))))).toEqual([])
  })
})

describe('one bill twice in a file', () => {
  const twice = (n: number) => canteenRow(n, { child: `MENSA-${n}-BIS` })

  test('is told once, though its records have keys of their own', async () => {
    const { feed } = town()
    const rows = [...canteenRows(...numbers(10)), twice(3), twice(3).replace('BIS', 'TER')]
    const id = await flowOf(feed, 'a', canteenFile(rows))
    expect(await release(id)).toBe(true)
    expect(await firsts(id)).toEqual([
      ...Array(10).fill('first waiting'),
      ...Array(2).fill('first cancelled FLOW_TOLD_ALREADY'),
    ])
  })

  test('is two where two citizens owe it', async () => {
    const { feed } = town()
    const other = canteenRow(3, { child: 'ALTRO', fiscalCode: contact(90).fiscalCode })
    const id = await flowOf(feed, 'a', canteenFile([...canteenRows(1, 2, 3), other]))
    expect(await codesOf(id)).toEqual([])
  })
})

describe('told, paid and refused', () => {
  test('are too many together, where each is below the share', async () => {
    const { feed, again } = town()
    const first = await flowOf(feed, 'a', file(numbers(5)))
    await release(first)
    await given.pool.query(`update messages set state = 'sent' where flow_id = $1`, [first])
    await given.take(settlementOf(feed.institution), 'pagati', paidFile(numbers(5, 4)))
    // Of 11 records 4 were told, 4 are paid, 1 is both, and 1 cannot be read.
    const rows = [...canteenRows(...numbers(10)), canteenRow(10, { fiscalCode: 'XX' })]
    const next = await flowOf(again, 'b', canteenFile(rows))
    const { facts } = (await check(next)).report
    expect(facts).toMatchObject({ toldAlready: 5, paidAlready: 5, toldOrPaid: 9, refused: 1 })
    const found = ['FLOW_TOLD_ALREADY blocking 5', 'FLOW_PAID_ALREADY blocking 5']
    expect(await codesOf(next)).toEqual(found)
    const { problem } = await given.store.flows.get(next)
    expect(problem?.detail).toContain('sono 9 su 10, più del 50 %')
    // A bill that is both is left out once, and what is left is harmless.
    expect(await leave(next, 'FLOW_TOLD_ALREADY')).toMatchObject({ led: 'blocked', leftOut: 5 })
    expect(await leave(next, 'FLOW_PAID_ALREADY')).toMatchObject({ led: 'released', leftOut: 4 })
    expect((await firsts(next)).filter((said) => said === 'first waiting')).toHaveLength(1)
  })
})

describe('the same file under another name', () => {
  test('keeps the flow back, and names the file and its flow', async () => {
    const { feed, again } = town()
    const first = await flowOf(feed, 'ruolo-2026', file(numbers(3)))
    await release(first)
    const next = await flowOf(again, 'ruolo-2026-bis', file(numbers(3)))
    expect(await release(next)).toBe(false)
    const { problem } = await given.store.flows.get(next)
    expect(problem?.detail).toContain(
      `3 messaggi su 3 ripetono il file «ruolo-2026.csv», già inviato con il flusso ${first}.`,
    )
    expect(await firsts(next)).toEqual(Array(3).fill('first waiting'))
    // Who says that it is to be told again, says so of its bills too.
    expect(await overrule(next, 'FLOW_REPEATED_FILE', 27_000)).toMatchObject({ led: 'released' })
    expect(await firsts(next)).toEqual(Array(3).fill('first waiting'))
  })

  test('is another’s where two feeds read it for series of their own', async () => {
    const { told, others, renamed } = twoReaders()
    await release(await flowOf(told, 'appuntamenti', file(numbers(3))))
    const next = await flowOf(others, 'appuntamenti', file(numbers(3)))
    expect(await codesOf(next)).toEqual([])
    // In one series it is a repeat, whatever its keys are and whichever feed brings it.
    expect(await codesOf(await flowOf(renamed, 'appuntamenti', file(numbers(3))))).toEqual([
      'FLOW_REPEATED_FILE blocking 3',
    ])
  })

  test('is a repeat for a feed that is younger than the file', async () => {
    const { told, others } = twoReaders()
    const first = await flowOf(told, 'appuntamenti', file(numbers(3)))
    await release(first)
    await given.pool.query(
      `update drops set received_at = received_at - interval '61 minutes'
       where id = (select drop_id from flows where id = $1)`,
      [first],
    )
    const next = await flowOf(others, 'appuntamenti', file(numbers(3)))
    expect(await codesOf(next)).toEqual(['FLOW_REPEATED_FILE blocking 3'])
  })

  test('is told without the person whom its name may name, and on one line', async () => {
    const { feed, again } = town()
    const person = canteenRow(1).split(',')[1]
    await release(await flowOf(feed, `ruolo\n${person}`, file(numbers(3))))
    const { report } = await check(await flowOf(again, 'b', file(numbers(3))))
    const told = report.findings.find(({ code }) => code === 'FLOW_REPEATED_FILE')
    expect(told?.figures['file']).toBe('ruolo ….csv')
  })

  test('is found by four fifths of its bills, where its bytes are others', async () => {
    const { feed, again } = town()
    await release(await flowOf(feed, 'a', file(numbers(8))))
    const next = await flowOf(again, 'b', file(numbers(10)))
    expect(await codesOf(next)).toContain('FLOW_REPEATED_FILE blocking 8')
    expect(await leave(next, 'FLOW_REPEATED_FILE')).toMatchObject({ led: 'released', leftOut: 8 })
    expect((await firsts(next)).slice(-3)).toEqual([
      ...['first cancelled FLOW_REPEATED_FILE', 'first waiting', 'first waiting'],
    ])
  })

  test('is found whatever became of its bills, unless they are to come again', async () => {
    const { feed, again } = town()
    const first = await flowOf(feed, 'a', file(numbers(10)))
    await release(first)
    const become = (states: string[]) =>
      given.pool.query(
        `update messages m set state = split_part(s.said, ' ', 1),
           code = nullif(split_part(s.said, ' ', 2), '')
         from unnest($2::text[]) with ordinality s (said, n) join (
           select id, row_number() over (order by id) as n from messages
           where flow_id = $1 and purpose = 'first') f using (n) where m.id = f.id`,
        [first, states],
      )
    const next = await flowOf(again, 'b', file(numbers(11)))
    const repeats = async () => (await check(next)).report.facts.repeats
    const ended = ['sent', 'rejected', 'undeliverable', 'uncertain', 'cancelled settled']
    await become([...ended, ...ended.slice(0, 4), 'cancelled superseded'])
    expect(await repeats()).toMatchObject({ flowId: first })
    await become([...ended, ...ended.slice(0, 3), 'cancelled stopped', 'cancelled FLOW_PAST_DUE'])
    expect(await repeats()).toBe(null)
  })

  test('is nothing in its own series, where every record is a duplicate', async () => {
    const { feed } = town()
    await release(await flowOf(feed, 'a', file(numbers(3))))
    const next = await flowOf(feed, 'b', file(numbers(3)))
    expect(await codesOf(next)).toEqual([])
    expect(await given.store.flows.account(next)).toMatchObject({ read: 3, duplicate: 3 })
  })
})

describe('bills that are paid already', () => {
  test('by another notice, or by a settlement that came before, are left out', async () => {
    const { feed, again } = town()
    await release(await flowOf(feed, 'a', file(numbers(2))))
    await given.take(settlementOf(feed.institution), 'pagati', paidFile(numbers(4)))
    // The series of the settlement is the first one: of numbers 2 and 3 it only remembers.
    const next = await flowOf(again, 'b', file(numbers(10), { due: '2026-05-31' }))
    expect(await release(next)).toBe(true)
    const said = await firsts(next)
    expect(said.filter((one) => one === 'first cancelled FLOW_PAID_ALREADY')).toHaveLength(4)
    expect(said.filter((one) => one === 'first waiting')).toHaveLength(6)
  })
})

describe('due dates that have passed', () => {
  const mixed = (past: number, future: number) => [
    ...numbers(past).map((n) => canteenRow(n, { due: '2026-02-15' })),
    ...numbers(future, 50).map((n) => canteenRow(n, { due: '2026-04-30' })),
  ]

  test('above the share keep the flow back; left out, the rest goes', async () => {
    const { feed } = town()
    const id = await flowOf(feed, 'a', canteenFile(mixed(3, 7)))
    expect(await release(id)).toBe(false)
    expect((await check(id)).report.facts.due).toEqual({
      ...{ count: 10, past: 3, first: '2026-02-15', median: '2026-04-30', last: '2026-04-30' },
      byMonth: { '2026-02': 3, '2026-04': 7 },
    })
    expect(await leave(id, 'FLOW_PAST_DUE')).toMatchObject({ led: 'released', leftOut: 3 })
    expect((await given.store.flows.emission(id)).amounts).toMatchObject({ count: 7 })
    const sum = (await given.store.flows.account(id)) satisfies { cancelled: number }
    expect([sum.cancelled, sum.waiting]).toEqual([3, 7])
  })

  test('stand beside those of the emission before', async () => {
    const { feed } = town()
    await release(await flowOf(feed, 'a', canteenFile(mixed(1, 9))))
    const next = await flowOf(feed, 'b', file(numbers(4, 80)))
    expect((await check(next)).report.facts.dueBefore).toMatchObject({
      ...{ count: 10, past: 1, byMonth: { '2026-02': 1, '2026-04': 9 } },
    })
  })
})

describe('a feed that blocks on problems', () => {
  const block = { onProblems: 'block' } as const

  test('is stopped by one refused record until a person names what the others sum to', async () => {
    const { feed } = town()
    const rows = [...canteenRows(1, 2, 3), canteenRow(4, { fiscalCode: 'XX' })]
    const id = await flowOf(feed, 'a', canteenFile(rows))
    expect(await release(id, block)).toBe(false)
    expect((await given.store.flows.get(id)).problem).toMatchObject({
      code: 'FLOW_PROBLEMS',
      detail: '1 righe su 4 sono state scartate (25 %).',
    })
    expect(await firsts(id)).toEqual(Array(3).fill('first waiting'))
    expect(await leave(id, 'FLOW_PROBLEMS', block)).toMatchObject({ because: 'whole-lot' })
    expect(await overrule(id, 'FLOW_PROBLEMS', 27_000, block)).toMatchObject({ led: 'released' })
  })

  test('is stopped by nothing where it skips them', async () => {
    const { feed } = town()
    const rows = [...canteenRows(1, 2, 3), canteenRow(4, { fiscalCode: 'XX' })]
    expect(await release(await flowOf(feed, 'a', canteenFile(rows)))).toBe(true)
  })
})

describe('a text without one personal field', () => {
  const text = {
    it: 'La mensa riapre lunedì: il menu e gli orari sono sul sito del Comune, con le novità.',
  }
  const notice = {
    fiscalCode: 'codice_fiscale',
    ...{ subject: { it: 'Mensa scolastica: si ricomincia' }, markdown: text },
  }
  const allTheSame = () => feedWith('mensa', { notice, reminders: [] }, town().feed)

  test('to fifty people is a mass communication, and nothing of it leaves', async () => {
    const id = await flowOf(allTheSame(), 'a', file(numbers(50)))
    expect(await release(id)).toBe(false)
    const { problem } = await given.store.flows.get(id)
    expect(problem).toMatchObject({
      code: 'FLOW_MASS',
      detail: expect.stringContaining('I 50 messaggi dicono a tutti le stesse parole'),
    })
    expect(await firsts(id)).toEqual(Array(50).fill('first waiting'))
    expect(await overrule(id, 'FLOW_MASS', null)).toMatchObject({ because: 'other-count' })
  })

  test('to forty-nine is none', async () => {
    expect(await release(await flowOf(allTheSame(), 'a', file(numbers(49))))).toBe(true)
  })
})

describe('a flow of which nothing is left', () => {
  const ask = { approval: 'one' } as const
  const label = async (id: number) => {
    const { state, reason } = await given.store.flows.get(id)
    return [state, reason].filter(Boolean).join(' ')
  }
  const verbs = async (id: number) => (await given.store.acts.ofFlow(id)).map(({ verb }) => verb)
  const lastMail = async () => {
    const sql = 'select subject, body from staff_mails order by id desc limit 1'
    return (await given.pool.query<{ subject: string; body: string }>(sql)).rows[0]
  }
  const unreadable = (count: number) => file(numbers(count), { fiscalCode: 'XX' })

  test('ends by itself when every record was refused, and staff hears why', async () => {
    const id = await flowOf(town().feed, 'a', unreadable(12))
    expect(await release(id, ask)).toBe(false)
    expect(await label(id)).toBe('sent')
    expect(await verbs(id)).toEqual(['nothing to send'])
    const mail = await lastMail()
    expect(mail?.subject).toBe('Nulla da inviare: mensa')
    expect(mail?.body).toContain('12 righe su 12 sono state scartate (100 %).')
    expect(await given.store.flows.account(id)).toMatchObject({ read: 12, refused: 12 })
  })

  test('ends without a word where nothing is wrong with it', async () => {
    const { feed } = town()
    await release(await flowOf(feed, 'a', file(numbers(3))))
    const again = await flowOf(feed, 'b', file(numbers(3)))
    const before = await lastMail()
    expect(await check(again, { test: 'required' })).toMatchObject({ led: 'empty', blocking: [] })
    expect(await label(again)).toBe('sent')
    expect(await lastMail()).toEqual(before)
  })

  test('ends when a person has left out all of it', async () => {
    const id = await flowOf(town().feed, 'a', file(numbers(10), { due: '2026-02-15' }))
    expect(await release(id, ask)).toBe(false)
    expect(await leave(id, 'FLOW_PAST_DUE', ask)).toMatchObject({ led: 'empty', leftOut: 10 })
    expect(await label(id)).toBe('sent')
    expect(await verbs(id)).toEqual(['kept-back', 'left-out FLOW_PAST_DUE', 'nothing to send'])
  })

  test('is found when its last message has been paid while it was blocked', async () => {
    const { feed } = town()
    const id = await flowOf(feed, 'a', file(numbers(10), { due: '2026-02-15' }))
    await release(id)
    expect(await given.store.flowChecks.emptied(10)).toEqual([])
    await given.take(settlementOf(feed.institution), 'pagati', paidFile(numbers(10)))
    expect(await given.store.flowChecks.emptied(10)).toEqual([id])
    await check(id, ask)
    expect(await label(id)).toBe('sent')
    expect(await given.store.flowChecks.emptied(10)).toEqual([])
  })

  test('is neither an emission to compare with, nor a file that came before', async () => {
    const { feed } = town()
    const id = await flowOf(feed, 'a', file(numbers(10), { due: '2026-02-15', cents: '90000000' }))
    await release(id)
    expect(await leave(id, 'FLOW_PAST_DUE')).toMatchObject({ led: 'empty' })
    const next = await flowOf(feed, 'b', file(numbers(10, 20)))
    expect((await check(next)).report.facts.before).toBe(null)
    const refused = town()
    const bytes = file(numbers(12), { fiscalCode: 'XX' })
    expect((await check(await flowOf(refused.feed, 'a', bytes))).led).toBe('empty')
    const again = await flowOf(refused.again, 'b', bytes)
    expect((await check(again)).report.facts.repeats).toBe(null)
  })

  test('waits where a person holds something of it, or has suspended it', async () => {
    const { feed } = town()
    const id = await flowOf(feed, 'a', file(numbers(10), { due: '2026-02-15' }))
    await release(id)
    await given.pool.query(
      `update messages set state = case when id = (select min(id) from messages where flow_id = $1)
         then 'held' else 'cancelled' end, code = 'HOLD_SERVICE' where flow_id = $1`,
      [id],
    )
    expect(await given.store.flowChecks.emptied(10)).toEqual([])
    expect((await check(id, ask)).led).not.toBe('empty')
    await given.pool.query(`update messages set state = 'cancelled' where flow_id = $1`, [id])
    await given.pool.query('update flows set suspended_at = now() where id = $1', [id])
    expect(await given.store.flowChecks.emptied(10)).toEqual([])
    expect((await check(id, ask)).led).not.toBe('empty')
  })
})

describe('what a person says', () => {
  const rules = { pastDueAtMostPercent: 0 }
  const late = (n: number) => file(numbers(n), { due: '2026-02-15' })

  test('of one finding leaves the other in its way', async () => {
    const { feed } = town()
    await release(await flowOf(feed, 'a', file(numbers(10, 50), { cents: '100' })))
    const id = await flowOf(feed, 'b', late(10))
    expect(await codesOf(id)).toEqual(['FLOW_AMOUNTS blocking 10', 'FLOW_PAST_DUE blocking 10'])
    expect(await overrule(id, 'FLOW_PAST_DUE', 90_000)).toMatchObject({ led: 'blocked' })
    expect(await overrule(id, 'FLOW_AMOUNTS', 90_000)).toMatchObject({ led: 'released' })
  })

  test('needs no telling again once payments have taken some away', async () => {
    const { feed } = town()
    const id = await flowOf(feed, 'a', late(10))
    await release(id, rules)
    const ask = { ...rules, approval: 'one' } as const
    expect(await overrule(id, 'FLOW_PAST_DUE', 90_000, ask)).toMatchObject({ led: 'asked' })
    await given.pool.query(
      `update messages set state = 'cancelled', code = 'settled'
       where id = (select min(id) from messages where flow_id = $1 and state = 'waiting')`,
      [id],
    )
    expect(await check(id, ask)).toMatchObject({ led: 'asked', blocking: [] })
  })

  test('of a flow that has gone, or of what concerns the lot as a whole, is refused', async () => {
    const { feed } = town()
    const id = await flowOf(feed, 'a', file(numbers(3)))
    await release(id)
    expect(await leave(id, 'FLOW_PAST_DUE')).toMatchObject({ because: 'leaving' })
    expect(await overrule(id, 'FLOW_PAST_DUE', 27_000)).toMatchObject({ because: 'leaving' })
    const mass = await flowOf(town().feed, 'a', file(numbers(60)))
    const residents = { residents: 70 }
    expect(await codesOf(mass, residents)).toEqual(['FLOW_MASS blocking null'])
    expect(await leave(mass, 'FLOW_MASS', residents)).toMatchObject({
      ...{ kind: 'refused', because: 'whole-lot' },
    })
  })

  test('of what another decides at that moment is done after it', async () => {
    const { feed } = town()
    const id = await flowOf(feed, 'a', late(10))
    await release(id)
    const person = await given.pool.connect()
    // As `resolve` does: the message, and then its flow.
    await person.query('begin')
    await person.query(
      `select from messages
       where id = (select min(id) from messages where flow_id = $1) for update`,
      [id],
    )
    const leaving = leave(id, 'FLOW_PAST_DUE')
    await untilBlocked(given, leaving)
    await person.query('select from flows where id = $1 for update nowait', [id])
    await person.query('commit')
    person.release()
    expect(await leaving).toMatchObject({ kind: 'done', leftOut: 10 })
  })

  test('by two at once lets the flow go once', async () => {
    const { feed } = town()
    const id = await flowOf(feed, 'a', late(10))
    await release(id)
    const asked = await Promise.all(numbers(4).map(() => overrule(id, 'FLOW_PAST_DUE', 90_000)))
    expect(asked.filter((one) => one.kind === 'done').length).toBeGreaterThan(0)
    const verbs = (await given.store.acts.ofFlow(id)).map(({ verb }) => verb)
    expect(verbs.filter((verb) => verb === 'approved')).toHaveLength(1)
  })
})

test('what mapping has seen of the texts is kept with the flow', async () => {
  const { feed } = town()
  const rows = [canteenRow(1), canteenRow(2, { meals: '1' }), canteenRow(3, { child: 'Ж-3' })]
  const { texts } = (await check(await flowOf(feed, 'a', canteenFile(rows)))).report.facts
  expect(texts).toMatchObject({ texts: 3, personalTitles: 0, isSame: false })
  expect(texts?.samples).toContainEqual({ record: expect.any(Number), because: 'longest-text' })
})
