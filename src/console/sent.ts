// What a form sent: its fields, and its files one at a time as they arrive. Invariant: of a form
// with files, nothing of a file is read before the fields that stand before it.
import type { FastifyRequest } from 'fastify'
import type { SentFile } from './visit.ts'

/** All fields of one form: three texts of a message at their longest, as browsers write them. */
export const PAGE_BODY_BYTES = 512 * 1024

export interface Sent {
  form: URLSearchParams
  files: AsyncIterable<SentFile>
}

type Part = Awaited<ReturnType<ReturnType<FastifyRequest['parts']>['next']>>['value']

/** A form with files is read as far as its first file, so that nobody's bytes come before them. */
export async function readSent(
  route: { method: string; takesFiles?: boolean },
  request: FastifyRequest,
): Promise<Sent> {
  if (route.method === 'GET') return { form: new URLSearchParams(), files: none() }
  if (!route.takesFiles || !request.isMultipart()) {
    const body = request.body
    return { form: withoutNul(body instanceof URLSearchParams ? body : []), files: none() }
  }
  const form = new URLSearchParams()
  const parts = request.parts()[Symbol.asyncIterator]()
  for (;;) {
    const { value: part, done } = await parts.next()
    if (done) return { form, files: none() }
    if (part.type === 'file') return { form, files: filesFrom(part, parts, form) }
    add(form, part)
  }
}

/** Throws where all fields together are longer than a form may be. */
function add(form: URLSearchParams, { fieldname, value }: { fieldname: string; value?: unknown }) {
  form.append(withoutSign(fieldname), withoutSign(String(value)))
  let length = 0
  for (const [name, one] of form) length += name.length + one.length
  if (length <= PAGE_BODY_BYTES) return
  throw Object.assign(new Error('the fields are too long'), { statusCode: 413 })
}

async function* filesFrom(
  first: Part,
  rest: AsyncIterator<Part>,
  form: URLSearchParams,
): AsyncGenerator<SentFile> {
  for (let part: Part = first; ; ) {
    if (part.type === 'file') {
      const { fieldname: field, filename: name, mimetype: mediaType, file } = part
      yield { field, name, mediaType, bytes: file as AsyncIterable<Buffer> }
    } else add(form, part)
    const next = await rest.next()
    if (next.done) return
    part = next.value
  }
}

/** No text that people write has the sign NUL, and no database takes it. */
export function withoutNul(fields: Iterable<[string, string]>): URLSearchParams {
  return new URLSearchParams([...fields].map(([name, value]) => [name, value].map(withoutSign)))
}

const withoutSign = (text: string) => text.replaceAll('\0', '')

async function* none(): AsyncGenerator<SentFile> {}
