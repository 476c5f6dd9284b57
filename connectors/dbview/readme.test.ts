// The examples of the README: whoever copies one has a file that Staffetta takes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { SystemSpec } from '../../src/config/system.ts'
import dbview from './index.ts'

const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
const examples = [...readme.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text!)

describe('the README of dbview', () => {
  it('shows one system that is told, and one that is asked', () => {
    const systems = examples.map((text) => parse(text))
    expect(systems.map(({ settings }) => Object.keys(settings).at(-1))).toEqual([
      'receipt',
      'lookup',
    ])
  })

  it.each(examples)('shows a system that works: %s', (text) => {
    const { connector, settings } = SystemSpec.parse(parse(text))
    expect(connector).toBe('dbview')
    expect(dbview.settings.safeParse(settings).error).toBeUndefined()
  })

  it('speaks of every name that a statement of a receipt may have', () => {
    const names = [...readme.matchAll(/`:(\w+)`/g)].map(([, name]) => name!)
    const statement = names.map((name) => `:${name}`).join(' ')
    const receipt = { statement: statement.replace(':keys', '') }
    const { settings } = parse(examples[0]!)
    expect(dbview.settings.safeParse({ ...settings, receipt }).error).toBeUndefined()
    expect(names).toEqual(expect.arrayContaining(['id', 'key', 'dueAt', 'payee', 'values_anno']))
  })
})
