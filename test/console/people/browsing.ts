// A browser without scripts, as far as signing in needs one: it keeps cookies, fills a form of the
// page that it shows with the token that stands there, and follows where it is sent.
export interface Shown {
  status: number
  /** Where it ended, after redirects: path and query. */
  path: string
  text: string
  headers: Headers
}

export interface Browsing {
  open(path: string): Promise<Shown>
  /** Sends a form of the page that is shown. */
  send(path: string, fields?: Record<string, string>): Promise<Shown>
  /** The cookies it has, by name. */
  cookies: Map<string, string>
  /** What is said of cookies when they are set: `HttpOnly; …`. */
  attributes: Map<string, string>
}

const MOST_REDIRECTS = 20
/** What the configuration of the tests says: `console.url`. */
const PUBLIC_ORIGIN = 'http://127.0.0.1'

/** It goes to other sites as well, with their own cookies. */
export function browse(url: string, headers: Record<string, string> = {}): Browsing {
  const jars = new Map<string, Map<string, string>>()
  const attributes = new Map<string, string>()
  const jarOf = (origin: string) => {
    const jar = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, jar)
    return jar
  }
  const cookies = jarOf(new URL(url).origin)
  let csrf = ''

  /** What the console calls itself is served at a port of its own. */
  function asServed(address: URL): URL {
    if (address.origin !== PUBLIC_ORIGIN) return address
    return new URL(address.pathname + address.search, url)
  }

  async function follow(to: string, init: RequestInit = {}): Promise<Shown> {
    let address = asServed(new URL(to, url))
    let sent: RequestInit = init
    for (let redirects = 0; redirects < MOST_REDIRECTS; redirects += 1) {
      const jar = jarOf(address.origin)
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(address, {
        ...{ redirect: 'manual', ...sent },
        headers: { 'accept-language': 'it', ...headers, ...(cookie && { cookie }) },
      })
      for (const line of response.headers.getSetCookie()) keep(jar, line)
      const location = response.headers.get('location')
      const text = await response.text()
      if (location === null) {
        csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? csrf
        const path = address.origin === new URL(url).origin ? address.pathname : address.href
        const { status, headers: received } = response
        return { status, path: path + address.search, text, headers: received }
      }
      address = asServed(new URL(location, address))
      sent = {}
    }
    throw new Error('too many redirects')
  }

  function keep(jar: Map<string, string>, line: string): void {
    const [pair = '', ...rest] = line.split('; ')
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    attributes.set(name, rest.join('; '))
    const isOver = rest.some((one) => /^Max-Age=0$|^Expires=Thu, 01 Jan 1970/.test(one))
    if (isOver) jar.delete(name)
    else jar.set(name, value)
  }

  return {
    cookies,
    attributes,
    open: (path) => follow(path),
    send: (path, fields = {}) => {
      const body = new URLSearchParams({ csrf, ...fields })
      return follow(path, { method: 'POST', body })
    },
  }
}
