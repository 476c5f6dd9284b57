// The way of one node to the database, through a fault proxy: so that this node can be cut off from
// it while others, and the judge, go on.
import { type FaultProxy, startFaultProxy } from '../fault-proxy.ts'

export interface DatabaseLine {
  proxy: FaultProxy
  /** What the node gets in place of the database's URL. */
  environment: { STAFFETTA_DATABASE: string }
}

/** A proxy before the server of this URL: its socket's directory is in `host`, as libpq has it. */
export async function openDatabaseLine(databaseUrl: string): Promise<DatabaseLine> {
  const direct = new URL(databaseUrl)
  const port = Number(direct.port || 5432)
  const directory = direct.searchParams.get('host')
  const proxy = await startFaultProxy(
    directory === null ? { port } : { path: `${directory}/.s.PGSQL.${port}` },
  )
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  url.searchParams.delete('host')
  return { proxy, environment: { STAFFETTA_DATABASE: url.href } }
}
