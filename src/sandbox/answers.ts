// Answers as IO writes them: problem+json of its functions, and the other format of its gateway.
// Titles, details and their spelling mistakes are IO's own: clients tell answers apart by them.

export interface SandboxAnswer {
  status: number
  contentType: string
  body: string
  location?: string
  /** For 429: IO's own header replaces the standard one. */
  retryAfterSeconds?: number
  /** Whether the functions made it, which add security headers. */
  fromFunctions: boolean
}

export function success(status: 200 | 201, value: object, location?: string): SandboxAnswer {
  return {
    status,
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify(value),
    ...(location !== undefined && { location }),
    fromFunctions: true,
  }
}

/** An error of the functions: exactly these three keys. */
export function problem(status: number, title: string, detail: string): SandboxAnswer {
  return {
    status,
    contentType: 'application/problem+json; charset=utf-8',
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

export function notAllowed(
  detail = 'You do not have enough permission to complete the operation you requested',
): SandboxAnswer {
  return problem(403, 'You are not allowed here', detail)
}

export const noScopes = problem(
  403,
  'User has no valid scopes',
  'You are not part of any valid scope, ' +
    'you should ask the administrator to give you the required permissions.',
)

export const recipientForbidden = problem(
  403,
  'Recipient forbidden',
  'You are not allowed to issue requests for the recipient.',
)

/** Malformed JSON is a 500, whatever the guide says; the detail is the parser's text. */
export function unreadableBody(parserText: string): SandboxAnswer {
  return problem(500, 'Internal server error', parserText)
}

/** A refused path parameter: the second of IO's three dialects of validation. */
export function refusedParameter(value: string, pattern: string): SandboxAnswer {
  const expected = `string that matches the pattern "${pattern}"`
  const detail = `value [${JSON.stringify(value)}] at [root] is not a valid [${expected}]`
  return problem(400, `Invalid ${expected}`, detail)
}
