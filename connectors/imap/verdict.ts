// What a mail is: a task, a receipt of certified mail, one that is not wanted. Stands between the
// scan of a mail and what becomes of it in the mailbox.
// Invariant: a mail is a task only when its sender is one of those that the feed allows, proved as
// the feed demands; receipts and automatic answers are never tasks.
import { findAuthenticationFault } from './authentication.ts'
import { findHeader, findId, findMessageId, findSender, type MailHeader } from './mail-headers.ts'
import type { MailFacts } from './mail-scan.ts'
import type { ImapSettings } from './settings.ts'

export type Verdict =
  | { is: 'task'; key: string }
  /** `reference` is the id of the mail that the receipt is about. */
  | { is: 'receipt'; receipt: string; reference: string | null }
  /** `reason` goes on "a mail that …". */
  | { is: 'refused'; reason: string }

export type SenderRules = Pick<ImapSettings, 'senders' | 'authentication' | 'certified'>

/** Judges a mail by its headers. */
export function judgeMail(facts: MailFacts, rules: SenderRules): Verdict {
  const { headers } = facts
  // The envelope of certified mail may carry `X-Ricevuta` too: transport is looked at first.
  const transport = findHeader(headers, 'x-trasporto')?.toLowerCase() ?? null
  const receipt = findHeader(headers, 'x-ricevuta')
  if (transport === null && receipt !== null) {
    const reference = findId(findHeader(headers, 'x-riferimento-message-id') ?? '')
    return { is: 'receipt', receipt: receiptKind(receipt), reference }
  }
  const isCertified = transport === 'posta-certificata'
  if (transport !== null && !isCertified) {
    return refused('is ordinary mail in an envelope of certified mail («anomalia»)')
  }
  const sent = isCertified ? facts.inner : headers
  if (sent === null) return refused('is an envelope of certified mail without postacert.eml')
  if (isAutomaticAnswer(headers) || isAutomaticAnswer(sent)) return refused('answers automatically')
  const fault = findSenderFault(headers, sent, isCertified, rules)
  return fault === null ? { is: 'task', key: keyOf(facts, isCertified) } : refused(fault)
}

/**
 * The id that the sender's program gave: the same mail, sent or delivered twice, is one task. Of
 * certified mail without it the provider's id, of other mail without it a digest of its bytes.
 */
function keyOf({ headers, inner, certificate, digest }: MailFacts, isCertified: boolean): string {
  const own = findMessageId(headers)
  if (!isCertified) return own ?? `sha256:${digest}`
  const given = /<identificativo>([^<]{1,400})<\/identificativo>/.exec(certificate ?? '')?.[1]
  return (
    findMessageId(inner ?? []) ?? findId(withoutEntities(given ?? '')) ?? own ?? `sha256:${digest}`
  )
}

function withoutEntities(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** A vacation notice or the like (RFC 3834); what a program sends of itself is none. */
function isAutomaticAnswer(headers: readonly MailHeader[]): boolean {
  const submitted = findHeader(headers, 'auto-submitted')?.toLowerCase() ?? 'no'
  return submitted.startsWith('auto-replied') || findHeader(headers, 'x-autoreply') !== null
}

function findSenderFault(
  headers: readonly MailHeader[],
  sent: readonly MailHeader[],
  isCertified: boolean,
  rules: SenderRules,
): string | null {
  const { senders, authentication, certified } = rules
  if (certified && !isCertified) return 'is not certified, in a mailbox of certified mail'
  if (senders === undefined && authentication === undefined) return null
  // Anybody can write such an envelope; only the provider of a certified mailbox keeps others out.
  if (isCertified && !certified) return 'is certified, in a mailbox that is not `certified`'
  const sender = findSender(sent)
  if (sender === null) return 'names no sender, or several'
  if (senders !== undefined && !senders.some((allowed) => isAllowed(sender, allowed))) {
    return 'is of a sender who is not among `senders`'
  }
  if (certified || authentication === undefined) return null
  const fault = findAuthenticationFault(headers, sender, authentication)
  return fault === null ? null : `does not prove its sender: ${fault}`
}

/** `a@ente.it` allows one address, `ente.it` all of that domain, and none below it. */
function isAllowed(sender: string, allowed: string): boolean {
  const wanted = allowed.toLowerCase().replace(/^@/, '')
  return wanted.includes('@') ? sender === wanted : sender.endsWith(`@${wanted}`)
}

/** The provider's word, if it is one. */
function receiptKind(header: string): string {
  return /^[a-z-]{1,60}$/i.exec(header.trim())?.[0].toLowerCase() ?? 'unknown'
}

function refused(reason: string): Verdict {
  return { is: 'refused', reason }
}
