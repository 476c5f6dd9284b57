// What a feed says of its mailbox. Every bound of the connector that a feed may want otherwise is
// here, with its unit; those that follow from the protocol stand beside the code that keeps them.
// Invariant: nothing that these settings allow lets a password leave unencrypted.
import { z } from 'zod'
import { secret } from '../../src/connector.ts'
import { methods } from './authentication.ts'

const bounded = (least: number, most: number, usual: number) =>
  z.int().min(least).max(most).default(usual)
const mailbox = () =>
  z
    .string()
    .min(1)
    .max(500)
    .regex(/^[^\p{Cc}*%]+$/u, 'the name of a mailbox')
const keyword = () => z.string().regex(/^[A-Za-z$][\w$-]{0,60}$/, 'a keyword, such as `$Fatto`')
const flag = () =>
  z.string().regex(/^(\\(Seen|Flagged|Answered)|[A-Za-z$][\w$-]{0,60})$/, '`\\Seen` or a keyword')
const sender = z
  .string()
  .max(320)
  .regex(/^([^\s@<>"]+@|@)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, '`name@domain.it` or `domain.it`')

const loopback = ['127.0.0.1', '::1', 'localhost']

const tls = z.strictObject({
  mode: z
    .enum(['implicit', 'starttls', 'none'])
    .default('implicit')
    .describe('When encryption begins; `none` only towards this machine itself.'),
  ca: secret()
    .optional()
    .describe('The authority that signed the server, in PEM, where it is no public one.'),
})

export const settings = z
  .strictObject({
    host: z.string().min(1).max(253).describe('Name or address of the server.'),
    port: z.int().min(1).max(65_535).default(993).describe('TCP port: 993, or 143 for `starttls`.'),
    tls: tls.prefault({}).describe('How the connection is encrypted, and whom it trusts.'),
    username: z.string().min(1).max(320).describe('Who logs in.'),
    password: secret().optional().describe('Password; needed where there is no accessToken.'),
    accessToken: secret().optional().describe('OAuth 2.0 token, read anew at every poll.'),
    mailbox: mailbox().default('INBOX').describe('Where the mails arrive.'),
    search: z
      .enum(['all', 'unseen'])
      .default('all')
      .describe('Which mails are looked at: all, or those that nobody has opened.'),
    after: z
      .enum(['leave', 'flag', 'move'])
      .default('leave')
      .describe('What becomes of a saved mail.'),
    flag: flag()
      .default('$StaffettaTaken')
      .describe('What `after: flag` puts on a saved mail; a mail that has it is not taken.'),
    archiveMailbox: mailbox().optional().describe('Where `after: move` moves saved mails.'),
    quarantineMailbox: mailbox()
      .optional()
      .describe('Where refused and malformed mails go; without it they get quarantineFlag.'),
    quarantineFlag: keyword()
      .default('$StaffettaQuarantine')
      .describe('What keeps a refused mail that stays from being looked at again.'),
    senders: z
      .array(sender)
      .min(1)
      .max(1000)
      .optional()
      .describe('Addresses and domains whose mails are taken. No proof without authentication.'),
    authentication: z
      .strictObject({
        server: z.string().min(1).max(253).describe('The name that your mail server gives itself.'),
        require: z.array(z.enum(methods)).min(1).describe('What must have passed, each of it.'),
      })
      .optional()
      .describe('What your mail server must say of a mail for its sender to be believed.'),
    certified: z
      .boolean()
      .default(false)
      .describe('A mailbox of certified mail (PEC), whose provider lets nothing forged in.'),
    receipts: z
      .enum(['leave', 'file'])
      .default('leave')
      .describe('What becomes of receipts of certified mail; they are never tasks.'),
    receiptsMailbox: mailbox().optional().describe('Where `receipts: file` moves them.'),
    results: z
      .strictObject({
        okFlag: flag().default('$StaffettaSent').describe('Put on a mail that was sent.'),
        failedFlag: flag().default('$StaffettaFailed').describe('Put on one that was not.'),
        okMailbox: mailbox().optional().describe('Where a mail goes that was sent.'),
        failedMailbox: mailbox().optional().describe('Where one goes that was not.'),
      })
      .prefault({})
      .describe('How a report shows on its mail. No mail is ever answered.'),
    mailsPerPoll: bounded(1, 10_000, 1000).describe('How many mails a poll takes at most.'),
    maximumMailBytes: bounded(1, 40 * 1024 ** 2, 40 * 1024 ** 2).describe(
      'A larger mail is not read, and goes to quarantine.',
    ),
    maximumParts: bounded(1, 1000, 1000).describe('Of one mail, parts in parts counted.'),
    maximumDepth: bounded(1, 20, 20).describe('How deep parts and messages may be nested.'),
    idleSeconds: bounded(0, 600, 0).describe(
      'How long a poll then waits for new mail, which is taken at once (IDLE).',
    ),
    connectTimeoutSeconds: bounded(1, 600, 20).describe('For connecting and logging in.'),
    answerTimeoutSeconds: bounded(1, 600, 60).describe('For one answer of the server.'),
  })
  .refine(({ tls, host }) => tls.mode !== 'none' || loopback.includes(host), {
    path: ['tls', 'mode'],
    message: '`none` is for 127.0.0.1, ::1 and localhost: use `implicit` or `starttls`',
  })
  .refine(({ password, accessToken }) => (password === undefined) !== (accessToken === undefined), {
    path: ['password'],
    message: 'a password or an accessToken is needed, and not both',
  })
  .refine((one) => one.after !== 'move' || isApart(one.archiveMailbox, one.mailbox), {
    path: ['archiveMailbox'],
    message: '`after: move` needs an archiveMailbox, and another one than `mailbox`',
  })
  .refine((one) => one.receipts !== 'file' || isApart(one.receiptsMailbox, one.mailbox), {
    path: ['receiptsMailbox'],
    message: '`receipts: file` needs a receiptsMailbox, and another one than `mailbox`',
  })
  .refine((one) => one.quarantineMailbox !== one.mailbox, {
    path: ['quarantineMailbox'],
    message: 'another mailbox than `mailbox`',
  })

export type ImapSettings = z.infer<typeof settings>

function isApart(target: string | undefined, mailbox: string): boolean {
  return target !== undefined && target !== mailbox
}
