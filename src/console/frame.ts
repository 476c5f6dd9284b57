// What the frame of every page knows: what waits for whoever looks, what letters leave, whether
// everything is stopped. Asked once a page; each of it is cheap.
import { modeOf, type ServiceMode } from '../domain/service-mode.ts'
import type { Visit } from './visit.ts'

export interface Frame {
  /** Counts beside entries of the menu: of what this visitor may see. */
  waits: { approvals: number; uncertain: number }
  /** The strongest of the services that they may see. */
  mode: ServiceMode
  /** Why nothing leaves; null: everything may go. */
  standing: Standing | null
  /** The institutions of this visitor, by name. */
  places: readonly { id: string; name: string }[]
}

export interface Standing {
  since: Temporal.Instant | null
  /** Who stopped everything; null: Staffetta itself. */
  actor: string | null
  because: string
}

/** Of whoever belongs to no institution. */
const nothing = { approvals: 0, uncertain: 0 }

export async function frameOf(visit: Visit): Promise<Frame> {
  const { app, place, visitor } = visit
  const [waits, standing] = await Promise.all([
    place.id === '' ? nothing : app.store.toDo.of(place.id, toDoServices(visit)),
    standingOf(visit),
  ])
  const { institutions } = app.config
  const granted = new Set(visitor.grants.map(({ institution }) => institution))
  const places = institutions
    .filter(({ id }) => granted.has(id))
    .map(({ id, name }) => ({ id, name }))
    .sort((a, b) => a.name.localeCompare(b.name, 'it'))
  return { waits, standing, places, mode: modeOf(modesOf(visit)) }
}

/** Of which services what waits is theirs to do. */
export function toDoServices(visit: Pick<Visit, 'services'>) {
  return {
    approvals: visit.services('approve'),
    messages: visit.services('uncertain'),
  }
}

function modesOf(visit: Visit): ServiceMode[] {
  const { app, place } = visit
  const seen = visit.services('look')
  const services = app.config.institutions.find(({ id }) => id === place.id)?.services ?? []
  return services.filter(({ name }) => seen === null || seen.includes(name)).map((one) => one.mode)
}

/** This machine's stop, or the pause that all machines obey. */
export async function standingOf({ app }: Pick<Visit, 'app'>): Promise<Standing | null> {
  const stop = app.stopAll.standing()
  if (stop !== null) return { since: stop.at, actor: stop.actor, because: stop.because }
  const { pausedBecause, pausedSince } = await app.store.installation.status()
  if (pausedBecause === null) return null
  return { since: pausedSince, actor: null, because: pausedBecause }
}
