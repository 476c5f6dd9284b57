// One body of `POST /messages` → what IO would answer, and our advice. Nothing else joins the two:
// advice never changes the verdict.
import { type IoVerdict, tooLarge, unknownsOf, unreadable, verdictOn } from './acceptance.ts'
import type { IoGroup } from './io-groups.ts'
import { bodyLimitBytes, readJsonBody } from './json-body.ts'
import { type AdviceContext, adviceOn } from './message-advice.ts'
import type { MessageFinding } from './message-finding.ts'
import type { NewMessage } from './new-message.ts'

export interface MessageLint {
  accepted: boolean
  /** What IO answers: 201, 400, 403 or 500; 413 above our own limit. */
  status: number
  /** The title of IO's answer; null when it accepts. */
  title: string | null
  problems: MessageFinding[]
  warnings: MessageFinding[]
}

export interface LintContext extends AdviceContext {
  groups: ReadonlySet<IoGroup>
}

/** `text` is the body as it would be sent; null stands for one above `bodyLimitBytes`. */
export function lintMessage(text: string | null, context: LintContext): MessageLint {
  if (text === null || isTooLarge(text)) return resultOf(tooLarge(), [])
  const body = readJsonBody(text)
  if ('fault' in body) return resultOf(unreadable(body.fault), [])
  const verdict = verdictOn(body.payload, context.groups)
  const unknowns =
    verdict.status === 201 ? unknownsOf(body.payload as NewMessage, context.groups) : []
  return resultOf(verdict, [...adviceOn(body.payload, context), ...unknowns])
}

function resultOf(verdict: IoVerdict, warnings: MessageFinding[]): MessageLint {
  const { status, title, problems } = verdict
  return { accepted: status === 201, status, title, problems, warnings }
}

/** UTF-8 has at most three bytes a UTF-16 unit: short texts need not be encoded to be measured. */
function isTooLarge(text: string): boolean {
  if (text.length * 3 <= bodyLimitBytes) return false
  return text.length > bodyLimitBytes || new TextEncoder().encode(text).length > bodyLimitBytes
}
