// T34: IO answers what it never should: no id, HTML, a bomb, two gigabytes, a redirect, half a
// JSON, a status that nobody knows. Each such answer to a submission is uncertain, whatever it was;
// none of them stops the others, fills the memory, or leads elsewhere.
import { createIoClient } from '../../src/io/client.ts'
import { oddities, startOddIo } from './odd-io.ts'
import { type SoakOptions, type SoakResult, type SoakRun, sized } from './run.ts'
import { openTimeless, type Timeless } from './timeless.ts'

const ROWS = 3_000
const CONNECTIONS = 4
const TIMEOUT_SECONDS = 10
const BODY_LIMIT_BYTES = 1024 * 1024
/** What sockets and HTTP hold beyond the limit, at both ends. */
const BUFFERED_BYTES = 16 * 1024 * 1024
const MOST_GROWTH_BYTES = 256 * 1024 * 1024
/** Enough for what is tried again after an odd answer. */
const LONGEST_MILLISECONDS = 6 * 3_600_000

export const run: SoakRun = {
  name: 'T34',
  title: 'odd answers are uncertain, stop nobody, fill no memory and lead nowhere',
  run: endure,
}

async function endure({ seed, share, databaseUrl, note }: SoakOptions): Promise<SoakResult> {
  const rows = sized(ROWS, share, 120)
  // One of three is answered oddly, each kind as often as the others.
  const oddityOf = (number: number) =>
    (number + seed) % 3 === 0 ? (oddities[number % oddities.length] ?? null) : null
  await using oddIo = await startOddIo(oddityOf)
  const io = createIoClient({
    connections: CONNECTIONS,
    connectTimeoutSeconds: TIMEOUT_SECONDS,
    headersTimeoutSeconds: TIMEOUT_SECONDS,
    bodyTimeoutSeconds: TIMEOUT_SECONDS,
    bodyLimitBytes: BODY_LIMIT_BYTES,
  })
  const account = { callsPerWindow: 0, connections: CONNECTIONS, firstStatusCheckSeconds: 1 }
  const client = { io, baseUrl: oddIo.baseUrl }
  await using here = await openTimeless({
    seed,
    databaseUrl,
    account,
    services: ['tributi'],
    client,
  })
  await here.addFlow({ service: 'tributi', from: 1, count: rows })
  note(`${rows} rows are due`)
  const memory = watchMemory()
  await sendAndFollow(here)
  await io.close()

  const { sent = 0, uncertain = 0, ...others } = await here.states()
  const numbers = Array.from({ length: rows }, (_, n) => n + 1)
  const odd = numbers.filter((number) => oddityOf(number) !== null).length
  const repeated = [...oddIo.submitted.values()].reduce((sum, times) => sum + times - 1, 0)
  const [kept] = await here.database.query<{ n: string }>(
    `select count(*) as n from messages where io_status = 'SLEEPING'`,
  )
  const unread = sent - Number(kept?.n)
  const growth = memory.growth()
  return {
    lost: rows - sent - uncertain,
    duplicated: repeated,
    uncertain,
    inFlightMax: oddIo.inFlightMax(),
    counts: {
      rows,
      odd,
      'odd-calls': oddIo.oddCalls(),
      followed: oddIo.followed(),
      'flood-mb': Math.round(oddIo.longestFlood() / 1_048_576),
      'growth-mb': Math.round(growth / 1_048_576),
    },
    failures: [
      ...(uncertain === odd ? [] : [`Of ${odd} odd answers ${uncertain} are uncertain.`]),
      ...(sent === rows - odd ? [] : [`${sent} are sent: ${JSON.stringify(others)}.`]),
      ...(unread === 0 ? [] : [`Of ${unread} messages IO's strange word was not kept.`]),
      ...(oddIo.followed() === 0 ? [] : ['A redirect was followed.']),
      ...(oddIo.longestFlood() <= BUFFERED_BYTES ? [] : ['A body was read beyond its limit.']),
      ...(growth <= MOST_GROWTH_BYTES ? [] : [`The memory grew by ${growth} bytes.`]),
    ],
  }
}

/** Until every message that was accepted has been asked about with an answer. */
async function sendAndFollow({ clock, database, startSending }: Timeless): Promise<void> {
  const sender = startSending()
  while (clock.now() < LONGEST_MILLISECONDS && !sender.hasFailed()) {
    await clock.run(clock.now() + 10_000)
    const [left] = await database.query(`select from messages where io_status is null
      and state in ('waiting', 'claimed', 'sending', 'sent') limit 1`)
    if (left === undefined) break
  }
  await sender.stop()
}

/** How far the resident memory grew beyond what it was, looked at every tenth of a second. */
function watchMemory() {
  const { rss: before } = process.memoryUsage()
  let most = before
  const look = () => {
    most = Math.max(most, process.memoryUsage().rss)
  }
  const timer = setInterval(look, 100)
  return {
    growth() {
      clearInterval(timer)
      look()
      return most - before
    },
  }
}
