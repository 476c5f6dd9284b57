import { afterAll, beforeAll, expect, it } from 'vitest'
import { children, INSTITUTION, type Installation, openInstallation } from '../installation.ts'
import { openVisited, type Visited, type Visiting } from './visiting.ts'

// Approving what was not shown, twice, too late, or by who has prepared it.

let here: Installation
let visited: Visited
let heads: Visiting[]
let flow: number
let now = Temporal.Now.instant()

beforeAll(async () => {
  here = await openInstallation({
    configuration: { [`${INSTITUTION}/feeds/mensa.yaml`]: { release: { approval: 'one' } } },
  })
  visited = await openVisited(here, () => now)
  heads = [await visited.as(['approver']), await visited.as(['approver'])]
  flow = await here.drop(children(4))
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const state = async () => (await here.app.store.flows.get(flow)).state

function digestOf(text: string): string {
  return /name="digest" value="([^"]+)"/.exec(text)?.[1] ?? ''
}

it('another digest than the one of now approves nothing', async () => {
  const [head] = heads as [Visiting, Visiting]
  for (const digest of ['', '0'.repeat(64), 'x']) {
    const page = await head.post(`/approvals/${flow}`, { digest, recipients: '4', when: 'now' })
    expect(page.status).toBe(422)
  }
  expect(await state()).toBe('active')
  expect(await here.app.store.approvals.ofFlow(flow)).toEqual([])
})

it('another number, or none, approves nothing', async () => {
  const [head] = heads as [Visiting, Visiting]
  const digest = digestOf((await head.get(`/approvals/${flow}`)).text)
  for (const recipients of ['', '3', '5', '4.0', '-4', '4e0', '4 o 5']) {
    const page = await head.post(`/approvals/${flow}`, { digest, recipients, when: 'now' })
    expect([recipients, page.status]).toEqual([recipients, 422])
  }
})

it('who has shown long ago that it is they shows it again first', async () => {
  const [head] = heads as [Visiting, Visiting]
  const digest = digestOf((await head.get(`/approvals/${flow}`)).text)
  const before = now
  now = now.add({ minutes: 16 })
  const fields = { digest, recipients: '4', when: 'now' }
  const page = await head.post(`/approvals/${flow}`, fields)
  expect([page.status, page.location?.startsWith('/prove?to=')]).toEqual([303, true])
  expect(await here.app.store.approvals.ofFlow(flow)).toEqual([])
  now = before
})

it('two who approve at the same moment release it once', async () => {
  const digest = digestOf((await (heads[0] as Visiting).get(`/approvals/${flow}`)).text)
  const fields = { digest, recipients: '4', when: 'now' }
  const answers = await Promise.all(
    [...heads, ...heads].map((head) => head.post(`/approvals/${flow}`, fields)),
  )
  const statuses = answers.map(({ status }) => status)
  expect(new Set(statuses).difference(new Set([303, 422]))).toEqual(new Set())
  expect(statuses).toContain(303)
  const given = await here.app.store.approvals.ofFlow(flow)
  expect(new Set(given.map(({ actor }) => actor)).size).toBe(given.length)
  const released = await here.query<{ n: number }>(
    "select count(*)::int as n from acts where subject = $1 and verb = 'released'",
    [`flow/${flow}`],
  )
  expect(released[0]?.n).toBeLessThanOrEqual(1)
  await here.send()
  expect(here.playground.sandbox.truth.acceptedCount()).toBe(4)
})
