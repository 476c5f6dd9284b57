// The command as people and scripts call it: what it prints, and how it exits.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CommandContext } from '../../src/cli/command.ts'
import { command } from '../../src/cli/lint-message.ts'
import type { MessageLint } from '../../src/domain/message-lint.ts'

let directory: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'staffetta-lint-'))
})

afterAll(() => rmSync(directory, { recursive: true }))

const markdown = 'a'.repeat(80)
const content = { subject: 'Avviso del Comune', markdown }
const message = { fiscal_code: 'AAAAAA00A00A000A', content }
const withContent = (change: object) => ({ ...message, content: { ...content, ...change } })

/** Runs the command on a file with this text. */
async function lintFile(body: string | Buffer, values: object = {}, json = true) {
  const file = join(directory, 'message.json')
  writeFileSync(file, body)
  return runOn(file, values, json)
}

async function runOn(file: string, values: object, json: boolean) {
  const printed: string[] = []
  const noted: string[] = []
  const context = {
    json,
    out: async (line: string) => void printed.push(line),
    note: (line: string) => void noted.push(line),
  } as Partial<CommandContext> as CommandContext
  const given = { values: { ...values }, positionals: [file] }
  const exitCode = await command.run(given, context)
  return { exitCode, printed: printed.join(''), noted: noted.join('') }
}

async function resultOf(payload: unknown, values: object = {}) {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const { exitCode, printed } = await lintFile(body, values)
  return { exitCode, ...(JSON.parse(printed) as MessageLint) }
}

const rulesOf = (findings: { rule: string }[]) => findings.map(({ rule }) => rule)

describe('lint-message', () => {
  it('says in JSON whether IO would take it, and nothing else', async () => {
    const { exitCode, printed } = await lintFile(JSON.stringify(message))
    expect(JSON.parse(printed)).toEqual({
      accepted: true,
      status: 201,
      title: null,
      problems: [],
      warnings: [],
    })
    expect(exitCode).toBe(0)
  })

  it.each([
    [9, 400],
    [10, 201],
    [120, 201],
    [121, 400],
  ])('answers a subject of %i characters with %i', async (length, status) => {
    const lint = await resultOf(withContent({ subject: 'a'.repeat(length) }))
    expect(lint).toMatchObject({ status, accepted: status === 201 })
    expect(lint.exitCode).toBe(status === 201 ? 0 : 1)
  })

  it('says a refusal in the words of IO, without the value, with the way out', async () => {
    const lint = await resultOf(withContent({ subject: 'RSSMRA80A' }))
    expect(lint.problems).toEqual([
      {
        path: 'content.subject',
        rule: 'message-structure',
        detail: 'value at root.content.subject is not a valid [string of length >= 10 and < 121]',
        remedy: 'It is 9 long in UTF-16 units; IO takes 10 to 120.',
      },
    ])
  })

  it('takes a date that rolls over, and warns what it becomes', async () => {
    const lint = await resultOf(withContent({ due_date: '2126-02-30T10:00:00Z' }))
    expect(lint).toMatchObject({ exitCode: 0, accepted: true })
    expect(rulesOf(lint.warnings)).toEqual(['due-date-rolls'])
    expect(lint.warnings[0]!.detail).toContain('it becomes 2 March 2126')
  })

  it('takes a button that the app does not show, and warns', async () => {
    const button = 'cta_1: {text: "Apri", action: "https://example.it"}'
    const front = `---\nit:\n  ${button}\nen:\n  ${button}\n---\n`
    const lint = await resultOf(withContent({ markdown: front + markdown }))
    expect(lint.accepted).toBe(true)
    expect(rulesOf(lint.warnings)).toEqual(['cta-action', 'cta-action'])
  })

  it.each([
    ['a tab', 'it:\n\tcta_1: {text: "a", action: "ioit://a"}', '(line 3)'],
    ['an open quote', 'it:\n  cta_1:\n    text: "a', '(line 4)'],
    ['an unquoted colon', 'it:\n  cta_1:\n    text: a: b', '(line 4)'],
    ['a lost indentation', 'it:\n    cta_1: {}\n  en: {}', '(line 4)'],
    ['an unknown tag', 'it: !a {}', '(line 2)'],
    ['a second document', 'it: {}\n--- b', '(line 3)'],
    ['an alias without anchor', 'it: *a', 'an alias'],
  ])('warns that %s in the front matter hides the text', async (_, yaml, where) => {
    const lint = await resultOf(withContent({ markdown: `---\n${yaml}\n---\n${markdown}` }))
    expect(lint.accepted).toBe(true)
    expect(rulesOf(lint.warnings)).toContain('cta-yaml')
    expect(lint.warnings[0]!.detail).toContain(where)
  })

  it('takes an unquoted date or time for no text, as the app does', async () => {
    const block = 'cta_1: {text: 2026-10-31, action: "ioit://a"}'
    const front = `---\nit: {${block}}\nen: {${block}}\n---\n`
    const lint = await resultOf(withContent({ markdown: front + markdown }))
    expect(rulesOf(lint.warnings)).toEqual(['cta-shape', 'cta-shape'])
  })

  it('answers malformed JSON with the 500 of IO, not repeated, and exits with 2', async () => {
    for (const body of ['{', '{"a":"RSSMRA"} x', '{"subject":RSSMRA}', '\uFEFF{', '\n']) {
      const lint = await resultOf(body)
      expect(lint).toMatchObject({ exitCode: 2, status: 500, accepted: false })
      expect(rulesOf(lint.problems)).toEqual(['malformed-json'])
      expect(JSON.stringify(lint)).not.toContain('RSSMRA')
    }
  })

  it('passes over a byte order mark, as IO does', async () => {
    expect(await resultOf(`\uFEFF${JSON.stringify(message)}`)).toMatchObject({ accepted: true })
    // Alone it is a body, and no JSON.
    expect(await resultOf('\uFEFF')).toMatchObject({ exitCode: 2, status: 500 })
  })

  it('answers an empty body as an empty object', async () => {
    expect(await resultOf('')).toMatchObject({ exitCode: 1, status: 400 })
  })

  it('answers a body above 1 MB with 413', async () => {
    const lint = await resultOf(`"${'è'.repeat(600_000)}"`)
    expect(lint).toMatchObject({ exitCode: 1, status: 413 })
  })

  it('warns that IO compares an amount with a ceiling which only the service knows', async () => {
    const payment_data = { amount: 1250, notice_number: '302000000000000121' }
    const { accepted, warnings } = await resultOf(withContent({ payment_data }))
    expect(accepted).toBe(true)
    expect(rulesOf(warnings)).toEqual(['amount-ceiling'])
    expect(warnings[0]!.detail).toContain('1250 cents')
  })

  it('exits with 2 for a file that is not there, and prints no result', async () => {
    const { exitCode, printed, noted } = await runOn(join(directory, 'none.json'), {}, true)
    expect({ exitCode, printed }).toEqual({ exitCode: 2, printed: '' })
    expect(noted).toContain('cannot be read (ENOENT)')
    expect((await runOn(directory, {}, true)).exitCode).toBe(2)
  })

  it('shows people each finding with path and way out, and no control character', async () => {
    const payload = { ...withContent({ subject: 'breve' }), 'due\u001b[2J_date': 1 }
    const { printed } = await lintFile(JSON.stringify(payload), {}, false)
    expect(printed).toContain('problem  content.subject  [message-structure]\n    value at root')
    expect(printed).toContain('    It is 5 long')
    expect(printed).toContain('warning  due·[2J_date  [dropped-key]')
    expect(printed).toContain('would answer 400 Invalid message structure (1 problem, 1 warning)\n')
  })
})

describe('lint-message --groups', () => {
  const payment_data = { amount: 1, notice_number: '302000000000000121' }
  const withPayee = withContent({
    payment_data: { ...payment_data, payee: { fiscal_code: '01234567890' } },
  })

  it.each([
    [undefined, 403],
    ['ApiMessageWriteWithPayee', 201],
    ['apimessagewritewithpayee, ApiMessageReadAdvanced', 201],
    ['ApiMessageWriteAdvanced', 403],
    ['ApiMessageWrite,ApiMessageWriteWithPayee', 201],
    ['ApiMessageRead,ApiMessageWriteWithPayee', 403],
    ['', 403],
  ])('%j answers a payee with %i', async (groups, status) => {
    expect(await resultOf(withPayee, { groups })).toMatchObject({ status })
  })

  it('refuses a name that does not exist with the nearest', async () => {
    const run = resultOf(message, { groups: 'ApiMessageWriteWithPaye' })
    await expect(run).rejects.toThrow('did you mean ApiMessageWriteWithPayee?')
  })
})

describe('lint-message --lines', () => {
  const linesIn = (printed: string) => printed.split('\n').slice(0, -1)
  const statusesIn = (printed: string) => linesIn(printed).map((line) => JSON.parse(line).status)

  it('answers one line for each, in order, and exits with the worst', async () => {
    const good = JSON.stringify(message)
    const bad = JSON.stringify(withContent({ subject: 'breve' }))
    const run = (body: string | Buffer) => lintFile(body, { lines: true }, false)
    const all = await run(`${good}\r\n${bad}\n\n${good}`)
    expect(statusesIn(all.printed)).toEqual([201, 400, 400, 201])
    expect(all.exitCode).toBe(1)
    expect((await run(`${good}\n${good}\n`)).exitCode).toBe(0)
    expect((await run(`${bad}\n{\n`)).exitCode).toBe(2)
    expect(await run('')).toMatchObject({ exitCode: 0, printed: '' })
  })

  it('goes on after a line that is too long', async () => {
    const good = JSON.stringify(message)
    const long = 'x'.repeat(1_500_000)
    const { printed } = await lintFile(`${good}\n${long}\n${good}\n${long}`, { lines: true })
    expect(statusesIn(printed)).toEqual([201, 413, 201, 413])
  })

  it('reads standard input through the program', async () => {
    const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
    const child = spawn(process.execPath, [main, 'lint-message', '-', '--lines'])
    const printed = text(child.stdout)
    const ended = once(child, 'exit')
    const subjects = Array.from({ length: 200 }, (_, index) => 'a'.repeat(index))
    child.stdin.end(subjects.map((subject) => JSON.stringify(withContent({ subject }))).join('\n'))
    const accepted = linesIn(await printed).filter((line) => JSON.parse(line).accepted)
    expect(accepted).toHaveLength(111)
    expect((await ended)[0]).toBe(1)
  })
})
