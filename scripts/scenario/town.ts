// The town of the stories, alive: a real daemon on a real PostgreSQL, IO's sandbox, a mail server
// that keeps what it is given, and people who type at the real command line, each as themselves.
// Invariant: what IO took is known from the sandbox alone, message by message.
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ordinaryGroups } from '../../src/domain/io-groups.ts'
import type { SandboxCall } from '../../src/sandbox/gateway.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { type Ran, run } from '../../test/cli/run-command.ts'
import { freePort } from '../peers/server.ts'
import { forgetShellSettings, type ReceivedMail, startMailServer } from '../playground.ts'
import { createRandom } from '../simulate/random.ts'
import { freshDatabase, type RunDatabase } from '../soak/database.ts'
import { type Node, processEnvironment, startNode } from '../soak/node.ts'
import { until } from '../soak/wait.ts'
import type { Story } from './story.ts'
import {
  ACCOUNT,
  isTester,
  type Person,
  type Places,
  SERVICE_KEY,
  writeTown,
} from './town-configuration.ts'

export interface TownOptions {
  /** A server on which a database of its own may be made. */
  databaseUrl: string
  seed: number
  release: Places['release']
  story: Story
  connections?: number
  signal: AbortSignal
}

/** One message that IO took. */
export interface Taken {
  fiscalCode: string
  subject: string
  markdown: string
  notice: string | null
  cents: number | null
}

export interface FlowRow {
  id: number
  state: string
  reason: string | null
  released: boolean
  checked: boolean
}

export interface Town extends AsyncDisposable {
  configDirectory: string
  sandbox: Sandbox
  mails: ReceivedMail[]
  /** The first mail that names this flow’s number, once it is there. */
  mailOf(id: number): Promise<ReceivedMail>
  query: RunDatabase['query']
  /** What IO has taken up to now. */
  taken: readonly Taken[]
  /** How many of those went to citizens, not to testers. */
  citizensTold(): number
  /** IO takes so many messages more; what comes then has no answer until `answer` is called. */
  answerOnly(count: number): void
  answer(): void
  /** Who of these is not on IO, drawn by the seed: about one in `oneIn`. */
  keepOffIo(fiscalCodes: readonly string[], oneIn: number): void
  isOnIo(fiscalCode: string): boolean
  /** A file of bills, and its flow once it has been looked at. */
  bring(name: string, text: string): Promise<FlowRow>
  /** A file of payments, once it has been read. */
  pay(name: string, text: string): Promise<void>
  flow(id: number): Promise<FlowRow>
  /**
   * `staffetta LINE --config …` as this person types it, through sudo. The story has the lines of
   * its answer that are `telling`; absent: the first ones.
   */
  types(person: Person, line: string, telling?: RegExp): Promise<Ran>
  /** The same, and it must end well. */
  does(person: Person, line: string, telling?: RegExp): Promise<Ran>
  /** The same, and it must be refused for this reason, with nothing taken by IO meanwhile. */
  isRefused(person: Person, line: string, because: RegExp): Promise<Ran>
  /** The same, of a flow that is leaving meanwhile. */
  isTooLate(person: Person, line: string, because: RegExp): Promise<Ran>
  /** Rejects when it is not so within three minutes. */
  until<T>(what: string, ask: () => Promise<T | null | false> | T | null | false): Promise<T>
  /** Until the flow has ended: its state. */
  ended(id: number): Promise<FlowRow>
  /** Nothing of the flow is in flight. */
  isQuiet(id: number): Promise<boolean>
  /** What the flow's records are, by the terms of the account. */
  account(id: number): Promise<Record<string, number>>
  /** The daemon reads its configuration anew. */
  restart(): Promise<void>
  /** What the daemon wrote that it must never write. */
  leaks(): readonly string[]
  /** The last of what went wrong there, in its own words. */
  complaints(): string
}

/** A bound, and nothing that a story waits for: other work may have the machine. */
const PATIENCE_SECONDS = 180
const FAULTS_TOLD = 3

export async function openTown(options: TownOptions): Promise<Town> {
  forgetShellSettings()
  const directory = await mkdtemp(join(tmpdir(), 'staffetta-town-'))
  const io = await startIo(options.seed)
  const mails: ReceivedMail[] = []
  const smtp = await startMailServer(mails)
  const database = await freshDatabase(options.databaseUrl)
  const places: Places = {
    directory: join(directory, 'config'),
    dataDirectory: join(directory, 'data'),
    bills: join(directory, 'bills'),
    payments: join(directory, 'payments'),
    ioUrl: io.sandbox.url,
    smtpPort: smtp.port,
    consolePort: await freePort(),
    release: options.release,
    connections: options.connections ?? 8,
  }
  await chmod(directory, 0o711)
  await Promise.all([places.bills, places.payments].map((path) => mkdir(path)))
  await writeTown(places)
  const environment = { STAFFETTA_DATABASE: database.url, STAFFETTA_KEY: SERVICE_KEY }
  const nodes = [startNode(places.directory, environment)]
  return {
    ...{ configDirectory: places.directory, mails, query: database.query },
    ...io,
    ...createAsking(options, database, mails),
    ...createTyping(options.story, io.taken, places.directory, environment),
    ...createBringing(options, places, database),
    async restart() {
      await stopAll(nodes)
      nodes.push(startNode(places.directory, environment))
    },
    leaks: () => nodes.flatMap((node) => node.leaks),
    complaints() {
      const faults = nodes.flatMap((node) => node.faults()).slice(-FAULTS_TOLD)
      const lives = nodes.filter((node) => node.isAlive()).length
      const told = faults.map(({ msg, error, err, what }) =>
        JSON.stringify({ msg, error, err, what }),
      )
      return [`daemons alive: ${lives}`, ...told].join('\n  ')
    },
    async [Symbol.asyncDispose]() {
      io.answer()
      await stopAll(nodes)
      await Promise.all([io.sandbox.stop(), smtp.stop(), database[Symbol.asyncDispose]()])
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The sandbox, and what it took; IO refuses no amount, since a town's service may ask any. */
async function startIo(seed: number) {
  const taken: Taken[] = []
  const off = new Set<string>()
  let gate = Promise.withResolvers<void>()
  let answered = Number.POSITIVE_INFINITY
  const service = {
    ...{ service: '01SCENARIOTRIBUTI', account: ACCOUNT, groups: ordinaryGroups },
    ...{ maxAllowedPaymentAmount: 9_999_999_999, organizationFiscalCode: '00000000000' },
  }
  const sandbox = await startSandbox({
    ...{ seed, callsPerWindow: 0, processingDelayMilliseconds: 0 },
    keys: { [SERVICE_KEY]: service },
    population: { notOnIo: 0, serviceOff: 0, english: 0, german: 0 },
    fault(call) {
      if (call.path !== '/messages') return null
      taken.push(readMessage(call))
      return taken.length > answered ? { waitsFor: gate.promise } : null
    },
  })
  const random = createRandom(seed)
  return {
    sandbox,
    taken,
    citizensTold: () => taken.filter(({ fiscalCode }) => !isTester(fiscalCode)).length,
    answerOnly(count: number) {
      gate = Promise.withResolvers()
      answered = taken.length + count
    },
    answer() {
      answered = Number.POSITIVE_INFINITY
      gate.resolve()
    },
    keepOffIo(fiscalCodes: readonly string[], oneIn: number) {
      for (const fiscalCode of fiscalCodes) {
        if (!random.isBelow(1 / oneIn)) continue
        off.add(fiscalCode)
        sandbox.stateCitizen(fiscalCode, { onIo: false })
      }
    },
    isOnIo: (fiscalCode: string) => !off.has(fiscalCode),
  }
}

function readMessage({ body }: SandboxCall): Taken {
  const { fiscal_code, content } = JSON.parse(body)
  const { subject, markdown, payment_data: payment } = content
  return {
    ...{ fiscalCode: fiscal_code, subject, markdown },
    notice: payment?.notice_number ?? null,
    cents: payment?.amount ?? null,
  }
}

function createAsking(
  { signal }: TownOptions,
  { query }: RunDatabase,
  mails: readonly ReceivedMail[],
) {
  const flow = async (id: number) => {
    const [row] = await query<FlowRow>(`${FLOW} where f.id = $1`, [id])
    if (!row) throw new Error(`there is no flow ${id}`)
    return row
  }
  const ask: Town['until'] = (what, of) => until(what, PATIENCE_SECONDS, signal, of)
  return {
    flow,
    until: ask,
    mailOf: (id: number) =>
      ask(`a mail names flow ${id}`, () => {
        const isOf = new RegExp(`(?:flusso|flows \\S+) ${id}\\b`)
        return mails.find(({ subject, text }) => isOf.test(`${subject}\n${text}`)) ?? null
      }),
    ended: (id: number) =>
      ask(`flow ${id} has ended`, async () => {
        const row = await flow(id)
        return ['sent', 'incomplete'].includes(row.state) && row
      }),
    async isQuiet(id: number) {
      const [row] = await query<{ quiet: boolean }>(
        `select not exists (select from messages
           where flow_id = $1 and state in ('claimed', 'sending')) as quiet`,
        [id],
      )
      return row?.quiet === true
    },
    async account(id: number) {
      const rows = await query<{ fate: string; count: number }>(ACCOUNT_ROWS, [id])
      return Object.fromEntries(rows.map(({ fate, count }) => [fate, count]))
    },
  }
}

function createTyping(
  story: Story,
  taken: readonly Taken[],
  configDirectory: string,
  environment: Record<string, string>,
) {
  const types = async (who: Person, line: string, telling?: RegExp) => {
    const ran = await run([...words(line), '--config', configDirectory], {
      env: { ...processEnvironment(environment), SUDO_USER: who, LANG: 'en_GB.UTF-8' },
    })
    story.typed(who, line, ran, telling)
    return ran
  }
  const isTooLate = async (who: Person, line: string, because: RegExp) => {
    const ran = await types(who, line)
    story.must(`\`${line}\` of ${who} is refused`, ran.code === 1, ran)
    story.must(`${who} is told why: ${because.source}`, because.test(ran.err), ran.err)
    return ran
  }
  return {
    types,
    async does(who: Person, line: string, telling?: RegExp) {
      const ran = await types(who, line, telling)
      story.must(`${who} may say \`${line}\``, ran.code === 0, ran.err || ran.out)
      return ran
    },
    isTooLate,
    async isRefused(who: Person, line: string, because: RegExp) {
      const before = taken.length
      const ran = await isTooLate(who, line, because)
      story.must('a refusal sends nothing', taken.length === before, taken.length - before)
      return ran
    },
  }
}

function createBringing(
  { signal }: TownOptions,
  { bills, payments }: Places,
  { query }: RunDatabase,
) {
  const leave = async (directory: string, name: string, text: string) => {
    await writeFile(join(directory, `.${name}`), text)
    await rename(join(directory, `.${name}`), join(directory, name))
  }
  return {
    async bring(name: string, text: string) {
      await leave(bills, name, text)
      return until(`${name} has been looked at`, PATIENCE_SECONDS, signal, async () => {
        const [row] = await query<FlowRow>(`${FLOW} where d.key like $1 || '%'`, [name])
        return row?.checked === true && row.state !== 'inactive' && row
      })
    },
    async pay(name: string, text: string) {
      await leave(payments, name, text)
      await until(`${name} has been read`, PATIENCE_SECONDS, signal, async () => {
        const [row] = await query<{ state: string }>(
          `select state from drops where key like $1 || '%'`,
          [name],
        )
        return row?.state === 'mapped'
      })
    },
  }
}

const FLOW = `
  select f.id::int, f.state, f.reason, f.released_at is not null as released,
    f.checks is not null as checked
  from flows f left join drops d on d.id = f.drop_id`

/** By the fate of each record's first message. */
const ACCOUNT_ROWS = `
  select case r.fate when 'message' then m.state else r.fate end as fate, count(*)::int as count
  from source_records r left join messages m on m.id = r.message_id
  where r.flow_id = $1 group by 1 order by 1`

/** A line as a shell splits it, as far as the stories need. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
}

async function stopAll(nodes: readonly Node[]): Promise<void> {
  await Promise.all(nodes.filter((node) => node.isAlive()).map((node) => node.stop()))
}
