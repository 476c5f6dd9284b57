// Mails as the tests send them, and a connector to mailboxes whose drops are what was attached: a
// mail server may not keep bytes that are no text, so that a contract over any bytes needs Base64.
import type { Connector } from '../../src/connector.ts'

/** A mail with these headers, in order, and this body. */
export function mailOf(headers: Record<string, string>, body = 'Testo.\r\n'): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${lines.join('')}\r\n${body}`)
}

/** A mail whose body is these bytes in Base64. */
export function mailWith(name: string, bytes: Uint8Array): Buffer {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  const headers = {
    From: 'programma@ente.example',
    'Message-ID': `<${name}@ente.example>`,
    'Content-Type': 'application/octet-stream',
    'Content-Transfer-Encoding': 'base64',
  }
  return mailOf(headers, lines.map((line) => `${line}\r\n`).join(''))
}

/** Certified mail (PEC): an envelope of the provider around `sent`. */
export function envelopeOf(
  sent: Uint8Array,
  options: { id?: string; headers?: Record<string, string>; certificate?: string | null } = {},
): Buffer {
  const { id = 'opec.1@gestore.example', headers = {}, certificate = certificateOf(id) } = options
  const envelope = {
    From: '"Per conto di: ufficio@pec.example" <posta-certificata@gestore.example>',
    'Message-ID': `<${id}>`,
    'X-Trasporto': 'posta-certificata',
    ...headers,
    'Content-Type': 'multipart/signed; protocol="application/pkcs7-signature"; boundary="firma"',
  }
  const parts = [
    'Content-Type: text/plain\r\n\r\nMessaggio di posta certificata\r\n',
    ...(certificate === null ? [] : [attached('daticert.xml', 'application/xml', certificate)]),
    attached('postacert.eml', 'message/rfc822', Buffer.from(sent).toString('latin1')),
  ]
  const inside = `Content-Type: multipart/mixed; boundary="busta"\r\n\r\n${joined('busta', parts)}`
  const signature = attached('smime.p7s', 'application/pkcs7-signature', 'MIIB')
  return Buffer.concat([
    mailOf(envelope, ''),
    Buffer.from(joined('firma', [inside, signature]), 'latin1'),
  ])
}

/** Parts of a mail between their delimiters. */
export function joined(boundary: string, parts: string[]): string {
  return `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`
}

/** A part of a mail with a name. */
export function attached(name: string, mediaType: string, content: string): string {
  const head = `Content-Type: ${mediaType}; name="${name}"\r\n`
  return `${head}Content-Disposition: inline; filename="${name}"\r\n\r\n${content}`
}

function certificateOf(id: string): string {
  return `<postacert tipo="posta-certificata"><dati><identificativo>${id}</identificativo></dati></postacert>`
}

/** The same connector, but that each drop's bytes are those of `mailWith`. */
export function unpacking<S>(connector: Connector<S>): Connector<S> {
  return {
    ...connector,
    async *poll(context) {
      for await (const drop of connector.poll(context)) {
        const parts = drop.parts.map((part) => ({ ...part, bytes: bodyOf(part.bytes) }))
        yield { ...drop, parts }
      }
    },
  }
}

async function* bodyOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = ''
  let isBody = false
  for await (const piece of bytes) {
    held += Buffer.from(piece).toString('latin1')
    const start = isBody ? 0 : held.indexOf('\r\n\r\n')
    if (start < 0) continue
    held = held.slice(start).replace(/[\r\n]/g, '')
    isBody = true
    const whole = held.length - (held.length % 4)
    yield Buffer.from(held.slice(0, whole), 'base64')
    held = held.slice(whole)
  }
}
