// Which messages each figure counts, as the list of messages is asked for them. Invariant: the list
// that a figure leads to has as many messages as it says; a test follows each of them.
import {
  type EndedStand,
  endings,
  endingsNotOnIo,
  endingsOfErrors,
} from '../../domain/statistics.ts'

/** What a list of messages is asked for besides its days and service. */
export type MessagesOf = Readonly<Record<string, string | readonly string[]>>

export const endingLink = (...asked: readonly EndedStand[]): MessagesOf => ({ state: asked })

export const endedLink: MessagesOf = { state: endings }
export const errorsLink: MessagesOf = { state: endingsOfErrors }
export const notOnIoLink: MessagesOf = { state: endingsNotOnIo }
export const readLink: MessagesOf = { state: endings, read: 'on' }
export const paidLink: MessagesOf = { state: endings, paid: 'on' }
export const readWithPaymentLink: MessagesOf = { ...readLink, payment: 'on' }
export const cancelledLink: MessagesOf = { state: 'cancelled' }
export const recordedLink: MessagesOf = { state: 'recorded' }
