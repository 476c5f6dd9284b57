// Statistics by the API: what ended in some days, as the page of statistics counts it; and the
// token itself, for whoever wants to know what it may do.
import { z } from 'zod'
import { tokenPermissions } from '../../domain/api-token.ts'
import { endings, type Statistics, statisticsOf } from '../../domain/statistics.ts'
import { type Operation, operation } from './operation.ts'
import { ApiProblem } from './problem.ts'
import { askedDay, plainText } from './schemas.ts'

const count = z.int().min(0)
/** Names that one answer has. */
const MOST_NAMES = 1000

const Figures = z.object({
  name: z.string().describe('A month, service, purpose or emission; of `all` empty'),
  messages: count.describe('That ended, but for those cancelled or recorded'),
  byEnding: z.object(
    Object.fromEntries(endings.map((one) => [one, count])) as Record<
      (typeof endings)[number],
      typeof count
    >,
  ),
  refused: count.describe('Records that gave no message'),
  cancelled: count,
  recorded: count,
  read: count,
  paid: count,
  readWithPayment: count,
})

function figuresOf(name: string, { inboxSeconds: _, ...all }: Statistics) {
  return { name, ...all }
}

export const statisticsOperations: readonly Operation[] = [
  operation(
    {
      ...{ id: 'statistics', method: 'GET', path: '/statistics', tag: 'statistics' },
      permission: 'read',
      summary: 'What ended between two days, both in it',
      query: z.strictObject({
        from: askedDay,
        to: askedDay,
        by: z.enum(['all', 'month', 'service', 'purpose', 'emission']).default('all'),
        service: plainText.optional(),
        emission: plainText.optional(),
      }),
      answer: z.object({ items: z.array(Figures).max(MOST_NAMES) }),
    },
    async ({ app, scope, query }) => {
      const { by, service, emission = null } = query
      const isTheirs = service === undefined || scope.services?.includes(service) !== false
      if (!isTheirs) throw new ApiProblem('API_NOT_FOUND')
      const services = service === undefined ? scope.services : [service]
      const [from, to] = [Temporal.PlainDate.from(query.from), Temporal.PlainDate.from(query.to)]
      const filter = { institution: scope.institution, services, from, to, emission }
      const counted = await app.store.counts.byPeriod(filter, by)
      const named = [...counted].slice(0, MOST_NAMES)
      return { items: named.map(([name, counts]) => figuresOf(name, statisticsOf(counts))) }
    },
  ),
]

export const tokenOperations: readonly Operation[] = [
  operation(
    {
      ...{ id: 'showToken', method: 'GET', path: '/token', tag: 'token', permission: 'read' },
      summary: 'What this token is',
      answer: z.object({
        name: z.string(),
        institution: z.string(),
        permissions: z.array(z.enum(tokenPermissions)),
        services: z.array(z.string()).nullable().describe('Null: all'),
      }),
    },
    async ({ token: { name, institution, permissions, services } }) => {
      return { name, institution, permissions, services }
    },
  ),
]
