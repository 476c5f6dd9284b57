// Passwords as they are kept: argon2id, hashed by threads of Node so that nothing else waits, two
// at a time so that many who try take neither memory nor processor from sending. Parameters are in
// each hash: one that was made with weaker ones is made anew at the next sign-in.
import { argon2, type BinaryLike, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** OWASP and ACN ask for 19 MiB and two passes at least. */
const MEMORY_KIBIBYTES = 47_104
const PASSES = 2
const LANES = 1
const TAG_BYTES = 32
const SALT_BYTES = 16
/** Hashes that are made at once, and those that wait for it; who comes beyond is sent away. */
const AT_ONCE = 2
const MOST_WAITING = 50

/** Too many sign in at the same time. */
export class BusyError extends Error {
  readonly code = 'CONSOLE_BUSY'
  readonly statusCode = 503
  constructor() {
    super('too many sign in at the same time')
  }
}

interface Parameters {
  memory: number
  passes: number
  lanes: number
}

const parameters: Parameters = { memory: MEMORY_KIBIBYTES, passes: PASSES, lanes: LANES }
const derive = promisify(argon2)

/** As PHC writes it: `$argon2id$v=19$m=47104,t=2,p=1$SALT$HASH`. Throws `BusyError`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await tagOf(password, salt, parameters)
  const { memory, passes, lanes } = parameters
  return `$argon2id$v=19$m=${memory},t=${passes},p=${lanes}$${base64(salt)}$${base64(hash)}`
}

/**
 * Whether it is the password of this hash; null: of nobody, which takes as long. `isWeak`: it was
 * hashed with less than is asked for now. Throws `BusyError`.
 */
export async function verifyPassword(
  password: string,
  phc: string | null,
): Promise<{ isRight: boolean; isWeak: boolean }> {
  const kept = phc === null ? null : partsOf(phc)
  const { salt, hash, ...used } = kept ?? nobody
  const made = await tagOf(password, salt, used)
  const isRight = kept !== null && made.length === hash.length && timingSafeEqual(made, hash)
  const isWeak = used.memory < MEMORY_KIBIBYTES || used.passes < PASSES
  return { isRight, isWeak }
}

const nobody = { ...parameters, salt: randomBytes(SALT_BYTES), hash: Buffer.alloc(TAG_BYTES) }

function partsOf(phc: string): Parameters & { salt: Buffer; hash: Buffer } {
  const found = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(phc)
  if (found === null) throw new Error('a password is kept in an unknown form')
  const [, memory, passes, lanes, salt = '', hash = ''] = found
  return {
    ...{ memory: Number(memory), passes: Number(passes), lanes: Number(lanes) },
    ...{ salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') },
  }
}

let underWay = 0
const waiting: (() => void)[] = []

async function tagOf(
  password: string,
  nonce: BinaryLike,
  { memory, passes, lanes }: Parameters,
): Promise<Buffer> {
  if (underWay >= AT_ONCE) {
    if (waiting.length >= MOST_WAITING) throw new BusyError()
    await new Promise<void>((go) => waiting.push(go))
  } else underWay += 1
  try {
    // Unicode has several ways to write one character; keyboards differ in which they take.
    const message = password.normalize('NFC')
    const options = { message, nonce, memory, passes, parallelism: lanes, tagLength: TAG_BYTES }
    return await derive('argon2id', options)
  } finally {
    const next = waiting.shift()
    if (next) next()
    else underWay -= 1
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
