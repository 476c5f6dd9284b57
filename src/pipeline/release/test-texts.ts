// flow → the texts that are tried: of the records at the edges the first message, and of one record
// every reminder too. Invariants: a text is rendered as it is when it leaves, at another address; a
// real notice number stands in it only where the feed allows that.
import { falseNoticeNumber, withFalseNumber } from '../../domain/false-notice-number.ts'
import type { Language } from '../../domain/language.ts'
import type { NewMessage } from '../../domain/new-message.ts'
import type { NoticeData } from '../../domain/notice.ts'
import {
  chooseSample,
  RANDOM_SAMPLED,
  type SampledReason,
  type SamplePick,
} from '../../domain/test-sample.ts'
import { withTitle } from '../../domain/title-prefix.ts'
import type { TextMapping } from '../send/one.ts'
import type { TestItem } from './test-batch.ts'

export interface SamplePorts {
  batches: {
    /** Messages at the edges, and the first that chance draws: of those that have not left. */
    find(flowId: number, draw: Draw, now: Temporal.Instant): Promise<FoundSample>
    read(messageIds: readonly number[]): Promise<TestedMessage[]>
  }
  /** Null when the kept version can no longer be compiled. */
  mapping(versionId: number): Promise<TextMapping | null>
  now(): Temporal.Instant
}

/** By chance, the same for the same seed. */
export interface Draw {
  seed: string
  random: number
}

export interface FoundSample {
  picks: SamplePick[]
  /** Ids of messages in the order in which they were drawn. */
  drawn: number[]
}

/** A message of the tested flow, with what its texts are made of. */
export interface TestedMessage {
  id: number
  record: number | null
  line: number | null
  template: number
  mappingVersionId: number
  data: NoticeData
  /** Texts of the reminders that are planned for the same notice, in order. */
  reminders: number[]
}

export interface ChosenText {
  item: TestItem
  source: TestedMessage
  mapping: TextMapping
  title: string
  /** Of the text, in UTF-16 units. */
  length: number
}

/** The first messages, then each reminder of the record that has most of them. */
export async function chooseTexts(
  flowId: number,
  rules: { random?: number; seed?: string; realNoticeNumbers: boolean },
  ports: SamplePorts,
): Promise<ChosenText[]> {
  const { random = RANDOM_SAMPLED, seed = String(flowId) } = rules
  const found = await ports.batches.find(flowId, { seed, random }, ports.now())
  const sampled = chooseSample(found.picks, found.drawn, random)
  const read = await ports.batches.read(sampled.map(({ messageId }) => messageId))
  const byId = new Map(read.map((message) => [message.id, message]))
  const texts: ChosenText[] = []

  async function add(source: TestedMessage, template: number, reasons: readonly SampledReason[]) {
    const mapping = await ports.mapping(source.mappingVersionId)
    if (mapping === null) throw new Error(`flow ${flowId}: its mapping cannot be compiled any more`)
    const { record, line } = source
    const item = texts.length + 1
    const hides = source.data.payment !== null && !rules.realNoticeNumbers
    const noticeNumber = hides ? falseNoticeNumber(item) : null
    const text = { item: { item, record, line, template, reasons, noticeNumber }, source, mapping }
    const content = payloadsOf(text, source.data.fiscalCode).it?.content
    // A text may ask for no payment though its notice has one.
    if (content?.payment_data === undefined) text.item.noticeNumber = null
    const { subject: title = '', markdown: { length } = '' } = content ?? {}
    texts.push({ ...text, title, length })
  }

  for (const { messageId, reasons } of sampled) {
    const source = byId.get(messageId)
    if (source) await add(source, source.template, reasons)
  }
  const [reminded] = read.toSorted((a, b) => b.reminders.length - a.reminders.length)
  for (const template of reminded?.reminders ?? []) await add(reminded!, template, [])
  return texts
}

/** What the tester is sent instead of the citizen: the same words, and another’s address. */
export function dataOf(
  { item, noticeNumber }: Pick<TestItem, 'item' | 'noticeNumber'>,
  { data }: Pick<TestedMessage, 'data'>,
  fiscalCode: string,
): NoticeData {
  const numbered = noticeNumber === null ? data : withFalseNumber(data, item)
  return { ...numbered, fiscalCode, key: `prova ${item}`, group: null }
}

/** As it leaves, in every language. */
export function payloadsOf(
  { item, source, mapping }: Pick<ChosenText, 'item' | 'source' | 'mapping'>,
  fiscalCode: string,
): Partial<Record<Language, NewMessage>> {
  const data = dataOf(item, source, fiscalCode)
  return withTitle(mapping.payloads(data, item.template), 'test')
}
