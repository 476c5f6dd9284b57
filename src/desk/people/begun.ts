// What a browser has begun of a sign-in and not ended yet, between its pages: kept sealed for some
// minutes, found by the browser's own mark. Invariant: what is read has the shape that was written.
import { z } from 'zod'
import type { Parts } from '../../parts.ts'

const Begun = z.discriminatedUnion('step', [
  /** The password was right: the code of the phone is missing. */
  z.strictObject({ step: z.literal('code'), personId: z.number(), to: z.string() }),
  /** A second factor is being set up. `sessionId`: by who is signed in already. */
  z.strictObject({
    ...{ step: z.literal('enrol'), personId: z.number(), to: z.string(), secret: z.string() },
    sessionId: z.number().nullable(),
  }),
  /** On the way to the provider and back. */
  z.strictObject({
    ...{ step: z.literal('provider'), to: z.string() },
    ...{ state: z.string(), nonce: z.string(), verifier: z.string() },
    purpose: z.enum(['enter', 'accept', 'link', 'prove']),
    /** Who accepts, links or proves; null: whoever comes back. */
    personId: z.number().nullable(),
    sessionId: z.number().nullable(),
    startedAt: z.string(),
  }),
])
export type Begun = z.infer<typeof Begun>
export type BegunStep<Step extends Begun['step']> = Extract<Begun, { step: Step }>

/** How long somebody may take from one page to the next. */
const MINUTES = { code: 10, enrol: 30, provider: 15 } as const

export function openBegun({ store, now }: Parts) {
  return {
    put(mark: string, begun: Begun): Promise<void> {
      return store.signIns.begin(mark, begun, now().add({ minutes: MINUTES[begun.step] }))
    },
    /** Null: this browser is not at that step, or took too long. */
    async find<Step extends Begun['step']>(
      mark: string,
      step: Step,
    ): Promise<BegunStep<Step> | null> {
      const found = Begun.safeParse(await store.signIns.begun(mark, now()))
      return found.success && found.data.step === step ? (found.data as BegunStep<Step>) : null
    },
    forget: (mark: string) => store.signIns.forget(mark),
  }
}
