// What the reminders of a mapping come to beside each other and its payment: each must be able to
// leave, and to be answered by who gets it. It works on the data as written.
import type { Problem } from '../domain/problem.ts'
import { parseOffset } from '../domain/reminder-plan.ts'
import { ReminderSpec } from '../mapping/spec.ts'
import { listAt, problemAt } from './cross-check.ts'
import { valueAt } from './shape.ts'
import { textAt } from './spec-file.ts'
import type { YamlFile } from './yaml-file.ts'

/** The reminders of a mapping of any shape: only notices have some. */
export function checkReminders(mapping: YamlFile): Problem[] {
  const path = ['notice', 'payment', 'invalidAfterDueDate']
  const isUnpayable = valueAt(mapping.data, path) === true
  const seen = new Set<string>()
  return [...listAt(mapping, 'reminders').keys()].flatMap((index) => {
    const place = ['reminders', index, 'at']
    const at = textAt(mapping, ...place) ?? ''
    if (!ReminderSpec.shape.at.safeParse(at).success) return []
    if (seen.has(at)) {
      const message = `two reminders at ${at}: only one of them would leave`
      const hint = 'give it another day, or remove one'
      return [problemAt(mapping, place, 'CFG_VALUE', 'error', message, hint)]
    }
    seen.add(at)
    if (!isUnpayable || parseOffset(at).days <= 0) return []
    const message = 'after the due date IO takes no payment of it: `invalidAfterDueDate`'
    const hint = 'take that away if pagoPA still lets it be paid then, or let the text say how to'
    return [problemAt(mapping, place, 'CFG_VALUE', 'warning', message, hint)]
  })
}
