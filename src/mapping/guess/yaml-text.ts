// A few values as YAML that people like to read: plain words where they are safe, quotes where they
// are not. Invariant: what a YAML 1.2 reader gets of it is the value.

/** One scalar, list or group of keys, on one line. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
    return `{ ${entries.map(([key, inner]) => `${flow(key)}: ${flow(inner)}`).join(', ')} }`
  }
  return typeof value === 'string' ? scalar(value) : JSON.stringify(value)
}

/** Words that YAML reads as something else than text; of 1.1 too, which some editors speak. */
const RESERVED = /^(?:true|false|yes|no|on|off|null|nan|inf|y|n|~)$/i

function scalar(text: string): string {
  const isPlain = /^[\p{L}_](?:[\p{L}\d_./+ -]*[\p{L}\d_./+])?$/u.test(text)
  return isPlain && !RESERVED.test(text) ? text : JSON.stringify(text)
}

/** A text of several lines as a literal block, indented by so many blanks. */
export function block(lines: readonly string[], indent: number): string[] {
  const blanks = ' '.repeat(indent)
  const all = lines.flatMap((line) => line.split('\n'))
  return ['|', ...all.map((line) => (line === '' ? '' : `${blanks}${line}`))]
}

/** A comment on one line: what a sample holds never ends it. */
export function comment(text: string): string {
  return `# ${text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')}`
}
