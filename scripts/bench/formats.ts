// The measurement of all formats: each file at a tenth of its size and whole, every reading in a
// process of its own, the bare parser beside it in the same run.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HEAP_MEGABYTES } from '../../src/map-worker.ts'
import { type FormatFile, type FormatName, writeFormatFile } from './format-files.ts'
import type { FormatFloorTask } from './format-floor-run.ts'
import type { FormatResult, FormatTask } from './format-run.ts'
import { measure } from './measure.ts'

/** Bytes of the whole file; rows of the workbook. */
const sizes: Record<FormatName, number> = {
  csv: 250_000_000,
  fixed: 250_000_000,
  ndjson: 200_000_000,
  json: 200_000_000,
  xml: 200_000_000,
  xlsx: 300_000,
  zip: 500_000_000,
}

/** Records that are made into messages. */
const MAPPED_BYTES = 25_000_000

export interface FormatReport {
  format: FormatName
  /** Bytes of the file, and of what the records are read from. */
  bytes: number
  readBytes: number
  records: number
  seconds: number
  floorSeconds: number
  peakBytes: number
  floorPeakBytes: number
  /** Peak of the whole file less that of a tenth of it. */
  growthBytes: number
}

export interface FormatsReport {
  formats: FormatReport[]
  /** Records made into messages with a text of some 900 characters, from CSV. */
  mapped: { records: number; seconds: number }
}

/** `share` of 1 reads the files whole. */
export async function benchFormats(
  directory: string,
  share: number,
  signal: AbortSignal,
): Promise<FormatsReport> {
  const formats: FormatReport[] = []
  for (const format of Object.keys(sizes) as FormatName[]) {
    formats.push(await benchFormat(directory, format, sizes[format] * share, signal))
  }
  const mapped = await inPlace(directory, async (place) => {
    const { path } = await writeFormatFile(place, 'csv', MAPPED_BYTES * share)
    return run({ format: 'csv', path, maps: true }, signal)
  })
  return { formats, mapped }
}

function benchFormat(directory: string, format: FormatName, size: number, signal: AbortSignal) {
  return inPlace(directory, async (place): Promise<FormatReport> => {
    const small = await read(await writeFormatFile(place, format, Math.round(size / 10)))
    const file = await writeFormatFile(place, format, Math.round(size))
    const floor = await measure<FormatFloorTask, FormatResult>(
      'format-floor-run',
      { format, path: file.path },
      signal,
    )
    if (floor.records !== file.records) throw new Error(`${format}: the floor lost records`)
    const whole = await read(file)
    return {
      format,
      bytes: file.bytes,
      readBytes: file.readBytes,
      records: file.records,
      seconds: whole.seconds,
      floorSeconds: floor.seconds,
      peakBytes: whole.peakBytes,
      floorPeakBytes: floor.peakBytes,
      growthBytes: whole.peakBytes - small.peakBytes,
    }

    async function read(given: FormatFile): Promise<FormatResult> {
      const result = await run({ format, path: given.path, maps: false }, signal)
      if (result.records !== given.records) throw new Error(`${format}: records were lost`)
      return result
    }
  })
}

/** The heap that the daemon's mapping thread has; a semi-space is a third of the young objects'. */
const HEAP = [
  `--max-old-space-size=${HEAP_MEGABYTES.maxOldGenerationSizeMb}`,
  `--max-semi-space-size=${Math.floor(HEAP_MEGABYTES.maxYoungGenerationSizeMb / 3)}`,
]

function run(task: FormatTask, signal: AbortSignal): Promise<FormatResult> {
  return measure<FormatTask, FormatResult>('format-run', task, signal, HEAP)
}

/** Files of one measurement are gone before the next are written. */
async function inPlace<T>(directory: string, work: (place: string) => Promise<T>): Promise<T> {
  const place = join(directory, 'format')
  await mkdir(place)
  try {
    return await work(place)
  } finally {
    await rm(place, { recursive: true })
  }
}
