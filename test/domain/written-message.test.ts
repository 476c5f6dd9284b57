import { expect, it } from 'vitest'
import { contact } from '../../scripts/samples.ts'
import { type WrittenMessage, writtenProblems } from '../../src/domain/written-message.ts'

const good: WrittenMessage = {
  service: 'sportello',
  fiscalCode: contact(1).fiscalCode,
  subject: 'La tua pratica',
  markdown: 'x'.repeat(80),
  dueDate: '2026-10-31',
  payment: {
    noticeNumber: '3020 0010 0000 0000 17',
    amountCents: 1,
    payee: '01234567890',
    invalidAfterDueDate: false,
  },
}
const partsOf = (changes: Partial<WrittenMessage>) =>
  writtenProblems({ ...good, ...changes }).map(({ part }) => part)

it('a message at the bounds has no problem', () => {
  expect(partsOf({})).toEqual([])
  expect(partsOf({ subject: 'x'.repeat(120), markdown: 'x'.repeat(10_000) })).toEqual([])
  expect(partsOf({ subject: 'x'.repeat(10) })).toEqual([])
})

it('one unit beyond a bound is a problem', () => {
  expect(partsOf({ subject: 'x'.repeat(9) })).toEqual(['subject'])
  expect(partsOf({ subject: 'x'.repeat(121) })).toEqual(['subject'])
  expect(partsOf({ markdown: 'x'.repeat(79) })).toEqual(['markdown'])
  expect(partsOf({ markdown: 'x'.repeat(10_001) })).toEqual(['markdown'])
})

it('a code with a wrong check character is told which would be right, and not to trust it', () => {
  const wrong = `${good.fiscalCode.slice(0, 15)}${good.fiscalCode[15] === 'A' ? 'B' : 'A'}`
  const [problem] = writtenProblems({ ...good, fiscalCode: wrong })
  expect(problem?.words.it).toContain(`sarebbe ${good.fiscalCode[15]}`)
  expect(problem?.words.it).toContain('Ricontrolla tutto il codice')
})

it('no problem quotes the fiscal code', () => {
  for (const fiscalCode of ['12345678901', 'RSSMRA', `${good.fiscalCode}X`]) {
    const said = writtenProblems({ ...good, fiscalCode }).map(({ words }) => words)
    expect(said).toHaveLength(1)
    expect(JSON.stringify(said)).not.toContain(fiscalCode)
  }
})
