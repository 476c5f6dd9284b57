// A store for very many small steps: its sessions plan each statement once, since parsing and
// planning them would cost more than all that they do. Nobody hears its wakes.
import { openPool, type Pool } from '../../src/store/database.ts'
import { openStore } from '../../src/store/store.ts'
import type { GivenStore } from '../store/given.ts'

/** The same database through connections of its own; its first pool is left as it is. */
export async function plannedOnce(given: GivenStore): Promise<GivenStore> {
  // A plan made while the tables are empty must do for full ones.
  const settings = ['plan_cache_mode = force_generic_plan', 'enable_seqscan = off', 'jit = off']
  const database = new URL(given.url).pathname.slice(1)
  for (const setting of settings)
    await given.pool.query(`alter database ${database} set ${setting}`)
  const pool = openPool({ url: given.url }, 4)
  nameStatements(pool)
  const { vault } = given
  const ports = { pool, vault, enqueue: async () => {}, owner: 'test', leaseSeconds: 60 }
  return {
    ...{ ...given, pool, store: openStore(ports) },
    async close() {
      await pool.end()
      await given.close()
    },
  }
}

/** A statement with a name is planned once by each session. */
function nameStatements(pool: Pool): void {
  const names = new Map<string, string>()
  const nameOf = (text: string) => {
    const name = names.get(text) ?? `s${names.size}`
    names.set(text, name)
    return name
  }
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    const named = (first: unknown, values: unknown, ...rest: unknown[]) =>
      typeof first === 'string' && Array.isArray(values)
        ? query({ name: nameOf(first), text: first }, values, ...rest)
        : query(first, values, ...rest)
    client.query = named as typeof client.query
  })
}
