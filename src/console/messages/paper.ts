// The document of one notice, as the desk hands it over again: the bill's PDF. Invariant: it is
// people's data: a form asks for it, and who took it is written down.
import { type Html, html } from '../../html.ts'
import { button, postForm } from '../parts/form.ts'
import { type Answer, missing, type Visit } from '../visit.ts'
import { numberOf } from './asked.ts'
import { words } from './notice-words.ts'
import { scopeOf } from './search.ts'

interface Noticed {
  id: number
  feed: string | null
  service: string
}

/** Null where its records name none, or it is not for this person. */
export function paperForm(visit: Visit, { id, feed, service }: Noticed): Html | null {
  const { app, language, place } = visit
  const hasPapers = app.desk.papers.hasPapers({ institution: place.id, feed })
  if (!hasPapers || !visit.may('reveal', service)) return null
  const take = button(words.takePaper[language], { tone: 'secondary' })
  return html`${postForm(visit, visit.to(`/notices/${id}/paper`), take)}`
}

export async function noticePaper(visit: Visit): Promise<Answer> {
  const { app, language, now, params, place, to } = visit
  const id = numberOf(params['notice'])
  if (id === null) return missing
  const { institution } = scopeOf(visit)
  const scope = { institution, services: visit.services('reveal') }
  if (!(await app.store.messageView.hasNotice(scope, id))) return missing
  const name = { by: 'id', id } as const
  const { first } = await app.store.notices.list({ name, institution, series: null }, 1)
  const [row] = first
  const [message] = row === undefined ? [] : (await app.store.notices.detail(row)).messages
  const viewed = message && (await app.store.messageView.find(scope, message.id))
  const gone: Answer = {
    ...{ kind: 'redirect', to: to(`/notices/${id}`), said: words.noPaper[language] },
  }
  if (row === undefined || !viewed) return gone
  const flow = await app.store.flows.get(row.flowId)
  if (flow.dropId === null) return gone
  const source = { institution: place.id, feed: flow.feed }
  const paper = await app.desk.papers.find(source, flow.dropId, viewed.data)
  if (paper === null) return gone
  const act = { verb: `revealed notice ${id}`, subject: `notice/${id}` }
  await app.store.acts.add(place.id, { ...visit.asked(null), ...act }, now)
  const type = paper.name.endsWith('.pdf') ? 'application/pdf' : 'application/octet-stream'
  return { kind: 'file', name: paper.name, type, bytes: buffersOf(paper.bytes) }
}

async function* buffersOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece)
}
