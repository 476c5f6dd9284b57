// The second call, for each record of a list: its values as `{{ record.… }}`, several at once, and
// all answers of a list in one document.
// Invariant: the order of the list is the order of the details.
import { SourceError } from '../../src/connector.ts'
import { type Answer, assertAnswered, jsonType } from './answer.ts'
import type { Caller } from './call.ts'
import type { SoapSettings } from './settings.ts'
import { fillText, type Scope } from './template.ts'
import type { XmlElement } from './xml.ts'

export interface Entry {
  key: string
  scope: Scope
}

type Details = NonNullable<SoapSettings['details']>

/** The records of a list, each with its key; a record that stands twice counts once. */
export function entriesOf(
  list: Answer,
  scope: Scope,
  details: Details,
  { maximumDetails }: SoapSettings['limits'],
): Entry[] {
  const entries = new Map<string, Entry>()
  for (const record of list.records) {
    const full = { ...scope, record: recordScope(record) }
    const key = fillText(details.key, full)
    entries.set(key, { key, scope: full })
  }
  if (entries.size > maximumDetails) {
    const message =
      `the list has ${entries.size} records, more than \`limits.maximumDetails\`: ` +
      'ask for less at once (`paging`), or raise it'
    throw new SourceError('SRC_WINDOW', message, { retry: true })
  }
  return [...entries.values()]
}

/** The details of all entries, in their order; empty ones are left out. */
export async function fetchDetails(
  caller: Caller,
  details: Details,
  entries: readonly Entry[],
): Promise<Answer[]> {
  const answers: (Answer | undefined)[] = new Array(entries.length)
  let next = 0
  const work = async () => {
    for (let at = next++; at < entries.length; at = next++) {
      answers[at] = await caller.call(details, (entries[at] as Entry).scope)
    }
  }
  await Promise.all(Array.from({ length: details.parallel }, work))
  const all = answers.filter((answer): answer is Answer => answer?.means === 'ok')
  for (const answer of all) assertAnswered(answer, details.operation)
  return all
}

/**
 * List and details as one document: `answers/list` and `answers/detail` of XML, of JSON an object
 * with `list`, and all `detail`s. Throws `SRC_ANSWER` where one is of another kind than the others.
 */
export function joinDocuments(
  list: Answer,
  details: readonly Answer[],
): { bytes: Buffer; mediaType: string } {
  const { mediaType } = list
  if (details.some((one) => one.mediaType !== mediaType)) {
    const message = 'the list and its details are of two kinds: use `details.as: drops`'
    throw new SourceError('SRC_ANSWER', message, { retry: false })
  }
  const bytes = mediaType === jsonType ? joinJson(list, details) : joinXml(list, details)
  return { bytes, mediaType }
}

function joinJson(list: Answer, details: readonly Answer[]): Buffer {
  const text = ({ bytes }: Answer) => bytes.toString('utf8').replace(/^\uFEFF/, '')
  return Buffer.from(`{"list":${text(list)},"detail":[${details.map(text).join(',')}]}`)
}

function joinXml(list: Answer, details: readonly Answer[]): Buffer {
  const wrap = (name: string, { bytes }: Answer) => [
    Buffer.from(`<${name}>`),
    Buffer.from(bytes.toString('utf8').replace(/^\uFEFF?<\?xml[^>]*\?>/, '')),
    Buffer.from(`</${name}>`),
  ]
  return Buffer.concat([
    Buffer.from('<answers>'),
    ...wrap('list', list),
    ...details.flatMap((detail) => wrap('detail', detail)),
    Buffer.from('</answers>'),
  ])
}

/** A record's attributes and elements by name: texts, or maps for those with elements in them. */
export function recordScope(record: XmlElement): { [name: string]: string | Scope } {
  const values: { [name: string]: string | Scope } = {}
  for (const child of record.children) {
    const isLeaf = child.children.length === 0 && child.attributes.length === 0
    values[child.name] ??= isLeaf ? child.text.trim() : recordScope(child)
  }
  for (const { name, value } of record.attributes) values[name] ??= value
  values['text'] ??= record.text.trim()
  return values
}
