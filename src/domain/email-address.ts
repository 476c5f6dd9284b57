// Whether IO takes a text as an e-mail address, which is what its validator library takes: an ASCII
// or quoted local part, and a domain whose last label is letters. Pure; work is linear.

const unquoted = /^[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*$/
const quoted = /^"(?:[\s!#-[\]-~]|\\[\t\v\f\r -~])*"$/
const label = /^(?!-)[a-z0-9\u00a1-\uff00-]{1,63}(?<![-\uff01-\uff5e])$/i
const lastLabel = /^(?:[a-z\u00a1-\ud7ff\uf900-\ufdcf\ufdf0-\uffef]{2,}|xn[a-z0-9-]{2,})$/i

/** At most 254 characters, 64 of them before the `@`. */
export function isEmailOfIo(text: string): boolean {
  const at = text.lastIndexOf('@')
  if (at < 1 || at > 64 || text.length > 254) return false
  const local = text.slice(0, at)
  const labels = text.slice(at + 1).split('.')
  if (labels.length < 2 || !lastLabel.test(labels.at(-1) as string)) return false
  return labels.every((part) => label.test(part)) && (unquoted.test(local) || quoted.test(local))
}
