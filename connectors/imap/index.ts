// Mails in a mailbox, ordinary or certified (PEC): the three calls of the contract. What is taken
// is in `poll-mails.ts`, the connection in `session.ts`, what a feed may say in `settings.ts`.
// Invariant: every call has a connection of its own, which is closed however the call ends.
import { defineConnector } from '../../src/connector.ts'
import { checkMailbox } from './check-mailbox.ts'
import { markResults } from './mark-results.ts'
import { pollMails } from './poll-mails.ts'
import { openSession } from './session.ts'
import { type ImapSettings, settings } from './settings.ts'

export default defineConnector<ImapSettings>({
  summary: 'Mails in a mailbox reached by IMAP, also of certified mail (PEC).',
  settings,
  check: checkMailbox,
  async *poll(context) {
    await using session = await openSession(context)
    yield* pollMails(context, session)
  },
  async writeBack(context, report) {
    await using session = await openSession(context)
    await markResults(context, session, report)
  },
})
