// Judges the simulated year: the world says what should have left, the sandbox what did, and the
// tables what Staffetta believes. Invariant: nothing here asks Staffetta what is right.
import type { AcceptedMessage } from '../../src/sandbox/messages.ts'
import { DAY, HOUR, localOf, MINUTE } from './days.ts'
import { yearEnds } from './openings.ts'
import {
  campaignSlotsOf,
  type Fate,
  foretell,
  type Slot,
  type StopCause,
  slotsOf,
} from './oracle.ts'
import { institutionOf, type Position, type World } from './position.ts'
import type { Row, Tables } from './rows.ts'
import { awake, brokenService, outages } from './timeline.ts'

export interface Verdict {
  violations: string[]
  /** What became of all that was planned, by cause. */
  counts: Record<string, number>
}

export interface Evidence extends Tables {
  accepted: Iterable<AcceptedMessage>
  /** By flow: what its account lacks or has too much. */
  differences: { flow: number; difference: number }[]
}

export function judge(world: World, evidence: Evidence): Verdict {
  const violations: string[] = []
  const { rows, paidOnIo, resumed } = evidence
  const slots = world.positions.flatMap((position) => [
    ...slotsOf(position),
    ...campaignSlotsOf(position, world),
  ])
  const rowOf = matchRows(slots, rows, violations)
  const leftAt = (slot: Slot) => {
    const row = rowOf.get(slot)
    return row?.sentAt ?? (row?.state === 'undeliverable' ? row.closedAt : null) ?? null
  }
  foretell(
    slots,
    world,
    {
      hasLeft: (slot, at) => leftAt(slot) === at,
      heardOfPayment: ({ key }) => paidOnIo.get(key) ?? null,
      resumedAt: resumed[0]?.at ?? yearEnds,
    },
    yearEnds,
  )
  const counts: Record<string, number> = {}
  for (const slot of slots) {
    const row = rowOf.get(slot)
    const name = nameOf(slot, row)
    counts[name] = (counts[name] ?? 0) + 1
    if (row) violations.push(...compare(slot, row, world))
  }
  violations.push(
    ...judgePayments(world, evidence, rowOf, slots),
    ...judgeAcceptances(world, evidence, slots, rowOf),
    ...judgeDays(slots, leftAt),
    ...judgePause(evidence),
  )
  for (const { flow, difference } of evidence.differences) {
    if (difference !== 0) violations.push(`flow ${flow}: its account is off by ${difference}`)
  }
  return { violations, counts: Object.fromEntries(Object.entries(counts).sort()) }
}

/** The rows of each position’s messages, in the order in which its readings asked for them. */
function matchRows(slots: Slot[], rows: readonly Row[], violations: string[]): Map<Slot, Row> {
  const name = (key: string, template: number, run: number | null) =>
    `${key} ${template} ${run ?? ''}`
  const asked = Map.groupBy(slots, ({ position, template, run }) =>
    name(position.key, template, run),
  )
  const had = Map.groupBy(rows, ({ key, template, run }) => name(key, template, run))
  const matched = new Map<Slot, Row>()
  for (const which of new Set([...asked.keys(), ...had.keys()])) {
    const [wanted, found] = [asked.get(which) ?? [], had.get(which) ?? []]
    if (wanted.length !== found.length) {
      const times = wanted.map(({ plannedAt }) => text(plannedAt)).join(', ') || 'never'
      violations.push(
        `${which}: planned ${found.length} times, should be ${wanted.length} (${times})`,
      )
    }
    for (const [index, slot] of wanted.entries()) {
      const row = found[index]
      if (row) matched.set(slot, row)
    }
  }
  return matched
}

const codes: Record<StopCause, readonly string[]> = {
  paid: ['settled'],
  'paid-whole': ['settled'],
  'paid-part': ['cancelled'],
  'paid-on-io': ['settled'],
  cancelled: ['cancelled'],
  dead: ['cancelled'],
  superseded: ['superseded'],
  postponed: ['postponed', 'superseded'],
  silent: ['do-not-contact'],
  late: ['late'],
  overtaken: ['overtaken'],
  crowded: ['crowded'],
}

function compare(slot: Slot, row: Row, world: World): string[] {
  const fate = slot.fate as Fate
  const isAbsent = world.absent.has(slot.position.person)
  const say = (rule: string) => [`${describe(slot)}: ${rule}; ${told(row)}`]
  switch (fate.kind) {
    case 'sent': {
      if (isAbsent && row.state === 'undeliverable') return []
      const isThen = row.state === 'sent' && row.sentAt === fate.at
      return isThen ? [] : say(`should have left at ${text(fate.at)}`)
    }
    case 'waiting':
      return row.state === 'waiting' ? [] : say('should wait still')
    case 'held':
      return row.state === 'held' && row.code === fate.code
        ? []
        : say(`should be held: ${fate.code}`)
    case 'cancelled': {
      const isSo = row.state === 'cancelled' && mayBe(slot, fate, row).includes(row.code ?? '')
      return isSo ? [] : say(`should have been cancelled at ${text(fate.at)}: ${fate.cause}`)
    }
  }
}

/** Of two that end it at one instant either may be named. */
function mayBe(
  { position, reading }: Slot,
  fate: Fate & { kind: 'cancelled' },
  { closedAt }: Row,
): readonly string[] {
  const others = position.ends
    .filter(({ at }) => at === fate.at)
    .flatMap(({ cause }) => codes[cause])
  const next = position.readings[reading + 1]?.at === fate.at ? codes.postponed : []
  // IO is asked about payments beside the sending: at the end of an outage both come at once.
  const isBoth = fate.cause === 'paid-on-io' && closedAt === fate.at
  return [...codes[fate.cause], ...others, ...next, ...(isBoth ? codes.overtaken : [])]
}

/** IO says that it is paid, and Staffetta hears of it within a day of being at work. */
function judgePayments(
  world: World,
  { paidOnIo }: Evidence,
  rowOf: Map<Slot, Row>,
  slots: Slot[],
): string[] {
  const firsts = new Map(
    slots.flatMap((slot) =>
      slot.template === 0 && slot.run === null ? [[slot.position, rowOf.get(slot)]] : [],
    ),
  )
  return world.positions.flatMap((position) => {
    const { paidOnIoAt, key } = position
    const heard = paidOnIo.get(key) ?? null
    if (paidOnIoAt === null) return heard === null ? [] : [`${key}: nobody paid it on IO`]
    if (heard !== null && heard < paidOnIoAt)
      return [`${key}: heard of a payment before it was made`]
    const sentAt = firsts.get(position)?.sentAt ?? null
    const latest = latestHearing(paidOnIoAt)
    const others = position.ends.map(({ at }) => at)
    const isFollowed = sentAt !== null && latest < Math.min(sentAt + 59 * DAY, yearEnds, ...others)
    if (!isFollowed || (heard !== null && heard <= latest)) return []
    return [`${key}: paid on IO at ${text(paidOnIoAt)}, heard of ${heard ? text(heard) : 'never'}`]
  })
}

function latestHearing(paidAt: number): number {
  const least = paidAt + 26 * HOUR
  const isLong = outages.some(({ from, until }) => from < least && paidAt < until)
  return isLong ? awake(paidAt) + 11 * DAY : least
}

/** What IO accepted is what the tables say was sent, one for one. */
function judgeAcceptances(
  world: World,
  { accepted, rows }: Evidence,
  slots: Slot[],
  rowOf: Map<Slot, Row>,
): string[] {
  const positions = new Map(world.positions.map((position) => [position.key, position]))
  const count = new Map<string, number>()
  const add = (name: string, n: number) => count.set(name, (count.get(name) ?? 0) + n)
  const nameIn = (position: Position, at: number) =>
    `${institutionOf(position)}/${position.feed} ${position.notice} ${text(at)}`
  for (const { service, noticeNumber, acceptedAt } of accepted) {
    add(`${service} ${noticeNumber} ${text(acceptedAt)}`, 1)
  }
  for (const { key, sentAt } of rows) {
    const position = positions.get(key)
    if (position && sentAt !== null) add(nameIn(position, sentAt), -1)
  }
  const planned = new Set(slots.map((slot) => rowOf.get(slot)?.id))
  const unasked = rows.filter(({ id, sentAt }) => sentAt !== null && !planned.has(id))
  return [
    ...[...count].flatMap(([name, n]) => {
      if (n === 0) return []
      return [`${name}: IO accepted ${Math.abs(n)} ${n > 0 ? 'more' : 'fewer'} than the tables say`]
    }),
    ...unasked.map((row) => `${row.key}: nothing asks for what left; ${told(row)}`),
  ]
}

/** At most one campaign message, or reminder that is not the last, a recipient and day. */
function judgeDays(slots: Slot[], leftAt: (slot: Slot) => number | null): string[] {
  const days = new Map<string, Slot[]>()
  for (const slot of slots) {
    const at = leftAt(slot)
    if (!slot.isOneADay || at === null) continue
    const { position, openings } = slot
    const { day } = localOf(openings.zone, at)
    const name = `${institutionOf(position)}/${position.person}/${day}`
    days.set(name, [...(days.get(name) ?? []), slot])
  }
  return [...days.values()].flatMap((own) => {
    if (own.length < 2) return []
    return [
      `${own.map(describe).join(' and ')}: more than one on ${text(leftAt(own[0] as Slot) ?? 0)}`,
    ]
  })
}

/** A refused service is tried again by itself, and found mended within a quarter of an hour. */
function judgePause({ resumed }: Evidence): string[] {
  const { feed, until } = brokenService
  const [first, ...others] = resumed
  const isRight =
    first?.service === feed && first.at >= until && first.at <= until + 15 * MINUTE && !others[0]
  const said = resumed.map(({ service, at }) => `${service} at ${text(at)}`).join(', ') || 'nothing'
  return isRight ? [] : [`${feed} was mended at ${text(until)}; resumed: ${said}`]
}

/** For the counts: what it was, and what became of it, in a few words. */
function nameOf({ template, run, fate, plannedAt, openings }: Slot, row: Row | undefined): string {
  const what = run !== null ? 'campaign' : template === 0 ? 'first' : 'reminder'
  if (fate === null || row === undefined) return `${what} unknown`
  if (fate.kind === 'cancelled') return `${what} cancelled ${fate.cause}`
  if (fate.kind === 'held') return `${what} held ${fate.code}`
  if (fate.kind === 'waiting') return `${what} waiting`
  if (row.state === 'undeliverable') return `${what} undeliverable`
  const isLate =
    fate.at > plannedAt &&
    localOf(openings.zone, fate.at).day > localOf(openings.zone, plannedAt).day
  return `${what} sent${row.moved ? ` ${row.moved}` : ''}${isLate ? ' late' : ''}`
}

function describe({ position, reading, template, run, plannedAt }: Slot): string {
  const which =
    run !== null ? `campaign of ${text(run)}` : `message ${template} of reading ${reading + 1}`
  return `${position.key}, ${which}, planned for ${text(plannedAt)}`
}

function told({ state, code, sentAt, sendAt, closedAt }: Row): string {
  const at = sentAt ?? closedAt ?? sendAt
  return `it is ${state}${code ? ` (${code})` : ''} at ${text(at)}`
}

function text(at: number): string {
  return Number.isFinite(at) ? new Date(at).toISOString().replace('.000Z', 'Z') : String(at)
}
