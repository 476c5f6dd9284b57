// One connection to an SFTP server: how it begins, what may be asked, how it ends.
// Invariants: no credential leaves before the server's key is found among the pinned ones; when
// the connection ends, for whatever reason, every open and later request fails with that reason.
import { hash } from 'node:crypto'
import { connect } from 'node:net'
import type { SFTPWrapper } from 'ssh2'
import SftpClient from 'ssh2-sftp-client'
import { type SourceContext, SourceError, stopped } from '../../src/connector.ts'
import type { SftpSettings } from './index.ts'

/** The library's client, whose published types lack some of it. */
export interface Client extends Omit<SftpClient, 'list'> {
  /** The channel below, for what the library does not do itself. */
  sftp: SFTPWrapper
  list(path: string): Promise<(SftpClient.FileInfo & { longname: string })[]>
  lstat: SftpClient['stat']
}

/** Disposing says goodbye, waits for that no longer than `closeTimeoutMs`, and never throws. */
export interface Session extends AsyncDisposable {
  client: Client
  /**
   * Runs requests of the client. Rejects with the server's own refusal (`isRefusal`), or with the
   * `SourceError` that ended the connection. A server that is silent for `answerTimeoutSeconds`
   * ends it; calling `goOn` starts the count anew.
   */
  ask<T>(run: (goOn: () => void) => Promise<T>): Promise<T>
}

type Config = SftpClient.ConnectOptions
type Credentials = Pick<Config, 'password' | 'privateKey' | 'passphrase'>

const closeTimeoutMs = 5000

/**
 * Connects, verifies the server's key, logs in and starts SFTP. Throws `SourceError`s:
 * `SRC_HOST_KEY` and `SRC_CREDENTIALS` want a person, `SRC_UNREACHABLE` a later try. Once the
 * signal is aborted, the connection is dropped.
 */
export async function openSession(context: SourceContext<SftpSettings>): Promise<Session> {
  const { settings, signal } = context
  if (signal.aborted) throw stopped()
  const credentials = revealCredentials(settings)
  const client = new SftpClient('sftp', {}) as Client // Its usual callbacks would print.
  // Small packets must leave at once: with Nagle's algorithm, reading falls to 1.4 MB/s.
  const socket = connect({ host: settings.host, port: settings.port, noDelay: true })
  const end = new AbortController()
  const drop = (reason: unknown) => {
    end.abort(reason) // The first reason stays: what the library says later only follows of it.
    socket.destroy()
  }
  const onStop = () => drop(stopped())
  const onEnd = () => drop(new Error('the server closed it'))
  const within = async <T>(seconds: number, run: (goOn: () => void) => Promise<T>) => {
    const timer = setTimeout(() => drop(new Error('no answer came in time')), seconds * 1000)
    try {
      return await run(() => timer.refresh())
    } finally {
      clearTimeout(timer)
    }
  }
  const session: Session = {
    client,
    async ask(run) {
      try {
        end.signal.throwIfAborted()
        return await within(settings.answerTimeoutSeconds, run)
      } catch (error) {
        if (!end.signal.aborted && isRefusal(error)) throw error
        drop(error)
        throw lost(settings, end.signal.reason)
      }
    },
    async [Symbol.asyncDispose]() {
      socket.setTimeout(closeTimeoutMs, () => socket.destroy())
      await client.end().catch(() => {})
      socket.destroy() // The library leaves open what it could not log in to.
      signal.removeEventListener('abort', onStop)
    },
  }
  signal.addEventListener('abort', onStop, { once: true })
  client.on('error', drop)
  client.on('end', onEnd)
  client.on('close', onEnd)
  client.on('keyboard-interactive', (_name, _text, _language, prompts: unknown[], answer) => {
    answer(prompts.map(() => String(credentials.password)))
  })
  try {
    const config = { ...configure(settings, credentials, drop), sock: socket }
    await within(settings.connectTimeoutSeconds, () => client.connect(config))
    return session
  } catch (error) {
    drop(error)
    await session[Symbol.asyncDispose]()
    throw notReached(settings, end.signal.reason)
  }
}

/** Whether the server itself said no to one request, with one of SFTP's numbers. */
export function isRefusal(error: unknown): error is Error & { code: number | 'ENOENT' } {
  if (!(error instanceof Error && 'code' in error)) return false
  return typeof error.code === 'number' || error.code === 'ENOENT' // As `lstat` calls the number 2.
}

function revealCredentials({ password, privateKey, passphrase }: SftpSettings): Credentials {
  try {
    return {
      ...(password && { password: password.reveal() }),
      ...(privateKey && { privateKey: privateKey.reveal() }),
      ...(passphrase && { passphrase: passphrase.reveal() }),
    }
  } catch (cause) {
    throw unusable(cause as Error)
  }
}

function configure(
  settings: SftpSettings,
  credentials: Credentials,
  drop: (reason: SourceError) => void,
): Config {
  return {
    ...credentials,
    username: settings.username,
    tryKeyboard: true,
    authHandler: authOrder(credentials),
    hostVerifier(key: Buffer) {
      // As OpenSSH prints it: the digest in base64 without its padding.
      const shown = `SHA256:${hash('sha256', key, 'base64').replace(/=+$/, '')}`
      const isPinned = settings.hostKeys.includes(shown)
      if (!isPinned) drop(otherHostKey(settings, shown))
      return isPinned
    },
    readyTimeout: 0, // Ours counts until SFTP has started.
    keepaliveInterval: settings.keepaliveSeconds * 1000,
    keepaliveCountMax: 2,
  }
}

/**
 * The method tried next: the key before the password, and the password once: as `password`, or,
 * where the server offers only that, as the answer to its prompt. (The library's own order tries
 * a wrong password both ways, and accounts are locked for less.)
 */
function authOrder(credentials: Credentials): NonNullable<Config['authHandler']> {
  let left: ('publickey' | 'password' | 'keyboard-interactive')[] = []
  if (credentials.privateKey !== undefined) left.push('publickey')
  if (credentials.password !== undefined) left.push('password', 'keyboard-interactive')
  return (offered, _partial, next) => {
    // Nothing is known at first: `none` asks what the server wants, and carries nothing secret.
    if (offered === null) return next('none')
    const method = left.find((one) => offered.includes(one))
    left = method === 'publickey' ? left.filter((one) => one !== method) : []
    next(method ?? (false as never)) // The types lack `false`: give up.
  }
}

function lost({ host, port }: SftpSettings, cause: Error): SourceError {
  if (cause instanceof SourceError) return cause
  const message = `the connection to ${host}:${port} was lost: ${cause.message}`
  return new SourceError('SRC_CONNECTION_LOST', message, { retry: true, cause })
}

function notReached({ host, port, username }: SftpSettings, cause: Error): SourceError {
  if (cause instanceof SourceError) return cause
  if (/\bprivateKey\b/.test(cause.message)) return unusable(cause)
  if ('level' in cause && cause.level === 'client-authentication') {
    const message =
      `${host}:${port} refused the credentials of ${username}: correct \`password\` or ` +
      '`privateKey`, or ask who runs the server whether the user is locked'
    return new SourceError('SRC_CREDENTIALS', message, { retry: false, cause })
  }
  const message =
    `${host}:${port} could not be reached: ${cause.message}. See whether it is up, and whether ` +
    'name, port and firewalls are right'
  return new SourceError('SRC_UNREACHABLE', message, { retry: true, cause })
}

function otherHostKey({ host, port, hostKeys }: SftpSettings, shown: string): SourceError {
  const message =
    `${host}:${port} showed the host key ${shown}, but the feed trusts ${hostKeys.join(', ')}: ` +
    'nothing was sent. Ask who runs the server whether its key was changed; only then put the ' +
    'new one under `hostKeys`'
  return new SourceError('SRC_HOST_KEY', message, { retry: false })
}

function unusable(cause: Error): SourceError {
  const message = `the credentials cannot be used: ${cause.message}`
  return new SourceError('SRC_CREDENTIALS', message, { retry: false, cause })
}
