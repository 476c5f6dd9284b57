import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bill, billsZip, contact, contactsCsv } from '../../scripts/samples.ts'
import { getFeed } from '../../src/config/config.ts'
import { INSTITUTION, type Installation, openInstallation } from '../installation.ts'
import { openVisited, type Visited } from './visiting.ts'

// The bill's PDF, as the desk hands it to whoever stands there.

let here: Installation
let visited: Visited
let notice = 0

async function take(feed: string, name: string, bytes: Uint8Array): Promise<void> {
  await writeFile(join(here.playground.billing, name), bytes)
  const { app } = here
  const got = await app.collect(
    getFeed(app.config, INSTITUTION, feed),
    new AbortController().signal,
  )
  for (const { id } of got?.drops ?? []) await app.map(id)
}

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  const due = Temporal.Now.plainDateISO('Europe/Rome').add({ days: 30 })
  const emission = due.subtract({ days: 30 }).toPlainYearMonth().toString()
  const bills = [0, 1, 2].map((n) => bill(n, emission, due))
  await take('contatti', 'contatti.csv', contactsCsv([0, 1, 2].map(contact)))
  await take('bollette', `bollette-${emission}.zip`, billsZip(emission, bills))
  const [first] = await here.query<{ id: string }>('select id from notices order by id limit 1')
  notice = Number(first?.id)
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

it('the document of a notice is handed over, and who took it is written down', async () => {
  const clerk = await visited.as(['operator'])
  const page = await clerk.get(`/notices/${notice}`)
  expect(page.text).toContain(`/notices/${notice}/paper`)
  const paper = await clerk.post(`/notices/${notice}/paper`)
  expect(paper.status).toBe(200)
  expect(paper.headers.get('content-type')).toBe('application/pdf')
  expect(paper.headers.get('content-disposition')).toMatch(/^attachment; .*\.pdf$/)
  expect(paper.text.startsWith('%PDF')).toBe(true)
  const acts = await here.query<{ actor: string; verb: string }>(
    `select actor, verb from acts where subject = 'notice/' || $1::text`,
    [notice],
  )
  expect(acts).toEqual([{ actor: clerk.login, verb: `revealed notice ${notice}` }])
})

it('once the drop is kept no more, the page says so', async () => {
  await here.query('delete from drop_chunks')
  await here.query('delete from drop_parts')
  const clerk = await visited.as(['operator'])
  const { status, location } = await clerk.post(`/notices/${notice}/paper`)
  expect([status, location]).toEqual([303, `/${INSTITUTION}/notices/${notice}`])
  expect((await clerk.get(`/notices/${notice}`)).text).toContain('Il documento non c’è')
})

it('who may not see people’s data is not offered it', async () => {
  const viewer = await visited.as(['viewer'])
  expect((await viewer.get(`/notices/${notice}`)).text).not.toContain('/paper')
  expect((await viewer.post(`/notices/${notice}/paper`)).status).toBe(404)
})
