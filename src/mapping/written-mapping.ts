// The mapping of a single message that somebody writes: its record is the form as it was sent, so
// that it is read, checked, stored, rendered again and sent as any other. Invariant: this never
// changes for a version that was used; a new shape is a new version beside the old.
import { type CompiledNotice, compileMapping } from './mapping.ts'
import { MappingSpec } from './spec.ts'

/** What has no source uses this series; its keys are idempotency keys or our own. */
export const WRITTEN_SERIES = 'manual'

/** One line of JSON; what is not given is absent. */
export interface WrittenRecord {
  id: string
  fiscal_code: string
  subject: string
  text: string
  /** `2026-10-31` */
  due_date?: string
  notice_number?: string
  /** Whole cents. */
  amount?: string
  payee?: string
  expires?: 'S'
}

const text = (column: string, more = {}) => ({ column, type: 'text', ...more })

/** As a file of `mappings/` would say it. */
const source = {
  shape: 'notice',
  series: WRITTEN_SERIES,
  record: {
    format: 'ndjson',
    fields: {
      id: text('id'),
      fiscal_code: { column: 'fiscal_code', type: 'fiscalCode' },
      subject: text('subject'),
      text: text('text', { markdown: true }),
      due_date: { column: 'due_date', type: 'date', formats: ['yyyy-MM-dd'], optional: true },
      notice_number: { column: 'notice_number', type: 'noticeNumber', optional: true },
      amount: { column: 'amount', type: 'euro', decimals: 'cents', optional: true },
      payee: text('payee', { optional: true }),
      expires: { column: 'expires', type: 'boolean', optional: true },
    },
  },
  key: ['id'],
  notice: {
    fiscalCode: 'fiscal_code',
    subject: { it: '{{ subject }}' },
    markdown: { it: '{{ text }}' },
    dueDate: 'due_date',
    payment: {
      noticeNumber: 'notice_number',
      amount: 'amount',
      payee: 'payee',
      invalidAfterDueDate: 'expires',
    },
  },
} as const

export const writtenSpec = MappingSpec.parse(source)

/** Compiled once, at the first call. */
export function writtenMapping(): CompiledNotice {
  compiled ??= compile()
  return compiled
}

let compiled: CompiledNotice | null = null

function compile(): CompiledNotice {
  const { mapping, faults } = compileMapping(WRITTEN_SERIES, writtenSpec, { references: {} })
  if (mapping?.shape === 'notice') return mapping
  throw new Error(`the mapping of written messages: ${JSON.stringify(faults)}`)
}
