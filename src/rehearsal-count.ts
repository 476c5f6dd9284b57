// What a rehearsal shows, counted once it has ended, from the tables that it filled and what was
// watched while it lasted. A part of the rehearsal; nothing of it moves any more.
// Invariant: counts, codes and lines alone: no key, no fiscal code and no text of a record.
import type { Config, Feed, Institution } from './config/config.ts'
import { minuteAt } from './domain/civil-date.ts'
import { withoutFiscalCodes } from './domain/fiscal-code.ts'
import { isSettled } from './domain/flow-account.ts'
import { forecast } from './domain/forecast.ts'
import type {
  DayFigures,
  FileFigures,
  FlowFigures,
  RefusalFigures,
  Rehearsal,
  RuleFigures,
} from './rehearsal/figures.ts'
import type { LeftFile, RehearsedFile } from './rehearsal/files.ts'
import { openPool } from './store/database.ts'
import {
  createRehearsals,
  type EndsOfRule,
  type LeftOnDay,
  type Rehearsals,
  type RuleName,
} from './store/rehearsals.ts'
import type { TimeLapse } from './time-lapse.ts'

export interface Counted {
  config: Config
  institution: Institution
  feed: Feed
  from: Temporal.PlainDate
  to: Temporal.PlainDate
  files: readonly RehearsedFile[]
  left: LeftFile[]
  dropOfFile: ReadonlyMap<RehearsedFile, number>
  outages: readonly Outage[]
  unasked: string[]
  hasPopulation: boolean
  seconds: number
}

/** A time without news in which reminders were held, as it was watched. */
export interface Outage {
  feed: string
  from: Temporal.Instant
  until: Temporal.Instant | null
  messages: number
}

const MOST_FLOWS = 10_000
const MOST_DROPS = 100_000
/** Refused records of one flow that are looked at for their reasons. */
const MOST_REFUSED = 20_000
const SHOWN_LINES = 12

/** Counts a rehearsal that has ended; nothing of it moves any more. */
export async function countRehearsal(lapse: TimeLapse, counted: Counted): Promise<Rehearsal> {
  const { institution, feed, from, to, seconds, hasPopulation, unasked, left } = counted
  const zone = institution.timeZone
  const pool = openPool(lapse.app.connection, 2)
  try {
    const tables = createRehearsals(pool, zone)
    const ends = await tables.ends()
    return {
      institution: institution.name,
      feed: feed.id,
      zone,
      from: from.toString(),
      to: to.toString(),
      ...{ seconds, hasPopulation, unasked },
      left: left.map((file) => ({ ...file, name: withoutFiscalCodes(file.name) })),
      files: await countFiles(lapse, counted),
      days: await countDays(tables, counted),
      rules: await countRules(tables, ends, institution),
      paidAfter: await tables.paidAfter(),
      flows: await countFlows(lapse, tables, counted),
      held: byCode(ends.filter(isHeld)),
      leftOut: byCode(ends.filter(isLeftOut)),
      outages: counted.outages.map((outage) => ({
        ...{ feed: outage.feed, messages: outage.messages, from: minuteAt(outage.from, zone) },
        until: outage.until && minuteAt(outage.until, zone),
      })),
      accepted: lapse.sandbox.truth.acceptedCount(),
    }
  } finally {
    await pool.end()
  }
}

async function countFiles(lapse: TimeLapse, counted: Counted): Promise<FileFigures[]> {
  const { institution, files, dropOfFile } = counted
  const { store } = lapse.app
  const filter = { institution: institution.id, feed: null, limit: MOST_DROPS }
  const drops = new Map((await store.dropAccounts.list(filter)).map((drop) => [drop.id, drop]))
  return files.flatMap((file) => {
    const drop = drops.get(dropOfFile.get(file) ?? 0)
    if (!drop) return []
    const { missing, problem } = drop
    return [
      {
        ...{
          feed: file.feed,
          name: withoutFiscalCodes(file.name),
          sizeBytes: file.sizeBytes,
          saidBy: file.saidBy,
        },
        arrivedAt: minuteAt(file.arrivesAt, institution.timeZone),
        kind: kindOf(institution, file.feed),
        ...{ state: drop.state, records: drop.records, refused: drop.refused },
        problem: problem && { code: problem.code, line: problem.line, detail: null },
        settled: drop.settled,
        missing: missing && {
          closed: missing.closed,
          problem: missing.problem && { ...missing.problem, line: null },
        },
      },
    ]
  })
}

function kindOf({ feeds, mappings }: Institution, feed: string): FileFigures['kind'] {
  const mapping = feeds.find(({ id }) => id === feed)?.mapping
  return mappings.find(({ name }) => name === mapping)?.spec.shape ?? 'notice'
}

async function countDays(tables: Rehearsals, counted: Counted): Promise<DayFigures[]> {
  const days = new Map<string, DayFigures>()
  const dayOf = (day: string) => {
    const known = days.get(day)
    if (known) return known
    const made = { day, first: 0, reminder: 0, campaign: 0, silenced: 0, seconds: 0 }
    days.set(day, made)
    return made
  }
  for (const { day, purpose, messages } of await tables.silencedByPayment()) {
    if (purpose !== 'first') dayOf(day).silenced += messages
  }
  const left = await tables.leftByDay()
  for (const { day, purpose, messages } of left) {
    if (purpose !== 'test' && purpose !== 'errata') dayOf(day)[purpose] += messages
  }
  for (const [day, lots] of Map.groupBy(left, (lot) => lot.day)) {
    dayOf(day).seconds = longest(lots, counted.config)
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1))
}

/** Accounts send side by side: the slowest of them tells when a day's messages have left. */
function longest(lots: readonly LeftOnDay[], config: Config): number | null {
  const seconds = [...Map.groupBy(lots, ({ account }) => account)].map(([account, own]) => {
    const messages = own.reduce((sum, lot) => sum + lot.messages, 0)
    return sendingSeconds(config, account, { messages, tried: messages, sent: messages })
  })
  return seconds.reduce((most, one) => (most === null || one === null ? null : Math.max(most, one)))
}

/** By the rate of the configuration, which the rehearsal itself does not keep to. */
function sendingSeconds(
  config: Config,
  account: string,
  { messages, tried, sent }: { messages: number; tried: number; sent: number },
): number | null {
  const spec = config.installation.accounts[account]
  if (!spec || messages === 0) return spec ? 0 : null
  const { callsPerWindow, windowSeconds, subscriptionsFeed } = spec
  const seen = { ended: tried, reached: sent, recent: 0, recentSeconds: 0, others: 0 }
  const rate = { callsPerWindow, windowSeconds, asksProfiles: !subscriptionsFeed }
  return forecast({ remaining: messages, ...seen }, rate).sendingSeconds
}

async function countRules(
  tables: Rehearsals,
  ends: readonly EndsOfRule[],
  institution: Institution,
): Promise<RuleFigures[]> {
  const late = new Map((await tables.late()).map((row) => [nameOf(row), row]))
  return [...Map.groupBy(ends, nameOf)].map(([name, rows]) => {
    const of = (is: (row: EndsOfRule) => boolean) =>
      rows.filter(is).reduce((sum, row) => sum + row.messages, 0)
    const [{ feed, campaign, purpose, template }] = rows as [EndsOfRule]
    const isCancelled = (row: EndsOfRule) => row.state === 'cancelled'
    return {
      source: campaign ?? feed ?? '',
      purpose,
      at: timeOf(institution, feed, purpose, template),
      planned: of(() => true),
      left: of(({ state }) => state === 'sent'),
      paid: of((row) => isCancelled(row) && row.code === 'settled'),
      cancelled: of((row) => isCancelled(row) && row.code !== 'settled'),
      held: of(({ state }) => state === 'held' || state === 'uncertain'),
      undeliverable: of(({ state }) => state === 'undeliverable' || state === 'rejected'),
      waiting: of(({ state }) => ['waiting', 'claimed', 'sending'].includes(state)),
      movedClosed: of(({ moved }) => moved === 'closed'),
      movedCrowded: of(({ moved }) => moved === 'crowded'),
      late: late.get(name)?.messages ?? 0,
      mostLateHours: late.get(name)?.mostHours ?? 0,
    }
  })
}

function nameOf({ feed, campaign, purpose, template }: RuleName): string {
  return JSON.stringify([feed, campaign, purpose, template])
}

function timeOf(
  { feeds, mappings }: Institution,
  feed: string | null,
  purpose: RuleName['purpose'],
  template: number,
): string | null {
  const mapping = feeds.find(({ id }) => id === feed)?.mapping
  const spec = mappings.find(({ name }) => name === mapping)?.spec
  if (purpose !== 'reminder' || spec?.shape !== 'notice') return null
  return spec.reminders[template - 1]?.at ?? null
}

async function countFlows(
  lapse: TimeLapse,
  tables: Rehearsals,
  { config, institution, dropOfFile }: Counted,
): Promise<FlowFigures[]> {
  const { flows } = lapse.app.store
  const fileOf = new Map(
    [...dropOfFile].map(([file, drop]) => [drop, withoutFiscalCodes(file.name)]),
  )
  const messagesOf = new Map((await tables.flowMessages()).map((row) => [row.flowId, row]))
  const filter = { institution: institution.id, feed: null, state: null, limit: MOST_FLOWS }
  const figures: FlowFigures[] = []
  for (const flow of (await flows.list(filter)).reverse()) {
    const account = await flows.account(flow.id)
    const { tried = 0, sent = 0 } = messagesOf.get(flow.id) ?? {}
    figures.push({
      id: flow.id,
      source: flow.feed ?? flow.campaign ?? '',
      file: fileOf.get(flow.dropId ?? 0) ?? null,
      createdAt: minuteAt(flow.createdAt, institution.timeZone),
      ...{ state: flow.state, reason: flow.reason, account, isSettled: isSettled(account) },
      problem: flow.problem && flowProblem(flow.problem),
      warnings: (await flows.warnings(flow.id, 1)).records,
      seconds: sendingSeconds(config, flow.account, { messages: tried, tried, sent }),
      refusals: account.refused === 0 ? [] : await refusalsOf(lapse, flow.id),
    })
  }
  return figures
}

/** What is said of a flow's amounts quotes sums alone; of a file that cannot be read, the file. */
function flowProblem({
  code,
  line,
  detail,
}: {
  code: string
  line: number | null
  detail: string
}) {
  return { code, line, detail: code.startsWith('FLOW_') ? detail : null }
}

async function refusalsOf(lapse: TimeLapse, flowId: number): Promise<RefusalFigures[]> {
  const refused = await lapse.app.store.flows.refusals(flowId, MOST_REFUSED)
  const causes = new Map<string, RefusalFigures>()
  for (const { line, refusals } of refused) {
    for (const { code, field } of refusals) {
      const name = JSON.stringify([code, field])
      const cause = causes.get(name) ?? { code, field, records: 0, lines: [] }
      causes.set(name, cause)
      cause.records += 1
      if (cause.lines.length < SHOWN_LINES) cause.lines.push(line)
    }
  }
  return [...causes.values()].sort((a, b) => b.records - a.records)
}

function isHeld({ state }: EndsOfRule): boolean {
  return state === 'held' || state === 'uncertain'
}

/** Of their own messages: the reminders follow from that. */
function isLeftOut({ state, code, purpose }: EndsOfRule): boolean {
  return state === 'cancelled' && purpose !== 'reminder' && code?.startsWith('FLOW_') === true
}

function byCode(ends: readonly EndsOfRule[]): Rehearsal['held'] {
  return [...Map.groupBy(ends, ({ code }) => code ?? '')].map(([code, rows]) => ({
    code,
    messages: rows.reduce((sum, row) => sum + row.messages, 0),
  }))
}
