// The table of who may what, asked of the real server: every route that it answers has a row, each
// role gets what its row says and nothing else, and what belongs to another institution, or to a
// service outside somebody's grants, is not there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownRoutes, pageRoutes } from '../../src/console/routes.ts'
import { type ConsoleRole, consoleRoles } from '../../src/domain/access.ts'
import { loadWritten } from '../config/written-config.ts'
import {
  child,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
} from '../installation.ts'
import {
  apiMatrix,
  type MatrixRow,
  matrix,
  openMatrix,
  ownMatrix,
  type Things,
} from './access-matrix.ts'
import { openVisited, type Page, type Visited, type Visiting } from './visiting.ts'

let here: Installation
let visited: Visited
let things: Things
const people = new Map<ConsoleRole, Visiting>()
const elsewhere = new Map<ConsoleRole, Visiting>()
const ofOtherService = new Map<ConsoleRole, Visiting>()

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  things = await openThings()
  for (const role of consoleRoles) {
    people.set(role, await visited.as([role]))
    elsewhere.set(role, await visited.as([role], { institution: 'altro-comune' }))
    ofOtherService.set(role, await visited.as([role], { services: ['protocollo'] }))
  }
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

async function openThings(): Promise<Things> {
  const flow = await here.drop(children(3))
  await here.send()
  const { login } = await visited.as(['administrator'])
  const { id: person } = (await here.app.store.people.findByLogin(login))!
  const { dropId } = await here.app.store.flows.get(flow)
  const refused = await here.drop([child(9, { due: '2026-02-31' })], 'mensa-scarti.csv')
  const message = (await here.firsts(flow))[0]?.id as number
  const scope = { institution: INSTITUTION, services: null }
  const { noticeId: notice, recipient } = (await here.app.store.messageView.find(scope, message))!
  await here.app.store.apiTokens.add(
    {
      ...{ institution: INSTITUTION, name: 'protocollo', permissions: ['read'] },
      ...{ services: null, expiresAt: null },
    },
    { actor: 'ced', origin: 'console' },
    Temporal.Now.instant(),
  )
  const [{ id: token } = { id: 0 }] = await here.app.store.apiTokens.list(INSTITUTION)
  return { flow, drop: dropId as number, message, notice, recipient, refused, person, token }
}

const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`

async function ask(visitor: Visiting, row: MatrixRow): Promise<Page> {
  const [method, path = ''] = row.route.split(' ')
  const address = row.at?.(things) ?? path
  return method === 'GET' ? visitor.get(address) : visitor.post(address, row.form ?? {})
}

/** As who asks sees it: a form that is sent badly was judged all the same. */
const outcomeOf = ({ status }: Page) =>
  status === 404 ? 'not there' : status >= 500 || status === 403 ? `failed: ${status}` : 'there'

describe('the table', () => {
  it('has a row for every page of an institution, and for no other', () => {
    expect(matrix.map(({ route }) => route).sort()).toEqual(pageRoutes.map(nameOf).sort())
  })

  it('names every page of whoever is signed in', () => {
    expect([...ownMatrix].sort()).toEqual(ownRoutes.map(nameOf).sort())
  })

  it('names all that the server answers', () => {
    const pages = matrix.map(({ route }) => route.replace(' ', ' /:institution'))
    const named = [...pages, ...ownMatrix, ...openMatrix, ...apiMatrix]
    const isNoAsset = (route: string) => !route.startsWith('GET /assets/')
    expect(visited.routes.filter(isNoAsset).sort()).toEqual(named.sort())
  })

  it('no institution can have the name of a page that stands beside them', async () => {
    const starts = visited.routes.map((route) => route.split('/')[1] ?? '')
    const beside = new Set(starts.filter((start) => /^[a-z][a-z0-9-]*$/.test(start)))
    const institution = 'name: Prova\nfiscalCode: "00000000000"\n'
    const { problems } = await loadWritten({
      'staffetta.yaml': 'accounts:\n  conto: {}\nconsole:\n  url: https://prova.example\n',
      ...Object.fromEntries([...beside].map((name) => [`${name}/institution.yaml`, institution])),
    })
    const named = /own at "\/([^"]+)"/
    const refused = problems.flatMap(({ message }) => message.match(named)?.[1] ?? [])
    expect(refused.sort()).toEqual([...beside].sort())
  })
})

// What changes nothing comes first, so that it is asked of things as they stand.
const changes = ({ route }: MatrixRow) => Number(route.startsWith('POST'))
const rows = matrix.toSorted((a, b) => changes(a) - changes(b))

describe.each(rows)('$route', (row) => {
  const may = (role: ConsoleRole) => row.roles.includes(role)

  it('is there for the roles of its row, and for no other', async () => {
    const outcomes: Record<string, string> = {}
    for (const [role, visitor] of people) outcomes[role] = outcomeOf(await ask(visitor, row))
    const expected = consoleRoles.map((role) => [role, may(role) ? 'there' : 'not there'])
    expect(outcomes).toEqual(Object.fromEntries(expected))
  })

  it('is not there for whoever belongs to another institution', async () => {
    for (const visitor of elsewhere.values()) {
      expect((await ask(visitor.of(INSTITUTION), row)).status).toBe(404)
    }
  })

  it('sends to sign in without a session', async () => {
    const [method = '', path = ''] = row.route.split(' ')
    const address = `/${INSTITUTION}${row.at?.(things) ?? path}`
    const { status, headers } = await visited.fetch(address, { method })
    expect([status, headers.get('location')?.startsWith('/sign-in?to=')]).toEqual([303, true])
  })

  it.runIf(row.isOfService)('is not there for whoever sees other services only', async () => {
    for (const visitor of ofOtherService.values()) {
      expect((await ask(visitor, row)).status).toBe(404)
    }
  })
})
