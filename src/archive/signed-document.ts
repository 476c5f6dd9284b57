// The document inside a signed envelope (CMS SignedData, RFC 5652: a `.p7m`), as DER or BER, bare
// or in Base64. Invariant: the signature is not verified and says nothing about who signed; the
// document is handed on byte for byte, and what is no signed document is refused.
import { type BaseBlock, Constructed, fromBER, ObjectIdentifier, OctetString } from 'asn1js'
import { DropError } from '../mapping/drop-error.ts'

/** Of the envelope. FatturaPA allows 5 MB; Base64 makes a third more of it. */
export const SIGNED_BYTES = 32 * 1024 ** 2

/** Streamed envelopes cut the document into strings of about 1 kB. */
const MOST_NODES = 200_000
const MOST_DEPTH = 30

const SIGNED_DATA = '1.2.840.113549.1.7.2'
const ENCRYPTED_DATA = [
  '1.2.840.113549.1.7.3',
  '1.2.840.113549.1.7.6',
  '1.2.840.113549.1.9.16.1.23',
]

/** The document of an envelope of at most `SIGNED_BYTES`. Throws `DropError`. */
export function openSigned(name: string, envelope: Uint8Array): Uint8Array {
  const [type, content] = childrenOf(parse(name, binaryOf(envelope)))
  const identifier = type instanceof ObjectIdentifier ? type.valueBlock.toString() : ''
  if (ENCRYPTED_DATA.includes(identifier)) throw encrypted(name)
  if (identifier !== SIGNED_DATA) throw damaged(name, 'non è una busta con firma (SignedData)')
  // SignedData: version, digest algorithms, then what is signed: its type and, in [0], its bytes.
  const [, , signed] = childrenOf(childrenOf(content)[0])
  const [, inner] = childrenOf(signed)
  if (signed === undefined) throw damaged(name, 'la busta non ha la struttura di SignedData')
  if (inner === undefined) throw detached(name)
  const [octets] = childrenOf(inner)
  if (!(octets instanceof OctetString)) throw damaged(name, 'il contenuto non è un documento')
  return Buffer.concat(leavesOf(octets))
}

function parse(name: string, bytes: Uint8Array): BaseBlock {
  const bounds = {
    maxNodes: MOST_NODES,
    maxDepth: MOST_DEPTH,
    maxContentLength: SIGNED_BYTES,
    // A document that looks like ASN.1 stays a document.
    parseEmbedded: false,
  }
  const { offset, result } = fromBER(bytes, bounds)
  if (offset === -1) throw damaged(name, 'la busta è troncata o rovinata')
  return result
}

/** Base64 with or without armour and line ends → bytes; bytes stay what they are. */
function binaryOf(envelope: Uint8Array): Uint8Array {
  if (envelope[0] === 0x30) return envelope
  const text = Buffer.from(envelope.buffer, envelope.byteOffset, envelope.length).toString('latin1')
  return Buffer.from(text.replace(/-----[^-\n]*-----/g, ''), 'base64')
}

function childrenOf(block: BaseBlock | undefined): BaseBlock[] {
  return block instanceof Constructed ? block.valueBlock.value : []
}

/** The pieces of a string that BER may cut into strings, and these again. */
function leavesOf(octets: OctetString): Uint8Array[] {
  if (!octets.idBlock.isConstructed) return [octets.valueBlock.valueHexView]
  return octets.valueBlock.value.flatMap((inner) =>
    inner instanceof OctetString ? leavesOf(inner) : [],
  )
}

function damaged(name: string, why: string): DropError {
  const remedy = 'Chiedi di nuovo il file alla fonte, o il documento senza firma.'
  return new DropError('DROP_SIGNED_DAMAGED', `«${name}»: ${why}.`, null, remedy)
}

function detached(name: string): DropError {
  return new DropError(
    'DROP_SIGNED_DETACHED',
    `«${name}» è una firma separata: il documento firmato non è dentro il file.`,
    null,
    'Indica con `member` il documento, o chiedi una busta che lo contenga (firma CAdES .p7m).',
  )
}

function encrypted(name: string): DropError {
  return new DropError(
    'DROP_SIGNED_ENCRYPTED',
    `«${name}» è una busta cifrata: solo il destinatario della cifratura può aprirla.`,
    null,
    'Chiedi alla fonte il documento in chiaro, o solo firmato.',
  )
}
