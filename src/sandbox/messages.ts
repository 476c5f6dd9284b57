// The messages that the sandbox accepted, and what became of them: the truth that tests count by.
// Built for millions: 56 bytes a message in blocks; whole contents for the newest ones only.
// Invariant: a message ends as its citizen stood when processing was due, though computed later.
import type { NewMessage } from '../domain/new-message.ts'
import { hash, shareOf } from './hash.ts'
import type { Population } from './population.ts'
import type { Caller } from './services.ts'
import { decodeIndex, encodeId } from './ulid.ts'

export const messageStatuses = ['ACCEPTED', 'PROCESSED', 'REJECTED', 'FAILED'] as const
export type MessageStatus = (typeof messageStatuses)[number]

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
  /** IO stores the content before it says PROCESSED. */
  hasContent: boolean
  /** IO says PROCESSED before the message stops being pending. */
  isPending: boolean
  /** What was sent; null for the older messages, whose content was let go. */
  message: NewMessage | null
}

export interface Messages {
  /** Whether no more can be accepted. */
  isFull(): boolean
  /** Stores a message and gives its id. */
  accept(caller: Caller, fiscalCode: string, message: NewMessage): string
  find(id: string): FoundMessage | null
  count(): number
  /** In the order in which they were accepted. */
  all(): IterableIterator<AcceptedMessage>
  /** Settles what is due by now; to be called before a citizen changes. Each message once. */
  settle(): void
  /** From now on this message ends so, whatever its citizen: `ACCEPTED` is stuck for ever. */
  force(id: string, status: MessageStatus): void
}

export interface MessagesOptions {
  seed: number
  population: Pick<Population, 'findProfile'>
  processingDelayMilliseconds: number
  /** Between the content, PROCESSED and the end of pending; 0 by default. */
  settlingMilliseconds?: number
  /** Of the messages: never processed, or failed after IO's five attempts; 0 by default. */
  stuckShare?: number
  failedShare?: number
  now(): number
}

/** Contents kept whole. */
const newestKept = 10_000
const rowsInBlock = 16_384
/** 10 million rows are 560 MB. */
const maximumMessages = 10_000_000
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
  /** All messages before this one are decided. */
  let settled = 0

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

  const isDecided = (index: number) => blockOf(index)[placeOf(index) + row.state] !== 0

  const statusOf = (index: number, accepted: AcceptedMessage): MessageStatus => {
    const block = blockOf(index)
    const place = placeOf(index) + row.state
    const known = decided[block[place] as number]
    if (known) return known
    if (options.now() < accepted.acceptedAt + options.processingDelayMilliseconds) return 'ACCEPTED'
    const status = endOf(accepted)
    block[place] = decided.indexOf(status)
    return status
  }

  const endOf = ({ id, fiscalCode, service }: AcceptedMessage): MessageStatus => {
    const { stuckShare = 0, failedShare = 0 } = options
    const share = stuckShare + failedShare === 0 ? 1 : shareOf(id, options.seed)
    if (share < stuckShare) return 'ACCEPTED'
    if (share < stuckShare + failedShare) return 'FAILED'
    return options.population.findProfile(fiscalCode, service)?.senderAllowed
      ? 'PROCESSED'
      : 'REJECTED'
  }

  return {
    isFull: () => count >= maximumMessages,

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
      const end = statusOf(index, accepted)
      const isProcessed = end === 'PROCESSED'
      const { processingDelayMilliseconds, settlingMilliseconds = 0 } = options
      const age = options.now() - accepted.acceptedAt - processingDelayMilliseconds
      return {
        ...accepted,
        status: isProcessed && age < settlingMilliseconds ? 'ACCEPTED' : end,
        hasContent: isProcessed,
        isPending: !isProcessed || age < 2 * settlingMilliseconds,
        message: kept ?? null,
      }
    },

    count: () => count,

    *all() {
      for (let index = 0; index < count; index += 1) yield read(index)
    },

    settle() {
      for (let index = settled; index < count; index += 1) {
        if (!isDecided(index)) statusOf(index, read(index))
        if (index === settled && isDecided(index)) settled += 1
      }
    },

    force(id, status) {
      const index = indexOf(id)
      if (index === null) throw new Error(`the sandbox never accepted a message ${id}`)
      blockOf(index)[placeOf(index) + row.state] = decided.indexOf(status)
    },
  }
}
