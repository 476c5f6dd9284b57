// A file about which nothing is known yet → the beginning of what holds its records, out of
// whatever it is wrapped in. Each format is tried as a mapping of that format would open the file.
// Invariant: no more than a written number of bytes is read, however large the file is.
import { DropError } from '../mapping/drop-error.ts'
import { RecordSpec } from '../mapping/format/record-spec.ts'
import { type Kind, kindOf, START_BYTES } from './content-kind.ts'
import { type NamedSource, openRecords } from './open-records.ts'

export interface OpenedSample {
  /** Name of the file that holds the records, as it stands in its container. */
  name: string
  /** `sheet`: a line of JSON for each row. `mail`: one JSON object. `bytes`: the file itself. */
  kind: 'bytes' | 'sheet' | 'mail'
  bytes: Uint8Array
  /** False where the file goes on. */
  isWhole: boolean
  /** Names of the files that stand beside it. */
  others: string[]
}

/** What a person has said about where the records are. */
export interface SamplePlace {
  member?: string
  sheet?: string | number
}

/** Enough for thousands of records of the widest files. */
const SAMPLE_BYTES = 8 * 1024 ** 2

/** In this order: the first that the file opens as, and is. */
const FORMATS = ['csv', 'xlsx', 'xml', 'json', 'mail'] as const
type Format = (typeof FORMATS)[number]

/** Opens a file. Throws the `DropError` of the format that came nearest. */
export async function openSample(source: NamedSource, place: SamplePlace): Promise<OpenedSample> {
  const start = kindOf(await source.read(0, START_BYTES))
  const formats: readonly Format[] = start === 'office' ? ['xlsx'] : FORMATS
  let fault: unknown = null
  for (const format of formats) {
    try {
      const opened = await openAs(format, source, place)
      if (opened !== null) return opened
    } catch (error) {
      if (!(error instanceof DropError)) throw error
      fault ??= error
    }
  }
  throw fault ?? notText(source.name)
}

async function openAs(
  format: Format,
  source: NamedSource,
  { member, sheet }: SamplePlace,
): Promise<OpenedSample | null> {
  const spec = RecordSpec.parse({
    format,
    fields: {},
    ...(member === undefined ? {} : { member }),
    ...(format === 'xml' ? { rows: 'row' } : {}),
    ...(format === 'xlsx' && sheet !== undefined ? { sheet } : {}),
  })
  const { name, bytes, others } = await openRecords([source], spec)
  const head = await headOf(bytes)
  const kind = format === 'xlsx' ? 'sheet' : format === 'mail' ? 'mail' : 'bytes'
  const isRight = kind !== 'bytes' || isReadable(kindOf(head.bytes.subarray(0, START_BYTES)))
  return isRight ? { name, kind, others, ...head } : null
}

/** What has records in it as they are. */
function isReadable(kind: Kind): boolean {
  return kind === 'text' || kind === 'xml' || kind === 'json'
}

async function headOf(stream: AsyncIterable<Uint8Array>) {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of stream) {
    pieces.push(piece)
    length += piece.length
    // The iterator is told, and lets go of the file.
    if (length >= SAMPLE_BYTES) return { bytes: Buffer.concat(pieces), isWhole: false }
  }
  return { bytes: Buffer.concat(pieces), isWhole: true }
}

function notText(name: string): DropError {
  const detail = `«${name}» non è un testo, né un file di cui si conosca la forma.`
  const remedy =
    'Chiedi alla fonte un CSV, un XLSX, un XML, un JSON o un tracciato a lunghezza fissa.'
  return new DropError('DROP_ENCODING', detail, null, remedy)
}
