// Whether a mail is from whom it says, by what the institution's own mail server wrote about it
// (`Authentication-Results`, RFC 8601). Stands between the scan of a mail and the verdict on it.
// Invariant: only the topmost header of the one trusted server counts, since a sender may write any
// other; and a proof of a domain that is not the sender's proves nothing.
import type { MailHeader } from './mail-headers.ts'

export const methods = ['dkim', 'spf', 'dmarc'] as const
export type Method = (typeof methods)[number]

/** What the result of a method is about, as the trusted server writes it. */
const properties: Record<Method, readonly string[]> = {
  dkim: ['header.d', 'header.i'],
  spf: ['smtp.mailfrom'],
  dmarc: ['header.from'],
}

/** Why the sender's address is not proved, for a person; null when every method passed. */
export function findAuthenticationFault(
  headers: readonly MailHeader[],
  sender: string,
  rule: { server: string; require: readonly Method[] },
): string | null {
  const results = resultsOf(headers, rule.server)
  if (results === null) return `${rule.server} has not written its Authentication-Results`
  const domain = sender.slice(sender.lastIndexOf('@') + 1)
  for (const method of rule.require) {
    const passed = results.filter((result) => result.method === method && result.value === 'pass')
    if (passed.length === 0) return `${method} did not pass`
    const proved = passed.flatMap(({ domains }) => domains)
    if (!proved.some((one) => isAligned(one, domain))) {
      return `${method} passed for another domain than the sender's`
    }
  }
  return null
}

/** Whether two domains are one, or one stands below the other (DMARC's relaxed alignment). */
export function isAligned(a: string, b: string): boolean {
  if (!a.includes('.') || !b.includes('.')) return false
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`)
}

interface Result {
  method: string
  value: string
  domains: string[]
}

function resultsOf(headers: readonly MailHeader[], server: string): Result[] | null {
  for (const { name, value } of headers) {
    if (name !== 'authentication-results') continue
    const [identity = '', ...statements] = statementsOf(value.slice(0, 8192))
    // After the name of the server its version may follow.
    if (identity.trim().split(/\s+/)[0]?.toLowerCase() === server.toLowerCase()) {
      return statements.flatMap(resultOf)
    }
  }
  return null
}

/** `dkim=pass header.d=ente.it header.s=a` → its parts. */
function resultOf(statement: string): Result[] {
  const words = statement
    .toLowerCase()
    .replace(/\s*=\s*/g, '=')
    .trim()
    .split(/\s+/)
  const [, method, value] = /^([a-z-]+)(?:\/\d+)?=([a-z]+)$/.exec(words[0] ?? '') ?? []
  if (method === undefined || value === undefined) return []
  const about = properties[method as Method] ?? []
  const domains = words.slice(1).flatMap((word) => {
    const [, property = '', identity = ''] = /^([a-z.-]+)=(.+)$/.exec(word) ?? []
    return about.includes(property) ? [identity.slice(identity.lastIndexOf('@') + 1)] : []
  })
  return [{ method, value, domains }]
}

/**
 * Cuts at `;`, without comments. A `;` or a parenthesis in quotes is text, and quoted text becomes
 * one word that is no domain: a sender may choose the local part of an address that stands here.
 */
function statementsOf(header: string): string[] {
  const statements = ['']
  let depth = 0
  let isQuoted = false
  for (let at = 0; at < header.length; at++) {
    const character = header[at] as string
    if (character === '\\') at++
    else if (depth === 0 && character === '"') isQuoted = !isQuoted
    else if (!isQuoted && character === '(') depth++
    else if (!isQuoted && character === ')') depth = Math.max(0, depth - 1)
    else if (depth > 0) continue
    else if (!isQuoted && character === ';') statements.push('')
    else statements.push((statements.pop() ?? '') + (isQuoted ? quotedText(character) : character))
  }
  return statements
}

/** Blanks and signs of quoted text must not look like words of the header. */
function quotedText(character: string): string {
  return /[\w.@-]/.test(character) ? character : '_'
}
