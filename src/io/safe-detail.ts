// What may be kept of IO's words: paths and expectations, never values.
// IO's `detail` echoes the offending value, up to the whole text of a message with its recipient.
// Invariant: nothing that a payload can contain passes through here.

const maximumLines = 20
const maximumExpectationLength = 300

/**
 * The `at root.… is not a valid […]` parts of a validation detail, joined with `; `, or empty.
 * Values are JSON, hence one line a fault; the last occurrence in a line is IO's own, since its
 * names never contain the phrase while an echoed value might.
 */
export function safeDetail(detail: string): string {
  const parts: string[] = []
  for (const line of detail.split('\n', maximumLines)) {
    const verdict = line.lastIndexOf(' is not a valid [')
    const place = verdict < 0 ? -1 : line.lastIndexOf(' at ', verdict - 1)
    if (place < 0 || !line.endsWith(']')) continue
    const path = line.slice(place + ' at '.length, verdict)
    const expected = line.slice(verdict + ' is not a valid ['.length, -1)
    if (!/^\[?root(\.\w+){0,8}\]?$/.test(path)) continue
    if (expected.length > maximumExpectationLength) continue
    parts.push(`at ${path} is not a valid [${expected}]`)
  }
  return parts.join('; ')
}

/** The title when it is one of IO's fixed ones; others may carry anything and give nothing. */
export function safeTitle(title: string): string {
  return knownTitles.has(title) ? title : ''
}

const knownTitles = new Set([
  'Anonymous user',
  'Attachments call forbidden',
  'Bad parameters',
  'Call forbidden',
  'Error while sending payment metadata',
  'Internal server error',
  'Invalid FiscalCodePayload',
  'Invalid message structure',
  'Message not found',
  'No configuration id for remote content',
  'Not your configuration',
  'Production call forbidden',
  'Profile not found',
  'Recipient forbidden',
  'Remote Content Configuration NOT FOUND',
  'User has no valid scopes',
  'Validation error',
  'You are not allowed here',
])
