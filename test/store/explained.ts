// A pool that has every statement explained as it is about to run, and undone, before it runs: what
// each reads of which table, and how. What a test asserts of it holds for the statements as they
// stand in the stores, with their values.
import type { Pool } from '../../src/store/database.ts'

/** Rows that one node of a plan took from a table, those that it threw away included. */
export interface TableRead {
  table: string
  /** As PostgreSQL names it: `Seq Scan`, `Index Scan`, … */
  node: string
  rows: number
}

/** Plan nodes, as `explain (analyze, format json)` gives them. */
interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: PlanNode[]
}

type Statement = string | { text: string; values?: unknown[] }
type Run = (statement: unknown, values?: unknown[]) => Promise<unknown>

/** Does the work; answers what its statements read of tables. */
export async function readsOf(
  pool: Pool,
  work: (explaining: Pool) => Promise<unknown>,
): Promise<TableRead[]> {
  const reads: TableRead[] = []
  const explain = async (run: Run, statement: unknown, values: unknown[] = []) => {
    const { text, values: own = values } = asObject(statement)
    const plain = text.replace(/^\s*declare \w+ .*?cursor for/i, '')
    if (!/^\s*(with|select|insert|update|delete)\b/i.test(plain)) return
    await run('savepoint explained')
    const { rows } = (await run(`explain (analyze, format json) ${plain}`, own)) as {
      rows: { 'QUERY PLAN': { Plan: PlanNode }[] }[]
    }
    await run('rollback to explained')
    reads.push(...tableReads(rows[0]?.['QUERY PLAN'][0]?.Plan as PlanNode))
  }
  const connect = async () => {
    const client = await pool.connect()
    const run = client.query.bind(client) as Run
    const release = client.release.bind(client)
    const own = client as unknown as { query: Run; release: typeof release }
    own.query = (statement, values) => {
      if (typeof statement !== 'string') return run(statement, values)
      return explain(run, statement, values).then(() => run(statement, values))
    }
    own.release = (broken) => {
      Object.assign(client, { query: run, release })
      release(broken)
    }
    return client
  }
  const query = async (statement: unknown, values?: unknown[]) => {
    const client = await pool.connect()
    const run = client.query.bind(client) as Run
    await run('begin')
    await explain(run, statement, values).finally(() => run('rollback'))
    client.release()
    return (pool.query as Run).call(pool, statement, values)
  }
  const explaining = { connect: { value: connect }, query: { value: query } }
  await work(Object.create(pool, explaining))
  return reads
}

function asObject(statement: unknown): { text: string; values?: unknown[] } {
  return typeof statement === 'string'
    ? { text: statement }
    : (statement as Exclude<Statement, string>)
}

function tableReads(plan: PlanNode): TableRead[] {
  const below = (plan.Plans ?? []).flatMap(tableReads)
  const table = plan['Relation Name']
  if (table === undefined || plan['Node Type'] === 'ModifyTable') return below
  const each =
    plan['Actual Rows'] +
    (plan['Rows Removed by Filter'] ?? 0) +
    (plan['Rows Removed by Index Recheck'] ?? 0)
  const rows = Math.round(each * plan['Actual Loops'])
  return [{ table, node: plan['Node Type'], rows }, ...below]
}
