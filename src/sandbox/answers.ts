// Answers as IO writes them: problem+json of its functions, and the other format of its gateway.
// Titles, details and their spelling mistakes are IO's own: clients tell answers apart by them.
import { lackingPermission, lackingScopes } from '../domain/message-refusal.ts'

export interface SandboxAnswer {
  status: number
  contentType: string
  body: string
  location?: string
  /** For 429: IO's own header replaces the standard one. */
  retryAfterSeconds?: number
  /** The reason phrase, where it is not the usual one. */
  reason?: string
  /** Whether the functions made it, which add security headers. */
  fromFunctions: boolean
}

export function success(status: 200 | 201, value: object, location?: string): SandboxAnswer {
  return {
    status,
    contentType: 'application/json',
    body: JSON.stringify(value),
    ...(location !== undefined && { location }),
    fromFunctions: true,
  }
}

/** An error of the functions: exactly these three keys. */
export function problem(status: number, title: string, detail: string): SandboxAnswer {
  return {
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify({ detail, status, title }),
    fromFunctions: true,
  }
}

/** An error of the gateway, before any function. */
export function gateway(statusCode: number, message: string): SandboxAnswer {
  return {
    status: statusCode,
    contentType: 'application/json',
    body: JSON.stringify({ statusCode, message }),
    fromFunctions: false,
  }
}

export const missingKey = gateway(
  401,
  'Access denied due to missing subscription key. ' +
    'Make sure to include subscription key when making requests to an API.',
)

export const invalidKey = gateway(
  401,
  'Access denied due to invalid subscription key. ' +
    'Make sure to provide a valid key for an active subscription.',
)

export const wrongPath = gateway(404, 'Resource not found')

export function tooManyCalls(retryAfterSeconds: number): SandboxAnswer {
  const message = `Rate limit is exceeded. Try again in ${retryAfterSeconds} seconds.`
  return { ...gateway(429, message), retryAfterSeconds }
}

/** Accounts that must come with a client certificate are refused at this address. */
export const invalidCertificate: SandboxAnswer = {
  status: 403,
  contentType: 'text/plain',
  body: '',
  reason: 'Invalid client certificate',
  fromFunctions: false,
}

/** The functions' host itself, to a call that does not come through the gateway. */
export const missingFunctionsKey: SandboxAnswer = {
  status: 401,
  contentType: 'text/plain',
  body: '',
  fromFunctions: false,
}

export const anonymousUser = problem(
  403,
  'Anonymous user',
  'The request could not be associated to a user, missing userId or subscriptionId.',
)

export function notAllowed(detail: string = lackingPermission.detail): SandboxAnswer {
  return problem(403, lackingPermission.title, detail)
}

export const noScopes = problem(403, lackingScopes.title, lackingScopes.detail)

export const recipientForbidden = problem(
  403,
  'Recipient forbidden',
  'You are not allowed to issue requests for the recipient.',
)

/** Also of malformed JSON, whatever the guide says; the detail is then the parser's text. */
export function internalError(detail: string): SandboxAnswer {
  return problem(500, 'Internal server error', detail)
}

/** A refused path parameter: the second of IO's three dialects of validation. */
export function refusedParameter(value: string, expected: string): SandboxAnswer {
  const detail = `value [${JSON.stringify(value)}] at [root] is not a valid [${expected}]`
  return problem(400, `Invalid ${expected}`, detail)
}

/** The place of a key of the body in the third dialect. */
const bodyPlace = 'root.0'

/**
 * The third dialect: a body that is no object, or the keys of it that are refused, `expected` by
 * key. Null when all of them hold.
 */
export function refuseBody(
  name: string,
  body: unknown,
  keys: Readonly<Record<string, { expected: string; holds(value: unknown): boolean }>>,
): SandboxAnswer | null {
  const line = (value: unknown, place: string, expected: string) =>
    `value [${JSON.stringify(value)}] at [${place}] is not a valid [${expected}]`
  const rules = Object.entries(keys)
  const lines: string[] = []
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const type = rules.map(([key, { expected }]) => `${key}: ${expected}`).join(', ')
    lines.push(line(body, bodyPlace, `{ ${type} }`), line(body, 'root.1', 'Partial<{  }>'))
  } else {
    for (const [key, { expected, holds }] of rules) {
      const value = (body as Record<string, unknown>)[key]
      if (!holds(value)) lines.push(line(value, `${bodyPlace}.${key}`, expected))
    }
  }
  return lines.length === 0 ? null : problem(400, `Invalid ${name}`, lines.join('\n'))
}
