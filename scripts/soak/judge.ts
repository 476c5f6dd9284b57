// The judge of a run with real processes, from three sides: what IO really took (the sandbox's
// truth), what Staffetta says became of each row (its tables, and the account that its own command
// shows), and what the logs let out. It counts for itself and believes no side alone.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { accountTerms, type FlowAccount } from '../../src/domain/flow-account.ts'
import { personOf, rowOf } from './canteen.ts'
import type { Ground } from './ground.ts'
import { processEnvironment } from './node.ts'
import type { SoakResult } from './run.ts'

export interface Expected {
  /** At most so many messages may be uncertain. */
  uncertainMost: number
  /** Ids of messages that may be uncertain, since they were under way when something failed. */
  mayBeUncertain?: ReadonlySet<number>
  /** The feed resends what is uncertain, by choice: the doubles are counted apart. */
  duplicatesAreChosen?: boolean
}

interface RowState {
  file: string
  line: number
  fate: string
  message: number | null
  state: string | null
  ioId: string | null
}

/** States in which a message may stand at the end of a run. */
const ends = ['sent', 'undeliverable', 'rejected', 'held', 'uncertain', 'cancelled', 'recorded']
/** Failures of one kind that are written out. */
const SHOWN = 5

/** Call it when everything has ended and no node writes any more. */
export async function judge(ground: Ground, expected: Expected): Promise<SoakResult> {
  const failures: string[] = []
  const complain = (kind: string, cases: (string | number)[]) => {
    if (cases.length === 0) return
    const shown = cases.slice(0, SHOWN).join(', ')
    failures.push(`${kind}: ${cases.length} (${shown}${cases.length > SHOWN ? ', …' : ''})`)
  }
  const accepted = acceptedRows(ground, complain)
  const stands = await rowStates(ground)
  const duplicates = [...accepted].flatMap(([n, ids]) => ids.slice(1).map(() => n))
  const lost: string[] = []
  const uncertain: number[] = []
  for (let n = 0; n < ground.rows(); n += 1) {
    const own = (stands.get(n) ?? []).filter(({ fate }) => fate !== 'duplicate')
    const ids = accepted.get(n) ?? []
    const [row] = own
    if (own.length !== 1 || row === undefined) lost.push(`row ${n} stands ${own.length} times`)
    else if (row.state === null) lost.push(`row ${n} has no message`)
    else if (row.state === 'sent' && !ids.includes(row.ioId ?? '')) lost.push(`row ${n} never sent`)
    else if (!ends.includes(row.state)) lost.push(`row ${n} is ${row.state} for ever`)
    else if (row.state === 'uncertain') uncertain.push(row.message ?? 0)
    else if (row.state !== 'sent' && ids.length > 0)
      lost.push(`row ${n} is ${row.state}, yet at IO`)
  }
  complain('lost', lost)
  const { mayBeUncertain, uncertainMost, duplicatesAreChosen = false } = expected
  if (!duplicatesAreChosen) complain('accepted twice, rows', duplicates)
  if (mayBeUncertain) {
    const strange = uncertain.filter((id) => !mayBeUncertain.has(id))
    complain('uncertain without having been under way, messages', strange)
  }
  if (uncertain.length > uncertainMost) {
    failures.push(`uncertain: ${uncertain.length}, at most ${uncertainMost} may be`)
  }
  failures.push(...(await accountFailures(ground, stands)))
  complain('said in a log', [...new Set(ground.nodes.flatMap(({ leaks }) => leaks))])
  return {
    lost: lost.length,
    duplicated: duplicatesAreChosen ? 0 : duplicates.length,
    uncertain: uncertain.length,
    inFlightMax: ground.submissions.most,
    counts: {
      messages: ground.rows(),
      accepted: ground.playground.sandbox.truth.acceptedCount(),
      ...(duplicatesAreChosen ? { 'chosen-duplicates': duplicates.length } : {}),
    },
    failures,
  }
}

/** Row → ids under which IO accepted it, in order. */
function acceptedRows(
  { playground, rows }: Ground,
  complain: (kind: string, cases: string[]) => void,
): Map<number, string[]> {
  const people = new Map(Array.from({ length: rows() }, (_, n) => [personOf(n), n]))
  const accepted = new Map<number, string[]>()
  const strangers: string[] = []
  for (const { id, fiscalCode } of playground.sandbox.truth.accepted()) {
    const n = people.get(fiscalCode)
    if (n === undefined) strangers.push(id)
    else accepted.set(n, [...(accepted.get(n) ?? []), id])
  }
  complain('accepted by IO for nobody of the files, ids', strangers)
  return accepted
}

async function rowStates({ database }: Ground): Promise<Map<number, RowState[]>> {
  const rows = await database.query<RowState>(
    `select p.name as file, r.line, r.fate, m.id::int as message, m.state, m.io_id as "ioId"
     from source_records r join flows f on f.id = r.flow_id
       join drop_parts p on p.drop_id = f.drop_id left join messages m on m.id = r.message_id`,
  )
  return Map.groupBy(rows, ({ file, line }) => rowOf(file, line))
}

/** What `staffetta flows list` says must close, and agree with a count of the rows. */
async function accountFailures(ground: Ground, stands: Map<number, RowState[]>): Promise<string[]> {
  const flows = await listFlows(ground)
  const all = [...stands.values()].flat()
  const failures: string[] = []
  for (const { id, account } of flows) {
    const sum = accountTerms.reduce((total, term) => total + account[term], 0)
    if (sum !== account.read) failures.push(`flow ${id} read ${account.read}, its terms are ${sum}`)
  }
  const read = flows.reduce((total, { account }) => total + account.read, 0)
  if (read !== all.length) failures.push(`the accounts read ${read}, the tables ${all.length}`)
  for (const term of ['sent', 'uncertain', 'held', 'undeliverable', 'rejected'] as const) {
    const counted = all.filter(({ fate, state }) => fate === 'message' && state === term).length
    const said = flows.reduce((total, { account }) => total + account[term], 0)
    if (said !== counted) failures.push(`the accounts say ${said} ${term}, there are ${counted}`)
  }
  return failures
}

async function listFlows(ground: Ground): Promise<{ id: number; account: FlowAccount }[]> {
  return JSON.parse(await runCommand(ground, ['flows', 'list', '--json']))
}

/** `staffetta …` on this ground, to its end: what it printed. Throws unless it ends with 0. */
export async function runCommand({ playground }: Ground, argv: string[]): Promise<string> {
  const main = join(import.meta.dirname, '../../src/main.ts')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [main, ...argv, '--config', playground.configDirectory],
    { env: processEnvironment(playground.environment), maxBuffer: 64 * 1024 * 1024 },
  )
  return stdout
}
