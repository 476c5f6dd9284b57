// The composition of sending: the send journal, the client of IO and the ports of `send`, `track`
// and the probes, opened by the first who sends. A part of `app.ts`; nothing here decides anything.
import { setTimeout as delay } from 'node:timers/promises'
import { compileKept } from './config/mapping-version.ts'
import * as views from './config/stage-views.ts'
import { BY_ITSELF } from './domain/decision.ts'
import { createIoClient, type IoClient } from './io/client.ts'
import { ioOptions } from './io-options.ts'
import { openJournal } from './journaling.ts'
import type { CompiledNotice } from './mapping/mapping.ts'
import { ambient, type Parts } from './parts.ts'
import type { AskPorts } from './pipeline/connector/ask.ts'
import { type ClockPorts, type ClockWatch, watchClock } from './pipeline/send/clock.ts'
import type { ServiceStates } from './pipeline/send/heed.ts'
import type { SendService } from './pipeline/send/one.ts'
import type { SendPorts } from './pipeline/send.ts'
import { trackDue } from './pipeline/track.ts'
import { openBrake } from './releasing/brake.ts'
import { openSendLog } from './store/attempts.ts'
import { stopFileOf } from './store/stop-file.ts'
import { openSubscriptions } from './subscriptions.ts'
import { openTiming } from './timing.ts'

export interface Sending {
  io: IoClient
  ports: SendPorts
}

/** Days of the subscriptions feed read before the first message: a month's for one service. */
const PREPARING_CALLS = 31

/** Throws what the journal or the database says. */
export async function openSending(parts: Parts, asking: AskPorts): Promise<Sending> {
  const { config, pool, vault, store, onClose } = parts
  const journal = await openJournal(parts)
  let clock: ClockWatch | null = null
  const io = createIoClient({ ...ioOptions(config), onDate: (date) => clock?.heard(date) })
  onClose(() => io.close())
  const service = (institution: string, name: string) =>
    views.findSendService(config, institution, name)
  const services = serviceStates(parts)
  const shared = {
    ...ambient(parts),
    messages: store.messages,
    deliveries: store.deliveries,
    service,
    services,
    sleep: (milliseconds: number, signal: AbortSignal) =>
      delay(milliseconds, undefined, { signal }),
  }
  clock = parts.isTimeGiven ? null : watchClock(clockPorts(parts, io))
  const watched = clock
  const subscriptions = openSubscriptions(parts, { ...shared, io })
  const mapping = textMappings(parts)
  const ports: SendPorts = {
    ...shared,
    hold: heldUnlessStopped(parts),
    openLog: (account, lease) => openSendLog(pool, journal, account, lease, shared.now),
    flows: { ...store.flows, keptBack: store.flowLives.keptBack },
    io,
    resending: views.resendingFeeds(config),
    mapping,
    timing: openTiming(parts, mapping),
    questions: { ...shared, mapping, asking, closeNotice: store.settlements.closeByAnswer },
    brake: openBrake(parts),
    textHash: (text) => vault.hash('text', text),
    mayClaim: async () => watched?.isTrusted() ?? true,
    findSubscribed: subscriptions.findSubscribed,
    prepare: async (session) => void (await subscriptions.read(session, PREPARING_CALLS)),
    // At most half for the feed, so that its first years do not keep deliveries waiting.
    async spare(session, limit) {
      const read = await subscriptions.read(session, Math.ceil(limit / 2))
      return read + (await trackDue(session, limit - read, { ...shared, io }))
    },
  }
  return { io, ports }
}

/** Just before a byte leaves, it is asked whether somebody has stopped everything. */
function heldUnlessStopped({ store, dataDirectory }: Parts): SendPorts['hold'] {
  const { isThere } = stopFileOf(dataDirectory)
  return (name, work) =>
    store.leases.hold(name, (lease) =>
      work({ ...lease, isHeld: () => lease.isHeld() && !isThere() }),
    )
}

function clockPorts(parts: Parts, io: IoClient): ClockPorts {
  const { config, store } = parts
  const told = config.institutions.map(({ id, notify }) => ({ institution: id, notify }))
  return {
    ...ambient(parts),
    databaseNow: store.clock.now,
    report: async (reading) => void (await store.clock.report(reading, told)),
    forget: store.clock.forget,
    async askIo() {
      const accounts = Object.values(config.installation.accounts)
      const urls = new Set(accounts.map((account) => account.baseUrl))
      await Promise.all([...urls].map((url) => io.askTime(url)))
    },
  }
}

/** What is learnt of services, written where every node reads it, and told to who is to know. */
function serviceStates({ config, store, now }: Parts): ServiceStates {
  const { pauses, limits } = store
  const itself = () => ({ ...BY_ITSELF, at: now() })
  const toldOf = ({ institution }: SendService) => views.toldOf(config, institution)
  return {
    async pause(paused, code, detail, askedAt) {
      const { institution, service } = paused
      const pause = { institution, service, since: now(), code, detail }
      await pauses.pause(pause, toldOf(paused), askedAt)
    },
    postpone: ({ institution, service }, code, detail) =>
      pauses.postpone({ institution, service, code, detail }, now()),
    async resume(mended) {
      await pauses.resume(mended.institution, mended.service, itself(), toldOf(mended))
    },
    async learn(limited, limit, detail) {
      const { institution, service } = limited
      await limits.learn({ institution, service, ...limit, since: now(), detail }, toldOf(limited))
    },
    async lift(raised, feature) {
      const { institution, service } = raised
      await limits.forget(institution, service, itself(), { feature, notify: toldOf(raised) })
    },
  }
}

/** Compiled versions, remembered: there are as many as mappings have ever been changed. */
export function textMappings({ store, log }: Pick<Parts, 'store' | 'log'>) {
  const compiled = new Map<number, Promise<CompiledNotice | null>>()
  const load = async (versionId: number) => {
    const { name, spec } = await store.versions.get(versionId)
    const mapping = compileKept(name, spec)
    if (mapping === null) log.error({ mapping: name, versionId }, 'kept mapping not compiled')
    return mapping as CompiledNotice | null
  }
  return (versionId: number) => {
    const known = compiled.get(versionId) ?? load(versionId)
    compiled.set(versionId, known)
    known.catch(() => compiled.delete(versionId))
    return known
  }
}
