import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  child,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
} from '../installation.ts'
import { openVisited, type Visited, type Visiting } from './visiting.ts'

// The dashboard, from an installation without a flow to one in which things wait.

let here: Installation
let visited: Visited
let administrator: Visiting
let operator: Visiting

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  administrator = await visited.as(['administrator'])
  operator = await visited.as(['operator'])
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

/** Texts without markup, by the links that they stand in. */
const linksOf = (text: string) =>
  [...text.matchAll(/<a [^>]*href="([^"]+)"[^>]*>(.*?)<\/a>/gs)].map(
    ([, href = '', inner = '']) => ({
      href: href.replaceAll('&amp;', '&'),
      text: inner.replace(/<[^>]*>/g, '').trim(),
    }),
  )

const mainOf = (text: string) => /<main.*<\/main>/s.exec(text)?.[0] ?? ''

describe('before the first flow', () => {
  it('it shows the five steps, and which are done already', async () => {
    const { text } = await administrator.get('/')
    const steps = [...text.matchAll(/<li class="(done|at|to-come)"/g)].map(([, state]) => state)
    expect(steps).toEqual(['at', 'to-come', 'done', 'to-come', 'to-come'])
    expect(text).toContain('1 Collega una fonte')
    expect(text).toContain('5 Chiedi l’approvazione')
  })

  it('nothing waits for anybody', async () => {
    expect((await operator.get('/')).text).toContain('Niente da fare: tutto procede.')
  })

  it('whoever only looks gets no link to what is not theirs', async () => {
    const viewer = await visited.as(['auditor'])
    const links = linksOf(mainOf((await viewer.get('/')).text)).map(({ href }) => href)
    for (const href of links) {
      expect([href, (await viewer.get(href.replace(`/${INSTITUTION}`, ''))).status]).toEqual([
        href,
        200,
      ])
    }
  })
})

describe('once there are flows', () => {
  let flow: number

  beforeAll(async () => {
    flow = await here.drop([...children(7), child(8, { fiscalCode: 'NO' })], 'mensa-2026-04.csv')
  })

  it('the steps are gone, and refused records wait', async () => {
    const { text } = await operator.get('/')
    expect(text).not.toContain('Collega una fonte')
    const refused = linksOf(text).find(({ text: said }) => said.includes('Scarti da sistemare'))
    expect(refused?.text).toContain(': 1')
    expect(refused?.href).toBe(`/${INSTITUTION}/refusals`)
  })

  it('a flow that is being sent shows how far it is, and does so anew on request', async () => {
    await here.query(`update flows set state = 'sending', sending_at = now() where id = $1`, [flow])
    const { text } = await operator.get('/')
    expect(text).toContain(`hx-get="/${INSTITUTION}/dashboard/sending"`)
    const fragment = await operator.get('/dashboard/sending')
    expect(fragment.text).toContain(`Flusso ${flow} – mensa-2026-04.csv`)
    expect(fragment.text).toMatch(/<progress max="7" value="0"/)
    expect(fragment.text).not.toContain('<html')
  })

  it('a flow that stands still is named with why', async () => {
    const act = { actor: 'ufficio', origin: 'cli', note: null } as const
    await here.app.flows.suspend(flow, act)
    const { text } = await operator.get('/')
    expect(text).toContain(`Flusso ${flow} (mensa-2026-04.csv)`)
    expect(text).toContain('sospeso')
    await here.app.flows.resume(flow, act)
  })

  it('today is counted as the tables count it', async () => {
    await here.send()
    const { text } = await operator.get('/')
    const [sent] = await here.query<{ n: string }>(
      `select count(*) as n from messages where state = 'sent' and purpose = 'first'`,
    )
    const card = /Inviati<span class="value">(.*?)<\/span>/s.exec(text)?.[1] ?? ''
    expect(card.replace(/<[^>]*>/g, '')).toBe(sent?.n)
  })

  it('the days to come are counted as the calendar counts them', async () => {
    const tomorrow = Temporal.Now.zonedDateTimeISO('Europe/Rome').add({ days: 1 })
    const at = tomorrow.with({ hour: 9 }).toInstant().toString()
    await here.query(
      `update messages set send_at = $1, state = 'waiting' where purpose = 'reminder' and flow_id = $2`,
      [at, flow],
    )
    const { text } = await operator.get('/')
    const day = `/${INSTITUTION}/reminders/${tomorrow.toPlainDate()}`
    const link = linksOf(text).find(({ href }) => href === day)
    const [waiting] = await here.query<{ n: string }>(
      `select count(*) as n from messages where purpose = 'reminder' and flow_id = $1`,
      [flow],
    )
    expect([
      link?.text,
      (await operator.get(`/reminders/${tomorrow.toPlainDate()}`)).status,
    ]).toEqual([waiting?.n, 200])
  })

  it('every link leads somewhere, for whoever sees it', async () => {
    for (const visitor of [operator, administrator]) {
      const links = linksOf(mainOf((await visitor.get('/')).text)).map(({ href }) => href)
      for (const href of links) {
        const { status } = await visitor.get(href.replace(`/${INSTITUTION}`, ''))
        expect([href, status]).toEqual([href, 200])
      }
    }
  })

  it('somebody of one service sees nothing of the others', async () => {
    const other = await visited.as(['operator'], { services: ['sportello'] })
    const main = mainOf((await other.get('/')).text)
    expect(main).toContain('Niente da fare')
    expect(main).not.toContain('mensa')
  })
})
