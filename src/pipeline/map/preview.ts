// What a file would become, with nothing saved and nothing sent: each record as the messages that
// would be POSTed and when, or as its refusals. The same reading, mapping and planning as the stage
// `map`.
import { adviceOn } from '../../domain/message-advice.ts'
import type { MessageFinding } from '../../domain/message-finding.ts'
import type { NewMessage } from '../../domain/new-message.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { readAppYaml } from '../../mapping/app-yaml.ts'
import type { CompiledNotice, Mapped } from '../../mapping/mapping.ts'
import { planMessages } from '../plan.ts'
import { batchRecords, finishBatch, type Lookup, prepareBatches } from './records.ts'

export interface PreviewedMessage {
  sendAt: string
  purpose: string
  /** Exactly what would be POSTed, in the citizen's language; Italian unless asked otherwise. */
  payload: NewMessage
  /** What the citizen would not see as it is written; advice only. */
  warnings: MessageFinding[]
}

export type PreviewedRecord = { line: number; key: string | null } & (
  | { messages: PreviewedMessage[] }
  | { refused: Refusal; refusals: Refusal[] }
  | { skipped: string }
)

export interface PreviewOptions {
  institution: string
  testers: ReadonlySet<string>
  zone: string
  language: 'it' | 'en' | 'de'
  now: Temporal.Instant
  /** Is told in which encoding the file was read, once it has been read to its end. */
  onEncoding?: ((encoding: string) => void) | undefined
}

const BATCH_RECORDS = 500

/**
 * One value a record, in the order of the file. Throws `DropError` where the file cannot be read
 * on.
 */
export async function* previewRecords(
  bytes: AsyncIterable<Uint8Array>,
  mapping: CompiledNotice,
  lookup: Lookup,
  options: PreviewOptions,
): AsyncGenerator<PreviewedRecord> {
  const offsets = mapping.spec.reminders.map((reminder) => reminder.at)
  const plan = planMessages(offsets, options.zone, options.now)
  const take = (mapped: Mapped) => previewed(mapped, plan, options)
  const reader = mapping.reader()
  const batches = batchRecords(bytes, reader, BATCH_RECORDS)
  for await (const batch of prepareBatches(batches, mapping, options.institution, lookup)) {
    yield* await finishBatch(batch, mapping, options, take)
  }
  options.onEncoding?.(reader.encoding())
}

function previewed(
  mapped: Mapped,
  plan: ReturnType<typeof planMessages>,
  { language, now }: PreviewOptions,
): PreviewedRecord {
  const { line, key } = mapped
  switch (mapped.kind) {
    case 'refused':
      return { line, key, refused: mapped.refusals[0] as Refusal, refusals: mapped.refusals }
    case 'skipped':
      return { line, key, skipped: mapped.because }
    case 'notice': {
      const messages = plan(mapped.data.dueAt).map(({ purpose, template, sendAt }) => {
        const payloads = mapped.payloads[template]
        const payload = (payloads?.[language] ?? payloads?.it) as NewMessage
        const warnings = adviceOn(payload, { now, readYaml: readAppYaml })
        return { sendAt: sendAt.toString(), purpose, payload, warnings }
      })
      return { line, key, messages }
    }
  }
}
