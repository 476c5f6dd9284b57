// A GovIO template as its REST API gives it, and what of it a mapping needs. Forms that are taken:
// the template with its placeholders in it (`placeholders`, `items` or under `_embedded`), or
// `{ template, placeholders, definitions }` side by side. Invariant: a file that is none of them is
// an error that says what is missing where.
import { z } from 'zod'

const placeholderTypes = ['STRING', 'DATE', 'DATETIME', 'NUMBER', 'BOOLEAN'] as const

export interface GovioPlaceholder {
  name: string
  type: (typeof placeholderTypes)[number]
  isMandatory: boolean
  /** Of the column behind those that every file has; 1 is the first. */
  position: number
  /** A regular expression, or null. */
  pattern: string | null
}

export interface GovioTemplate {
  name: string
  subject: string
  body: string
  hasDueDate: boolean
  hasPayment: boolean
  /** By position. */
  placeholders: GovioPlaceholder[]
}

/** The file is no template that can be read. */
export class GovioError extends Error {}

/** UTF-16 units of a text; and placeholders of a template. */
const MAXIMUM_TEXT = 100_000
const MAXIMUM_PLACEHOLDERS = 200

const Definition = z.object({
  id: z.number().optional(),
  name: z.string().min(1).max(255),
  type: z.string().max(40).default('STRING'),
  pattern: z.string().max(255).nullish(),
})

const Entry = z.object({
  placeholder_id: z.number().optional(),
  mandatory: z.boolean().default(true),
  position: z.number().int().min(0).max(10_000),
  _embedded: z.object({ placeholder: Definition.optional() }).optional(),
})

const text = z.string().min(1).max(MAXIMUM_TEXT)

const Template = z.object({
  name: z.string().max(255).default(''),
  subject: text,
  message_body: text,
  has_payment: z.boolean(),
  has_due_date: z.boolean(),
})

/** Reads what the files of a template hold, each already parsed from JSON. */
export function readTemplate(data: unknown, beside: unknown = undefined): GovioTemplate {
  const outer = asObject(data)
  if (outer === null) throw new GovioError('this is no JSON object: give the template itself')
  const source = asObject(outer['template']) ?? outer
  const read = Template.safeParse(source)
  if (!read.success) throw new GovioError(`this is no GovIO template: ${saidOf(read.error)}`)
  const listed = beside ?? placeholdersIn(outer) ?? placeholdersIn(source)
  const { name, subject, message_body, has_payment, has_due_date } = read.data
  const definitions = listOf(outer['definitions']) ?? []
  return {
    name: name.trim(),
    subject: unixLines(subject),
    body: unixLines(message_body),
    hasDueDate: has_due_date,
    hasPayment: has_payment,
    placeholders: readPlaceholders(listed, definitions, `${subject}${message_body}`),
  }
}

function readPlaceholders(
  listed: unknown,
  definitions: readonly unknown[],
  texts: string,
): GovioPlaceholder[] {
  const entries = listOf(listed)
  if (entries === null) {
    if (!/\$\{|<#/.test(texts)) return []
    throw new GovioError(
      'the file does not have its placeholders: add the answer of /templates/ID/placeholders' +
        '?embed=placeholder with --placeholders FILE, or put it into the file as "placeholders"',
    )
  }
  if (entries.length > MAXIMUM_PLACEHOLDERS) {
    throw new GovioError(`more than ${MAXIMUM_PLACEHOLDERS} placeholders`)
  }
  const found = entries.map((entry, index) => readPlaceholder(entry, definitions, index))
  return found.toSorted((a, b) => a.position - b.position)
}

function readPlaceholder(
  data: unknown,
  definitions: readonly unknown[],
  index: number,
): GovioPlaceholder {
  const where = `placeholder ${index + 1}`
  const entry = Entry.safeParse(data)
  if (!entry.success) throw new GovioError(`${where}: ${saidOf(entry.error)}`)
  const { placeholder_id: id, mandatory, position, _embedded } = entry.data
  const apart = definitions.find((one) => id !== undefined && asObject(one)?.['id'] === id)
  const definition = Definition.safeParse(_embedded?.placeholder ?? apart ?? data)
  if (!definition.success) {
    const hint = 'ask for /templates/ID/placeholders?embed=placeholder, or add "definitions"'
    throw new GovioError(`${where} does not say what it is (${saidOf(definition.error)}): ${hint}`)
  }
  const { name, pattern } = definition.data
  const type = typeOf(definition.data.type)
  if (type === null) {
    const known = placeholderTypes.join(', ')
    throw new GovioError(`${where}, ${name}: there is no type ${definition.data.type}; ${known}`)
  }
  return { name, type, isMandatory: mandatory, position, pattern: pattern || null }
}

/** Other words for the same types, as earlier versions had them. */
const otherTypes: Record<string, GovioPlaceholder['type']> = {
  LONG: 'NUMBER',
  INTEGER: 'NUMBER',
  DATE_TIME: 'DATETIME',
}

function typeOf(written: string): GovioPlaceholder['type'] | null {
  const type = written.toUpperCase()
  return placeholderTypes.find((one) => one === type) ?? otherTypes[type] ?? null
}

function placeholdersIn(object: Record<string, unknown>): unknown {
  const embedded = asObject(object['_embedded'])
  return object['placeholders'] ?? embedded?.['placeholders'] ?? object['items']
}

/** A list, or what a list of the API holds. */
function listOf(data: unknown): unknown[] | null {
  if (Array.isArray(data)) return data
  const items = asObject(data)?.['items']
  return Array.isArray(items) ? items : null
}

function asObject(data: unknown): Record<string, unknown> | null {
  const isObject = typeof data === 'object' && data !== null && !Array.isArray(data)
  return isObject ? (data as Record<string, unknown>) : null
}

function saidOf({ issues }: z.ZodError): string {
  const [issue] = issues
  return `"${issue?.path.join('.')}": ${issue?.message}`
}

function unixLines(written: string): string {
  return written.replace(/\r\n?/g, '\n')
}
