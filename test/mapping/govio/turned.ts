// Invented templates of GovIO for the tests: what its API gives of one, and what it becomes.
import { parse } from 'yaml'
import { type TurnedTemplate, turnTemplate } from '../../../src/mapping/govio/mapping-text.ts'
import { readTemplate } from '../../../src/mapping/govio/template.ts'
import { compileMapping } from '../../../src/mapping/mapping.ts'
import { MappingSpec } from '../../../src/mapping/spec.ts'

export interface Given {
  subject?: string
  body?: string
  due?: boolean
  payment?: boolean
  placeholders?: object[]
}

/** As `/templates/ID/placeholders?embed=placeholder` gives it. */
export function placeholder(name: string, position: number, type = 'STRING', more: object = {}) {
  const { pattern, ...entry } = more as { pattern?: string }
  const definition = { id: position, name, type, example: 'X', ...(pattern && { pattern }) }
  const embedded = { _embedded: { placeholder: definition } }
  return { placeholder_id: position, mandatory: true, position, ...entry, ...embedded }
}

/** A text of the length that IO wants, around what is tried. */
export function bodyOf(inner: string): string {
  return `Un messaggio del Comune con parole abbastanza per arrivare a ottanta caratteri: ${inner}`
}

export function templateOf(given: Given): object {
  return {
    id: 1,
    name: 'Prova',
    subject: given.subject ?? 'Un avviso di prova',
    message_body: given.body ?? bodyOf('niente'),
    has_payment: given.payment ?? false,
    has_due_date: given.due ?? false,
    placeholders: { items: given.placeholders ?? [] },
  }
}

export function turned(given: Given): TurnedTemplate {
  return turnTemplate(readTemplate(templateOf(given)), 'prova')
}

export function specOf({ text }: TurnedTemplate) {
  const spec = MappingSpec.parse(parse(text))
  if (spec.shape !== 'notice') throw new Error('it makes no notices')
  return spec
}

export function compiled(template: TurnedTemplate) {
  return compileMapping('prova', specOf(template), { references: {} })
}
