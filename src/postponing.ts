// The composition of postponing: what a notice becomes with another due date, by the mapping that
// made it and the calendar of its feed, for the store that writes it. A part of `app.ts`.
import { calendarOf } from './config/calendar.ts'
import * as views from './config/stage-views.ts'
import { type NewDue, newDueOf } from './domain/postponement.ts'
import type { CompiledNotice } from './mapping/mapping.ts'
import type { Parts } from './parts.ts'
import { type Plan, planMessages } from './pipeline/plan.ts'
import { textMappings } from './sending.ts'
import type { PersonAct } from './store/acts.ts'
import type { NoticeFilter } from './store/notice-choice.ts'
import type { Postponable, Postponed, Revise } from './store/postponements.ts'

/** A postponement as a person asks for it. */
export interface PostponeRequest {
  filter: NoticeFilter
  wanted: NewDue
  /** The new due date may lie before today. */
  mayPass: boolean
  act: PersonAct
}

/** See `Postponements.postpone`. */
export type PostponeNotices = (
  request: PostponeRequest,
  onProgress?: (done: number, all: number) => void,
) => Promise<Postponed>

export function postponeWith(parts: Parts): PostponeNotices {
  return ({ filter, wanted, mayPass, act }, onProgress) => {
    const now = parts.now()
    const revise = reviser(parts, wanted, mayPass, now)
    return parts.store.postponements.postpone(filter, wanted, act, revise, now, onProgress)
  }
}

function reviser(parts: Parts, wanted: NewDue, mayPass: boolean, now: Temporal.Instant): Revise {
  const { vault } = parts
  const mappingOf = textMappings(parts)
  const planOf = plans(parts, now)
  const textHash = (mapping: CompiledNotice, ...of: Parameters<CompiledNotice['payloads']>) =>
    vault.hash('text', JSON.stringify(mapping.payloads(...of)))

  return async (notice) => {
    const { dueAt, because } = newDueOf(notice, wanted, now, mayPass)
    if (dueAt === null) return { because }
    const mapping = await mappingOf(notice.mappingVersionId)
    if (mapping === null) return { because: 'no-mapping' }
    const data = mapping.postponed(notice.data, dueAt)
    if (data === null) return { because: 'no-due-date' }
    if (mapping.refusals(data).length > 0) return { because: 'refused' }
    const { hasFirst, isStopped, waiting } = notice
    const plan = isStopped ? null : planOf(notice, mapping)
    const hasPayment = data.payment !== null
    const messages = plan?.({ dueAt, hasFirst, hasPayment }).messages ?? []
    const waitingHashes = waiting.map(async ({ mappingVersionId, template }) => {
      const own = mappingVersionId === null ? mapping : await mappingOf(mappingVersionId)
      return own && textHash(own, data, template)
    })
    const templates = [...Array(mapping.spec.reminders.length + 1).keys()]
    return {
      ...{ data, dueAt },
      contentHash: vault.hash('content', mapping.canonical(data)),
      matterHash: vault.hash('content', JSON.stringify(mapping.matters(data))),
      messages: messages.filter(({ purpose }) => purpose === 'reminder'),
      textHashes: templates.map((template) => textHash(mapping, data, template)),
      waitingHashes: await Promise.all(waitingHashes),
    }
  }
}

/** A plan a feed, service and mapping, as the configuration says now; many notices share one. */
function plans(parts: Parts, now: Temporal.Instant) {
  const known = new Map<string, Plan>()
  return (notice: Postponable, mapping: CompiledNotice): Plan => {
    const { institution, feed, service, mappingVersionId } = notice
    const name = [institution, feed ?? '', service, mappingVersionId].join('/')
    const plan = known.get(name) ?? planOf(parts, notice, mapping, now)
    known.set(name, plan)
    return plan
  }
}

/** What no feed brought, or one that is gone, is planned by the institution's calendar alone. */
function planOf(
  { config }: Parts,
  { institution, feed: name, service }: Postponable,
  mapping: CompiledNotice,
  now: Temporal.Instant,
): Plan {
  const owner = config.institutions.find(({ id }) => id === institution)
  const feed = owner?.feeds.find(({ id }) => id === name)
  const calendar = calendarOf(config, institution, feed?.window)
  const elsewhere = owner?.services.find((one) => one.name === service)?.notifiedElsewhere ?? null
  return planMessages(mapping.spec, calendar, now, {
    elsewhere,
    reminders: feed ? views.mapFeedOf(config, feed).reminders : 'ours',
  })
}
