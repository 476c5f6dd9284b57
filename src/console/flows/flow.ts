// A flow as its pages ask for it: found where it is of this institution and of a service that
// whoever looks may see, and called by a name that offices know.
import type { App } from '../../app.ts'
import type { Permission } from '../../domain/access.ts'
import { BY_ITSELF } from '../../domain/decision.ts'
import type { FlowOrigin } from '../../domain/flow.ts'
import type { StaffLanguage, Words } from '../../domain/words.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import type { Crumb, Visit } from '../visit.ts'

export type ShownFlow = NonNullable<Awaited<ReturnType<App['store']['flowList']['find']>>>
export type ListedFlow = Awaited<ReturnType<App['store']['flowList']['page']>>[number]

export function scopeOf(visit: Visit, permission: Permission) {
  return { institution: visit.place.id, services: visit.services(permission) }
}

/** The flow that the address names; null: there is none, or not for them. */
export async function findFlow(
  visit: Visit,
  permission: Permission = 'flows',
): Promise<ShownFlow | null> {
  const id = numberOf(visit.params['flow'])
  return id === null ? null : visit.app.store.flowList.find(scopeOf(visit, permission), id)
}

/** A number of a row, as addresses have it; null: it is none. */
export function numberOf(typed: string | null | undefined): number | null {
  return /^[1-9]\d{0,14}$/.test(typed ?? '') ? Number(typed) : null
}

/** `Flusso 12`. */
export function titleOf({ id }: { id: number }, language: StaffLanguage): string {
  return `${language === 'it' ? 'Flusso' : 'Flow'} ${id}`
}

/** What a flow came of: its file, its campaign, or what its origin says. */
export function sourceOf(
  flow: Pick<ShownFlow, 'origin' | 'aboutFlowId' | 'dropKey' | 'campaign'>,
  language: StaffLanguage,
): string {
  const { origin, aboutFlowId, dropKey, campaign } = flow
  if (origin === 'test' || origin === 'errata') {
    return fill(aboutWords[origin], language, { flow: aboutFlowId })
  }
  // What somebody wrote by hand came of no file.
  if (origin === 'operator') return originWords.operator[language]
  return campaign ?? fileOf(dropKey) ?? originWords[origin][language]
}

/** The name of a file, without what makes its key unique. */
export function fileOf(dropKey: string | null): string | null {
  return dropKey?.split('/')[0] ?? null
}

/** Who has approved it; where nobody had to, Staffetta has let it go by itself. */
export function approversText(actors: readonly string[], language: StaffLanguage): string {
  const itself = language === 'it' ? 'Staffetta, da sola' : 'Staffetta, by itself'
  return actors.map((actor) => (actor === BY_ITSELF.actor ? itself : actor)).join(', ')
}

export function flowsCrumb(visit: Visit): Crumb {
  const title = visit.language === 'it' ? 'Flussi' : 'Flows'
  return { title, href: visit.to('/flows') }
}

export function flowCrumbs(visit: Visit, flow: { id: number }): Crumb[] {
  const href = visit.to(`/flows/${flow.id}`)
  return [flowsCrumb(visit), { title: titleOf(flow, visit.language), href }]
}

/** A way on, as text; `look`: as a button. */
export function wayTo(href: string, text: Piece, look?: 'primary' | 'small'): Html {
  if (look === undefined) return html`<a href="${href}">${text}</a>`
  const small = look === 'small' ? 'btn-sm btn-outline-primary' : 'btn-primary'
  return html`<a class="btn ${small}" href="${href}">${text}</a> `
}

const aboutWords: Record<'test' | 'errata', Words> = {
  test: { it: 'prova del flusso {flow}', en: 'test of flow {flow}' },
  errata: { it: 'errata corrige del flusso {flow}', en: 'errata of flow {flow}' },
}

export const originWords: Record<FlowOrigin, Words> = {
  drop: { it: 'file ricevuto', en: 'received file' },
  upload: { it: 'file caricato', en: 'uploaded file' },
  campaign: { it: 'campagna', en: 'campaign' },
  operator: { it: 'scritto nella console', en: 'written in the console' },
  correction: { it: 'righe corrette', en: 'corrected records' },
  replay: { it: 'file letto di nuovo', en: 'file read again' },
  errata: { it: 'errata corrige', en: 'errata' },
  test: { it: 'prova', en: 'test' },
}
