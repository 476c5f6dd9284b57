// What the rigs of services in memory share: a queue of documents, a ledger that is told and a
// directory that is asked.
import type { Rig } from './connector.ts'

/** What a service of these tests keeps, and how the suite fills it and reads it back. */
export function keptInMemory() {
  const queue = new Map<string, Uint8Array>()
  const ledger: { id: string; chiave: string; esito: string }[] = []
  const people = new Map<string, { email: string }>()
  const reached = {
    put: async (name, bytes) => void queue.set(name, bytes),
    isWaiting: async (name) => queue.has(name),
    told: {
      put: async () => {},
      read: async () => ledger.map(({ chiave, esito }) => [chiave, esito]),
    },
    asked: {
      put: async (rows) => {
        for (const [key, row] of rows) people.set(key, row)
      },
    },
  } satisfies Partial<Rig<unknown>>
  return { queue, ledger, people, reached }
}
