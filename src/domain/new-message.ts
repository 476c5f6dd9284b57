// IO's rules for a new message, said once, in IO's wire names: mapping, client, sandbox and linter
// ask here. Source: io-functions-commons `NewMessage`, as IO's handlers run it (lengths in UTF-16
// units, no check character, dates that do not exist roll over).
// Invariant: what has no fault here is never answered 400 for its shape. A check takes about 1 µs.

import { type MessageRule, messageRules, wholeBranches } from './message-rules.ts'

export interface NewMessage {
  /** The recipient. Always in the body: in the path it would end in access logs. */
  fiscal_code: string
  content: MessageContent
  /** Seconds for which push and e-mail may wait, 3,600..604,800. */
  time_to_live?: number
  /** `ADVANCED` is billed by premium agreements. */
  feature_level_type?: 'STANDARD' | 'ADVANCED'
}

export interface MessageContent {
  subject: string
  markdown: string
  require_secure_channels?: boolean
  /** ISO instant with seconds; without a zone IO takes it as UTC. */
  due_date?: string
  payment_data?: PaymentData
  third_party_data?: ThirdPartyData
}

export interface PaymentData {
  /** Integer cents. */
  amount: number
  /** 18 digits, first 0 to 3. */
  notice_number: string
  invalid_after_due_date?: boolean
  /** Needs a permission of its own; absent, IO fills in the service's institution. */
  payee?: { fiscal_code: string }
}

/** Content that the institution serves itself when the citizen opens the message. */
export interface ThirdPartyData {
  id: string
  configuration_id?: string
  has_attachments?: boolean
  has_remote_content?: boolean
  has_precondition?: 'ALWAYS' | 'ONCE' | 'NEVER'
}

/** Something that IO refuses: `path` is `content.subject`, or empty for the message as a whole. */
export interface PayloadFault {
  path: string
  /** In words like IO's own: `string of length >= 10 and < 121`. Safe to show and to log. */
  expected: string
  /** The offending value: may be personal, never to be logged. */
  value: unknown
}

/** What a message needs that an ordinary key may lack. */
export type Feature = 'payee' | 'premium' | 'third-party'

/**
 * What IO would answer 400 for, in the order of its fields; empty when it would take the message.
 * Unknown keys are no fault: IO drops them silently (`droppedKeys` names them).
 * With `recipient: 'path'` the code may be missing from the body, as in the deprecated endpoint.
 */
export function payloadFaults(value: unknown, recipient: 'body' | 'path' = 'body'): PayloadFault[] {
  return faultsOf(value, recipient).map(({ path, expected, value }) => ({ path, expected, value }))
}

/**
 * IO's own detail of `Invalid message structure`, to the letter, or null when it takes the shape: a
 * line for each branch that failed. It echoes the values: never to be logged.
 */
export function structureDetail(value: unknown): string | null {
  const faults = faultsOf(value, 'path')
  // IO lays a second type over the message for these two, and so says them twice.
  const again = ['feature_level_type', 'time_to_live'].flatMap((path) =>
    faults.filter((fault) => fault.path === path),
  )
  const lines = [...faults, ...again].flatMap((fault) =>
    linesOf(fault, `value ${JSON.stringify(fault.value)}`),
  )
  return lines.length === 0 ? null : lines.join('\n')
}

/** The same faults one by one, each with IO's words for it: without the values, safe to show. */
export function structureFaults(value: unknown): (PayloadFault & { detail: string })[] {
  return faultsOf(value, 'path').map((fault) => {
    const { path, expected, value: found } = fault
    return { path, expected, value: found, detail: linesOf(fault, 'value').join('\n') }
  })
}

/** The keys that IO knows, by the path of the object in which they stand; '' is the message. */
export function keysByObject(): Record<string, string[]> {
  const keys: Record<string, string[]> = {}
  const collect = (rules: readonly MessageRule[], path: string) => {
    keys[path] = rules.map((rule) => rule.key)
    for (const { key, fields } of rules) {
      if (fields) collect(fields, path === '' ? key : `${path}.${key}`)
    }
  }
  collect(messageRules, '')
  return keys
}

/** Paths of the keys that IO would drop without a word: usually a misspelt optional one. */
export function droppedKeys(value: unknown): string[] {
  const dropped: string[] = []
  if (isRecord(value)) collectDropped(value, messageRules, '', dropped)
  return dropped
}

/** What IO keeps of a message without faults: known keys only, defaults filled in, dates in UTC. */
export function keptPart(value: object): NewMessage {
  return keep(value as Fields, messageRules) as unknown as NewMessage
}

/** The permissions that sending this message takes beyond the ordinary ones. */
export function featuresOf(message: NewMessage): Feature[] {
  const features: Feature[] = []
  if (message.content.payment_data?.payee) features.push('payee')
  if (message.feature_level_type === 'ADVANCED') features.push('premium')
  else if (message.content.third_party_data) features.push('third-party')
  return features
}

type Fields = Record<string, unknown>

interface Fault extends PayloadFault {
  branches: readonly string[]
}

/** The first of IO's three dialects of validation; `what` names the value, or echoes it. */
function linesOf({ path, branches }: Fault, what: string): string[] {
  const place = path === '' ? 'root' : `root.${path}`
  return branches.map((name) => `${what} at ${place} is not a valid [${name}]`)
}

function faultsOf(value: unknown, recipient: 'body' | 'path'): Fault[] {
  if (!isRecord(value))
    return [{ path: '', expected: 'NewMessage', value, branches: wholeBranches }]
  const faults: Fault[] = []
  collectFaults(value, messageRules, '', recipient, faults)
  return faults
}

function collectFaults(
  value: Fields,
  rules: readonly MessageRule[],
  prefix: string,
  recipient: 'body' | 'path',
  faults: Fault[],
): void {
  for (const rule of rules) {
    const found = value[rule.key]
    if (found === undefined) {
      const elsewhere = recipient === 'path' && rules === messageRules && rule.key === 'fiscal_code'
      if (!rule.required || elsewhere) continue
    } else if (found === null && rule.byDefault !== undefined) {
      continue
    } else if (rule.fields !== undefined && isRecord(found)) {
      collectFaults(found, rule.fields, `${prefix}${rule.key}.`, recipient, faults)
      continue
    } else if (rule.holds?.(found)) {
      continue
    }
    const { expected, branches = [expected] } = rule
    faults.push({ path: prefix + rule.key, expected, value: found, branches })
  }
}

function collectDropped(
  value: Fields,
  rules: readonly MessageRule[],
  prefix: string,
  to: string[],
) {
  for (const key of Object.keys(value)) {
    const rule = rules.find((candidate) => candidate.key === key)
    const found = value[key]
    if (rule === undefined) to.push(prefix + key)
    else if (rule.fields !== undefined && isRecord(found)) {
      collectDropped(found, rule.fields, `${prefix}${key}.`, to)
    }
  }
}

function keep(value: Fields, rules: readonly MessageRule[]): Fields {
  const kept: Fields = {}
  for (const rule of rules) {
    const found = value[rule.key] ?? rule.byDefault
    if (found === undefined) continue
    if (rule.fields !== undefined) kept[rule.key] = keep(found as Fields, rule.fields)
    else kept[rule.key] = rule.stored === undefined ? found : rule.stored(found)
  }
  return kept
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
