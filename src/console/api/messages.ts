// Messages by the API: made one at a time, looked through, searched by people's data (in a body,
// never in an address), shown, and decided where their outcome is unknown. Answers hold no
// person's data: whoever asks knows whom they asked about.
import { z } from 'zod'
import { type MessageState, messageStates } from '../../domain/message.ts'
import { payloadLimits } from '../../domain/message-values.ts'
import { type Call, type Operation, operation } from './operation.ts'
import { ApiProblem } from './problem.ts'
import {
  idInPath,
  instant,
  instantText,
  maybeInstant,
  note,
  pageFrom,
  pageOf,
  paging,
  plainText,
  rowId,
} from './schemas.ts'

type Store = Call<unknown, unknown, unknown>['app']['store']
type Filter = Parameters<Store['messageList']['page']>[1]
type Found = Extract<Awaited<ReturnType<Store['messageList']['page']>>, { found: unknown[] }>
type Listed = Found['found'][number]

const purposes = ['first', 'reminder', 'campaign', 'errata', 'test'] as const
const deliveries = ['accepted', 'processed', 'rejected', 'failed', 'unknown', 'stuck'] as const
const states = messageStates as [MessageState]

const MessageShape = z.object({
  id: rowId,
  flow: rowId,
  notice: rowId,
  service: z.string(),
  purpose: z.enum(purposes),
  state: z.enum(states),
  code: z.string().nullable().describe('Why, where the state alone does not say'),
  delivery: z
    .enum(deliveries)
    .nullable()
    .describe('What IO says since; `processed`: it is in the citizen’s inbox'),
  sendAt: instant,
  sentAt: maybeInstant,
  closedAt: maybeInstant,
  readAt: maybeInstant,
  paidAt: maybeInstant,
})

function shapeOf(
  message: Omit<z.infer<typeof MessageShape>, InstantName | 'flow' | 'notice'> &
    Pick<Listed, InstantName | 'flowId' | 'noticeId'>,
): z.infer<typeof MessageShape> {
  const { id, flowId, noticeId, service, purpose, state, code, delivery } = message
  return {
    ...{ id, flow: flowId, notice: noticeId, service, purpose, state, code, delivery },
    sendAt: message.sendAt.toString(),
    sentAt: instantText(message.sentAt),
    closedAt: instantText(message.closedAt),
    readAt: instantText(message.readAt),
    paidAt: instantText(message.paidAt),
  }
}
type InstantName = 'sendAt' | 'sentAt' | 'closedAt' | 'readAt' | 'paidAt'

const noFilter: Filter = {
  ...{ fiscalCode: null, noticeNumber: null, document: null, customer: null, recipient: null },
  ...{ service: null, flow: null, notice: null, emission: null, stand: null, code: null },
  ...{ stands: [], endedFrom: null, endedTo: null, purpose: null, hasPayment: false },
  ...{ sentFrom: null, sentTo: null, dueFrom: null, dueTo: null },
  ...{ amountFromCents: null, amountToCents: null },
  ...{ read: false, paid: false, errors: false, uncertain: false, tests: false },
}

async function pageFor(
  { app, scope }: Call<unknown, unknown, unknown>,
  filter: Partial<Filter>,
  { after, limit }: { after?: string | undefined; limit: string },
) {
  const most = Number(limit)
  const from = { before: after === undefined ? null : Number(after), after: null }
  const page = await app.store.messageList.page(scope, { ...noFilter, ...filter }, from, most + 1)
  if (page.found === null) throw new ApiProblem('API_BUSY', { retryAfter: 60 })
  return pageFrom(page.found.map(shapeOf), most)
}

const messageParams = z.strictObject({ message: idInPath })

const ShownMessage = MessageShape.extend({
  ioId: z.string().nullable().describe('IO’s own id of it'),
  attempts: z.int().min(0),
})

async function shown(call: Call<{ message: string }, unknown, unknown>) {
  const found = await call.app.store.messageView.find(call.scope, Number(call.params.message))
  if (found === null) throw new ApiProblem('API_NOT_FOUND')
  return { ...shapeOf(found), ioId: found.ioId, attempts: found.attempts }
}

const { subjectLength, markdownLength } = payloadLimits

const NewMessageBody = z.strictObject({
  service: plainText.describe('By the name that the configuration gives it'),
  fiscalCode: z.string().min(1).max(32),
  subject: z.string().max(subjectLength.maximum),
  markdown: z.string().max(markdownLength.maximum),
  dueDate: z.iso.date().nullable().default(null).describe('The day: it is due at its end'),
  payment: z
    .strictObject({
      noticeNumber: z.string().max(40),
      amountCents: z.int().min(1).max(9_999_999_999),
      payee: z.string().max(20).nullable().default(null).describe('11 digits; null: the service’s'),
      invalidAfterDueDate: z.boolean().default(false),
    })
    .nullable()
    .default(null),
})

const MadeMessage = z.object({
  flow: rowId.nullable().describe('Null: it is kept, and will be read in a moment'),
  message: rowId.nullable(),
})

async function create(
  call: Call<unknown, unknown, z.infer<typeof NewMessageBody>>,
): Promise<z.infer<typeof MadeMessage>> {
  const { app, scope, body, language, token, key } = call
  const { services } = scope
  if (services !== null && !services.includes(body.service)) {
    throw new ApiProblem('API_INVALID', {
      errors: [{ in: 'body.service', detail: unknownService[language] }],
    })
  }
  const { actor } = call.asked(null)
  const who = { actor, origin: 'api' }
  const made = await app.desk.writing.send(token.institution, body, who, { key: `api/${key}` })
  switch (made.kind) {
    case 'sent':
      return { flow: made.flowId, message: made.messageId }
    case 'kept':
      return { flow: null, message: null }
    case 'key-used':
      throw new ApiProblem('API_KEY_USED')
    case 'refused':
      throw new ApiProblem('API_INVALID', {
        errors: made.problems.map(({ part, words }) => {
          return { in: `body.${placeOf[part] ?? part}`, detail: words[language] }
        }),
      })
  }
}

const unknownService = {
  it: 'La chiave non vale per questo servizio, o non c’è.',
  en: 'The token is not for this service, or there is none of this name.',
}

/** Where it stands in the body, where it has another name there. */
const placeOf: Partial<Record<string, string>> = {
  noticeNumber: 'payment.noticeNumber',
  amount: 'payment.amountCents',
  payee: 'payment.payee',
}

async function resolve(
  call: Call<
    { message: string },
    unknown,
    { as: 'sent' | 'resend' | 'cancelled'; ioId: string | null; note: string }
  >,
) {
  const { id, state } = await shown(call)
  const { as, ioId, note } = call.body
  if (state !== 'uncertain' && state !== 'held') throw new ApiProblem('API_REFUSED')
  if (ioId !== null && as !== 'sent') {
    throw new ApiProblem('API_INVALID', {
      errors: [{ in: 'body.ioId', detail: onlyForSent[call.language] }],
    })
  }
  const [decided] = await call.app.decide([id], { as, ioId, ...call.asked(note) })
  if (decided?.because != null) {
    throw new ApiProblem('API_REFUSED', { detail: notSo[call.language] })
  }
  return shown(call)
}

const notSo = {
  it: 'Il suo stato è cambiato, o non permette questa decisione: guardalo com’è adesso.',
  en: 'Its state has changed, or does not allow this decision: look at it as it is now.',
}

const onlyForSent = {
  it: 'Solo quando il messaggio risulta inviato.',
  en: 'Only where the message turned out to be sent.',
}

export const messageOperations: readonly Operation[] = [
  operation(
    {
      ...{ id: 'createMessage', method: 'POST', path: '/messages', tag: 'messages' },
      ...{ permission: 'prepare', makes: true, status: 201 },
      summary: 'Sends one message',
      description:
        'It goes the way of every message: checked, approved where its service wants it, ' +
        'never outside of the openings of its calendar.',
      body: NewMessageBody,
      answer: MadeMessage,
    },
    create,
  ),
  operation(
    {
      ...{ id: 'listMessages', method: 'GET', path: '/messages', tag: 'messages' },
      permission: 'read',
      summary: 'Messages, newest first',
      query: z.strictObject({
        ...paging,
        flow: idInPath.optional(),
        notice: idInPath.optional(),
        service: plainText.optional(),
        emission: plainText.optional(),
        purpose: z.enum(purposes).optional(),
        uncertain: z.enum(['true']).optional().describe('Only those whose outcome is unknown'),
      }),
      answer: pageOf(MessageShape),
    },
    (call) => {
      const { flow, notice, service, emission, purpose, uncertain } = call.query
      const filter: Partial<Filter> = {
        flow: flow === undefined ? null : Number(flow),
        notice: notice === undefined ? null : Number(notice),
        ...{ service: service ?? null, emission: emission ?? null, purpose: purpose ?? null },
        ...{ uncertain: uncertain !== undefined, tests: purpose === 'test' },
      }
      return pageFor(call, filter, call.query)
    },
  ),
  operation(
    {
      ...{ id: 'searchMessages', method: 'POST', path: '/messages/search', tag: 'messages' },
      permission: 'read',
      summary: 'Messages by data of a person, exactly as they were given',
      description: 'These data stand in the body: no address of this API ever holds them.',
      query: z.strictObject(paging),
      body: z
        .strictObject({
          fiscalCode: z.string().min(1).max(32).optional(),
          noticeNumber: z.string().min(1).max(40).optional(),
          document: plainText.optional(),
          customer: plainText.optional(),
        })
        .refine((body) => Object.keys(body).length > 0, 'one of them is needed'),
      answer: pageOf(MessageShape),
    },
    (call) => {
      const { fiscalCode, noticeNumber, document, customer } = call.body
      const filter: Partial<Filter> = {
        fiscalCode: fiscalCode?.trim().toUpperCase() ?? null,
        noticeNumber: noticeNumber?.replace(/\s+/g, '') ?? null,
        ...{ document: document ?? null, customer: customer ?? null },
      }
      return pageFor(call, filter, call.query)
    },
  ),
  operation(
    {
      ...{ id: 'showMessage', method: 'GET', path: '/messages/:message', tag: 'messages' },
      permission: 'read',
      summary: 'One message',
      params: messageParams,
      answer: ShownMessage,
    },
    (call) => shown(call),
  ),
  operation(
    {
      ...{ id: 'resolveMessage', method: 'POST', path: '/messages/:message/resolve' },
      ...{ tag: 'messages', permission: 'decide' },
      summary: 'Decides a message whose outcome is unknown, or that is held',
      description:
        '`resend` may reach a citizen twice where the outcome is unknown: look at IO’s portal first.',
      params: messageParams,
      body: z.strictObject({
        as: z.enum(['sent', 'resend', 'cancelled']),
        ioId: z
          .string()
          .regex(/^[0-9A-Za-z]{10,64}$/)
          .nullable()
          .default(null)
          .describe('IO’s own id, for `sent`: following it goes on'),
        note,
      }),
      answer: ShownMessage,
    },
    resolve,
  ),
]
