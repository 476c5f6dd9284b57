// What a feed of SOAP remembers between polls: how far its windows came, the ticket of a job, and
// for each request what it last answered. It is the cursor, saved with the drop it belongs to.
// Invariant: what was answered before is never a new drop; what changes and changes back is one.
import { hash } from 'node:crypto'
import type { Json } from '../../src/connector.ts'

/** The last answer to a request: a hash of its content, and one of all contents until then. */
interface Seen {
  content: string
  chain: string
}

export interface Memory {
  /** The value of the answer that the next call gets. */
  watermark?: string
  /** The first day that is not wholly read, `yyyy-MM-dd`. */
  from?: string
  rescannedOn?: string
  year?: number
  /** The highest number read of that year. */
  number?: number
  job?: { token: string; orderedAt: string }
  /** The watermark that the order of the job gave, valid once its result is saved. */
  ordered?: string | undefined
  /** By the request's label; the oldest are forgotten. */
  seen: Record<string, Seen>
}

/** The cursor is written with every drop: what is forgotten is asked of the saved keys. */
const mostSeen = 500

export function readMemory(cursor: Json): Memory {
  if (cursor === null || typeof cursor !== 'object' || Array.isArray(cursor)) return { seen: {} }
  return { seen: {}, ...(cursor as Partial<Memory>) }
}

export function toCursor(memory: Memory): Json {
  const seen = Object.fromEntries(Object.entries(memory.seen).slice(-mostSeen))
  return JSON.parse(JSON.stringify({ ...memory, seen }))
}

export function isSeen({ seen }: Memory, label: string, content: string): boolean {
  return seen[label]?.content === content
}

/** The key of a new content: it depends on those before, so that coming back is new again. */
export function keyOf(memory: Memory, operation: string, label: string, content: string): string {
  return `${operation}/${label}/${chainOf(memory, label, content)}`
}

export function withSeen(memory: Memory, label: string, content: string): Memory {
  const { [label]: _before, ...others } = memory.seen
  const chain = chainOf(memory, label, content)
  return { ...memory, seen: { ...others, [label]: { content, chain } } }
}

function chainOf({ seen }: Memory, label: string, content: string): string {
  return hash('sha256', `${seen[label]?.chain ?? ''} ${content}`).slice(0, 32)
}
