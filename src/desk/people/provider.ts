// Coming in by a provider of OpenID Connect: the code flow with PKCE, state and nonce. Its metadata
// is asked for at the first way there, so that a provider which is away keeps nobody else out.
// Invariants: who comes is known by the provider's subject alone, once they have been linked to it;
// nobody becomes anything by it but by an invitation, or a group that the configuration names.
import * as oidc from 'openid-client'
import type { Grant } from '../../domain/access.ts'
import type { Parts } from '../../parts.ts'
import { openBegun } from './begun.ts'
import { isLogin } from './choosing.ts'
import { by, type Entering, type From, type Next } from './entering.ts'
import { CALL_SECONDS, openProviderFetch, type ProviderFetch } from './provider-fetch.ts'

/** What somebody goes to the provider for. */
export type Purpose =
  | { purpose: 'enter' }
  /** With the link of an invitation, or signed in already: the account gets its subject. */
  | { purpose: 'accept'; personId: number }
  | { purpose: 'link' | 'prove'; personId: number; sessionId: number }

/** `unknown`: nobody was invited so; `taken`: somebody else has this subject. */
export type Returned =
  | Exclude<Next, { kind: 'wrong' | 'closed' }>
  | { kind: 'refused'; why: 'unknown' | 'taken' | 'other-person' | 'failed' }

/** Its metadata are asked for anew so often, so that new keys and addresses are known. */
const METADATA_HOURS = 12
/** `amr` of RFC 8176 that stand for something beside a password. */
const secondFactors = ['mfa', 'otp', 'hwk', 'swk', 'fpt', 'face', 'iris', 'sms', 'tel', 'sc', 'pop']
/** Proved so long before it was asked for is no answer to it. */
const CLOCK_SECONDS = 60

export type Provider = ReturnType<typeof openProvider>

export function openProvider(parts: Parts, entering: Entering) {
  const { config, store, now, log, onClose } = parts
  const { people, credentials, sessions } = store
  const settings = config.installation.console?.oidc
  const begun = openBegun(parts)
  const back = `${config.installation.console?.url.replace(/\/+$/, '')}/sign-in/provider/back`
  let calls: ProviderFetch | null = null
  onClose(() => calls?.close())
  let known: { metadata: Promise<oidc.Configuration>; until: Temporal.Instant } | null = null

  function metadata(): Promise<oidc.Configuration> {
    if (known === null || Temporal.Instant.compare(known.until, now()) < 0) {
      const until = now().add({ hours: METADATA_HOURS })
      const made = { metadata: discover(), until }
      known = made
      made.metadata.catch(() => {
        if (known === made) known = null
      })
    }
    return known.metadata
  }

  async function discover(): Promise<oidc.Configuration> {
    if (settings === undefined) throw new Error('no provider is configured')
    const { issuer, clientId, clientSecret } = settings
    const url = new URL(issuer)
    calls ??= openProviderFetch(config)
    const { fetch } = calls
    return oidc.discovery(url, clientId, clientSecret.reveal(), undefined, {
      timeout: CALL_SECONDS,
      // A provider on the loopback, or within the house, may speak without TLS.
      ...(url.protocol === 'http:' && { execute: [oidc.allowInsecureRequests] }),
      [oidc.customFetch]: (to, options) => fetch(to, options as RequestInit),
    })
  }

  /** Who it is; null: nobody who may come in. */
  async function personOf(claims: oidc.IDToken, to: Purpose): Promise<number | Returned> {
    const subject = `${claims.iss} ${claims.sub}`
    const linked = await people.findBySubject(subject)
    if (to.purpose !== 'enter') {
      if (linked !== null && linked.id !== to.personId) return refused('taken')
      if (to.purpose === 'prove') return linked === null ? refused('other-person') : linked.id
      if (!(await credentials.setSubject(to.personId, subject))) return refused('taken')
      const login = (await people.find(to.personId))?.login ?? ''
      await people.addActs(to.personId, { ...by(login), verb: 'linked the provider' }, now())
      return to.personId
    }
    const person = linked ?? (await invitedOf(claims)) ?? (await madeOf(claims))
    if (person === null || person.disabledAt !== null) return refused('unknown')
    if (linked === null) {
      if (!(await credentials.setSubject(person.id, subject))) return refused('taken')
      await people.addActs(person.id, { ...by(person.login), verb: 'linked the provider' }, now())
    }
    await takeGroups(person.id, person.login, claims)
    return person.id
  }

  async function invitedOf(claims: oidc.IDToken) {
    const claim = settings?.claim ?? 'email'
    const value = claims[claim]
    if (typeof value !== 'string' || value === '') return null
    // An address that anybody may write down there is nobody's.
    if (claim === 'email' && claims['email_verified'] !== true) return null
    const byAddress = await people.findInvited({ email: value })
    if (byAddress !== null || claim === 'email') return byAddress
    return people.findInvited({ login: value })
  }

  /** Whoever has a group that the configuration names; null: nobody. */
  async function madeOf(claims: oidc.IDToken) {
    const grants = grantsOf(claims)
    if (grants === null || grants.length === 0) return null
    const text = (name: string) => (typeof claims[name] === 'string' ? claims[name] : null)
    const own = settings?.claim === 'email' ? [] : [settings?.claim ?? '']
    const asked = [...own, 'preferred_username', 'email'].map(text)
    const login = asked.find((one) => one !== null && isLogin(one))
    if (!login || (await people.findByLogin(login)) !== null) return null
    const name = (text('name') ?? login).slice(0, 200)
    const email = claims['email_verified'] === true ? text('email') : null
    await people.add({ login, name, email, grants: [] }, now())
    return people.findByLogin(login)
  }

  /** Null: the configuration maps no groups. */
  function grantsOf(claims: oidc.IDToken): Grant[] | null {
    const groups = settings?.groups
    if (groups === undefined) return null
    const theirs = [claims[groups.claim] ?? []].flat().map(String)
    const given = groups.grants.filter(({ group }) => theirs.includes(group))
    const merged = new Map<string, Grant>()
    for (const { institution, role, services = null } of given) {
      const key = `${institution} ${role}`
      const before = merged.get(key)
      const isAll = services === null || before?.services === null
      const joined = isAll ? null : [...new Set([...(before?.services ?? []), ...services])]
      merged.set(key, { institution, role, services: joined })
    }
    return [...merged.values()]
  }

  async function takeGroups(personId: number, login: string, claims: oidc.IDToken): Promise<void> {
    const grants = grantsOf(claims)
    if (grants === null) return
    for (const { id } of config.institutions) {
      const there = grants.filter(({ institution }) => institution === id)
      const set = await people.setGrants(personId, id, there)
      if (set.kind === 'last-administrator') {
        log.warn({ institution: id }, 'groups would have left no administrator: grants kept')
        continue
      }
      if (JSON.stringify(set.before.map(grantText).sort()) === textsOf(there)) continue
      const detail = { before: set.before.map(grantText), after: there.map(grantText) }
      const act = { ...by(login), verb: 'changed grants by groups', detail }
      await people.addActOf(id, login, act, now())
    }
  }

  return {
    /** As it stands on the button; null: there is none. */
    name: settings?.name ?? null,

    /** The address to send the browser to. Throws where the provider cannot be reached. */
    async start(mark: string, to: string, purpose: Purpose): Promise<URL> {
      const provider = await metadata()
      const verifier = oidc.randomPKCECodeVerifier()
      const [state, nonce] = [oidc.randomState(), oidc.randomNonce()]
      await begun.put(mark, {
        ...{ step: 'provider', to, state, nonce, verifier, purpose: purpose.purpose },
        personId: 'personId' in purpose ? purpose.personId : null,
        sessionId: 'sessionId' in purpose ? purpose.sessionId : null,
        startedAt: now().toString(),
      })
      const { scopes = [], acrValues = [] } = settings ?? {}
      return oidc.buildAuthorizationUrl(provider, {
        ...{ redirect_uri: back, state, nonce, code_challenge_method: 'S256' },
        scope: [...new Set(['openid', ...scopes])].join(' '),
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        ...(acrValues.length > 0 && { acr_values: acrValues.join(' ') }),
        ...(purpose.purpose === 'prove' && { prompt: 'login', max_age: '0' }),
      })
    },

    /** The browser is back. `url`: its whole address, with what the provider added to it. */
    async finish(mark: string, url: URL, from: From): Promise<Returned> {
      const at = await begun.find(mark, 'provider')
      if (at === null) return { kind: 'expired' }
      await begun.forget(mark)
      const to = purposeOf(at)
      if (to === null) return { kind: 'expired' }
      let claims: oidc.IDToken | undefined
      try {
        const tokens = await oidc.authorizationCodeGrant(await metadata(), url, {
          ...{ pkceCodeVerifier: at.verifier, expectedState: at.state, expectedNonce: at.nonce },
          idTokenExpected: true,
        })
        claims = await claimsOf(tokens)
      } catch (error) {
        log.warn({ error: codeOf(error) }, 'provider refused a sign-in')
        return refused('failed')
      }
      if (claims === undefined) return refused('failed')
      const person = await personOf(claims, to)
      if (typeof person !== 'number') return person
      if (to.purpose === 'link' || to.purpose === 'prove') {
        if (person !== to.personId) return refused('other-person')
        if (to.purpose === 'prove' && !isFresh(claims, at.startedAt)) return refused('failed')
        const token = await sessions.prove(to.sessionId, now())
        return { kind: 'in', token, to: at.to, failures: 0 }
      }
      if (hasSecondFactor(claims)) return entering.enter(mark, person, at.to, from)
      const theirs = await credentials.ofPerson(person)
      if (theirs === null) return refused('unknown')
      const next = await entering.goOn(mark, theirs, at.to, from)
      return next.kind === 'wrong' || next.kind === 'closed' ? refused('failed') : next
    },
  }

  /** Of the ID token; what it does not say, and is needed, as the provider answers it besides. */
  async function claimsOf(
    tokens: Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>,
  ): Promise<oidc.IDToken | undefined> {
    const claims = tokens.claims()
    const needed = [settings?.claim ?? 'email', settings?.groups?.claim ?? 'sub']
    const provider = await metadata()
    const asksMore = provider.serverMetadata().userinfo_endpoint !== undefined
    if (claims === undefined || !asksMore || needed.every((name) => name in claims)) return claims
    const more = await oidc.fetchUserInfo(provider, tokens.access_token, claims.sub)
    return { ...more, ...claims } as oidc.IDToken
  }

  function hasSecondFactor({ amr, acr }: oidc.IDToken): boolean {
    if (settings?.secondFactor === 'provider') return true
    const methods = [amr ?? []].flat().map(String)
    return (
      methods.some((one) => secondFactors.includes(one)) ||
      (settings?.acrValues.includes(String(acr)) ?? false)
    )
  }
}

function purposeOf(at: {
  purpose: Purpose['purpose']
  personId: number | null
  sessionId: number | null
}): Purpose | null {
  const { purpose, personId, sessionId } = at
  if (purpose === 'enter') return { purpose }
  if (personId === null) return null
  if (purpose === 'accept') return { purpose, personId }
  return sessionId === null ? null : { purpose, personId, sessionId }
}

/** The provider must have asked after it was sent there; one that does not say when has not. */
function isFresh(claims: oidc.IDToken, startedAt: string): boolean {
  const asked = Temporal.Instant.from(startedAt).epochMilliseconds / 1000
  return typeof claims.auth_time === 'number' && claims.auth_time >= asked - CLOCK_SECONDS
}

function refused(why: 'unknown' | 'taken' | 'other-person' | 'failed'): Returned {
  return { kind: 'refused', why }
}

/** Its code alone: its words may hold what was sent. */
function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown }
  return String(code ?? name ?? 'unknown').slice(0, 100)
}

/** `operator`, or `operator: tari, mensa`: as acts have it. */
export function grantText({ role, services }: Omit<Grant, 'institution'>): string {
  return services === null ? role : `${role}: ${[...services].sort().join(', ')}`
}

function textsOf(grants: readonly Omit<Grant, 'institution'>[]): string {
  return JSON.stringify(grants.map(grantText).sort())
}
