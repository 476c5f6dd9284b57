import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownRoutes, pageRoutes } from '../../src/console/routes.ts'
import { children, INSTITUTION, type Installation, openInstallation } from '../installation.ts'
import { openVisited, type Visited } from './visiting.ts'

// The frame around every page: what it shows to whom, what it loads, and what is nowhere in it.

let here: Installation
let visited: Visited

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  await here.drop(children(3))
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const everybody = [
  ...(['operator', 'approver', 'configurator', 'administrator', 'auditor', 'viewer'] as const),
]

describe('every page', () => {
  it('has no style or script in it, one main region, one heading, a title of its own', async () => {
    const visitor = await visited.as(everybody)
    const paths = pageRoutes.filter(({ method, path }) => method === 'GET' && !/[:]/.test(path))
    const own = ownRoutes.filter(({ method, path }) => method === 'GET' && !/[:]/.test(path))
    const pages = [
      ...paths.map(({ path }) => `/${INSTITUTION}${path}`),
      ...own.map(({ path }) => path),
    ]
    const titles = new Map<string, string>()
    for (const path of pages) {
      const { headers, text } = await visited
        .fetch(path, { headers: { cookie: visitor.cookie } })
        .then(async (answer) => ({ headers: answer.headers, text: await answer.text() }))
      const isPage = headers.get('content-type')?.startsWith('text/html')
      if (!isPage || !text.includes('<body')) continue
      expect([path, / style="| on[a-z]+="|<style|javascript:/.exec(text)]).toEqual([path, null])
      expect([path, text.match(/<script(?! defer src="\/)/)]).toEqual([path, null])
      expect([path, text.match(/<main /g)?.length, text.match(/<h1/g)?.length]).toEqual([
        path,
        1,
        1,
      ])
      expect([path, /<html lang="it">/.test(text)]).toEqual([path, true])
      const title = /<title>(.*?)<\/title>/s.exec(text)?.[1] ?? ''
      expect([path, titles.get(title) ?? path]).toEqual([path, path])
      titles.set(title, path)
    }
    expect(titles.size).toBeGreaterThan(5)
  })
})

describe('the header', () => {
  it('offers to stop everything to whoever may, two clicks away', async () => {
    const [operator, viewer] = [await visited.as(['operator']), await visited.as(['viewer'])]
    expect((await operator.get('/')).text).toContain(`href="/${INSTITUTION}/stop-all"`)
    expect((await viewer.get('/')).text).not.toContain('stop-all')
  })

  it('says of services that only pretend that they do, and nothing of live ones', async () => {
    const live = await visited.as(['viewer'])
    expect((await live.get('/')).text).not.toContain('class="mode')
    const dry = await visited.as(['viewer'], { services: ['sportello'] })
    expect((await dry.get('/')).text).toContain('mode-dry-run')
  })

  it('counts beside the menu what waits, for whoever may do it', async () => {
    const [approver, viewer] = [await visited.as(['approver']), await visited.as(['viewer'])]
    await here.query(`update flows set approve_by = now() + interval '1 day', released_at = null,
      state = 'active', reason = 'awaiting-approval', approval = 'one'`)
    const badge = '<span class="waits">1</span>'
    expect((await approver.get('/')).text).toContain(badge)
    expect((await viewer.get('/')).text).not.toContain(badge)
    const scope = { institution: INSTITUTION, feed: null, limit: 10 }
    expect(await here.app.store.approvals.waiting(scope)).toHaveLength(1)
  })
})

describe('what pages load', () => {
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await visited.fetch(path, { headers })
    return { status: answer.status, headers: answer.headers, body: await answer.bytes() }
  }

  it('is there under a name that changes with it, kept for good and compressed', async () => {
    const visitor = await visited.as(['viewer'])
    const { text } = await visitor.get('/')
    const paths = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path)
    expect(paths.length).toBeGreaterThan(5)
    for (const path of paths as string[]) {
      const { status, headers } = await get(path, { 'accept-encoding': 'br' })
      expect([path, status]).toEqual([path, 200])
      expect(headers.get('content-encoding')).toBe('br')
      expect(headers.get('cache-control')).toContain('immutable')
      const again = await get(path, { 'if-none-match': headers.get('etag') ?? '' })
      expect([path, again.status]).toEqual([path, 304])
    }
  })

  it('has the fonts that its style names', async () => {
    const style = await readFile('src/console/assets/console.css', 'utf8')
    const fonts = [...style.matchAll(/url\("(fonts\/[^"]+)"\)/g)].map(([, path]) => path)
    expect(fonts.length).toBeGreaterThan(2)
    for (const font of fonts) {
      const { status, headers } = await get(`/assets/${font}`)
      expect([font, status, headers.get('content-type')]).toEqual([font, 200, 'font/woff2'])
    }
  })

  it('has 60 kB of scripts at most, compressed', async () => {
    const scripts = ['htmx.js', 'console.js']
    const sizes = await Promise.all(
      scripts.map(async (name) => gzipSync((await get(`/assets/${name}`)).body).length),
    )
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000)
  })

  it('gives away nothing beside it', async () => {
    for (const path of ['/assets/console.ts', '/assets/fonts/..%2f..%2f..%2fpackage.json']) {
      expect([path, (await get(path)).status]).toEqual([path, 404])
    }
  })
})
