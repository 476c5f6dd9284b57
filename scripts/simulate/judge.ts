// The judge of a life: knows what the simulation did and what IO accepted, and compares both with
// what Staffetta's tables say. At every step what is cheap, at the end everything.
// It never asks the code under test what should be: its rules are those of the promise.
import { isClosed, type MessageState } from '../../src/domain/message.ts'
import type { SendService } from '../../src/pipeline/send/one.ts'
import type { Course, IoCall, SimulatedIo } from './io.ts'
import { subjectOf } from './letters.ts'
import { EPOCH } from './node.ts'
import type { MessageRow, Tables } from './tables.ts'

export interface Case {
  tables: Tables
  journal: ReadonlySet<number>
  io: SimulatedIo
  services: readonly SendService[]
  /** Hands of one process: calls that it may have under way at once. */
  hands: number
  /** Of these feeds the institution has said that what is uncertain is sent again. */
  mayResend: ReadonlySet<string>
  now(): number
}

export interface Verdict {
  lost: number
  duplicated: number
  uncertain: number
  /** Doubled because the institution asked for it. */
  resent: number
  inFlightMax: number
  violations: string[]
}

export interface Judge {
  moved(message: MessageRow, from: MessageState, isLegal: boolean): void
  leaves(node: string, call: IoCall, course: Course): void
  recovered(node: string, counts: { waiting: number; uncertain: number }): void
  broke(node: string, error: unknown): void
  /** Something befell this process, which may leave attempts without an answer. */
  disturbed(node: string): void
  /** From now on nothing of this flow, service or notice should leave. */
  forbid(what: Ban['what'], name: string): void
  allow(what: Ban['what'], name: string): void
  verdict(): Verdict
}

interface Ban {
  what: 'flow' | 'service' | 'notice'
  name: string
  /** Calls that left all the same: those whose attempt had been written. */
  left: number
}

interface Submission {
  node: string
  message: number
  at: number
  isAnswered: boolean
}

/** Violations that one life may tell of; more would tell nothing new. */
const MOST_VIOLATIONS = 20

export function createJudge(given: Case): Judge {
  const { tables, io, hands } = given
  const violations: string[] = []
  const bans = new Map<string, Ban>()
  const disturbances = new Map<string, number>()
  const submissions = new Map<number, Submission>()
  const bySubject = new Map<string, MessageRow>()
  const keys = new Map(given.services.map((service) => [service.key.reveal(), service]))
  for (const message of tables.messages.values()) {
    bySubject.set(subjectOf(Number(message.told.data.key), message.told.template), message)
  }

  function complain(sentence: string): void {
    if (violations.length < MOST_VIOLATIONS) violations.push(`${stamp(given.now())} ${sentence}`)
  }

  function submits(node: string, call: IoCall, course: Course): void {
    const { content } = JSON.parse(call.body) as { content: { subject: string } }
    const message = bySubject.get(content.subject)
    if (message === undefined) {
      complain(`${node} submitted what nobody wrote`)
      return
    }
    const { id, told } = message
    const service = keys.get(call.key)
    if (service?.institution !== told.institution || service.service !== told.service) {
      complain(`message ${id} left with the key of another`)
    }
    const attempt = tables.attempts.findLast(({ messageId }) => messageId === id)
    if (attempt === undefined || !given.journal.has(attempt.id)) {
      complain(`message ${id} left without a durable attempt`)
    }
    for (const ban of bansOn(message)) {
      ban.left += 1
      if (ban.left > hands) complain(`${ban.what} ${ban.name} was closed, and ${ban.left} left`)
    }
    if (message.sendAt > EPOCH + given.now() + EARLY_MILLISECONDS) {
      complain(`message ${id} left before its instant`)
    }
    submissions.set(id, { node, message: id, at: given.now(), isAnswered: course.instead === null })
  }

  function bansOn({ flowId, noticeId, told }: MessageRow): Ban[] {
    const names = [`flow ${flowId}`, `notice ${noticeId}`, `service ${told.service}`]
    return names.flatMap((name) => bans.get(name) ?? [])
  }

  return {
    moved(message, from, isLegal) {
      if (!isLegal) complain(`message ${message.id} went from ${from} to ${message.state}`)
    },
    leaves(node, call, course) {
      if (call.path === '/messages') submits(node, call, course)
    },
    recovered(node, { uncertain }) {
      if (uncertain > hands)
        complain(`${node} found ${uncertain} uncertain; ${hands} hands had them`)
    },
    broke(node, error) {
      const said = error instanceof Error ? (error.stack ?? error.message) : String(error)
      complain(`${node} broke: ${said}`)
    },
    disturbed(node) {
      disturbances.set(node, given.now())
    },
    forbid(what, name) {
      bans.set(`${what} ${name}`, { what, name, left: 0 })
    },
    allow(what, name) {
      bans.delete(`${what} ${name}`)
    },
    verdict() {
      const counts = { lost: 0, duplicated: 0, uncertain: 0, resent: 0 }
      const idsOf = acceptancesOf(io)
      for (const [subject, message] of bySubject) {
        const ids = idsOf.get(subject) ?? []
        const isChosen = given.mayResend.has(feedNameOf(message, tables))
        if (ids.length > 1) {
          counts[isChosen ? 'resent' : 'duplicated'] += ids.length - 1
          if (!isChosen) complain(`message ${message.id} was accepted ${ids.length} times`)
        }
        const { isStopped = false } = tables.flows.get(message.flowId) ?? {}
        const fault = faultOf(message, ids, isStopped, isChosen)
        if (fault !== null) {
          counts.lost += 1
          complain(`message ${message.id} is ${message.state}: ${fault}`)
        }
        if (message.state !== 'uncertain') continue
        counts.uncertain += 1
        if (!isExcused(message)) complain(`message ${message.id} is uncertain for no reason`)
      }
      return { ...counts, inFlightMax: io.inFlightMax(), violations }
    },
  }

  /** Its answer was lost or odd, or something befell whoever sent it. */
  function isExcused(message: MessageRow): boolean {
    const submission = submissions.get(message.id)
    if (submission === undefined) return message.code === 'HOLD_SENDER_GONE'
    const since = disturbances.get(submission.node) ?? Number.NEGATIVE_INFINITY
    return !submission.isAnswered || since >= submission.at - LONGEST_BEFORE_LEAVING_MILLISECONDS
  }
}

/** How far clocks may disagree before the sender must notice. */
const EARLY_MILLISECONDS = 61_000
/** From the attempt's row to the request: the journal's commit, and what a frozen process adds. */
const LONGEST_BEFORE_LEAVING_MILLISECONDS = 120_000

/** What is wrong with where a message ended, given what IO accepted of it; null: nothing. */
function faultOf(
  { state, ioId }: MessageRow,
  accepted: readonly string[],
  isStopped: boolean,
  mayResend: boolean,
): string | null {
  switch (state) {
    case 'sent':
      return ioId !== null && accepted.includes(ioId) ? null : 'IO knows no such message'
    case 'uncertain':
      return null
    case 'claimed':
    case 'sending':
      return 'nobody will ever end it'
    case 'undeliverable':
      return ioId === null && accepted.length > 0 && !mayResend ? 'IO accepted it' : null
    default:
      if (accepted.length > 0 && !mayResend) return 'IO accepted it'
      if (isStopped && (state === 'waiting' || state === 'held')) return 'its flow was stopped'
      return isClosed(state) || state === 'held' ? null : 'nothing keeps it from leaving'
  }
}

function acceptancesOf(io: SimulatedIo): Map<string, string[]> {
  const ids = new Map<string, string[]>()
  for (const { id, subject } of io.truth) ids.set(subject, [...(ids.get(subject) ?? []), id])
  return ids
}

function feedNameOf({ flowId, told }: MessageRow, tables: Tables): string {
  return `${told.institution}/${tables.flows.get(flowId)?.feed}`
}

function stamp(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3)}s`
}
