// What systems would answer about a file that is previewed or is a case: read from a JSON file, or
// asked where a person wants that. Nothing is asked otherwise: then nobody has answered.
import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import { answerOf, saidBy } from '../mapping/answer.ts'
import type { AskedTable, Row } from '../mapping/mapping.ts'
import type { Lookup } from '../pipeline/map/records.ts'

/** Asks a system, with all that holds for asking; keys without an answer are absent. */
export type AskSystem = (
  institution: string,
  asked: AskedTable,
  keys: string[],
) => Promise<Map<string, Row>>

/** By key as it is asked, texts by field of the system; null: there is nothing under the key. */
const AnswersFile = z.record(z.string(), z.record(z.string(), z.string()).nullable())

const MOST_BYTES = 50_000_000

/** Looks up references as before, and systems in these files by name; others are asked, or not. */
export function withAnswers(
  references: Lookup,
  files: ReadonlyMap<string, string>,
  now: Temporal.Instant,
  askSystem: AskSystem | null,
): Lookup {
  const read = new Map<string, Promise<z.infer<typeof AnswersFile>>>()
  return async (institution, table, keys, asked = null) => {
    if (asked === null) return references(institution, table, keys)
    const path = files.get(asked.system)
    if (path === undefined) return (await askSystem?.(institution, asked, keys)) ?? new Map()
    const reading = read.get(path) ?? readAnswers(path)
    read.set(path, reading)
    const said = await reading
    const answers = new Map<string, Row>()
    for (const key of keys) {
      const row = Object.hasOwn(said, key) ? said[key] : undefined
      if (row === undefined) continue
      const answer = answerOf(row && saidBy(row, asked), asked, now)
      if ('problem' in answer) throw new Error(`${path}: ${answer.problem}`)
      answers.set(key, answer.values)
    }
    return answers
  }
}

async function readAnswers(path: string): Promise<z.infer<typeof AnswersFile>> {
  const { size } = await stat(path)
  if (size > MOST_BYTES) throw new Error(`${path} is larger than ${MOST_BYTES} bytes`)
  const wanted = 'a JSON object: { "KEY": { "field": "text" }, "ANOTHER": null }'
  try {
    return AnswersFile.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    throw new Error(`${path} holds no answers of a system, which are ${wanted}`, { cause: error })
  }
}
