// Keys → rows, by one call for each key or for several. What could not be had of one key is an
// error of that key; the others have their rows.
// Invariants: a key without a row is absent, and only because the service said so; two rows of one
// key are an error of that key, never a choice.
import { SourceError, stopped, type WorkContext } from '../../src/connector.ts'
import { valueAt } from './answer.ts'
import { type Caller, openCaller } from './call.ts'
import type { LookupSettings } from './lookup-settings.ts'
import type { SoapSettings } from './settings.ts'
import type { XmlElement } from './xml.ts'

export type Rows = Map<string, Record<string, string> | SourceError>

/** What is wrong with one answer, or one key; anything else is wrong with the service. */
const ofKey = ['SRC_REFUSED', 'SRC_ANSWER', 'SRC_ANSWER_BOUNDS', 'SRC_TEMPLATE']

/** Throws when no key could be had; else the keys that could not have their error. */
export async function lookUp(
  context: WorkContext<SoapSettings>,
  keys: readonly string[],
): Promise<Rows> {
  const { lookup } = context.settings
  if (lookup === undefined) {
    const message = 'the settings have no `lookup`: they do not say what is asked'
    throw new SourceError('SRC_SETTINGS', message, { retry: false })
  }
  if (context.signal.aborted) throw stopped()
  await using caller = await openCaller(context)
  const batches = Array.from({ length: Math.ceil(keys.length / lookup.batch) }, (_, index) =>
    keys.slice(index * lookup.batch, (index + 1) * lookup.batch),
  )
  const rows: Rows = new Map()
  let broken: SourceError | null = null
  let answered = 0
  let next = 0
  const work = async () => {
    for (let at = next++; at < batches.length; at = next++) {
      const batch = batches[at] as readonly string[]
      try {
        if (broken !== null) throw broken
        const found = await askFor(caller, lookup, batch)
        for (const [key, those] of Map.groupBy(found, ([key]) => key)) {
          rows.set(key, those.length === 1 ? those[0]![1] : twice(lookup))
        }
        answered += 1
      } catch (error) {
        if (!(error instanceof SourceError)) throw error
        if (!ofKey.includes(error.code)) broken ??= error
        for (const key of batch) rows.set(key, error)
      }
    }
  }
  await Promise.all(Array.from({ length: lookup.parallel }, work))
  if (answered === 0 && broken !== null) throw broken
  return rows
}

async function askFor(
  caller: Caller,
  lookup: LookupSettings,
  keys: readonly string[],
): Promise<[string, Record<string, string>][]> {
  const answer = await caller.call(lookup, { keys, key: keys[0] ?? '' })
  if (answer.means === 'empty') return []
  const { key: path } = lookup
  if (path === undefined) {
    const records = lookup.records === undefined ? [answer.root] : answer.records
    return records.map((record) => [keys[0] ?? '', rowOf(record, lookup)])
  }
  return answer.records.flatMap((record): [string, Record<string, string>][] => {
    const key = valueAt(record, path)
    // What nobody asked for is not looked at: services answer relatives too.
    return key !== null && keys.includes(key) ? [[key, rowOf(record, lookup)]] : []
  })
}

/** Throws when nothing of a row is there: the service answers another document than it did. */
function rowOf(record: XmlElement, { operation, fields }: LookupSettings): Record<string, string> {
  const row = Object.entries(fields).map(([name, path]) => [name, valueAt(record, path)] as const)
  if (row.every(([, value]) => value === null)) {
    const message = `${operation} was answered, but nothing stands where \`fields\` say`
    throw new SourceError('SRC_ANSWER', message, { retry: true })
  }
  return Object.fromEntries(row.map(([name, value]) => [name, value ?? '']))
}

function twice({ operation, records }: LookupSettings): SourceError {
  const message =
    `${operation} answers several \`${records}\` for one key: narrow the path, as in ` +
    '`pagamento[esito=0]`, or correct the source'
  return new SourceError('SRC_ANSWER', message, { retry: false })
}
