// Values of records as inert text: what a source wrote can never become a heading, a link, a
// button, a rule or front matter in a citizen's message. Rules: CommonMark and its autolink
// extension. Invariant: one value is one line; most values are clean and pass after one test.

/** Blanks to collapse, and characters that are invisible or turn the reading direction. */
const INVISIBLE =
  '\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u061c\\u1680\\u180e\\u2000-\\u200f\\u2028-\\u202f' +
  '\\u205f-\\u206f\\u3000\\ufeff\\ufff9-\\ufffb\\ud800-\\udfff'

const dirtyText = new RegExp(`[${INVISIBLE}]| {2}|^ | $`)

const dirtyMarkdown = new RegExp(
  `[${INVISIBLE}\\\\\`*_[\\]<>#~|]|&(?:[#a-z]|$)|://|www\\.|--|= yaml =| {2}|^[-+=.):/ ]|^\\d+[.)](?: |$)| $`,
  'i',
)

/** A value for a subject or for plain text: one line, without invisible characters. */
export function plainText(value: string): string {
  return dirtyText.test(value) ? clean(value) : value
}

/**
 * A value inside Markdown text: the citizen reads exactly the value, in one line. The app looks for
 * buttons where the first line has `---` or `= yaml =` among its words, and the e-mail drops what
 * stands before the last `---`: neither is left whole.
 */
export function markdownText(value: string): string {
  if (!dirtyMarkdown.test(value)) return value
  return clean(value)
    .replace(/[\\`*_[\]<>#~|]/g, '\\$&')
    .replace(/&(?=[#a-z]|$)/gi, '\\&')
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/(www)\./gi, '$1\\.')
    .replace(/-{2,}/g, (dashes) => '\\-'.repeat(dashes.length))
    .replace(/= yaml =/g, '= yaml \\=')
    .replace(/^[-+=.):/]/, '\\$&')
    .replace(/^(\d+)([.)])(?= |$)/, '$1\\$2')
}

/** Marks of direction, joiners and other format characters, controls, half characters, tags. */
const removed = /[\p{Cc}\p{Cf}\p{Cs}]/gu

function clean(value: string): string {
  return value.replace(/\s+/g, ' ').replace(removed, '').replace(/ {2,}/g, ' ').trim()
}
