import fc from 'fast-check'
import { expect, it } from 'vitest'
import { contact } from '../../scripts/samples.ts'
import { compileMapping } from '../../src/mapping/mapping.ts'
import { MappingSpec } from '../../src/mapping/spec.ts'
import { writtenMapping, writtenSpec } from '../../src/mapping/written-mapping.ts'

// What somebody typed is what the citizen reads, to the letter; what a source wrote never is.

const fiscalCode = contact(1).fiscalCode

function textOf(text: string, spec = writtenSpec): string | null {
  const mapping =
    spec === writtenSpec ? writtenMapping() : compileMapping('x', spec, { references: {} }).mapping
  if (mapping?.shape !== 'notice') throw new Error('no mapping of notices')
  const record = { id: 'x', fiscal_code: fiscalCode, subject: 'Un oggetto qualsiasi', text }
  const reader = mapping.reader()
  const line = Buffer.from(`${JSON.stringify(record)}\n`)
  const [raw] = [...reader.write(line), ...reader.end()]
  const mapped = mapping.finish(mapping.read(raw!), {}, { testers: new Set() })
  return mapped.kind === 'notice' ? (mapped.payloads[0]?.it?.content.markdown ?? null) : null
}

const ending =
  ' e poi ancora tante altre parole, quante ne vuole IO per un messaggio vero e proprio.'

it('Markdown that colleagues wrote stays Markdown', () => {
  const text = `# Titolo\n\n**grassetto**, [link](https://a.example), {{ subject }}\n\n- uno\n- due${ending}`
  expect(textOf(text)).toBe(text)
})

it('any text comes out as it went in', () => {
  const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(words, (typed) => {
      const text = `Inizio ${typed}${ending}`.replace(/\r\n?/g, '\n').trim()
      expect(textOf(text)).toBe(text.toWellFormed())
    }),
  )
})

it('without the mark of its field the same text is inert', () => {
  const { record, ...rest } = writtenSpec as Extract<typeof writtenSpec, { shape: 'notice' }>
  const { text, ...fields } = record.fields
  const { markdown: _, ...plain } = text as typeof text & { markdown?: true }
  const spec = MappingSpec.parse({
    ...rest,
    record: { ...record, fields: { ...fields, text: plain } },
  })
  expect(textOf(`**grassetto**${ending}`, spec)).toContain('\\*\\*grassetto\\*\\*')
})

it('a filter makes it inert again', () => {
  const { notice, ...rest } = writtenSpec as Extract<typeof writtenSpec, { shape: 'notice' }>
  const markdown = { it: '{{ text | upcase }}' }
  const spec = MappingSpec.parse({ ...rest, notice: { ...notice, markdown } })
  expect(textOf(`**grassetto**${ending}`, spec)).toContain('\\*\\*GRASSETTO\\*\\*')
})
