// An extraction that is ordered now and fetched later. The ticket is remembered, so that a restart
// goes on asking for the same job; each poll asks once how far it is.
// Invariant: there is one job at a time, and none is waited for beyond `deadlineHours`.
import { type PollContext, SourceError } from '../../src/connector.ts'
import { type Answer, valueAt } from './answer.ts'
import type { Caller } from './call.ts'
import { type Memory, toCursor } from './memory.ts'
import type { ReadSettings } from './settings.ts'
import type { Scope } from './template.ts'
import type { Reading } from './windows.ts'

type Poll = PollContext<ReadSettings>
type Job = NonNullable<ReadSettings['job']>

/** The result, once it is ready; nothing as long as it is not. */
export async function* readJob(
  context: Poll,
  caller: Caller,
  memory: Memory,
  job: Job,
): AsyncGenerator<Reading> {
  const { settings } = context
  const { watermark } = settings
  const scope: Scope = watermark ? { watermark: memory.watermark ?? watermark.start } : {}
  const remember = () => context.remember(toCursor(memory))
  const ordered = memory.job ?? (await order(context, caller, memory, job, scope))
  if (ordered === null) return
  const withJob = { ...scope, job: ordered.token }
  const status = await caller.call(job.status, withJob)
  const state = valueAt(status.root, job.state) ?? ''
  if (job.pending.includes(state)) {
    const age = Temporal.Instant.from(ordered.orderedAt).until(context.now())
    if (age.total('hours') < job.deadlineHours) return
    delete memory.job
    await remember()
    throw failed(`is not ready after ${job.deadlineHours} hours; the next poll orders anew`)
  }
  delete memory.job
  const next = reachedBy(memory, watermark)
  if (job.empty.includes(state)) {
    Object.assign(memory, next)
    await remember()
    return
  }
  if (!job.done.includes(state)) {
    await remember()
    throw failed(`ended in a state that is not among \`done\`, \`pending\` and \`empty\``)
  }
  const result = await fetchResult(caller, job, status, withJob)
  if (result.means === 'empty') Object.assign(memory, next)
  else yield { label: 'job', scope: withJob, answer: result, next }
}

/** By a second call, from the address that the status gives, or in the status itself. */
async function fetchResult(
  caller: Caller,
  job: Job,
  status: Answer,
  scope: Scope,
): Promise<Answer> {
  if (job.download !== undefined) return caller.call(job.download, scope)
  if (job.address === undefined) return status
  const address = valueAt(status.root, job.address) ?? ''
  const { body, contentType } = await caller.fetch(address, job.hosts)
  const mediaType = contentType.split(';')[0]?.trim() || 'application/octet-stream'
  return { ...status, means: 'ok', bytes: body, mediaType, records: [] }
}

/** What the order said of the next watermark is valid once its result is saved. */
function reachedBy(memory: Memory, watermark: ReadSettings['watermark']): Partial<Memory> {
  const reached = watermark === undefined ? undefined : memory.ordered
  return reached === undefined ? {} : { watermark: reached, ordered: undefined }
}

async function order(
  context: Poll,
  caller: Caller,
  memory: Memory,
  job: Job,
  scope: Scope,
): Promise<{ token: string; orderedAt: string } | null> {
  const { settings } = context
  const answer: Answer = await caller.call(settings.call, scope)
  if (answer.means === 'empty') return null
  const token = valueAt(answer.root, job.token)
  if (!token) throw failed(`was ordered, but the answer has no ticket at ${job.token}`)
  memory.job = { token, orderedAt: context.now().toString() }
  if (settings.watermark !== undefined) {
    memory.ordered = valueAt(answer.root, settings.watermark.path) ?? undefined
  }
  await context.remember(toCursor(memory))
  return memory.job
}

function failed(what: string): SourceError {
  return new SourceError('SRC_JOB', `the extraction ${what}`, { retry: true })
}
