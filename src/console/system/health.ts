// How well the installation is, component by component: judged here once for the page of its state,
// the dashboard and the diagnosis. What is at fault is first.
import { bytesIn } from '../../domain/byte-words.ts'
import { countIn, decimalIn, fill, type StaffLanguage, type Words } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { standingOf } from '../frame.ts'
import { type BadgeTone, badge } from '../parts/badge.ts'
import { time } from '../parts/show.ts'
import type { Visit } from '../visit.ts'
import { statusWords as words } from './status-words.ts'

export type Condition = 'good' | 'attention' | 'fault'

export interface Component {
  name: Words
  condition: Condition
  /** For people; instants in it are in the institution's zone. */
  text: string
}

export interface Health {
  components: readonly Component[]
  state: Awaited<ReturnType<Visit['app']['store']['systemState']['read']>>
  nodes: Awaited<ReturnType<Visit['app']['store']['nodes']['seenSince']>>
}

/** A process that has not been seen for so long has ended. */
const ALIVE = { seconds: 50 }
/** Beyond it the send stage stops by itself; before it a person should look. */
const CLOCK_SECONDS = 2
/** The disk is told of when less than so many times the least is free. */
const DISK_TIMES = 3
/** Files that have waited for so long are not being read. */
const FILE_MINUTES = 15
/** Of the server's connections. */
const CONNECTION_SHARE = 0.85

export async function healthOf(visit: Visit): Promise<Health> {
  const { app, now } = visit
  const [state, nodes, standing, pauses, disk] = await Promise.all([
    app.store.systemState.read(now),
    app.store.nodes.seenSince(now.subtract(ALIVE)),
    standingOf(visit),
    app.store.pauses.list(),
    app.desk.overseeing.disk(),
  ])
  const components = [
    nodesComponent(visit, nodes),
    sendingComponent(visit, standing),
    clockComponent(visit, state),
    diskComponent(visit, disk),
    databaseComponent(visit, state),
    mailComponent(visit, state),
    filesComponent(visit, state),
    pausedComponent(visit, pauses),
  ]
  return { components, state, nodes }
}

const conditionBadges: Record<Condition, readonly [BadgeTone, string]> = {
  good: ['green', '✓'],
  attention: ['orange', '!'],
  fault: ['red', '✕'],
}

export function conditionBadge(condition: Condition, language: StaffLanguage): Html {
  const [tone, sign] = conditionBadges[condition]
  return badge(tone, sign, words[condition][language])
}

/** The worst of them; what a dashboard says first. */
export function worstOf(components: readonly Component[]): Condition {
  if (components.some(({ condition }) => condition === 'fault')) return 'fault'
  return components.some(({ condition }) => condition === 'attention') ? 'attention' : 'good'
}

/** The name of a component with its condition and what is said of it. */
export function componentLine({ language }: Visit, { name, condition, text }: Component): Piece {
  return html`<strong>${name[language]}</strong>: ${conditionBadge(condition, language)} ${text}`
}

function plainTime(visit: Visit, at: Temporal.Instant | null): string | null {
  const shown = time(visit, at)
  return shown === null ? null : shown.text.replace(/<[^>]*>/g, '')
}

function nodesComponent({ language }: Visit, nodes: Health['nodes']): Component {
  const name = words.processes
  const differ = new Set(nodes.map(({ configuration }) => configuration)).size > 1
  // Whoever serves this page runs, though it may not have said so yet.
  const text = countIn(language, Math.max(1, nodes.length))
  if (differ) return { name, condition: 'attention', text: `${text}. ${words.differ[language]}` }
  return { name, condition: 'good', text }
}

type Standing = Awaited<ReturnType<typeof standingOf>>

function sendingComponent(visit: Visit, standing: Standing): Component {
  const { language } = visit
  const name = words.sending
  if (standing === null) return { name, condition: 'good', text: words.goes[language] }
  const { since, because } = standing
  const at = plainTime(visit, since)
  return { name, condition: 'fault', text: fill(words.stopped, language, { at, because }) }
}

function clockComponent(visit: Visit, state: Health['state']): Component {
  const { language } = visit
  const { databaseAheadSeconds, clockWrongSince } = state
  const name = words.clock
  if (clockWrongSince !== null) {
    const at = plainTime(visit, clockWrongSince)
    return { name, condition: 'fault', text: fill(words.clockWrong, language, { at }) }
  }
  const off = Math.abs(databaseAheadSeconds)
  const seconds = decimalIn(language, off, 1)
  const isGood = off < CLOCK_SECONDS
  const text = fill(isGood ? words.clockGood : words.clockOff, language, { seconds })
  return { name, condition: isGood ? 'good' : 'attention', text }
}

type Disk = Awaited<ReturnType<Visit['app']['desk']['overseeing']['disk']>>

function diskComponent({ language }: Visit, disk: Disk): Component {
  const { freeBytes, totalBytes, leastBytes } = disk
  const figures = {
    free: bytesIn(language, freeBytes),
    total: bytesIn(language, totalBytes),
    least: bytesIn(language, leastBytes),
  }
  const isLow = freeBytes < leastBytes * DISK_TIMES
  const condition = freeBytes < leastBytes ? 'fault' : isLow ? 'attention' : 'good'
  return {
    name: words.disk,
    condition,
    text: fill(isLow ? words.diskLow : words.diskText, language, figures),
  }
}

function databaseComponent({ language }: Visit, state: Health['state']): Component {
  const { serverVersion, databaseBytes, connections, mostConnections } = state
  const text = fill(words.databaseText, language, {
    version: serverVersion.split(' ')[0] ?? serverVersion,
    size: bytesIn(language, databaseBytes),
    connections,
    most: mostConnections,
  })
  const isFull = connections > mostConnections * CONNECTION_SHARE
  return { name: words.database, condition: isFull ? 'attention' : 'good', text }
}

function mailComponent({ app, language }: Visit, state: Health['state']): Component {
  const { mailsWaiting, mailsFailing, mailFailure } = state
  const name = words.mail
  if (app.config.installation.mail === undefined) {
    return { name, condition: 'attention', text: words.mailOff[language] }
  }
  if (mailsFailing > 0) {
    const figures = { n: countIn(language, mailsFailing), failure: mailFailure }
    return { name, condition: 'fault', text: fill(words.mailFailing, language, figures) }
  }
  const n = countIn(language, mailsWaiting)
  const text =
    mailsWaiting === 0 ? words.mailNone[language] : fill(words.mailWaiting, language, { n })
  return { name, condition: 'good', text }
}

function filesComponent(visit: Visit, state: Health['state']): Component {
  const { language, now } = visit
  const { dropsWaiting, dropsOldestAt } = state
  const name = words.files
  if (dropsOldestAt === null) return { name, condition: 'good', text: words.filesNone[language] }
  const isOld = now.since(dropsOldestAt).total('minutes') > FILE_MINUTES
  const at = plainTime(visit, dropsOldestAt)
  const text = fill(words.filesWaiting, language, { n: countIn(language, dropsWaiting), at })
  return { name, condition: isOld ? 'attention' : 'good', text }
}

type Pauses = Awaited<ReturnType<Visit['app']['store']['pauses']['list']>>

/** Of this institution: another's are not theirs to see. */
function pausedComponent({ language, place }: Visit, pauses: Pauses): Component {
  const own = pauses.filter(({ institution }) => institution === place.id)
  const text = own.map(({ service }) => service).join(', ') || words.none[language]
  return { name: words.paused, condition: own.length > 0 ? 'fault' : 'good', text }
}
