// A mail as a task: what stands in it, and what is attached. Certified mail (PEC) wraps the real
// one in `postacert.eml`. Invariant: receipts and notices of the mail system are never taken for
// tasks; HTML is turned into text, and never rendered.
import PostalMime, { addressParser, decodeWords } from 'postal-mime'
import { DropError } from '../mapping/drop-error.ts'
import type { MailRecord } from '../mapping/format/mail.ts'
import { contentOf, type Mime, type MimeLeaf, readMime } from './mime.ts'
import { findHeader, textOf } from './mime-header.ts'

export interface Mail {
  /** Of a mail without any, its text: programs write rows into the body too. */
  attachments: { name: string; content(): Uint8Array }[]
  /** The mail itself as a record. */
  record(): Promise<MailRecord>
}

/** Of the text of a mail, in UTF-16 units or, as HTML, in bytes. */
const TEXT_LENGTH = 512 * 1024
const HEADER_LENGTH = 4096

/** Reads a mail; of certified mail the one inside. Throws `DropError` for what is no task. */
export function readMail(bytes: Uint8Array): Mail {
  const outer = readMime(bytes)
  const { mime, certifiedId } = unwrapCertified(outer)
  const files = mime.leaves.filter(
    (leaf) => isFile(leaf) && !/pkcs7-signature/.test(leaf.mediaType),
  )
  const texts = mime.leaves.filter((leaf) => !isFile(leaf) && leaf.mediaType === 'text/plain')
  const attachments = (files.length > 0 ? files : texts).map((leaf, index) => ({
    name: leaf.name ?? (isFile(leaf) ? `allegato-${index + 1}` : 'testo.txt'),
    content: () => contentOf(leaf),
  }))
  return { attachments, record: () => recordOf(mime, certifiedId) }
}

function unwrapCertified(outer: Mime): { mime: Mime; certifiedId: string | null } {
  const transport = findHeader(outer.headers, 'x-trasporto')?.toLowerCase() ?? null
  // The envelope of a task carries `X-Ricevuta` too at some providers: transport is asked first.
  if (transport === 'posta-certificata') {
    const inner = outer.leaves.find(
      ({ name, mediaType }) =>
        name?.toLowerCase() === 'postacert.eml' || mediaType === 'message/rfc822',
    )
    if (inner === undefined) throw emptyEnvelope()
    const certifiedId = findCertifiedId(outer) ?? messageIdOf(outer)
    return { mime: readMime(contentOf(inner)), certifiedId }
  }
  if (transport !== null) throw notATask('DROP_MAIL_ANOMALY', anomaly)
  if (findHeader(outer.headers, 'x-ricevuta') !== null) {
    throw notATask('DROP_MAIL_RECEIPT', 'Il messaggio è una ricevuta di posta certificata')
  }
  return { mime: outer, certifiedId: null }
}

const anomaly =
  'Il messaggio è una «anomalia»: posta ordinaria che il gestore di posta certificata ha imbustato'

/** Many `daticert.xml` are no good XML: only the one value is looked for. */
function findCertifiedId({ leaves }: Mime): string | null {
  const certificate = leaves.find(({ name }) => name?.toLowerCase() === 'daticert.xml')
  if (certificate === undefined) return null
  const text = textOf(contentOf(certificate).subarray(0, 64 * 1024))
  return /<identificativo>([^<]{1,300})<\/identificativo>/.exec(text)?.[1]?.trim() ?? null
}

function isFile({ name, isAttachment, mediaType }: MimeLeaf): boolean {
  return name !== null || isAttachment || !mediaType.startsWith('text/')
}

async function recordOf(mime: Mime, certifiedId: string | null): Promise<MailRecord> {
  const header = (name: string) => findHeader(mime.headers, name)?.slice(0, HEADER_LENGTH) ?? ''
  const headers = new Map<string, string>()
  for (const { name, value } of mime.headers) {
    if (!headers.has(name)) headers.set(name, decodeWords(value.slice(0, HEADER_LENGTH)))
  }
  return {
    subject: decodeWords(header('subject')),
    from: addressesOf(header('from')),
    to: addressesOf(header('to')),
    date: instantOf(header('date')),
    messageId: messageIdOf(mime) || (certifiedId ?? ''),
    ...(await bodyTexts(mime)),
    headers: Object.fromEntries(headers),
  }
}

function messageIdOf({ headers }: Mime): string {
  const header = findHeader(headers, 'message-id')?.slice(0, HEADER_LENGTH) ?? ''
  return header.replace(/^<|>$/g, '')
}

/** The addresses alone, in lower case, one beside the other. */
function addressesOf(header: string): string {
  const found = addressParser(header, { flatten: true }).map(({ address }) => address ?? '')
  return found
    .filter((address) => address !== '')
    .join(', ')
    .toLowerCase()
}

/** In UTC: `2027-03-01T08:00:00Z`; as it stands where it is no date. */
function instantOf(header: string): string {
  const milliseconds = Date.parse(header)
  if (Number.isNaN(milliseconds)) return header
  return Temporal.Instant.fromEpochMilliseconds(milliseconds).toString()
}

/** Of a mail with both, its plain text may say no more than that there is HTML. */
async function bodyTexts({ leaves }: Mime): Promise<Pick<MailRecord, 'text' | 'richText'>> {
  const texts = leaves.filter((leaf) => !isFile(leaf))
  const decoded = (type: string) =>
    texts
      .filter(({ mediaType }) => mediaType === type)
      .map((leaf) => textOf(contentOf(leaf), leaf.charset))
      .join('\n')
  const plain = bounded(decoded('text/plain')).replaceAll('\0', '')
  const isPlain = plain.trim() !== ''
  const html = decoded('text/html')
  // Beside a text, pictures may make it large: then the text has to do.
  if (html.trim() === '' || (isPlain && html.length > TEXT_LENGTH))
    return { text: plain, richText: '' }
  const rich = (await textOfHtml(bounded(html))).replaceAll('\0', '')
  return isPlain ? { text: plain, richText: rich } : { text: rich, richText: '' }
}

/**
 * The library turns HTML into text where a mail has both: so it gets a mail that does. Links become
 * other tags before: it looks for the end of each one's address, and there may be thousands.
 */
async function textOfHtml(html: string): Promise<string> {
  const unlinked = html.replace(/<(\/?)a\b/gi, '<$1b')
  const lines = [
    'Content-Type: multipart/mixed; boundary="cut"',
    ...['', '--cut', 'Content-Type: text/plain', '', ''],
    ...['--cut', 'Content-Type: text/html; charset=utf-8', 'Content-Transfer-Encoding: base64', ''],
    ...[Buffer.from(unlinked).toString('base64'), '--cut--', ''],
  ]
  const { text } = await PostalMime.parse(lines.join('\n'))
  return text ?? ''
}

function bounded(text: string): string {
  if (text.length <= TEXT_LENGTH) return text
  const detail = `Il testo del messaggio di posta supera i ${TEXT_LENGTH} caratteri.`
  const remedy = 'Chiedi alla fonte di mettere i dati in un allegato.'
  throw new DropError('DROP_MAIL_BOUNDS', detail, null, remedy)
}

function notATask(code: 'DROP_MAIL_ANOMALY' | 'DROP_MAIL_RECEIPT', detail: string): DropError {
  const remedy = 'Nulla da inviare: togli il messaggio, o filtra la casella alla fonte.'
  return new DropError(code, `${detail}: non è un compito.`, null, remedy)
}

function emptyEnvelope(): DropError {
  const detail = 'La busta di posta certificata non contiene il messaggio (postacert.eml).'
  const remedy = 'Chiedi al mittente di inviare di nuovo il messaggio.'
  return new DropError('DROP_MAIL_ANOMALY', detail, null, remedy)
}
