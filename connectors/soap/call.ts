// One call of the service, from the template to the judged answer: the core that polling, reports
// and look-ups share. `openCaller(context)` gives `call(settings, scope)`; disposing it logs out.
// Invariants: a session that died is opened anew once, and the request made once more, never in a
// loop; no secret and no person stands in an error.
import { type SourceContext, SourceError } from '../../src/connector.ts'
import { type Answer, type RawAnswer, saysSo, tooMany, understand, valueAt } from './answer.ts'
import { type HttpAnswer, type HttpClient, openHttp, stopped } from './http.ts'
import type { Rule } from './predicates.ts'
import { type Asking, fetchAddress, revealOne, sendCall, tryWriting } from './request.ts'
import type { CallSettings, SoapSettings } from './settings.ts'
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
   * what one of `tooManyWhen` holds of. Calls may be made at the same time.
   */
  call(call: CallSettings, scope?: Scope, tooManyWhen?: readonly Rule[]): Promise<Answer>
  /** What stands at an address that an answer gave: only of the endpoint's host, or of these. */
  fetch(address: string, hosts: readonly string[]): Promise<HttpAnswer>
  /** Writes the request and throws what is wrong with it; nothing is sent. */
  tryWriting(call: CallSettings, scope: Scope): void
}

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
  /** Null when the session is over, as the service says it or by HTTP 401. */
  const send = async (call: CallSettings, scope: Scope, within: Session | null) => {
    try {
      const raw = await sendCall(asking, call, scope, within?.token ?? null)
      return within !== null && saysSo(raw, settings.login?.expiredWhen) ? null : raw
    } catch (error) {
      const isDenied = error instanceof SourceError && error.code === 'SRC_CREDENTIALS'
      if (within === null || !isDenied) throw error
      return null
    }
  }

  return {
    async call(call, scope = {}, tooManyWhen) {
      const first = await openSession(null)
      let raw = await send(call, scope, first)
      if (raw === null) raw = await send(call, scope, await openSession(first))
      if (raw === null) throw refusedLogin(`${call.operation} calls a new session expired`)
      if (saysSo(raw, tooManyWhen)) return tooMany(raw)
      const answer = understand(raw, call, settings.limits.maximumAnswerBytes, hide)
      for (const warning of answer.warnings) {
        context.log.warn({ operation: call.operation, warning }, 'the source warned')
      }
      return answer
    },
    fetch: (address, hosts) => fetchAddress(asking, address, hosts),
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

type Login = NonNullable<SoapSettings['login']>

async function logIn(
  asking: Asking,
  login: Login,
  hide: (text: string) => string,
): Promise<Session> {
  const { context } = asking
  const raw = await sendCall(asking, login, {}, null)
  const answer = understandLogin(raw, login, context.settings, hide)
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
  raw: RawAnswer,
  login: CallSettings,
  { limits }: SoapSettings,
  hide: (text: string) => string,
): Answer {
  try {
    return understand(raw, login, limits.maximumAnswerBytes, hide)
  } catch (error) {
    if (error instanceof SourceError && error.code === 'SRC_REFUSED') {
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

function passwordsOf({ basic, usernameToken }: SoapSettings): string[] {
  const all = [basic?.password, usernameToken?.password].filter((one) => one !== undefined)
  return revealOne(() => all.map((one) => one.reveal()))
}

/** Services echo what they got: secrets and fiscal codes never leave in an error. */
function hideValues(text: string, secrets: readonly string[]): string {
  const hidden = secrets
    .filter((value) => value.length >= 4)
    .reduce((shown, value) => shown.replaceAll(value, '[secret]'), text)
  return hidden.replace(/[A-Z]{6}[0-9A-Z]{2}[A-Z][0-9A-Z]{2}[A-Z][0-9A-Z]{3}[A-Z]/gi, '[…]')
}
