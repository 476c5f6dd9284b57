// The header of WS-Security with a user name token (OASIS, UsernameToken Profile 1.0): the password
// as text or as digest, and a timestamp where the service wants one.
// Invariant: each request has a nonce and an instant of its own.
import { hash, randomBytes } from 'node:crypto'
import { element, type Part } from './envelope.ts'

export interface UsernameToken {
  username: string
  password: string
  /** The password as SHA-1 over nonce, instant and password, as the profile wants it. */
  isDigest: boolean
  /** How long the request is said to be valid; null writes no timestamp. */
  timestampSeconds: number | null
}

const oasis = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss'

export function securityHeader(token: UsernameToken, now: Temporal.Instant): Part {
  const created = now.round('millisecond').toString({ smallestUnit: 'millisecond' })
  const nonce = randomBytes(16)
  const { username, password, isDigest, timestampSeconds } = token
  const shown = isDigest
    ? hash('sha1', Buffer.concat([nonce, Buffer.from(created + password)]), 'base64')
    : password
  const type = `${oasis}-username-token-profile-1.0#${isDigest ? 'PasswordDigest' : 'PasswordText'}`
  const blocks = [
    element('wsse:UsernameToken', [
      element('wsse:Username', username),
      { ...element('wsse:Password', shown), attributes: { Type: type } },
      {
        ...element('wsse:Nonce', nonce.toString('base64')),
        attributes: { EncodingType: `${oasis}-soap-message-security-1.0#Base64Binary` },
      },
      element('wsu:Created', created),
    ]),
  ]
  if (timestampSeconds !== null) {
    const expires = now.add({ seconds: timestampSeconds }).toString({ smallestUnit: 'millisecond' })
    const timestamp = [element('wsu:Created', created), element('wsu:Expires', expires)]
    blocks.unshift(element('wsu:Timestamp', timestamp))
  }
  return {
    name: 'wsse:Security',
    attributes: {
      'xmlns:wsse': `${oasis}-wssecurity-secext-1.0.xsd`,
      'xmlns:wsu': `${oasis}-wssecurity-utility-1.0.xsd`,
      'soap:mustUnderstand': '1',
    },
    content: blocks,
  }
}
