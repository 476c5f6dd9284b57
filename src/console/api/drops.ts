// Files by the API: handed over in place of their source, as an office does on a page, and
// followed until they have become a flow. The same checks and approvals hold for what comes of
// them.
import { z } from 'zod'
import { type Call, type Operation, operation } from './operation.ts'
import { ApiProblem } from './problem.ts'
import { idInPath, instant, plainText, rowId } from './schemas.ts'

type Uploads = Call<unknown, unknown, unknown>['app']['desk']['uploads']
type Result = Awaited<ReturnType<Uploads['add']>>

const CREATED = 201
const SavedDrop = z.object({ drop: rowId, bytes: z.int().min(0) })

async function upload(
  call: Call<{ feed: string }, { name: string; again?: 'true' | undefined }, unknown>,
): Promise<z.infer<typeof SavedDrop>> {
  const { app, scope, token, params, query, file, language } = call
  const { uploads } = app.desk
  const isTheirs = uploads
    .feeds(token.institution, scope.services)
    .some(({ feed }) => feed === params.feed)
  if (!isTheirs || file === null) throw new ApiProblem('API_NOT_FOUND')
  const sent = { name: query.name, mediaType: 'application/octet-stream', bytes: file.bytes }
  const answerOf = (drop: number, bytes: number) => ({ status: CREATED, answer: { drop, bytes } })
  const request = { key: call.key, answerOf }
  const asked = { ...call.asked(null), again: query.again === 'true', request }
  const result = await uploads.add(token.institution, params.feed, sent, asked)
  if (result.kind === 'saved') return { drop: result.drop, bytes: result.bytes }
  throw problemOf(result, language)
}

function problemOf(result: Exclude<Result, { kind: 'saved' }>, language: 'it' | 'en'): ApiProblem {
  switch (result.kind) {
    case 'known': {
      const about = { drop: result.id, flow: result.flowId }
      return new ApiProblem('API_REFUSED', { detail: words.known[language], about })
    }
    case 'too-large':
      return new ApiProblem('API_TOO_LARGE')
    case 'busy':
      return new ApiProblem('API_BUSY', { retryAfter: 10 })
    case 'no-room':
      return new ApiProblem('API_BUSY', { detail: words.noRoom[language], retryAfter: 600 })
    case 'no-feed':
      return new ApiProblem('API_NOT_FOUND')
    case 'bad-name':
      return faulty('query.name', words.badName[language])
    case 'empty':
      return faulty('body', words.empty[language])
    case 'wrong-kind':
      return faulty('body', `${words.wrongKind[language]} ${result.format}.`)
  }
}

function faulty(where: string, detail: string): ApiProblem {
  return new ApiProblem('API_INVALID', { errors: [{ in: where, detail }] })
}

const words = {
  known: {
    it: 'Lo stesso file è già arrivato: per leggerlo ancora, again=true.',
    en: 'The same file has come before: to read it again, again=true.',
  },
  noRoom: {
    it: 'Sul disco del server non c’è posto.',
    en: 'There is no room on the server’s disk.',
  },
  badName: {
    it: 'Il nome di un file, senza cartelle.',
    en: 'The name of a file, without folders.',
  },
  empty: { it: 'Il file è vuoto.', en: 'The file is empty.' },
  wrongKind: { it: 'Il collegamento legge', en: 'The feed reads' },
}

export const dropOperations: readonly Operation[] = [
  operation(
    {
      ...{ id: 'listFeeds', method: 'GET', path: '/feeds', tag: 'drops', permission: 'read' },
      summary: 'Feeds to which a file may be handed over',
      answer: z.object({
        items: z.array(
          z.object({
            feed: z.string(),
            service: z.string().nullable().describe('Null: no flow comes of its files'),
            format: z.string(),
          }),
        ),
      }),
    },
    async ({ app, token, scope }) => ({
      items: app.desk.uploads.feeds(token.institution, scope.services),
    }),
  ),
  operation(
    {
      ...{ id: 'uploadDrop', method: 'POST', path: '/feeds/:feed/drops', tag: 'drops' },
      ...{ permission: 'prepare', takesFile: true, makes: true, status: CREATED },
      summary: 'Hands over a file to a feed, in place of its source',
      params: z.strictObject({ feed: plainText }),
      query: z.strictObject({
        name: plainText.describe('Of the file, as `ruolo-2026.csv`'),
        again: z.enum(['true']).optional().describe('Also where the same bytes have come before'),
      }),
      answer: SavedDrop,
    },
    upload,
  ),
  operation(
    {
      ...{ id: 'showDrop', method: 'GET', path: '/drops/:drop', tag: 'drops', permission: 'read' },
      summary: 'A file that was handed over: how far it has been read, and its flow',
      params: z.strictObject({ drop: idInPath }),
      answer: z.object({
        id: rowId,
        feed: z.string(),
        state: z.enum(['received', 'mapped', 'failed']),
        bytes: z.int().min(0),
        bytesRead: z.int().min(0),
        records: z.int().min(0),
        receivedAt: instant,
        flow: rowId.nullable(),
        code: z.string().nullable().describe('Why it could not be read'),
      }),
    },
    async ({ app, token, scope, params }) => {
      const feeds = app.desk.uploads.feeds(token.institution, scope.services)
      const names = feeds.map(({ feed }) => feed)
      const found = await app.store.flowList.findDrop(scope, names, Number(params.drop))
      if (found === null) throw new ApiProblem('API_NOT_FOUND')
      const { id, feed, state, bytes, progressBytes, records, receivedAt, flowId, problem } = found
      return {
        ...{ id, feed, state, bytes, bytesRead: progressBytes, records, flow: flowId },
        ...{ receivedAt: receivedAt.toString(), code: problem?.code ?? null },
      }
    },
  ),
]
