// The floor under a format: its bare parser over the same file, counting records and no more. No
// places of fields, no bounds, no refusals, no encodings.
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { streamXlsxRows } from 'hucre/xlsx'
import { SaxesParser } from 'saxes'
import yauzl from 'yauzl'
import type { FormatName } from './format-files.ts'
import type { FormatResult } from './format-run.ts'
import { answerMeasure } from './measure.ts'
import { watchMemory } from './memory.ts'

export interface FormatFloorTask {
  format: FormatName
  path: string
}

/** What each floor is, for people. */
const count: Record<FormatName, (path: string) => Promise<number>> = {
  csv: (path) => csvRows(createReadStream(path)),
  async zip(path) {
    const zip = await yauzl.openPromise(path)
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('.csv')) return csvRows(await zip.openReadStreamPromise(entry))
    }
    throw new Error(`${path} has no CSV`)
  },
  fixed: (path) => lines(path, () => {}),
  ndjson: (path) => lines(path, (line) => void JSON.parse(line)),
  async json(path) {
    const document = JSON.parse(await readFile(path, 'utf8')) as { bollette: unknown[] }
    return document.bollette.length
  },
  async xml(path) {
    let rows = 0
    const parser = new SaxesParser()
    parser.on('closetag', ({ name }) => {
      if (name === 'bolletta') rows += 1
    })
    parser.on('text', () => {})
    for await (const text of createReadStream(path, 'utf8')) parser.write(text as string)
    parser.close()
    return rows
  },
  async xlsx(path) {
    let rows = 0
    for await (const _ of streamXlsxRows(await readFile(path))) rows += 1
    return rows - 1
  },
}

async function csvRows(bytes: Readable): Promise<number> {
  let rows = 0
  for await (const _ of bytes.pipe(parse({ delimiter: ';' }))) rows += 1
  return rows - 1
}

async function lines(path: string, read: (line: string) => void): Promise<number> {
  let rows = 0
  for await (const line of createInterface({ input: createReadStream(path) })) {
    read(line)
    rows += 1
  }
  return rows
}

await answerMeasure(async ({ format, path }: FormatFloorTask): Promise<FormatResult> => {
  const memory = watchMemory()
  const start = performance.now()
  const records = await count[format](path)
  const seconds = (performance.now() - start) / 1000
  const peakBytes = memory.peak()
  memory.stop()
  return { records, seconds, peakBytes }
})
