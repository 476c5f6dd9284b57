// The parts of a drop, or a file → the bytes of its records, out of whatever they are wrapped in:
// ZIP, gzip, signed envelopes, mails. What a thing is, its content says, never its name.
// Invariant: wrappers are nested to a written depth, and a ZIP inside a ZIP is refused.
import { DropError } from '../mapping/drop-error.ts'
import type { RecordSpec } from '../mapping/format/record-spec.ts'
import { type Chosen, chooseFile, type Place } from './choose-file.ts'
import {
  type Content,
  contentOfBytes,
  contentOfSource,
  contentOfStream,
  type NamedSource,
  wholeOf,
} from './content.ts'
import { type Kind, kindOf } from './content-kind.ts'
import { gunzip } from './gzip.ts'
import { readMail } from './mail.ts'
import { MAIL_BYTES } from './mime.ts'
import { openSigned, SIGNED_BYTES } from './signed-document.ts'
import { openSheet } from './xlsx.ts'
import { openZipMember } from './zip-member.ts'

export type { NamedSource } from './content.ts'

export interface Opened {
  /** Name of the file that holds the records, as it stands in its container. */
  name: string
  bytes: AsyncIterable<Uint8Array>
  /** Its name and those of what it was wrapped in, the outermost first. */
  names: string[]
  /** Names of the files that stand beside it. */
  others: string[]
}

/** A certified mail with a ZIP with a document signed twice has four. */
const MOST_WRAPPERS = 6
/** Of a container inside a container, which must be read at any offset. */
export const HELD_BYTES = 64 * 1024 ** 2

const drop: Place = { code: 'DROP_PARTS', inside: 'Nella consegna' }
const mail: Place = { code: 'DROP_MAIL_ATTACHMENT', inside: 'Tra gli allegati del messaggio' }

/**
 * Opens what holds the records. The name of a drop that is one file may be any, since patterns are
 * for what is inside; but not when it `mustMatch`. Throws `DropError`, also while `bytes` are read.
 */
export async function openRecords(
  parts: readonly NamedSource[],
  record: RecordSpec,
  mustMatch = false,
): Promise<Opened> {
  const [only] = parts
  if (only === undefined) throw new Error('the drop has no part')
  let held: Chosen =
    parts.length === 1 && !mustMatch
      ? { content: await contentOfSource(only), others: [] }
      : await choosePart(parts, record)
  let isUnzipped = false
  const names: string[] = []
  for (let wrappers = 0; wrappers <= MOST_WRAPPERS; wrappers++) {
    const { content, others } = held
    const kind = kindOf(content.start)
    names.push(content.name)
    if (kind === 'zip') {
      if (isUnzipped) throw nested(content.name)
      isUnzipped = true
      held = await openZipMember(await content.source(HELD_BYTES), record)
    } else if (kind === 'gzip') {
      const name = content.name.replace(/\.gz$/i, '')
      held = { content: await contentOfStream(name, gunzip(name, content.stream())), others }
    } else if (kind === 'signed') {
      const envelope = await wholeOf(content.name, content.stream(), SIGNED_BYTES)
      const name = content.name.replace(/\.p7m$/i, '')
      held = { content: contentOfBytes(name, openSigned(content.name, envelope)), others }
    } else if (kind === 'mail' && record.format !== 'mail') {
      held = await openAttachment(content, record)
    } else {
      checkFormat(content.name, kind, record.format)
      return { name: content.name, bytes: await recordsIn(content, record), names, others }
    }
  }
  throw tooDeep(held.content.name)
}

/** The part that the mapping means. Throws `DropError`. */
export function choosePart(parts: readonly NamedSource[], record: RecordSpec): Promise<Chosen> {
  const files = parts.map((part) => ({ name: part.name, open: () => contentOfSource(part) }))
  return chooseFile(files, record, drop)
}

async function openAttachment(content: Content, record: RecordSpec): Promise<Chosen> {
  const { attachments } = readMail(await wholeOf(content.name, content.stream(), MAIL_BYTES))
  const candidates = attachments.map((attachment) => ({
    name: attachment.name,
    open: async () => contentOfBytes(attachment.name, attachment.content()),
  }))
  return chooseFile(candidates, record, mail)
}

/** What no mapping of rows, or of XML, reads: its reader would only say that a quote is odd. */
const documents: Partial<Record<Kind, string>> = {
  office: 'un documento di Excel, Word o LibreOffice',
  pdf: 'un documento PDF',
  xml: 'un documento XML, o una pagina web',
}

/** Throws `DropError` for what is plainly of another format. Workbooks and mails say it better. */
function checkFormat(name: string, kind: Kind, format: RecordSpec['format']): void {
  const what = documents[kind]
  if (what === undefined || kind === format || format === 'xlsx' || format === 'mail') return
  const detail = `«${name}» è ${what}, e il modello legge righe in formato ${format}.`
  const remedy =
    'Correggi `format` nel modello, o indica con `member` il file che contiene le righe.'
  throw new DropError('DROP_FORMAT', detail, null, remedy)
}

/** What the reader of the format reads: a mail becomes one JSON object, a sheet JSON lines. */
async function recordsIn(content: Content, record: RecordSpec): Promise<AsyncIterable<Uint8Array>> {
  if (record.format === 'xlsx') {
    return openSheet(await content.source(HELD_BYTES), record.sheet)
  }
  if (record.format !== 'mail') return content.stream()
  if (kindOf(content.start) !== 'mail') throw noMail(content.name)
  const read = readMail(await wholeOf(content.name, content.stream(), MAIL_BYTES))
  const json = JSON.stringify(await read.record())
  return contentOfBytes(content.name, Buffer.from(json)).stream()
}

function nested(name: string): DropError {
  const detail = `«${name}» è a sua volta un archivio.`
  return new DropError('DROP_ZIP_NESTED', detail, null, 'Chiedi i dati in un solo archivio.')
}

function tooDeep(name: string): DropError {
  const detail = `«${name}» è imbustato più di ${MOST_WRAPPERS} volte.`
  return new DropError('DROP_WRAPPED', detail, null, 'Chiedi alla fonte il file così com’è.')
}

function noMail(name: string): DropError {
  const detail = `«${name}» non è un messaggio di posta.`
  const remedy = 'Consegna il messaggio intero (.eml), o correggi `format` nel modello.'
  return new DropError('DROP_MAIL', detail, null, remedy)
}
