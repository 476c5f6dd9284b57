// One call of the service, from the template to the judged answer: the core that polling, reports
// and look-ups share. `openCaller(context)` gives `call(settings, scope)`; disposing it logs out.
// Invariants: a session that died is opened anew once, and the request made once more, never in a
// loop; no secret and no person stands in an error.
import { type SourceContext, SourceError, stopped } from '../../src/connector.ts'
import {
  type Answer,
  AnswerError,
  type OpenAnswer,
  saysSo,
  setAside,
  understand,
  valueAt,
} from './answer.ts'
import type { CallSettings } from './call-settings.ts'
import { type HttpAnswer, type HttpClient, openHttp, revealOne } from './http.ts'
import type { Rule } from './predicates.ts'
import { type Asking, fetchAddress, sendCall, tryWriting } from './request.ts'
import type { SoapSettings } from './settings.ts'
import type { Scope } from './template.ts'
import { loadWsdl, type Wsdl } from './wsdl.ts'

/** What a caller needs of a context; `counter` only where calls have one. */
export type CallContext = SourceContext<SoapSettings> & {
  counter?: (name: string) => Promise<bigint>
}

export interface Caller extends AsyncDisposable {
  /**
   * Makes the call with these values beside the usual ones (`now`, `today`, `uuid`, `secrets`,
   * `token`, `counter`). Throws `SourceError`s; what the answer calls empty is an answer, and so is
   * what one of `asideWhen` holds of, asked before all other rules. Calls may be made at the same
   * time.
   */
  call(call: CallSettings, scope?: Scope, asideWhen?: readonly Rule[]): Promise<Answer>
  /** What stands at an address that an answer gave: the endpoint’s own, or of these hosts. */
  fetch(address: string, hosts: readonly string[]): Promise<HttpAnswer>
  /** Until when the certificate of the service is good; null when none was shown. */
  certificateEnd(): Temporal.Instant | null
  /** Writes the request and throws what is wrong with it; nothing is sent. */
  tryWriting(call: CallSettings, scope: Scope): void
}

/** How often one call waits for as long as the service asks. */
const mostWaits = 3

/** Several calls at once share one login. */
interface Session {
  token: string
  until: Temporal.Instant
}

export async function openCaller(context: CallContext): Promise<Caller> {
  const { settings, signal } = context
  if (signal.aborted) throw stopped()
  const secrets = revealAll(settings)
  const hidden = [...Object.values(secrets), ...passwordsOf(settings)]
  const http = openHttp(settings, signal)
  const asking: Asking = { context, http, wsdl: await openWsdl(settings, http), secrets }
  const hide = (text: string) => hideValues(text, hidden)
  let session: Promise<Session> | null = null

  /** The session of now; another one than `dead`, when one is said to be over. */
  const openSession = async (dead: Session | null): Promise<Session | null> => {
    const { login } = settings
    if (login === undefined) return null
    const before = session
    const current = await before
    const isOld = current === null || Temporal.Instant.compare(current.until, context.now()) <= 0
    const isOurs = session === before // Else another call has opened one in the meantime.
    if (isOurs && (isOld || current === dead)) session = logIn(asking, login, hide)
    return session
  }
  /** Null when HTTP 401 says that the session is over. */
  const send = async (call: CallSettings, scope: Scope, within: Session | null) => {
    for (let waits = 0; ; waits++) {
      try {
        return await sendCall(asking, call, scope, within?.token ?? null)
      } catch (error) {
        const isDenied = error instanceof SourceError && error.code === 'SRC_CREDENTIALS'
        if (within !== null && isDenied) return null
        const seconds = waits < mostWaits ? waitAfter(error, settings.limits) : null
        if (seconds === null) throw error
        await context.sleep(seconds).catch(() => {
          throw error
        })
      }
    }
  }
  const isOver = (raw: OpenAnswer | null, within: Session | null) =>
    raw === null || (within !== null && saysSo(raw, settings.login?.expiredWhen))

  return {
    async call(call, scope = {}, asideWhen) {
      const first = await openSession(null)
      let raw = await send(call, scope, first)
      const isAside = () => raw !== null && saysSo(raw, asideWhen)
      if (!isAside() && isOver(raw, first)) raw = await send(call, scope, await openSession(first))
      if (raw === null) throw refusedLogin(`${call.operation} calls a new session expired`)
      if (isAside()) return setAside(raw)
      // Where one number means many things, the call's own rules know more of it.
      const answer = understand(raw, call, hide)
      if (isOver(raw, first)) {
        throw refusedLogin(`${call.operation} calls a new session expired`)
      }
      for (const warning of answer.warnings) {
        context.log.warn({ operation: call.operation, warning }, 'the source warned')
      }
      return answer
    },
    certificateEnd: http.certificateEnd,
    async fetch(address, hosts) {
      const current = await openSession(null)
      return fetchAddress(asking, address, hosts, current?.token ?? null)
    },
    tryWriting: (call, scope) => tryWriting(asking, call, scope),
    async [Symbol.asyncDispose]() {
      const current = await session?.catch(() => null)
      const logout = settings.login?.logout
      if (current && logout !== undefined && !signal.aborted) {
        await sendCall(asking, logout, {}, current.token).catch(() => {}) // It ends by itself.
      }
      await http[Symbol.asyncDispose]()
    },
  }
}

/** How long to wait before the same call may be made again; null where it may not. */
function waitAfter(error: unknown, { retryAfterSeconds }: SoapSettings['limits']): number | null {
  if (!(error instanceof AnswerError) || error.mayBeDone || error.afterSeconds === null) return null
  return error.afterSeconds > retryAfterSeconds ? null : Math.max(1, error.afterSeconds)
}

type Login = NonNullable<SoapSettings['login']>

async function logIn(
  asking: Asking,
  login: Login,
  hide: (text: string) => string,
): Promise<Session> {
  const { context } = asking
  const raw = await sendCall(asking, login, {}, null)
  const answer = understandLogin(raw, login, hide)
  const token = valueAt(answer.root, login.token)
  if (!token) throw refusedLogin('the answer has no token')
  return { token, until: context.now().add({ seconds: login.validSeconds }) }
}

async function openWsdl(settings: SoapSettings, http: HttpClient): Promise<Wsdl | null> {
  try {
    const { wsdl, imports } = settings
    return wsdl === undefined ? null : await loadWsdl({ wsdl, imports })
  } catch (error) {
    await http[Symbol.asyncDispose]()
    throw error
  }
}

/** A login that the service does not grant is a matter of credentials, whatever it calls it. */
function understandLogin(
  raw: OpenAnswer,
  login: CallSettings,
  hide: (text: string) => string,
): Answer {
  try {
    return understand(raw, login, hide)
  } catch (error) {
    const isRefused = error instanceof AnswerError && error.code !== 'SRC_BUSY' && !error.mayBeDone
    if (isRefused || (error instanceof SourceError && error.code === 'SRC_REFUSED')) {
      throw refusedLogin(error.message)
    }
    throw error
  }
}

function refusedLogin(why: string): SourceError {
  const message = `the service did not open a session: ${why}. Check user and password`
  return new SourceError('SRC_CREDENTIALS', message, { retry: false })
}

function revealAll({ secrets }: SoapSettings): Record<string, string> {
  return revealOne(() =>
    Object.fromEntries(Object.entries(secrets).map(([name, one]) => [name, one.reveal()])),
  )
}

function passwordsOf({ basic, usernameToken, proxy }: SoapSettings): string[] {
  const all = [basic?.password, usernameToken?.password, proxy?.password].filter(
    (one) => one !== undefined,
  )
  return revealOne(() => all.map((one) => one.reveal()))
}

/** Services echo what they got: secrets and fiscal codes never leave in an error. */
function hideValues(text: string, secrets: readonly string[]): string {
  const hidden = secrets
    .filter((value) => value.length >= 4)
    .reduce((shown, value) => shown.replaceAll(value, '[secret]'), text)
  return hidden.replace(/[A-Z]{6}[0-9A-Z]{2}[A-Z][0-9A-Z]{2}[A-Z][0-9A-Z]{3}[A-Z]/gi, '[…]')
}
