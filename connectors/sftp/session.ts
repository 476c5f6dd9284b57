// One connection to an SFTP server: how it begins, what may be asked, how it ends.
// Invariants: no credential leaves before the server's key is found among the pinned ones; when
// the connection ends, for whatever reason, every open and later request fails with that reason.
import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type {
  AuthenticationType,
  AuthHandlerMiddleware,
  Client,
  ConnectConfig,
  SFTPWrapper,
} from 'ssh2'
import ssh2 from 'ssh2'
import { type Secret, type SourceContext, SourceError } from '../../src/connector.ts'
import { stopped } from '../../src/file-drops.ts'

export interface SessionSettings {
  host: string
  port: number
  username: string
  password?: Secret | undefined
  privateKey?: Secret | undefined
  passphrase?: Secret | undefined
  hostKeys: string[]
  connectTimeoutSeconds: number
  answerTimeoutSeconds: number
  keepaliveSeconds: number
}

export interface Session {
  sftp: SFTPWrapper
  ask: Ask
  /** Says goodbye and returns at once; never throws. */
  close(): void
}

/**
 * Asks the server something. Rejects with the server's own refusal (`isRefusal`), or with the
 * `SourceError` that ended the connection; a server that does not answer in time ends it.
 */
export type Ask = <T>(
  start: (done: (error?: Error | null, value?: T) => void) => void,
) => Promise<T>

/** How long the goodbye may take before the socket is simply dropped. */
const closeTimeoutMs = 5000

/**
 * Connects, verifies the server's key, logs in and starts SFTP; always anew, since ssh2's objects
 * cannot be used again. Throws `SourceError`s: `SRC_HOST_KEY` and `SRC_CREDENTIALS` want a person,
 * `SRC_UNREACHABLE` a later try. Once the signal is aborted, the connection is dropped.
 */
export async function openSession(context: SourceContext<SessionSettings>): Promise<Session> {
  const { settings, signal } = context
  if (signal.aborted) throw stopped()
  const credentials = revealCredentials(settings)
  const client = new ssh2.Client()
  // Small packets must leave at once: with Nagle's algorithm, reading falls to 1.4 MB/s.
  const socket = connect({ host: settings.host, port: settings.port, noDelay: true })
  const end = new AbortController()
  const drop = (reason: SourceError) => {
    end.abort(reason) // The first reason stays.
    socket.destroy()
  }
  const onStop = () => drop(stopped())
  const close = () => {
    signal.removeEventListener('abort', onStop)
    socket.setTimeout(closeTimeoutMs, () => socket.destroy())
    client.end()
  }
  signal.addEventListener('abort', onStop, { once: true })
  try {
    await logIn(client, socket, settings, credentials, end.signal, drop)
    const isLost = (error?: Error) => drop(lost(settings, error))
    const ask = asker(end.signal, settings, isLost)
    const sftp = await ask<SFTPWrapper>((done) => client.sftp(done))
    sftp.on('error', isLost).on('end', () => isLost())
    return { sftp, ask, close }
  } catch (error) {
    close()
    throw error
  }
}

/** How OpenSSH prints a host key: `SHA256:` and the digest in base64 without its padding. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** Whether the server itself said no to one request, with one of SFTP's numbers. */
export function isRefusal(error: unknown): error is Error & { code: number } {
  return error instanceof Error && 'code' in error && typeof error.code === 'number'
}

type Credentials = Pick<ConnectConfig, 'password' | 'privateKey' | 'passphrase'>

function revealCredentials({ password, privateKey, passphrase }: SessionSettings): Credentials {
  try {
    return {
      ...(password && { password: password.reveal() }),
      ...(privateKey && { privateKey: privateKey.reveal() }),
      ...(passphrase && { passphrase: passphrase.reveal() }),
    }
  } catch (cause) {
    throw unusable(cause)
  }
}

/** Resolves when the server has accepted us; rejects with the reason why not. */
function logIn(
  client: Client,
  socket: Socket,
  settings: SessionSettings,
  credentials: Credentials,
  end: AbortSignal,
  drop: (reason: SourceError) => void,
): Promise<void> {
  let refusedKey: string | null = null
  let isIn = false
  const ended = (error: Error) =>
    drop(isIn ? lost(settings, error) : notReached(settings, error, refusedKey))
  return new Promise<void>((resolve, reject) => {
    end.addEventListener('abort', () => reject(end.reason), { once: true })
    client
      .once('ready', () => {
        isIn = true
        resolve()
      })
      .on('error', ended)
      .on('close', () => ended(new Error('the server closed it')))
      .on('keyboard-interactive', (_name, _instructions, _language, prompts, answer) => {
        answer(prompts.map(() => String(credentials.password)))
      })
    try {
      client.connect({
        sock: socket,
        username: settings.username,
        ...credentials,
        tryKeyboard: true,
        authHandler: authOrder(credentials),
        hostVerifier: (key: Buffer) => {
          const fingerprint = fingerprintOf(key)
          if (settings.hostKeys.includes(fingerprint)) return true
          refusedKey = fingerprint
          return false
        },
        readyTimeout: settings.connectTimeoutSeconds * 1000,
        keepaliveInterval: settings.keepaliveSeconds * 1000,
        keepaliveCountMax: 2,
      })
    } catch (error) {
      drop(unusable(error)) // ssh2 cannot read the private key.
    }
  })
}

/**
 * The method tried next: the key before the password, and the password once: as `password`, or,
 * where the server offers only that, as the answer to its prompt.
 */
function authOrder(credentials: Credentials): AuthHandlerMiddleware {
  let left: AuthenticationType[] = []
  if (credentials.privateKey !== undefined) left.push('publickey')
  if (credentials.password !== undefined) left.push('password', 'keyboard-interactive')
  return (offered: AuthenticationType[] | null, _partial, next) => {
    // Nothing is known at first: `none` asks what the server wants, and carries nothing secret.
    if (offered === null) return next('none')
    const method = left.find((one) => offered.includes(one))
    left = method === 'publickey' ? left.filter((one) => one !== method) : []
    next(method ?? (false as unknown as AuthenticationType)) // The types lack `false`: give up.
  }
}

function asker(end: AbortSignal, settings: SessionSettings, isLost: (error: Error) => void): Ask {
  const silent = () => isLost(new Error('no answer came in time'))
  return (start) =>
    new Promise((resolve, reject) => {
      if (end.aborted) return reject(end.reason)
      const timer = setTimeout(silent, settings.answerTimeoutSeconds * 1000)
      const finish = (settle: () => void) => {
        clearTimeout(timer)
        end.removeEventListener('abort', onEnd)
        settle()
      }
      const onEnd = () => finish(() => reject(end.reason))
      end.addEventListener('abort', onEnd, { once: true })
      try {
        start((error, value) => {
          if (!error) return finish(() => resolve(value as never))
          // ssh2 answers open requests itself just before it says that the connection is gone.
          const reason = isRefusal(error) ? error : (end.reason ?? lost(settings, error))
          finish(() => reject(reason))
        })
      } catch (error) {
        finish(() => reject(error))
      }
    })
}

function lost({ host, port }: SessionSettings, cause?: Error): SourceError {
  const message = `the connection to ${host}:${port} was lost: ${cause?.message ?? 'its channel was closed'}`
  return new SourceError('SRC_CONNECTION_LOST', message, { retry: true, cause })
}

function notReached(settings: SessionSettings, cause: Error, shown: string | null): SourceError {
  const place = `${settings.host}:${settings.port}`
  if (shown !== null) {
    const message =
      `${place} showed the host key ${shown}, but the feed trusts ${settings.hostKeys.join(', ')}` +
      ': nothing was sent. Ask who runs the server whether its key was changed; only then put' +
      ' the new one under `hostKeys`'
    return new SourceError('SRC_HOST_KEY', message, { retry: false, cause })
  }
  if ('level' in cause && cause.level === 'client-authentication') {
    const message = `${place} refused the credentials of ${settings.username}`
    return new SourceError('SRC_CREDENTIALS', message, { retry: false, cause })
  }
  const message = `${place} could not be reached: ${cause.message}`
  return new SourceError('SRC_UNREACHABLE', message, { retry: true, cause })
}

function unusable(cause: unknown): SourceError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const message = `the credentials cannot be used: ${reason}`
  return new SourceError('SRC_CREDENTIALS', message, { retry: false, cause })
}
