// One file read in one format, as the stage `map` reads it: opened, decoded, told apart into raw
// records; and for `mapping` every record made into a message. Memory is watched meanwhile.
import { type FileHandle, open } from 'node:fs/promises'
import { type NamedSource, openRecords } from '../../src/archive/open-records.ts'
import { createRecordReader } from '../../src/mapping/format/reader.ts'
import { type CompiledNotice, compileMapping } from '../../src/mapping/mapping.ts'
import { MappingSpec } from '../../src/mapping/spec.ts'
import { batchRecords } from '../../src/pipeline/map/records.ts'
import type { FormatName } from './format-files.ts'
import { formatMapping } from './format-specs.ts'
import { answerMeasure } from './measure.ts'
import { watchMemory } from './memory.ts'

export interface FormatTask {
  format: FormatName
  path: string
  /** Map each record too. */
  maps: boolean
}

export interface FormatResult {
  records: number
  seconds: number
  peakBytes: number
}

const BATCH_RECORDS = 500

await answerMeasure(async ({ format, path, maps }: FormatTask): Promise<FormatResult> => {
  const spec = MappingSpec.parse(formatMapping(format))
  const { mapping, faults } = compileMapping('bench', spec, { references: {} })
  if (mapping === null) throw new Error(JSON.stringify(faults))
  await using file = await open(path)
  const memory = watchMemory()
  const start = performance.now()
  const { bytes } = await openRecords([await sourceOf(file)], spec.record)
  let records = 0
  for await (const batch of batchRecords(bytes, createRecordReader(spec.record), BATCH_RECORDS)) {
    for (const raw of batch.records) {
      if (raw.problem !== null) throw new Error(JSON.stringify(raw.problem))
      if (maps) mapOne(mapping as CompiledNotice, raw)
      records += 1
    }
  }
  const seconds = (performance.now() - start) / 1000
  const peakBytes = memory.peak()
  memory.stop()
  return { records, seconds, peakBytes }
})

async function sourceOf(file: FileHandle): Promise<NamedSource> {
  const { size } = await file.stat()
  return {
    name: 'bench',
    mediaType: 'application/octet-stream',
    bytes: size,
    async read(offset, length) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
      return buffer.subarray(0, bytesRead)
    },
    stream: () => file.createReadStream({ autoClose: false }),
  }
}

function mapOne(mapping: CompiledNotice, raw: Parameters<CompiledNotice['read']>[0]): void {
  const mapped = mapping.finish(mapping.read(raw), {}, { testers: new Set() })
  if (mapped.kind !== 'notice') throw new Error(JSON.stringify(mapped))
}
