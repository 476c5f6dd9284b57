// What a feed says of a web service: how it is reached, who asks, what is called, what the answer
// means, and how one asks for more. `README.md` shows the whole of it in examples.
import { z } from 'zod'
import { secret } from '../../src/connector.ts'
import {
  bounded,
  type CallSettings,
  call,
  callFields,
  checkKind,
  httpHeaders,
  name,
} from './call-settings.ts'
import { lookup } from './lookup-settings.ts'
import { pathSetting, predicateFields } from './predicates.ts'
import { receipt } from './receipt-settings.ts'
import { argumentTemplate, textTemplate } from './template.ts'

const prefix = /^[A-Za-z_][\w.-]*$/

const path = z.string().min(1).max(1000)

const login = z
  .strictObject({
    ...callFields,
    token: pathSetting().describe('Where the answer has the token, then `{{ token }}`.'),
    validSeconds: bounded(1, 86_400, 600).describe('How long a token is used.'),
    expiredWhen: predicateFields.okWhen.describe(
      'Answers by which a service says that the token is old: one new login, one more try.',
    ),
    logout: call.optional().describe('The call that ends the session.'),
  })
  .superRefine(checkKind)

const details = z
  .strictObject({
    ...callFields,
    as: z
      .enum(['document', 'drops'])
      .default('document')
      .describe('All of a list in one document, or a drop for each.'),
    key: textTemplate(300).describe('What identifies a record for ever: `{{ record.numero }}`.'),
    parallel: bounded(1, 8, 1).describe('How many are asked for at once.'),
  })
  .superRefine(checkKind)

const afterCommit = z
  .strictObject({
    ...callFields,
    each: z.enum(['record', 'answer']).default('record').describe('One call a record, or one.'),
  })
  .superRefine(checkKind)

const job = z.strictObject({
  token: pathSetting().describe('Where the first answer has the ticket, then `{{ job }}`.'),
  status: call.describe('The call that asks how far it is.'),
  state: pathSetting().describe('Where the status stands.'),
  done: z.array(z.string()).min(1).describe('The values that mean: ready.'),
  pending: z.array(z.string()).min(1).describe('The values that mean: wait.'),
  empty: z.array(z.string()).default([]).describe('The values that mean: there is nothing.'),
  download: call.optional().describe('The call that gives the result; else the status has it.'),
  address: pathSetting()
    .optional()
    .describe('Where the status has the address of the result, fetched instead of a call.'),
  hosts: z
    .array(z.string().min(1).max(260))
    .max(20)
    .default([])
    .describe('Hosts that such an address may name, beside the one of the endpoint.'),
  deadlineHours: bounded(1, 72, 24).describe('After which a job is given up.'),
})

const pages = z.strictObject({
  by: z.enum(['page', 'offset']).describe('By the number of the page, or of its first record.'),
  first: z.int().min(0).max(1).default(1).describe('The number of the first page or record.'),
  size: bounded(1, 10_000, 100).describe('`{{ size }}`: a shorter page is the last one.'),
  pages: pathSetting()
    .optional()
    .describe('Where the answer says how many pages there are; else a shorter one is the last.'),
})

const continuation = z
  .strictObject({
    by: z.literal('continuation').describe('By a token that each answer gives for the next call.'),
    path: pathSetting().optional().describe('Where the answer has it.'),
    header: name().optional().describe('Or the header of HTTP that has it.'),
  })
  .refine(
    ({ path: within, header }) => (within === undefined) !== (header === undefined),
    'the token has a `path` or a `header`',
  )

const numbers = z.strictObject({
  by: z.literal('numbers').describe('By year and number.'),
  number: pathSetting().describe('Where, from a record, its number stands.'),
  size: bounded(1, 10_000, 100).describe('How wide a window of numbers is.'),
  overlap: bounded(0, 10_000, 0).describe('How many numbers are asked for again.'),
  start: z.int().min(1).default(1).describe('The first number of a year.'),
})

const dates = z.strictObject({
  by: z.literal('dates').describe('By day.'),
  start: z.iso.date().describe('The first day that is asked for.'),
  overlapDays: bounded(0, 366, 1).describe('How many days are asked for again.'),
  maximumDays: bounded(1, 366, 31).describe('How many days one call may ask for.'),
  rescanDays: bounded(0, 366, 0).describe('How many days back are read anew once a day.'),
  extracted: pathSetting().optional().describe('Where the answer says how many it holds.'),
  total: pathSetting().optional().describe('Where it says how many there are: more is truncated.'),
  tooManyWhen: predicateFields.okWhen.describe('Answers that say: too many. Fewer days are asked.'),
})

/** What says more of `call`, and nothing without it. */
const readers = ['paging', 'watermark', 'details', 'job', 'afterCommit'] as const

export const settings = z
  .strictObject({
    wsdl: z
      .union([path, z.array(path).min(1).max(10)])
      .optional()
      .describe('The WSDL, a local file; or several, where logging in has one of its own.'),
    imports: z
      .record(z.string(), z.string().min(1))
      .default({})
      .describe('Local files for what the WSDL imports, by URL or by namespace.'),
    service: name().optional().describe('Which service of the WSDL, when there are several.'),
    port: name().optional().describe('Which port, when there are several.'),
    version: z.enum(['1.1', '1.2']).optional().describe('SOAP 1.1 or 1.2.'),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('The address of the service.'),
    namespaces: z
      .record(z.string().regex(prefix), z.string().min(1))
      .default({})
      .describe('Prefixes that operations and templates use.'),
    secrets: z
      .record(z.string().regex(/^\w+$/), secret())
      .default({})
      .describe('Values that templates name as `{{ secrets.NAME }}`.'),
    header: argumentTemplate().default({}).describe('Blocks of the SOAP header, in order.'),
    headers: httpHeaders()
      .default({})
      .describe('Headers of HTTP, such as the keys of an API gateway.'),
    basic: z
      .strictObject({
        username: name().describe('The user.'),
        password: secret().describe('The password, by reference.'),
      })
      .optional()
      .describe('User and password of HTTP.'),
    usernameToken: z
      .strictObject({
        username: name().describe('The user.'),
        password: secret().describe('The password, by reference.'),
        digest: z.boolean().default(false).describe('Sends a digest, not the password itself.'),
        timestampSeconds: z
          .int()
          .min(1)
          .max(3600)
          .optional()
          .describe('Adds a timestamp, valid for so long.'),
      })
      .optional()
      .describe('User and password of WS-Security.'),
    tls: z
      .strictObject({
        ca: secret().optional().describe('The authority that signed the server, in PEM.'),
        certificate: secret().optional().describe('The certificate of the client, in PEM.'),
        key: secret().optional().describe('Its private key, in PEM.'),
        pkcs12: z.string().min(1).optional().describe('Both in a file (.p12), by its path.'),
        passphrase: secret().optional().describe('What opens the key or the file.'),
      })
      .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
        path: ['key'],
        message: 'a `certificate` and its `key` are given together',
      })
      .optional()
      .describe('The authority that is trusted, and the certificate that the client shows.'),
    charset: z.string().max(40).optional().describe('How answers are written, whatever they say.'),
    login: login.optional().describe('The call that opens a session.'),
    proxy: z
      .strictObject({
        url: z.url({ protocol: /^https?$/ }).describe('Its address, `http://proxy.ente.it:3128`.'),
        username: name().optional().describe('Who asks it, where it wants to know.'),
        password: secret().optional().describe('The password, by reference.'),
      })
      .optional()
      .describe('A proxy that leads to the service, by CONNECT.'),
    call: call.optional().describe('The call that reads: a list, a page, a window, or all.'),
    paging: z
      .discriminatedUnion('by', [pages, continuation, numbers, dates])
      .optional()
      .describe('How more is asked for: `page`, `offset`, `continuation`, `numbers` or `dates`.'),
    watermark: z
      .strictObject({
        path: pathSetting().describe('Where the answer says it.'),
        start: z.string().max(200).default('').describe('What the first call gets.'),
      })
      .optional()
      .describe('A value of the answer that the next call gets as `{{ watermark }}`.'),
    details: details.optional().describe('A second call for each record of the list.'),
    job: job.optional().describe('The call only orders an extraction, which is fetched later.'),
    afterCommit: afterCommit
      .optional()
      .describe('The call that tells the source, once the drop is saved.'),
    receipt: receipt.optional().describe('The calls that tell the system how a record ended.'),
    lookup: lookup.optional().describe('The call that answers by key.'),
    check: call.optional().describe('A harmless call that `check --online` makes.'),
    limits: z
      .strictObject({
        connectTimeoutSeconds: bounded(1, 120, 20).describe('How long connecting may take.'),
        readTimeoutSeconds: bounded(1, 600, 60).describe('How long the service may be silent.'),
        totalTimeoutSeconds: bounded(1, 3600, 300).describe('How long one call may take.'),
        maximumAnswerBytes: bounded(1024, 64 * 1024 * 1024, 32 * 1024 * 1024).describe(
          'The largest answer, also when it is unpacked.',
        ),
        retryAfterSeconds: bounded(0, 300, 30).describe(
          'How long a service may ask to wait (`Retry-After`) before the same call is made again.',
        ),
        maximumPages: bounded(1, 10_000, 1000).describe('How many pages or windows a poll asks.'),
        maximumDetails: bounded(1, 10_000, 1000).describe('How many details of one list.'),
      })
      .prefault({})
      .describe('Timeouts, and how much one answer and one poll may be.'),
  })
  .refine(({ wsdl, endpoint }) => wsdl !== undefined || endpoint !== undefined, {
    path: ['endpoint'],
    message: 'an endpoint is needed where there is no wsdl',
  })
  .refine(({ call: list, receipt: told, lookup: asked }) => list ?? told ?? asked, {
    path: ['call'],
    message: 'a feed reads by `call`; a system is told by `receipt` or asked by `lookup`',
  })
  .refine(({ call: list, ...rest }) => list || !readers.some((key) => rest[key] !== undefined), {
    path: ['call'],
    message: `nothing is read without \`call\`: leave out ${readers.join(', ')}`,
  })
  .refine(({ job: ordered, paging }) => ordered === undefined || paging === undefined, {
    path: ['job'],
    message: 'a job is ordered by one call: it cannot have `paging`',
  })
  .refine(({ job: ordered }) => !(ordered?.download && ordered.address), {
    path: ['job', 'address'],
    message: 'the result comes by `download` or from an `address`, not both',
  })
  .refine(({ watermark, paging }) => watermark === undefined || paging === undefined, {
    path: ['watermark'],
    message: 'windows and pages have a watermark of their own: leave out `watermark` or `paging`',
  })
  .refine(
    ({ details: second, paging, call: list }) => {
      return (second === undefined && paging === undefined) || list?.records !== undefined
    },
    { path: ['call', 'records'], message: '`paging` and `details` need to know the records' },
  )
  .refine(
    ({ call: list, details: second }) =>
      second?.as !== 'document' ||
      [list, second].every((one) => (one?.payload?.as ?? 'xml') === 'xml'),
    { path: ['details', 'as'], message: 'only XML is joined: use `as: drops`' },
  )

export type SoapSettings = z.infer<typeof settings>

/** Those of a feed: it reads. */
export type ReadSettings = SoapSettings & { call: CallSettings }
