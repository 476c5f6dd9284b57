// The messages that the sandbox accepted, and what became of them: the truth that tests count by.
// Built for a million: 56 bytes a message in blocks; whole contents for the newest ones only.
// Invariant: a message ends as its citizen stood when processing was due, though computed later.
import type { NewMessage } from '../domain/new-message.ts'
import { hash } from './hash.ts'
import type { Population } from './population.ts'
import type { Caller } from './services.ts'
import { decodeIndex, encodeId } from './ulid.ts'

export type MessageStatus = 'ACCEPTED' | 'PROCESSED' | 'REJECTED' | 'FAILED'

export interface AcceptedMessage {
  id: string
  service: string
  fiscalCode: string
  noticeNumber: string | null
  /** Epoch milliseconds of the 201. */
  acceptedAt: number
  /** 32-bit hash of subject and text: equal for a message sent twice. */
  contentHash: number
}

export interface FoundMessage extends AcceptedMessage {
  status: MessageStatus
  /** What IO stored; null for the older messages, whose content was let go. */
  message: NewMessage | null
}

export interface Messages {
  /** Stores a message and gives its id. */
  accept(caller: Caller, fiscalCode: string, message: NewMessage): string
  find(id: string): FoundMessage | null
  count(): number
  /** In the order in which they were accepted. */
  all(): IterableIterator<AcceptedMessage>
  /** Settles what was due for a citizen; to be called before the citizen changes. */
  settle(fiscalCode: string): void
  /** From now on this message ends so, whatever its citizen: `ACCEPTED` is stuck for ever. */
  force(id: string, status: MessageStatus): void
}

export interface MessagesOptions {
  seed: number
  population: Population
  processingDelayMilliseconds: number
  now(): number
}

/** Contents kept whole. */
const newestKept = 10_000
const rowsInBlock = 16_384
const row = { code: 0, notice: 16, at: 34, service: 42, hash: 44, state: 48, bytes: 56 } as const

/** `state` bytes; 0 is not decided yet, `ACCEPTED` is stuck. */
const decided: readonly (MessageStatus | null)[] = [
  null,
  'PROCESSED',
  'REJECTED',
  'FAILED',
  'ACCEPTED',
]

export function createMessages(options: MessagesOptions): Messages {
  const blocks: Buffer[] = []
  const services: string[] = []
  const serviceNumbers = new Map<string, number>()
  const newest: (NewMessage | undefined)[] = []
  let count = 0

  const blockOf = (index: number) => blocks[Math.floor(index / rowsInBlock)] as Buffer
  const placeOf = (index: number) => (index % rowsInBlock) * row.bytes

  const serviceNumberOf = (service: string) => {
    const known = serviceNumbers.get(service)
    if (known !== undefined) return known
    serviceNumbers.set(service, services.length)
    return services.push(service) - 1
  }

  const read = (index: number): AcceptedMessage => {
    const block = blockOf(index)
    const place = placeOf(index)
    const acceptedAt = block.readDoubleLE(place + row.at)
    const notice = block.toString('latin1', place + row.notice, place + row.notice + 18)
    return {
      id: encodeId(acceptedAt, options.seed, index),
      service: services[block.readUInt16LE(place + row.service)] as string,
      fiscalCode: block.toString('latin1', place + row.code, place + row.code + 16),
      noticeNumber: notice.startsWith('\0') ? null : notice,
      acceptedAt,
      contentHash: block.readUInt32LE(place + row.hash),
    }
  }

  const indexOf = (id: string): number | null => {
    const index = decodeIndex(id)
    return index !== null && index < count && read(index).id === id ? index : null
  }

  const statusOf = (index: number, accepted: AcceptedMessage): MessageStatus => {
    const block = blockOf(index)
    const place = placeOf(index) + row.state
    const known = decided[block[place] as number]
    if (known) return known
    if (options.now() < accepted.acceptedAt + options.processingDelayMilliseconds) return 'ACCEPTED'
    const profile = options.population.findProfile(accepted.fiscalCode, accepted.service)
    const status = profile?.senderAllowed ? 'PROCESSED' : 'REJECTED'
    block[place] = decided.indexOf(status)
    return status
  }

  return {
    accept(caller, fiscalCode, message) {
      const index = count
      if (index % rowsInBlock === 0) blocks.push(Buffer.alloc(rowsInBlock * row.bytes))
      const block = blockOf(index)
      const place = placeOf(index)
      const acceptedAt = Math.floor(options.now())
      const { subject, markdown, payment_data } = message.content
      block.write(fiscalCode, place + row.code, 16, 'latin1')
      if (payment_data) block.write(payment_data.notice_number, place + row.notice, 18, 'latin1')
      block.writeDoubleLE(acceptedAt, place + row.at)
      block.writeUInt16LE(serviceNumberOf(caller.service), place + row.service)
      block.writeUInt32LE(hash(markdown, hash(subject, 0)), place + row.hash)
      newest[index % newestKept] = message
      count += 1
      return encodeId(acceptedAt, options.seed, index)
    },

    find(id) {
      const index = indexOf(id)
      if (index === null) return null
      const accepted = read(index)
      const kept = index >= count - newestKept ? newest[index % newestKept] : undefined
      return { ...accepted, status: statusOf(index, accepted), message: kept ?? null }
    },

    count: () => count,

    *all() {
      for (let index = 0; index < count; index += 1) yield read(index)
    },

    settle(fiscalCode) {
      for (let index = 0; index < count; index += 1) {
        const accepted = read(index)
        if (accepted.fiscalCode === fiscalCode) statusOf(index, accepted)
      }
    },

    force(id, status) {
      const index = indexOf(id)
      if (index === null) throw new Error(`the sandbox never accepted a message ${id}`)
      blockOf(index)[placeOf(index) + row.state] = decided.indexOf(status)
    },
  }
}
