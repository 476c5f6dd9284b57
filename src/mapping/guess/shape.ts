// What a file is for, by its columns: bills to be told, payments that close them, or a table that
// others look up. Invariant: what asks for money with a due date is never taken for anything else
// than notices.
import { suggests } from './column-name.ts'
import { type Roles, SMALL_TABLE } from './roles.ts'
import type { TypedColumn } from './typed-column.ts'
import type { Shape } from './wishes.ts'

/** Words of states that say that something was paid. */
export const PAID = /^(ok|pagat[oa]\b|paid|riscoss[oa]|incassat[oa]|eseguit[oa]|reported)/i

/** The shape of the mapping that suits these columns. */
export function guessShape(columns: readonly TypedColumn[], roles: Roles): Shape {
  if (roles.due !== null && suggests(roles.due.label, 'due')) return 'notice'
  if (columns.some(isPaid)) return 'settlement'
  const asks = roles.amount !== null || roles.noticeNumber !== null
  if (asks) return 'notice'
  const hasContact = columns.some(({ label }) => suggests(label, 'contact'))
  const isOfCustomers = roles.key.some(({ label }) => suggests(label, 'customer'))
  const isTable = hasContact || isOfCustomers || columns.length <= SMALL_TABLE
  return isTable && roles.key.length > 0 ? 'reference' : 'notice'
}

/** A date or a state of payment. */
function isPaid({ label, type, values }: TypedColumn): boolean {
  if (suggests(label, 'status') && values.some((value) => PAID.test(value.trim()))) return true

  const tells = type.draft.type === 'date' || suggests(label, 'status')
  return tells && suggests(label, 'paid') && !suggests(label, 'due')
}
