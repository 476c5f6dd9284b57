// The shapes of IO's answers, as far as Staffetta uses them, and the function that reads them.
// Lenient on the rest: unknown keys, unknown statuses, missing extras never spoil an answer.
// Source: io-openapi.yaml and the handlers' own answers; gateway errors are not problem+json.
import { z } from 'zod'

/** An error of IO's functions. `detail` echoes the payload: see `safeDetail`. */
export const ProblemAnswer = z.object({
  title: z.string(),
  status: z.number(),
  detail: z.string().catch(''),
})

/** An error of the gateway before the functions: wrong key, wrong path, too many calls. */
export const GatewayAnswer = z.object({ statusCode: z.number() })

export const ProfileFound = z.object({
  sender_allowed: z.boolean(),
  /** `it_IT`, `en_GB` …; absent when the citizen chose none. */
  preferred_languages: z.array(z.string().max(20)).max(20).catch([]),
})

/** An id that can be asked about later; IO gives ULIDs. */
export const MessageCreated = z.object({ id: z.string().regex(/^[\w-]{1,64}$/) })

export const MessageFound = z.object({
  status: z.string().max(40),
  message: z.object({ feature_level_type: z.string() }).nullable().catch(null),
  read_status: z.string().max(40).nullable().catch(null),
  payment_status: z.string().max(40).nullable().catch(null),
})

/** The body as this shape, or null: not JSON, another shape, or no body at all. */
export function readAs<T>(schema: z.ZodType<T>, body: string | null): T | null {
  if (body === null || body === '') return null
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return null
  }
  const read = schema.safeParse(json)
  return read.success ? read.data : null
}
