// Flows by the API: looked through, shown, suspended, resumed and stopped. Never approved: four
// eyes are people's.
import { z } from 'zod'
import type { Decided } from '../../domain/decision.ts'
import { flowReasonWords, flowStateWords } from '../../domain/flow.ts'
import { accountTerms } from '../../domain/flow-account.ts'
import { refusedText } from '../flows/refusal-words.ts'
import { type Call, type Operation, operation } from './operation.ts'
import { ApiProblem } from './problem.ts'
import {
  askedInstant,
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
type Listed = Awaited<ReturnType<Store['flowList']['page']>>[number]

const states = Object.keys(flowStateWords) as [keyof typeof flowStateWords]
const reasons = Object.keys(flowReasonWords) as [keyof typeof flowReasonWords]
const origins = [
  ...(['drop', 'upload', 'campaign', 'operator', 'replay'] as const),
  ...(['correction', 'errata', 'test'] as const),
] as const
const count = z.int().min(0)

const FlowShape = z.object({
  id: rowId,
  service: z.string(),
  feed: z.string().nullable(),
  campaign: z.string().nullable(),
  file: z.string().nullable().describe('The name of the file that it came of'),
  origin: z.enum(origins),
  about: rowId.nullable().describe('The flow that it tests, corrects or replaces'),
  state: z.enum(states),
  reason: z.enum(reasons).nullable().describe('Why it stands where it stands'),
  createdAt: instant,
  releasedAt: maybeInstant,
  endedAt: maybeInstant,
  approveBy: maybeInstant,
  preparedBy: z.array(z.string()),
  approvedBy: z.array(z.string()),
  account: z
    .object({
      read: count,
      ...(Object.fromEntries(accountTerms.map((term) => [term, count])) as Record<
        (typeof accountTerms)[number],
        typeof count
      >),
    })
    .describe('Every record that was read, in exactly one term: they sum to `read`'),
  readByCitizens: count,
  paid: count,
})
type FlowShape = z.infer<typeof FlowShape>

async function shapesOf(store: Store, flows: readonly Listed[]): Promise<FlowShape[]> {
  const counts = await store.counts.ofFlows(flows.map(({ id }) => id))
  return flows.flatMap((flow) => {
    const known = counts.get(flow.id)
    if (known === undefined) return []
    const { id, service, feed, campaign, dropKey, origin, aboutFlowId, state, reason } = flow
    return {
      ...{ id, service, feed, campaign, file: dropKey?.split('/')[0] ?? null, origin },
      ...{ about: aboutFlowId, state, reason, createdAt: flow.createdAt.toString() },
      releasedAt: instantText(flow.releasedAt),
      endedAt: instantText(flow.endedAt),
      approveBy: instantText(flow.approveBy),
      ...{ preparedBy: flow.preparedBy, approvedBy: flow.approvedBy, account: known.account },
      ...{ readByCitizens: known.deliveries.read, paid: known.deliveries.paid },
    }
  })
}

const flowParams = z.strictObject({ flow: idInPath })

/** The flow that the address names; throws `API_NOT_FOUND` where it is not theirs. */
async function flowOf({ app, scope }: Call<unknown, unknown, unknown>, flow: string) {
  const found = await app.store.flowList.find(scope, Number(flow))
  if (found === null) throw new ApiProblem('API_NOT_FOUND')
  return found
}

async function shownAgain(call: Call<{ flow: string }, unknown, unknown>): Promise<FlowShape> {
  const [shape] = await shapesOf(call.app.store, [await flowOf(call, call.params.flow)])
  if (shape === undefined) throw new ApiProblem('API_NOT_FOUND')
  return shape
}

function demandDone(call: Call<{ flow: string }, unknown, unknown>, decided: Decided): void {
  if (decided.kind !== 'refused') return
  const detail = refusedText(Number(call.params.flow), decided, call.language)
  throw new ApiProblem('API_REFUSED', { detail })
}

export const flowOperations: readonly Operation[] = [
  operation(
    {
      ...{ id: 'listFlows', method: 'GET', path: '/flows', tag: 'flows', permission: 'read' },
      summary: 'Flows, newest first',
      query: z.strictObject({
        ...paging,
        state: z.enum(states).optional(),
        service: plainText.optional(),
        feed: plainText.optional(),
        emission: plainText.optional(),
        from: askedInstant.optional().describe('Arrived at this instant or later'),
        to: askedInstant.optional().describe('Arrived before this instant'),
      }),
      answer: pageOf(FlowShape),
    },
    async ({ app, scope, query }) => {
      const limit = Number(query.limit)
      const at = (text: string | undefined) => (text ? Temporal.Instant.from(text) : null)
      const filter = {
        ...{ state: query.state ?? null, service: query.service ?? null, feed: query.feed ?? null },
        ...{ emission: query.emission ?? null, text: null, preparedBy: null },
        ...{ arrivedFrom: at(query.from), arrivedTo: at(query.to), sentFrom: null, sentTo: null },
        ...{ withErrors: false, withUncertain: false, tests: false },
      }
      const before = query.after === undefined ? null : Number(query.after)
      const from = { before, after: null }
      const found = await app.store.flowList.page(scope, filter, from, limit + 1)
      return pageFrom(await shapesOf(app.store, found), limit)
    },
  ),
  operation(
    {
      ...{ id: 'showFlow', method: 'GET', path: '/flows/:flow', tag: 'flows', permission: 'read' },
      summary: 'One flow, with its account',
      params: flowParams,
      answer: FlowShape,
    },
    (call) => shownAgain(call),
  ),
  ...(['suspend', 'resume'] as const).map((act) =>
    operation(
      {
        ...{ id: `${act}Flow`, method: 'POST', path: `/flows/:flow/${act}`, tag: 'flows' },
        permission: 'decide',
        summary:
          act === 'suspend'
            ? 'Nothing of it leaves from now on, but what is in flight'
            : 'It goes on, at once',
        params: flowParams,
        body: z.strictObject({ note: note.optional() }),
        answer: FlowShape,
      },
      async (call) => {
        const { id } = await flowOf(call, call.params.flow)
        demandDone(call, await call.app.flows[act](id, call.asked(call.body.note ?? null)))
        return shownAgain(call)
      },
    ),
  ),
  operation(
    {
      ...{ id: 'stopFlow', method: 'POST', path: '/flows/:flow/stop', tag: 'flows' },
      permission: 'decide',
      summary: 'Nothing of it ever leaves again, but what is in flight',
      description:
        'It cannot be taken back. `messages` says of how many messages you know that they will ' +
        'never leave: where there are more by now, nothing is done.',
      params: flowParams,
      body: z.strictObject({ note, messages: z.int().min(0).max(999_999_999) }),
      answer: FlowShape,
    },
    async (call) => {
      const { id } = await flowOf(call, call.params.flow)
      const asked = { ...call.asked(call.body.note), atMost: call.body.messages }
      demandDone(call, await call.app.flows.stop(id, asked))
      return shownAgain(call)
    },
  ),
]
