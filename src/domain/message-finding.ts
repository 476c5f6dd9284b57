// One thing to know about a message before it is sent: why IO would refuse it, or our advice.
// Invariant: no finding carries a value of the message, so that it may be shown and logged; keys
// are shown, since unknown ones are mistakes of the program that wrote them.

export interface MessageFinding {
  /** `content.subject`, or empty for the message as a whole. */
  path: string
  /** Stable, kebab-case: `due-date-rolls`. */
  rule: string
  /** What is so, in one sentence; for refusals IO's own words, a line for each type it tried. */
  detail: string
  /** The way out. */
  remedy: string
}

/** A maker of findings about one place. */
export function findingsAt(path: string) {
  return (rule: string, detail: string, remedy: string): MessageFinding => ({
    path,
    rule,
    detail,
    remedy,
  })
}
