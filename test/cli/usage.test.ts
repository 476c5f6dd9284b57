import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { commandNames, helpOf, loadCommand } from '../../src/cli/commands.ts'
import { run } from './run-command.ts'

const names = await commandNames()

describe('the help', () => {
  it('names every command that there is, with its usage and what it is for', async () => {
    const { code, out, err } = await run(['--help'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const name of names) {
      const { usage, summary } = await loadCommand(name)
      expect(out).toContain(`${name} ${usage}`.trim())
      expect(out).toContain(summary)
    }
    expect((await run([])).out).toBe(out)
  })

  it('has every summary in one column, and every line of a command as it is written', async () => {
    const { out } = await run(['--help'])
    const commands = await Promise.all(names.map(loadCommand))
    const columns = out.split('\n').flatMap((line) => {
      const found = commands.find(({ summary }) => line.endsWith(` ${summary}`))
      return found ? [line.indexOf(found.summary)] : []
    })
    expect(columns).toEqual(names.map(() => columns[0]))
    const help = helpOf('receipts', await loadCommand('receipts'))
    expect(help).toContain('\n\n  receipts  ')
    expect(helpOf('migrate', await loadCommand('migrate'))).toMatch(/^Usage: staffetta migrate\n/)
  })

  it.each(names)(
    'of %s says how it is called, every option, and more than its usage',
    async (name) => {
      const command = await loadCommand(name)
      const help = helpOf(name, command)
      expect(help.startsWith(`Usage: staffetta ${name}`)).toBe(true)
      for (const option of Object.keys(command.options)) expect(help).toContain(`--${option}`)
      const words = command.help.split(/\s+/).length
      expect(words).toBeGreaterThan(20)
      const longest = Math.max(...help.split('\n').map((line) => line.length))
      expect(longest).toBeLessThanOrEqual(120)
    },
  )

  it('is printed without a configuration or a database', async () => {
    const argv = ['run', '--help', '--config', '/nowhere']
    const { code, out } = await run(argv, { env: { DATABASE_URL: 'postgresql://127.0.0.1:1/x' } })
    expect(code).toBe(0)
    expect(out).toBe(`${helpOf('run', await loadCommand('run'))}\n`)
  })
})

it('with certificates switched off for all nothing is run', async () => {
  const { code, err } = await run(['check'], { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } })
  expect([code, err]).toEqual([78, expect.stringContaining('take it out of the environment')])
})

describe.concurrent('a wrong call', () => {
  it.each([
    [['previw', 'x'], 'there is no command "previw": did you mean "preview"?'],
    [['zzzzzzzz'], 'there is no command "zzzzzzzz"'],
    [['preview', 'bollette', 'x', '--jsno'], 'there is no option --jsno: did you mean --json?'],
    [['report', '1', '--format', 'csv', '--rest', 'a'], 'give --format or --rest'],
    [['report', '1', '--fromat', 'csv'], 'there is no option --fromat: did you mean --format?'],
    [['check', '--everything'], 'there is no option --everything'],
    [['preview', 'bollete', 'x'], 'no feed and no mapping "bollete": did you mean "bollette"?'],
    [['preview'], 'missing argument: FEED or MAPPING'],
    [['test', 'bollette', 'twice'], 'unexpected argument: twice'],
    [['check', 'twice'], 'unexpected argument: twice'],
    [['preview', 'mensa', 'x', '--now', 'yesterday'], '--now wants an instant'],
    [['preview', 'mensa', 'x', '--limit', 'all'], '--limit is a whole number'],
    [['flows', 'lsit'], 'say what'],
    [['sandbox', '--port', '99999'], '--port is a whole number'],
  ])('as in %j ends with 2, and says so on standard error', async (argv, said) => {
    const { code, out, err } = await run(argv)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(said)
  })
})

describe.concurrent('check', () => {
  const made: string[] = []
  afterAll(() => Promise.all(made.map((directory) => rm(directory, { recursive: true }))))

  /** The example in a directory of its own, with one text of a mapping changed, and its line. */
  async function changed(right: string, wrong: string) {
    const directory = await mkdtemp(join(tmpdir(), 'staffetta-cli-'))
    made.push(directory)
    await cp(new URL('../../config', import.meta.url), directory, { recursive: true })
    const path = join(directory, 'comune-di-esempio/mappings/mensa.yaml')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace(right, wrong))
    return { directory, line: text.slice(0, text.indexOf(right)).split('\n').length }
  }

  it('finds no error in the example that ships, and ends with 0', async () => {
    const { code, out } = await run(['check', '--json'])
    expect(code).toBe(0)
    const { problems, online } = JSON.parse(out)
    expect(problems.filter(({ level }: { level: string }) => level === 'error')).toEqual([])
    expect(online).toEqual([])
  })

  it.each([
    ['a misspelt key', 'facets:', 'facet:', '"facets"'],
    [
      'a column that the record does not declare',
      '{{ pasti }} pasti',
      '{{ paste }} pasti',
      'pasti',
    ],
  ])('places %s with file and line and the nearest name, and ends with 78', async (...given) => {
    const [, right, wrong, nearest] = given
    const { directory, line } = await changed(right, wrong)
    const { code, out } = await run(['check', '--config', directory])
    expect(code).toBe(78)
    expect(out).toContain(`comune-di-esempio/mappings/mensa.yaml:${line}:`)
    expect(out).toContain(nearest)
  })

  it.each([
    ['flows', 'list'],
    ['preview', 'contatti'],
    ['test', 'contatti'],
  ])(
    'is what %s %s says too when the configuration is wrong, without warnings',
    async (...argv) => {
      const { directory, line } = await changed('facets:', 'facet:')
      const { code, out, err } = await run([...argv, '--config', directory])
      expect({ code, out }).toEqual({ code: 78, out: '' })
      expect(err).toContain(`mappings/mensa.yaml:${line}:`)
      expect(err).not.toContain('warning')
    },
  )

  it('says that a configuration is not there, and ends with 78', async () => {
    const { code, out } = await run(['check', '--config', '/nowhere'])
    expect(code).toBe(78)
    expect(out).toContain('CFG_FILE')
  })
})
