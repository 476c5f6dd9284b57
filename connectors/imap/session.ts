// One connection to an IMAP server: how it begins, what may be asked, how it ends.
// Invariants: no credential leaves before the connection is encrypted and the server's certificate
// is good; when the connection ends, for whatever reason, every open and later request fails with
// that reason; the library logs nothing, since its lines quote mails.
import { checkServerIdentity } from 'node:tls'
import { ImapFlow, type ImapFlowOptions } from 'imapflow'
import { type SourceContext, SourceError, stopped } from '../../src/connector.ts'
import type { ImapSettings } from './settings.ts'

/** Disposing says goodbye, waits for that no longer than `closeTimeoutMs`, and never throws. */
export interface Session extends AsyncDisposable {
  client: ImapFlow
  /** Until when the server's certificate is good; null on a connection without one. */
  certificateEnd(): Temporal.Instant | null
  /**
   * Runs one request. Rejects with the server's own refusal (`isRefusal`), or with the
   * `SourceError` that ended the connection. A server that does not answer within
   * `answerTimeoutSeconds` ends it.
   */
  ask<T>(run: () => Promise<T>): Promise<T>
}

const closeTimeoutMs = 5000
/** Of one line of the server: the numbers of 1,600,000 mails that a search found. */
const lineBytes = 16 * 1024 ** 2
/** Of one piece of a mail, with room. */
const literalBytes = 1024 ** 2

/**
 * Connects, begins encryption and logs in. Throws `SourceError`s: `SRC_TLS` and `SRC_CREDENTIALS`
 * want a person, `SRC_UNREACHABLE` a later try. Once the signal is aborted, the connection is
 * dropped.
 */
export async function openSession(context: SourceContext<ImapSettings>): Promise<Session> {
  const { settings, signal } = context
  if (signal.aborted) throw stopped()
  let certificateEnd: Temporal.Instant | null = null
  const client = new ImapFlow(
    configure(settings, (end) => {
      certificateEnd = end
    }),
  )
  const end = new AbortController()
  const drop = (reason: unknown) => {
    end.abort(reason) // The first reason stays: what the library says later only follows of it.
    client.close()
  }
  const onStop = () => drop(stopped())
  const within = async <T>(seconds: number, run: () => Promise<T>) => {
    const timer = setTimeout(() => drop(new Error('no answer came in time')), seconds * 1000)
    try {
      return await run()
    } finally {
      clearTimeout(timer)
    }
  }
  const session: Session = {
    client,
    certificateEnd: () => certificateEnd,
    async ask(run) {
      try {
        end.signal.throwIfAborted()
        const answer = await within(settings.answerTimeoutSeconds, run)
        end.signal.throwIfAborted() // The library gives `false` where the connection has ended.
        return answer
      } catch (error) {
        if (!end.signal.aborted && isRefusal(error)) throw error
        drop(error)
        throw lost(settings, end.signal.reason)
      }
    },
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', onStop)
      const timer = setTimeout(() => client.close(), closeTimeoutMs)
      if (!end.signal.aborted) await client.logout().catch(() => {})
      clearTimeout(timer)
      client.close()
    },
  }
  signal.addEventListener('abort', onStop, { once: true })
  client.on('error', drop)
  client.on('close', () => drop(new Error('the server closed it')))
  try {
    await within(settings.connectTimeoutSeconds, () => client.connect())
    return session
  } catch (error) {
    drop(error)
    await session[Symbol.asyncDispose]()
    throw notReached(settings, end.signal.reason)
  }
}

/** Whether the server itself said no to one request. */
export function isRefusal(error: unknown): error is Error & { responseText?: string } {
  if (!(error instanceof Error)) return false
  return 'responseStatus' in error || ('code' in error && error.code === 'NotFound')
}

function configure(
  settings: ImapSettings,
  onCertificate: (end: Temporal.Instant) => void,
): ImapFlowOptions {
  const { host, port, tls, username, password, accessToken } = settings
  try {
    return {
      host,
      port,
      secure: tls.mode === 'implicit',
      ...(tls.mode !== 'implicit' && { doSTARTTLS: tls.mode === 'starttls' }),
      tls: {
        minVersion: 'TLSv1.2',
        rejectUnauthorized: true,
        checkServerIdentity(name, shown) {
          onCertificate(Temporal.Instant.fromEpochMilliseconds(Date.parse(shown.valid_to)))
          return checkServerIdentity(name, shown)
        },
        ...(tls.ca && { ca: tls.ca.reveal() }),
      },
      auth: {
        user: username,
        ...(password && { pass: password.reveal() }),
        ...(accessToken && { accessToken: accessToken.reveal() }),
      },
      logger: false,
      disableAutoIdle: true,
      disableCompression: true, // A few compressed bytes may be gigabytes.
      maxLineLength: lineBytes,
      maxLiteralSize: literalBytes,
      maxResponseSize: lineBytes + literalBytes,
      connectionTimeout: settings.connectTimeoutSeconds * 1000,
      greetingTimeout: settings.connectTimeoutSeconds * 1000,
      // A silence that is no wait for mail ends the connection before.
      socketTimeout: (settings.idleSeconds + settings.answerTimeoutSeconds) * 1000,
    }
  } catch (cause) {
    const message = `the credentials or the authority cannot be used: ${(cause as Error).message}`
    throw new SourceError('SRC_CREDENTIALS', message, { retry: false, cause })
  }
}

function lost({ host, port }: ImapSettings, cause: Error): SourceError {
  if (cause instanceof SourceError) return cause
  const message = `the connection to ${host}:${port} was lost: ${reasonOf(cause)}`
  return new SourceError('SRC_CONNECTION_LOST', message, { retry: true, cause })
}

/** Of the server's refusals of a login, those that say nothing about the credentials. */
const temporary = ['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'CONTACTADMIN']

function notReached({ host, port, username }: ImapSettings, cause: Error): SourceError {
  if (cause instanceof SourceError) return cause
  const place = `${host}:${port}`
  const code = 'code' in cause ? String(cause.code) : ''
  if ('authenticationFailed' in cause && cause.authenticationFailed === true) {
    const answer = 'serverResponseCode' in cause ? String(cause.serverResponseCode) : ''
    if (temporary.includes(answer)) {
      const message = `${place} takes no logins now (${answer})`
      return new SourceError('SRC_UNREACHABLE', message, { retry: true, cause })
    }
    const message =
      `${place} refused the credentials of ${username}: correct \`username\` and \`password\`, ` +
      'or ask who runs the server whether the user is locked'
    return new SourceError('SRC_CREDENTIALS', message, { retry: false, cause })
  }
  if (cause.message === 'Unsupported authentication mechanism') {
    const message = `${place} offers no way to log in with what the feed has: look at \`password\``
    return new SourceError('SRC_CREDENTIALS', message, { retry: false, cause })
  }
  if (isAboutTls(cause, code)) {
    const remedy =
      code === 'ERR_TLS_CERT_ALTNAME_INVALID'
        ? 'Write `host` as the certificate has it, or ask who runs the server'
        : 'Ask who runs the server; where its authority is no public one, put it under `tls.ca`'
    const message = `${place} could not be trusted, and nothing was sent to it: ${reasonOf(cause)}. ${remedy}`
    return new SourceError('SRC_TLS', message, { retry: false, cause })
  }
  const message =
    `${place} could not be reached: ${reasonOf(cause)}. See whether it is up, and whether name, ` +
    'port and firewalls are right'
  return new SourceError('SRC_UNREACHABLE', message, { retry: true, cause })
}

function isAboutTls(cause: Error, code: string): boolean {
  return 'tlsFailed' in cause || /CERT|^ERR_(SSL|TLS)|UNABLE_TO_|STARTTLS|EPROTO/.test(code)
}

/** The library's words, or the system's code where it has none. */
function reasonOf(cause: Error): string {
  const said = cause.message.replace(/; if the root CA .*$/, '') // Node's advice is about Node.
  return said || ('code' in cause ? String(cause.code) : cause.name)
}
