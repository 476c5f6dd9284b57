// The filters against the guide that describes them: every one has a row, and does what it says.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FieldSpec } from '../../../src/mapping/field/field-spec.ts'
import { filters } from '../../../src/mapping/text/filters.ts'
import { compileText } from '../../../src/mapping/text/text.ts'

const guide = readFileSync(new URL('../../../docs/guides/texts.md', import.meta.url), 'utf8')
const rows = [...guide.matchAll(/^\| `(\w+)` \| (\w+) \| `(.+)` \| `(.+)` \|$/gm)].map(
  ([, name, takes, source, reads]) => ({
    name: name!,
    takes: takes!,
    source: source!.replaceAll('\\|', '|'),
    reads: reads!,
  }),
)

const field = (type: string, more: object = {}) => FieldSpec.parse({ column: 'X', type, ...more })
const scope = new Map<string, FieldSpec>([
  ['importo', field('euro', { decimals: 'comma' })],
  ['scadenza', field('date', { formats: ['dd/MM/yyyy'] })],
  ['rate', field('integer')],
  ['nota', field('text', { optional: true })],
])
const values = { importo: 145000, scadenza: '2026-10-31', rate: 3, nota: null }

describe('the guide to texts', () => {
  it('has a row for each filter, with the type that it takes', () => {
    const declared = Object.entries(filters).map(([name, { takes }]) => `${name} ${takes}`)
    const written = rows.map(({ name, takes }) => `${name} ${takes}`)
    expect(written.sort()).toEqual([...declared, 'default any'].sort())
  })

  it.each(rows)('says what $source reads', ({ source, reads }) => {
    const { template } = compileText(source, 'markdown', scope)
    expect(template?.render(values)).toBe(reads)
  })
})
