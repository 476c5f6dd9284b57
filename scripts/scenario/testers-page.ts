// A tester of the story, who opens the link of the mail in a browser that knows no JavaScript:
// reads the page, fills in its form and sends it. Invariant: it takes the page as it is.
import type { ReceivedMail } from '../playground.ts'

export interface Answered {
  status: number
  text: string
}

/** The personal link of a mail; null: it has none. */
export function linkOf({ text }: ReceivedMail): string | null {
  const [link] = /https?:\/\/\S+\/prova\/[\w-]+/.exec(readable(text)) ?? []
  return link ?? null
}

/** A page, as a browser shows it first. */
export async function look(url: string): Promise<Answered> {
  const answer = await fetch(url, { headers: { 'accept-language': 'it' } })
  return { status: answer.status, text: await answer.text() }
}

/**
 * Says *Tutto corretto* of every message; `problem`, a note, is what it reports of the first one.
 * Throws when the page has no form for that.
 */
export async function answerAll(url: string, problem: string | null): Promise<Answered> {
  const { text } = await look(url)
  const form = formsOf(text).find(({ fields }) => fields.some(({ type }) => type === 'radio'))
  if (!form) throw new Error('the page of a tester has no form with answers')
  const values = new URLSearchParams()
  const names = new Set<string>()
  for (const { name, value, type } of form.fields) {
    if (type === 'hidden') values.append(name, value)
    if (type === 'radio') names.add(name)
  }
  for (const [index, name] of [...names].entries()) {
    const isReported = problem !== null && index === 0
    values.append(name, isReported ? 'problem' : 'ok')
  }
  const [note] = form.fields.filter(({ type }) => type === 'textarea')
  if (problem !== null && note) values.append(note.name, problem)
  const target = new URL(form.action || url, url)
  const answer = await fetch(target, { method: 'POST', body: values, redirect: 'follow' })
  return { status: answer.status, text: await answer.text() }
}

interface Form {
  action: string
  fields: { name: string; value: string; type: string }[]
}

function formsOf(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(
    ([, head = '', body = '']) => ({
      action: attribute(head, 'action'),
      fields: [...body.matchAll(/<(input|textarea|button)\b([^>]*)>/g)].map(
        ([, tag = '', rest = '']) => ({
          name: attribute(rest, 'name'),
          value: attribute(rest, 'value'),
          type: tag === 'input' ? attribute(rest, 'type') || 'text' : tag,
        }),
      ),
    }),
  )
}

function attribute(text: string, name: string): string {
  const [, quoted, bare] = new RegExp(`\\b${name}=(?:"([^"]*)"|([^\\s>]+))`).exec(text) ?? []
  return (quoted ?? bare ?? '').replaceAll('&amp;', '&')
}

/** A mail’s text without the line ends and signs of quoted-printable. */
function readable(text: string): string {
  const whole = text.replace(/=\r?\n/g, '')
  const bytes = whole.replace(/=([0-9A-F]{2})/g, (_, hex) =>
    String.fromCharCode(Number(`0x${hex}`)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
