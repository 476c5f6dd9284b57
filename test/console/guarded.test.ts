import { afterAll, beforeAll, expect, it } from 'vitest'
import { INSTITUTION, type Installation, openInstallation } from '../installation.ts'
import { openVisited, type Visited } from './visiting.ts'

// Who comes to a page: with a session and without, of this institution and of another.

let here: Installation
let visited: Visited

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

it('without a session a page sends to sign in, and back', async () => {
  const { status, headers } = await visited.fetch(`/${INSTITUTION}/`)
  expect([status, headers.get('location')]).toEqual([
    303,
    `/sign-in?to=${encodeURIComponent(`/${INSTITUTION}/`)}`,
  ])
})

it('whoever looks sees the dashboard, and only what is theirs in the menu', async () => {
  const visitor = await visited.as(['viewer'])
  const { status, text } = await visitor.get('/')
  expect(status).toBe(200)
  expect(text).toContain('<h1>Cruscotto</h1>')
  expect(text).toContain('Statistiche')
  expect(text).not.toContain('Registro attività')
})

it('an institution that is not theirs is not there', async () => {
  const visitor = await visited.as(['viewer'])
  const other = await fetch(`${visited.url}/altro-comune/`, { headers: { cookie: visitor.cookie } })
  expect(other.status).toBe(404)
})

it('a page that is not there shows the way back to the dashboard', async () => {
  const visitor = await visited.as(['viewer'])
  const { status, text } = await visitor.get('/flows/999')
  expect(status).toBe(404)
  expect(text).toContain('<a href="/">Torna al cruscotto</a>')
  const { headers } = await fetch(`${visited.url}/`, {
    headers: { cookie: visitor.cookie },
    redirect: 'manual',
  })
  expect(headers.get('location')).toBe(`/${INSTITUTION}/`)
})
