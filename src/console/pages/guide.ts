// The operators' guide inside the console: the text that lies with the documentation, read from
// there, so that it works without the Internet. It is in Italian, as the offices are.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { html } from '../../html.ts'
import { type Answer, missing, type PageRoute, type Visit } from '../visit.ts'
import { type Guide, guideOf } from './guide-text.ts'

const docs = join(import.meta.dirname, '../../../docs')

const words = {
  contents: { it: 'Indice', en: 'Contents' },
  none: {
    it: 'La guida non è stata installata con Staffetta.',
    en: 'The guide was not installed with Staffetta.',
  },
  title: { it: 'Guida per gli uffici', en: 'Guide for offices' },
  italian: { it: '', en: 'The guide is in Italian, as the offices that use it.' },
}

export const routes: readonly PageRoute[] = [
  { method: 'GET', path: '/guide', permission: 'look', handle: show },
  { method: 'GET', path: '/guide/images/:image', permission: 'look', handle: image },
]

async function show(visit: Visit): Promise<Answer> {
  const { language } = visit
  const title = words.title[language]
  const guide = await guideIn(visit)
  const page = { kind: 'page', title, section: 'guide' } as const
  if (guide === null)
    return { ...page, content: html`<p class="empty">${words.none[language]}</p>` }
  const note = words.italian[language]
  const content = html`${note === '' ? null : html`<p>${note}</p>`}
<div class="guide" lang="it"><nav aria-label="${words.contents[language]}"><ul>
${guide.chapters.map(
  (one) => html`<li><a href="#${one.anchor}">${one.title}</a></li>
`,
)}</ul></nav>
${guide.content}</div>`
  return { ...page, content }
}

/** Null where the documentation was left out of the installation. */
async function guideIn(visit: Visit): Promise<Guide | null> {
  const path = join(docs, 'guides/operatori.md')
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return null
  const imageAt = (name: string) => (isImage(name) ? visit.to(`/guide/images/${name}`) : null)
  return guideOf(text, imageAt)
}

function isImage(name: string): boolean {
  return /^[a-z0-9-]{1,80}\.png$/.test(name)
}

async function image({ params }: Visit): Promise<Answer> {
  const name = params['image'] ?? ''
  const bytes = isImage(name) ? await readFile(join(docs, 'images', name)).catch(() => null) : null
  if (bytes === null) return missing
  return { kind: 'file', name, type: 'image/png', inline: true, bytes: once(bytes) }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
