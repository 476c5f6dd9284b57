// `staffetta flows override`: lets a finding of the checks be. The person names the total, or the
// number of messages, as they have it from the office, never as Staffetta shows it, and says why.
import { readEuro } from '../domain/money.ts'
import type { CheckCode } from '../domain/release-check.ts'
import { checkTitles } from '../domain/release-words.ts'
import { type Given, textOption, UsageError } from './command.ts'
import { ledWords } from './flow-check.ts'
import { askedBy, tellDecided } from './flow-decided.ts'
import type { FlowVerb } from './flow-verb.ts'
import { becauseOption } from './note.ts'
import { numberOf } from './number.ts'

export const override: FlowVerb = {
  name: 'override',
  help: `  override FLOW  lets a finding be that keeps the flow back, because it is right as it is. All are
                 asked for, and kept in its history; whoever does it is one of its preparers
    --check CODE    which: FLOW_AMOUNTS, as \`flows check\` shows it
    --total EUROS   the sum of its payments, as the office that issued them says: 14.500,00
    --messages N    instead, where it has no payments: how many messages it has
    --because TEXT  why it is right; no person's data`,
  options: {
    check: { type: 'string' },
    total: { type: 'string' },
    messages: { type: 'string' },
    because: { type: 'string' },
  },
  read(given) {
    const said = { code: checkOption(given), ...namedBy(given), note: becauseOption(given) }
    return async (app, id, context) => {
      const asked = await askedBy('approver', app, id, said.note, context.language)
      const decided = await app.flows.override(id, { ...said, ...asked })
      return tellDecided(id, decided, ({ led }) => ({ words: ledWords[led], figures: {} }), context)
    }
  },
}

/** `--check CODE`. Throws `UsageError`. */
export function checkOption(given: Given): CheckCode {
  const typed = textOption(given, 'check')
  if (typed !== null && Object.hasOwn(checkTitles, typed)) return typed as CheckCode
  const codes = Object.keys(checkTitles).join(', ')
  throw new UsageError(`say which finding: --check is one of ${codes}`)
}

/** Exactly one of the two. Throws `UsageError`. */
function namedBy(given: Given): { totalCents: number | null; messages: number | null } {
  const total = textOption(given, 'total')
  const messages = textOption(given, 'messages')
  if ((total === null) === (messages === null)) {
    throw new UsageError(
      'say the total that the office knows: --total 14.500,00 (without payments: --messages N)',
    )
  }
  if (total === null) {
    return { totalCents: null, messages: numberOf(messages as string, 'a number for --messages') }
  }
  const read = readEuro(total, 'comma')
  if (read.kind === 'bad') {
    throw new UsageError(`--total "${total}" is no amount with its cents, such as 14.500,00`)
  }
  return { totalCents: read.cents, messages: null }
}
