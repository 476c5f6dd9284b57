// Documents that a server lists over HTTP: `GET URL` names them, `GET URL/ID` gives one, and
// `DELETE URL/ID` takes it off the list.
// Invariant: a document is taken off only after it was saved.
import { z } from 'zod'
import { defineConnector, type SourceContext, SourceError, secret } from '../../src/connector.ts'

const settings = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('Where the list is.'),
  token: secret().describe('What the server knows us by.'),
  timeoutSeconds: z.int().min(1).max(3600).default(600).describe('How long one document may take.'),
})
type Settings = z.infer<typeof settings>

const listed = z.array(z.object({ id: z.string().regex(/^[\w.-]{1,200}$/) })).max(1000)
const maxListBytes = 1_000_000

export default defineConnector<Settings>({
  summary: 'Documents that a server lists over HTTP.',
  settings,
  async check(context) {
    const what = `list ${context.settings.url}`
    try {
      const ids = await list(context)
      return [{ ok: true, what: `${what}: ${ids.length} documents` }]
    } catch (error) {
      return [{ ok: false, what, remedy: error instanceof Error ? error.message : String(error) }]
    }
  },
  async *poll(context) {
    const ids = await list(context)
    const known = await context.known(ids)
    for (const id of ids) {
      const path = `/${id}`
      if (!known.has(id)) {
        const bytes = read(context, path)
        yield { key: id, parts: [{ name: id, mediaType: 'application/octet-stream', bytes }] }
      }
      await ask(context, 'DELETE', path) // It is saved, now or by the poll before.
    }
  },
})

async function list(context: SourceContext<Settings>): Promise<string[]> {
  let text = ''
  for await (const chunk of read(context, '')) {
    text += Buffer.from(chunk).toString('latin1')
    if (text.length > maxListBytes) throw strange(`a list of more than ${maxListBytes} bytes`)
  }
  try {
    return listed.parse(JSON.parse(text)).map(({ id }) => id)
  } catch {
    throw strange('no list of documents')
  }
}

async function* read(context: SourceContext<Settings>, path: string) {
  const { body } = await ask(context, 'GET', path)
  try {
    if (body !== null) yield* body
  } catch (cause) {
    throw new SourceError('SRC_CONNECTION_LOST', 'a transfer broke off', { retry: true, cause })
  }
}

async function ask({ settings, signal }: SourceContext<Settings>, method: string, path: string) {
  const { url, token, timeoutSeconds } = settings
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token.reveal()}` },
    redirect: 'error', // The token is for this server alone.
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
  }).catch((cause) => {
    const message = `${url} does not answer: see whether it is up, and whether \`url\` is right`
    throw new SourceError('SRC_UNREACHABLE', message, { retry: true, cause })
  })
  if (response.ok) return response
  await response.body?.cancel()
  const refused = response.status === 401 || response.status === 403
  const message = `${url} answered ${response.status}${refused ? ': look at the token' : ''}`
  throw new SourceError(refused ? 'SRC_CREDENTIALS' : 'SRC_ANSWER', message, { retry: !refused })
}

function strange(what: string): SourceError {
  return new SourceError('SRC_ANSWER', `the server gave ${what}`, { retry: true })
}
