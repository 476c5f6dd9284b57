// A real provider of OpenID Connect (oidc-provider) on the loopback, whose sign-in page asks for
// nothing: whoever the test says comes back, with the claims and the factors that it says.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export interface Somebody {
  sub: string
  claims: Record<string, unknown>
  amr?: string[]
}

export interface TestProvider {
  issuer: string
  /** Who comes back next; null: whoever goes there cancels. */
  become(somebody: Somebody | null): void
  /** What it was asked for last. */
  asked(): URLSearchParams
  close(): Promise<void>
}

export const CLIENT_ID = 'staffetta'
export const CLIENT_SECRET = 'un-segreto-di-prova-abbastanza-lungo'

export async function openTestProvider(redirect: string): Promise<TestProvider> {
  let somebody: Somebody | null = null
  let asked = new URLSearchParams()
  const known = new Map<string, Somebody>()
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {}
  const server = createServer((request, response) => handle(request, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        ...{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [redirect] },
        ...{ grant_types: ['authorization_code'], response_types: ['code'] },
      },
    ],
    claims: {
      openid: ['sub', 'amr'],
      email: ['email', 'email_verified'],
      profile: ['name', 'preferred_username', 'groups'],
    },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    cookies: { keys: ['prova'] },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, ...known.get(sub)?.claims }),
    }),
    async loadExistingGrant(context) {
      const { client, session, provider: itself } = context.oidc
      const grant = new itself.Grant({
        ...(client && { clientId: client.clientId }),
        ...(session?.accountId && { accountId: session.accountId }),
      })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  })
  const callback = provider.callback()
  handle = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer)
    if (pathname === '/auth') asked = searchParams
    if (!pathname.startsWith('/interaction/')) {
      callback(request, response)
      return
    }
    if (somebody !== null) known.set(somebody.sub, somebody)
    const result =
      somebody === null
        ? { error: 'access_denied', error_description: 'cancelled' }
        : { login: { accountId: somebody.sub, amr: somebody.amr ?? ['pwd'] } }
    void provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  }
  return {
    issuer,
    become(next) {
      somebody = next
    },
    asked: () => asked,
    close: () => new Promise<void>((closed) => server.close(() => closed())),
  }
}
