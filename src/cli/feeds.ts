// `staffetta feeds`: how the polls of each source go: when it was read last, when it is next, and
// since when and why it cannot be. What was read is told by `staffetta drops` and `flows`.
import { isFresh, knownUntil, type PaymentSource } from '../domain/payment-news.ts'
import {
  type App,
  type Command,
  type CommandContext,
  expectArguments,
  type Feed,
  textOption,
  withApp,
} from './command.ts'
import { formatInstant, formatTable, printable } from './table.ts'

export const command: Command = {
  usage: '',
  summary: 'how the polls of the sources go: which fail, since when and why',
  help: `
Every feed of the configuration: when it was polled last and is next, and what is wrong where it cannot
read its source. Exit code 1 when one fails. Nothing is polled: \`staffetta collect FEED\` does that, and
\`staffetta check --online\` tries the connections.
Of a feed whose reminders rely on payments it is said where the last news of them is too old: then its
reminders are held.
  --institution NAME

Example: staffetta feeds`,
  options: { institution: { type: 'string' } },
  async run(given, context) {
    expectArguments(given)
    return withApp(context, (app) => list(app, textOption(given, 'institution'), context))
  },
}

type State = Awaited<ReturnType<App['store']['feeds']['list']>>[number]

async function list(app: App, institution: string | null, { json, out }: CommandContext) {
  const states = await app.store.feeds.list()
  const feeds = app.config.institutions
    .flatMap((one) => one.feeds)
    .filter((feed) => institution === null || feed.institution === institution)
    .map((feed) => ({ feed, state: stateOf(feed, states) }))
  const payments = await paymentsOf(
    app,
    feeds.map(({ feed }) => feed),
  )
  const failing = feeds.filter(({ state }) => state?.failure)
  if (json) {
    const rows = feeds.map((shown) => ({
      ...asJson(shown),
      payments: newsOf(shown.feed, payments),
    }))
    await out(`${JSON.stringify(rows, null, 2)}\n`)
  } else if (feeds.length === 0) {
    await out('There are no feeds.\n')
  } else {
    const titles = ['feed', 'state', 'last poll', 'next poll']
    const columns = titles.map((title) => ({ title }))
    await out(formatTable(columns, feeds.map(cellsOf)))
    for (const { feed, state } of failing) {
      const said = `${state?.failureCode ?? ''}: ${printable(state?.failure ?? '')}`
      await out(`\n${nameOf(feed)}  ${said}\n`)
    }
    for (const news of payments.filter((one) => !one.isFresh)) {
      const since =
        news.knownUntil === null ? 'no news yet' : `no news since ${formatInstant(news.knownUntil)}`
      await out(
        `\n${nameOf(news.feed)}  its reminders are held: ${news.source.feed} has ${since}\n`,
      )
    }
  }
  return failing.length > 0 ? 1 : 0
}

interface FeedPayments {
  feed: Feed
  source: PaymentSource
  knownUntil: Temporal.Instant | null
  isFresh: boolean
}

/** What each of these feeds relies on, as it stands now. */
async function paymentsOf({ store }: App, feeds: readonly Feed[]): Promise<FeedPayments[]> {
  const now = Temporal.Now.instant()
  const found: FeedPayments[] = []
  for (const feed of feeds) {
    for (const source of feed.payments) {
      const until = knownUntil(await store.payments.of(feed.institution, source.feed), source.by)
      found.push({ feed, source, knownUntil: until, isFresh: isFresh(until, source, now) })
    }
  }
  return found
}

function newsOf(feed: Feed, payments: readonly FeedPayments[]) {
  const own = payments.filter((one) => one.feed === feed)
  return own.map(({ source, ...news }) => ({
    feed: source.feed,
    knownUntil: news.knownUntil,
    isFresh: news.isFresh,
  }))
}

function stateOf(feed: Feed, states: readonly State[]): State | null {
  const found = states.find(
    ({ institution, name }) => institution === feed.institution && name === feed.id,
  )
  return found ?? null
}

function nameOf({ institution, id }: Feed): string {
  return `${institution}/${id}`
}

function cellsOf({ feed, state }: { feed: Feed; state: State | null }): string[] {
  const said =
    state?.failingSince != null
      ? `failing since ${formatInstant(state.failingSince)}`
      : state?.polledAt
        ? 'good'
        : 'not polled yet'
  const next = feed.schedule ? formatInstant(state?.nextPollAt ?? null) : 'no schedule'
  return [nameOf(feed), said, formatInstant(state?.polledAt ?? null), next]
}

function asJson({ feed, state }: { feed: Feed; state: State | null }) {
  return {
    institution: feed.institution,
    feed: feed.id,
    connector: feed.connector,
    polledAt: state?.polledAt ?? null,
    nextPollAt: state?.nextPollAt ?? null,
    failingSince: state?.failingSince ?? null,
    failure: state?.failure ? { code: state.failureCode, message: state.failure } : null,
  }
}
