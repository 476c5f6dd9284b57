// `check` as people and pipelines run it: what it prints of a right and of a wrong configuration,
// as text, as JSON and as SARIF.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callOffline } from './call-offline.ts'
import { run } from './run-command.ts'

const example = join(import.meta.dirname, '../../config')
let wrong: string

beforeAll(async () => {
  wrong = await mkdtemp(join(tmpdir(), 'staffetta-check-'))
  await cp(example, wrong, { recursive: true })
  const path = join(wrong, 'comune-di-esempio/mappings/bollette.yaml')
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace('dueDate: scadenza', 'dueDate: scadnza'))
})
afterAll(() => rm(wrong, { recursive: true, force: true }))

describe('check', () => {
  it('says how easily each text is read, the hardest first, and what comes next', async () => {
    const { code, out } = await run(['check'])
    expect(code).toBe(0)
    const [, said = ''] = out.split('How easily the Italian texts are read')
    const lines = said.split('\n').filter((line) => line.startsWith('   '))
    expect(lines).toHaveLength(21)
    const values = lines.slice(0, 20).map((line) => Number(line.trim().split(' ')[0]))
    expect(values).toEqual(values.toSorted((a, b) => a - b))
    expect(lines.at(-1)).toMatch(/and \d+ more: --verbose shows them all/)
    expect(out).toMatch(/\nNext: staffetta test .*\n$/)
  })

  it('shows every text with --verbose', async () => {
    const { out } = await callOffline('config', ['check', '--verbose'])
    expect(out).not.toContain('more: --verbose')
    expect(out).toContain('comune-di-esempio/bollette, reminder 2')
    expect(out).toContain('comune-di-esempio/campaigns/mensa-non-pagata')
    expect(out).toContain('unione-di-esempio/tari-avviso')
  })

  it('gives programs the values', async () => {
    const { readability } = JSON.parse((await callOffline('config', ['check', '--json'])).out)
    expect(readability).toContainEqual({
      of: 'comune-di-esempio/bollette',
      text: 'reminder 2',
      index: expect.any(Number),
      words: expect.any(Number),
      meaning: expect.stringMatching(/school/),
    })
  })

  it('ends with 78 and the way out when something is wrong', async () => {
    const { code, out } = await run(['check', '--config', wrong])
    expect(code).toBe(78)
    expect(out).toContain('unknown field scadnza')
    expect(out).toContain('did you mean scadenza?')
    expect(out).toMatch(/\nNext: correct the errors above/)
    expect(out).not.toContain('How easily')
  })

  it('needs no place to keep what was compiled', async () => {
    const { code } = await run(['check'], { nodeOptions: ['--permission', '--allow-fs-read=*'] })
    expect(code).toBe(0)
  })

  it('lists in its help what it looks for, and how its answer is read', async () => {
    const { code, out } = await run(['check', '--help'])
    expect(code).toBe(0)
    for (const word of ['Gulpease', '--sarif', 'branches that no record reaches', 'Exit code']) {
      expect(out).toContain(word)
    }
  })
})

describe('check --sarif', () => {
  it('prints one document that has what the format requires', async () => {
    const { code, out, err } = await run(['check', '--sarif', '--config', wrong])
    expect([code, err]).toEqual([78, ''])
    const log = JSON.parse(out)
    expect(log.version).toBe('2.1.0')
    expect(log.$schema).toMatch(/sarif-2\.1\.0/)
    expect(log.runs).toHaveLength(1)
    const [{ tool, results, invocations }] = log.runs
    expect(tool.driver.name).toBe('Staffetta')
    expect(invocations).toEqual([{ executionSuccessful: true, exitCode: 78 }])
    const ids = tool.driver.rules.map(({ id }: { id: string }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const rule of tool.driver.rules) {
      expect(rule.shortDescription.text).toMatch(/\.$/)
      expect(rule.help.text.length).toBeGreaterThan(rule.shortDescription.text.length / 2)
    }
    for (const { ruleId, ruleIndex, level, message, locations } of results) {
      expect(ids[ruleIndex]).toBe(ruleId)
      expect(['error', 'warning']).toContain(level)
      expect(message.text).not.toBe('')
      expect(locations).toHaveLength(1)
      const { artifactLocation, region } = locations[0].physicalLocation
      expect(() => new URL(artifactLocation.uri, 'file:///clone/')).not.toThrow()
      if (region) expect(Math.min(region.startLine, region.startColumn)).toBeGreaterThan(0)
    }
  })

  it('names a file from the working folder, with the line and what to do', async () => {
    const { out } = await callOffline('config', ['check', '--sarif'])
    const { results } = JSON.parse(out).runs[0]
    const path = 'config/comune-di-esempio/feeds/bollette.yaml'
    const found = results.find(
      ({
        locations,
      }: {
        locations: [{ physicalLocation: { artifactLocation: { uri: string } } }]
      }) => locations[0].physicalLocation.artifactLocation.uri === path,
    )
    expect(found).toMatchObject({ ruleId: 'CFG_SECRET_MISSING', level: 'warning' })
    expect(found.message.text).toContain(': set STAFFETTA_SFTP_PASSWORD before it is used')
    const { artifactLocation, region } = found.locations[0].physicalLocation
    expect(artifactLocation.uriBaseId).toBe('%SRCROOT%')
    expect(region.startLine).toBeGreaterThan(1)
  })

  it('goes without --json and without --online', async () => {
    const { code, err } = await callOffline('config', ['check', '--sarif', '--json'])
    expect(code).toBe(2)
    expect(err).toContain('--sarif goes without --json')
  })
})
