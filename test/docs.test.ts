// The documents, compared with what they are about: codes, words, links, decisions, publiccode.yml.
// What cannot be derived from the code is compared with it here, in both directions where possible.

import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { publiccodeFaults } from '../scripts/publiccode.ts'
import { commandNames, loadCommand } from '../src/cli/commands.ts'
import { FeedSpec } from '../src/config/feed.ts'
import { alwaysOpen } from '../src/domain/calendar.ts'
import * as catalogue from '../src/domain/codes.ts'
import { flowReasonWords } from '../src/domain/flow.ts'
import type { Refusal } from '../src/domain/refusal.ts'
import { checkTitles, findingText, remedyText } from '../src/domain/release-words.ts'
import { createFaults } from '../src/mapping/fault.ts'
import { RecordSpec } from '../src/mapping/format/record-spec.ts'
import { type CompiledNotice, compileMapping } from '../src/mapping/mapping.ts'
import { checkRecord } from '../src/mapping/record-check.ts'
import { MappingSpec } from '../src/mapping/spec.ts'
import { type PreviewedMessage, previewRecords } from '../src/pipeline/map/preview.ts'
import type { Token } from './tidy/tokens.ts'
import { pathsIn, sourceFilesIn } from './tidy/tree.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const files = sourceFilesIn(root, pathsIn(root))
const markdown = globSync(['*.md', 'docs/**/*.md', 'connectors/**/*.md', 'config/**/*.md'], {
  cwd: root,
})
const decisions = markdown.filter((path) => path.startsWith('docs/decisions/')).sort()

/** The rows of the tables whose first cell is one `word` in backquotes: the other cells by word. */
function rowsOf(text: string): Map<string, string[]> {
  const rows = [...text.matchAll(/^\| `([^`|]+)` \|(.+)\|$/gm)]
  return new Map(rows.map(([, word, cells]) => [word!, cells!.split('|').map((c) => c.trim())]))
}

/** What a heading is called in a link: `## If IO is down` → `if-io-is-down`. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  )
}

/** Links of a document that lead to no file or to no heading. */
function brokenLinks(path: string, text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!)
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? path : join(dirname(path), file)
    if (target !== path && !existsSync(join(root, target))) return true
    const content = target === path ? text : target.endsWith('.md') ? read(target) : ''
    return anchor !== undefined && !anchorsOf(content).includes(anchor)
  })
}

/** Exported `interface X` and `type X` of a module. */
function exportedTypes(tokens: Token[]): string[] {
  return tokens.flatMap(({ text }, index) => {
    const [what, name] = tokens.slice(index + 1, index + 3)
    const isType = text === 'export' && /^(?:interface|type)$/.test(what?.text ?? '')
    return isType && name?.kind === 'word' ? [name.text] : []
  })
}

describe('the codes', () => {
  const declared = Object.values(catalogue).flatMap((codes) => Object.keys(codes))
  const entries = rowsOf(read('docs/operations.md'))
  const prefixes = new Set(declared.map((code) => code.split('_')[0]))
  const aCode = new RegExp(`\\b(?:${[...prefixes].join('|')})_[A-Z][A-Z0-9_]*\\b`, 'g')

  it('each have an entry in docs/operations.md, with meaning and remedy', () => {
    const bare = declared.filter((code) => (entries.get(code) ?? []).filter(Boolean).length < 2)
    expect(bare).toEqual([])
  })

  it('of docs/operations.md are all declared in src/domain/codes.ts', () => {
    const strange = [...entries.keys()].filter(
      (word) => word.match(aCode) && !declared.includes(word),
    )
    expect(strange).toEqual([])
  })

  /** Codes in strings and templates of the sources, each with the modules that give it. */
  const given = Map.groupBy(
    files
      .filter(({ path }) => /^(?:src|connectors)\//.test(path))
      .flatMap(({ path, tokens }) =>
        tokens
          .filter(({ kind }) => kind === 'string' || kind === 'template')
          .flatMap(({ text }) => text.match(aCode) ?? [])
          .map((code) => ({ code, path })),
      ),
    ({ code }) => code,
  )

  it('that the source gives are all declared in src/domain/codes.ts', () => {
    const strange = [...given].filter(([code]) => !declared.includes(code))
    expect(strange.map(([code, places]) => `${code} in ${places[0]!.path}`)).toEqual([])
  })

  it('that are declared are all given by some module', () => {
    expect(declared.filter((code) => !given.has(code))).toEqual([])
  })
})

describe('the glossary', () => {
  const words = rowsOf(read('docs/glossary.md'))

  it('has every exported type of the domain', () => {
    const types = files
      .filter(({ path }) => path.startsWith('src/domain/'))
      .flatMap(({ tokens }) => exportedTypes(tokens))
    expect(types.filter((name) => !words.has(name))).toEqual([])
  })

  it('says what each word means', () => {
    const silent = [...words].filter(([, cells]) => cells.some((cell) => cell === ''))
    expect(silent).toEqual([])
  })
})

describe('the documents', () => {
  it.each(markdown)('%s has links that lead somewhere', (path) => {
    expect(brokenLinks(path, read(path))).toEqual([])
  })

  it('have a README of at most 150 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150)
  })

  it('name in every link a file and a heading that exist, or the test says so', () => {
    const text = '# One two\n[a](#one-two) [b](#three) [c](missing.md) [d](README.md) `[e](x.md)`'
    expect(brokenLinks('x.md', text)).toEqual(['#three', 'missing.md'])
  })
})

describe('the commands that a document names', () => {
  it.each(markdown)('exist: %s', async (path) => {
    const text = read(path)
    const named = (pattern: RegExp, of = text) => [...of.matchAll(pattern)].map(([, name]) => name!)
    const verbs = named(/^ {2}([a-z-]+)/gm, (await loadCommand('flows')).help)
    const commands = named(/(?:^|`|npx )staffetta (?!--)([a-z][a-z-]*)/gm)
    const ofFlows = named(/`(?:staffetta )?flows ([a-z][a-z-]*)/g)
    const known = await commandNames()
    expect(commands.filter((name) => !known.includes(name))).toEqual([])
    expect(ofFlows.filter((name) => !verbs.includes(name))).toEqual([])
  })
})

describe('the first feed, as its guide shows it', () => {
  const guide = read('docs/guides/first-feed.md')
  const blocksOf = (language: string) =>
    [...guide.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
      .filter(([, name]) => name === language)
      .map(([, , block]) => block!)
  const yaml = blocksOf('yaml').map((block) => parse(block))
  const spec = yaml.find((document) => 'shape' in document)

  it('has a mapping and a feed that the configuration takes', () => {
    expect(MappingSpec.safeParse(spec).error).toBeUndefined()
    const feed = yaml.find((document) => 'connector' in document)
    expect(FeedSpec.safeParse(feed).error).toBeUndefined()
  })

  it('gives of its sample what the guide says', async () => {
    const context = { references: {} }
    const { mapping, faults } = compileMapping('luce-votiva', MappingSpec.parse(spec), context)
    expect(faults).toEqual([])
    const records = await Array.fromAsync(
      previewRecords(
        { bytes: sample(), names: [], others: [] },
        mapping as CompiledNotice,
        async () => new Map(),
        {
          institution: 'ente',
          testers: new Set(),
          calendar: alwaysOpen('Europe/Rome'),
          language: 'it',
          now: Temporal.Instant.from('2026-09-01T08:00:00Z'),
        },
      ),
    )
    const [, second, third] = records
    const { content } = (second as { messages: PreviewedMessage[] }).messages[0]!.payload
    expect(content.payment_data?.amount).toBe(102_450)
    expect(content.due_date).toMatch(/^2026-10-31T22:59:59/)
    const { refusals } = third as { refusals: Refusal[] }
    const codes = refusals.map(({ code }) => code).sort()
    expect(codes).toEqual(['REC_DATE_FORM', 'REC_FISCAL_CODE_CHECK'])
  })

  async function* sample() {
    yield Buffer.from(blocksOf('csv')[0]!)
  }
})

describe('the guide to files', () => {
  const blocks = [...read('docs/guides/files.md').matchAll(/^```yaml\n([\s\S]*?)^```/gm)]

  it.each(blocks.map(([, block]) => block!))('has records without a fault: %s', (block) => {
    const spec = RecordSpec.parse(parse(block).record)
    const faults = createFaults()
    checkRecord(spec, faults)
    expect(faults.list).toEqual([])
  })
})

describe('the operators’ guide', () => {
  it('quotes a finding of the checks as it is told', () => {
    const figures = {
      ...{ totalCents: 4_504_870_707, count: 2000, medianCents: 2_285_200, wholeEuros: 1717 },
      ...{ totalBeforeCents: 52_411_000, countBefore: 2000, medianBeforeCents: 26_202 },
      ...{ wholeEurosBefore: 20, ratio: 87.2, comparable: 2000, farFromTheirOwn: 1714, factor: 10 },
    }
    const finding = { code: 'FLOW_AMOUNTS', level: 'blocking', messages: 1714, figures } as const
    const guide = read('docs/guides/operatori.md')
    expect(guide).toContain(findingText(finding, 'it'))
    expect(guide).toContain(remedyText(finding, 12, 'it'))
  })

  it.each(Object.entries(flowReasonWords))('explains the label of %s', (_reason, { it }) => {
    expect(read('docs/guides/operatori.md')).toMatch(new RegExp(`^\\| \\*${it}\\* \\|`, 'm'))
  })

  it.each(Object.keys(checkTitles))('explains the check %s', (code) => {
    expect(read('docs/guides/operatori.md')).toContain(`| \`${code}\` |`)
  })
})

describe('the decision records', () => {
  it('are numbered from 0001 without a gap', () => {
    const numbers = decisions.map((path) => basename(path).slice(0, 4))
    expect(numbers).toEqual(decisions.map((_, index) => String(index + 1).padStart(4, '0')))
  })

  it.each(decisions)('%s has number, title, date, context, decision and consequence', (path) => {
    const text = read(path)
    const number = basename(path).slice(0, 4)
    expect(text).toMatch(new RegExp(`^# ${number}\\. \\S.*\n\nDate: \\d{4}-\\d\\d-\\d\\d\n`))
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
    expect(headings).toEqual(['Context', 'Decision', 'Consequence'])
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(25)
  })
})

describe('the dependencies', () => {
  it('each have a line in their decision record', () => {
    const record = read('docs/decisions/0009-dependencies.md')
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'))
    const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
    const isNamed = (name: string) =>
      record.includes(`\`${name}\``) || record.includes(`\`${name.split('/')[0]}/*\``)
    expect(names.filter((name) => !isNamed(name))).toEqual([])
  })
})

describe('publiccode.yml', () => {
  const minimal = {
    publiccodeYmlVersion: '0.7',
    name: 'Example',
    url: 'https://example.org/example.git',
    platforms: ['linux'],
    developmentStatus: 'beta',
    softwareType: 'standalone/backend',
    description: {
      en: { shortDescription: 'Short.', longDescription: 'x'.repeat(150), features: ['one'] },
    },
    legal: { license: 'EUPL-1.2' },
    maintenance: { type: 'none' },
    localisation: { localisationReady: false, availableLanguages: ['en'] },
  }
  const described = (change: object) => ({
    description: { en: { ...minimal.description.en, ...change } },
  })

  it('keeps the rules of 0.7', () => {
    expect(publiccodeFaults(parse(read('publiccode.yml')))).toEqual([])
  })

  it('is good when it has what is mandatory and no more', () => {
    expect(publiccodeFaults(minimal)).toEqual([])
    const contacts = [{ name: 'Ufficio' }]
    expect(publiccodeFaults({ ...minimal, maintenance: { type: 'internal', contacts } })).toEqual(
      [],
    )
  })

  it.each([
    ['publiccodeYmlVersion', { publiccodeYmlVersion: '0.6' }],
    ['url', { url: 'example.org' }],
    ['platforms', { platforms: [] }],
    ['developmentStatus', { developmentStatus: 'alpha' }],
    ['softwareType', { softwareType: 'backend' }],
    ['description', { description: {} }],
    ['description.en.shortDescription', described({ shortDescription: 'x'.repeat(151) })],
    ['description.en.longDescription', described({ longDescription: 'x'.repeat(149) })],
    ['description.en.features', described({ features: [] })],
    ['description.en', described({ genericName: 'Deprecated' })],
    ['legal.license', { legal: { license: 'EUPL 1.2' } }],
    ['maintenance.contacts', { maintenance: { type: 'internal' } }],
    ['maintenance', { maintenance: { type: 'none', contacts: [{ name: 'Ufficio' }] } }],
    [
      'localisation.availableLanguages',
      { localisation: { ...minimal.localisation, availableLanguages: [] } },
    ],
    ['intendedAudience.countries.0', { intendedAudience: { countries: ['it'] } }],
    ['file', { it: { countryExtensionVersion: '1.0' } }],
  ])('has a fault at %s when it is wrong', (place, change) => {
    const faults = publiccodeFaults({ ...minimal, ...change })
    expect(faults.map((fault) => fault.split(': ')[0])).toEqual([place])
  })

  it.each(Object.keys(minimal))('has a fault when %s is missing', (key) => {
    const faults = publiccodeFaults({ ...minimal, [key]: undefined })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(new RegExp(`^${key}`))
  })
})
