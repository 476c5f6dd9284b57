// The second factor: codes of a phone (TOTP: SHA-1, six digits, thirty seconds, as every app has
// it), and codes on paper for a phone that is lost. Invariant: what is answered of a code is the
// period that it belongs to, so that nobody can use it twice.
import { randomInt } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { renderSVG } from 'uqr'

const PERIOD_SECONDS = 30
const SECRET_BYTES = 20
/** A phone's clock may be so many periods off. */
const WINDOW = 1
const RECOVERY_CODES = 10
/** Without what is read as something else. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'
const RECOVERY_CHARACTERS = 12

/** Base32. */
export function newSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32
}

/** What a phone reads: the code as an image, and the secret for who types it. */
export function qrOf(secret: string, login: string): string {
  const svg = renderSVG(totpOf(secret, login).toString(), { border: 2 })
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`
}

/** The period whose code it is; null: of none that counts now. */
export function stepOf(secret: string, code: string, now: Temporal.Instant): number | null {
  const timestamp = now.epochMilliseconds
  const token = code.replace(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return null
  const delta = totpOf(secret, '').validate({ token, timestamp, window: WINDOW })
  return delta === null ? null : Math.floor(timestamp / 1000 / PERIOD_SECONDS) + delta
}

/** `abcd-efgh-jkmn`: 59 bits each. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const signs = Array.from({ length: RECOVERY_CHARACTERS }, () => {
      return ALPHABET[randomInt(ALPHABET.length)]
    }).join('')
    return signs.replace(/(.{4})(?=.)/g, '$1-')
  })
}

/** A recovery code as it is compared, however it was typed; null: it is none. */
export function plainRecoveryCode(typed: string): string | null {
  const signs = typed.toLowerCase().replace(/[^a-z0-9]/g, '')
  return signs.length === RECOVERY_CHARACTERS ? signs.replace(/(.{4})(?=.)/g, '$1-') : null
}

function totpOf(secret: string, label: string): TOTP {
  return new TOTP({
    ...{ issuer: 'Staffetta', label, secret: Secret.fromBase32(secret) },
    ...{ algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS },
  })
}
