import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  canteenFile,
  child,
  children,
  type Installation,
  openInstallation,
  parent,
} from '../../installation.ts'
import { openVisited, type Visited } from '../visiting.ts'
import { type Calling, callAs, callWith } from './calling.ts'

let here: Installation
let visited: Visited
let program: Calling
let flow: number

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  flow = await here.drop(children(4))
  await here.send()
  program = await callAs(here, visited)
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const message = {
  service: 'mensa',
  fiscalCode: parent(1),
  subject: 'Prenota la visita per la mensa',
  markdown: 'Gentile genitore, la visita della mensa è aperta: '.padEnd(120, 'vieni a trovarci '),
}
const keyed = (key: string) => ({ 'idempotency-key': key })

describe('a caller', () => {
  it('is found by a token alone: a session of a person does not count', async () => {
    const administrator = await visited.as(['administrator'])
    const { cookie } = administrator
    const answer = await visited.fetch('/api/v1/flows', { headers: { cookie } })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(await answer.json()).toMatchObject({ code: 'API_TOKEN', status: 401 })
    const page = await visited.fetch('/comune-di-esempio/flows', {
      headers: { authorization: `Bearer ${program.token}` },
    })
    expect(page.status).toBe(303)
  })

  it('whose token is wrong, expired or revoked is nobody', async () => {
    const expiresAt = Temporal.Now.instant().subtract({ seconds: 1 })
    const expired = await callAs(here, visited, { expiresAt })
    const revoked = await callAs(here, visited)
    const [{ id } = { id: 0 }] = await here.app.store.apiTokens.list('comune-di-esempio')
    const by = { actor: 'ced', origin: 'console' }
    expect(
      await here.app.store.apiTokens.revoke('comune-di-esempio', id, by, Temporal.Now.instant()),
    ).toBe(true)
    const wrong = callWith(visited, `staffetta_${'A'.repeat(43)}`)
    for (const one of [expired, revoked, wrong]) expect((await one.get('/token')).status).toBe(401)
    const { rows } = {
      rows: await here.query<{ t: string }>('select t::text as t from api_tokens t'),
    }
    expect(rows.some(({ t }) => t.includes(program.token))).toBe(false)
  })

  it('may do what its token was given, and nothing else', async () => {
    const reader = await callAs(here, visited, { permissions: ['read'] })
    expect((await reader.get('/token')).body.permissions).toEqual(['read'])
    expect((await reader.post('/messages', message, keyed('a'))).body.code).toBe('API_PERMISSION')
    expect((await reader.post(`/flows/${flow}/suspend`)).status).toBe(403)
  })

  it('sees nothing of other institutions and services', async () => {
    const other = await callAs(here, visited, { services: ['protocollo'] })
    expect((await other.get('/flows')).body.items).toEqual([])
    expect((await other.get('/messages')).body.items).toEqual([])
    expect((await other.get(`/flows/${flow}`)).body.code).toBe('API_NOT_FOUND')
    expect((await other.post(`/flows/${flow}/suspend`)).status).toBe(404)
    expect((await other.get('/feeds')).body.items).toEqual([])
    expect((await other.post('/messages', message, keyed('b'))).body.errors).toHaveLength(1)
    const day = 'from=2020-01-01&to=2030-01-01'
    expect((await other.get(`/statistics?${day}`)).body.items[0]?.messages ?? 0).toBe(0)
  })

  it('is told in their language what was wrong, and nothing of what they sent', async () => {
    const bad = { ...message, fiscalCode: 'RSSMRA80A01Z999X', secret: 'x' }
    const it = await program.post('/messages', bad, {
      'idempotency-key': 'c',
      'accept-language': 'it',
    })
    expect(it.status).toBe(422)
    expect(it.headers.get('content-type')).toContain('application/problem+json')
    expect(it.body).toMatchObject({ code: 'API_INVALID', title: 'Richiesta non valida' })
    expect(JSON.stringify(it.body)).not.toContain('RSSMRA80')
  })

  it('who calls too often waits', async () => {
    const answers = new Set<number>()
    for (let n = 0; n < 70; n += 1) {
      const answer = await visited.fetch('/api/v1/token')
      answers.add(answer.status)
      if (answer.status === 429) expect(answer.headers.get('retry-after')).toBe('60')
    }
    expect([...answers]).toEqual([401, 429])
    expect((await program.get('/token')).status).toBe(200)
  })
})

describe('flows', () => {
  it('are listed page by page, each once, and shown with an account that closes', async () => {
    await here.drop([child(20)], 'mensa-2.csv')
    const first = (await program.get('/flows?limit=1')).body
    const rest = (await program.get(`/flows?limit=100&after=${first.next}`)).body
    const ids = [...first.items, ...rest.items].map(({ id }: { id: number }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toContain(flow)
    expect(rest.next).toBeNull()
    const { account, state } = (await program.get(`/flows/${flow}`)).body
    const { read, ...terms } = account
    expect([state, read]).toEqual(['sent', 4])
    expect(Object.values(terms).reduce((sum: number, n) => sum + (n as number), 0)).toBe(read)
  })

  it('are suspended, resumed and stopped as acts of the token; refusals are told', async () => {
    const waiting = await here.drop([child(30), child(31)], 'mensa-3.csv')
    const suspended = await program.post(`/flows/${waiting}/suspend`, { note: 'importi' })
    expect(suspended.body).toMatchObject({ id: waiting, reason: 'suspended' })
    const again = await program.post(`/flows/${waiting}/suspend`)
    expect([again.status, again.body.code]).toEqual([409, 'API_REFUSED'])
    expect((await program.post(`/flows/${waiting}/resume`)).status).toBe(200)
    const few = await program.post(`/flows/${waiting}/stop`, { note: 'basta', messages: 0 })
    expect(few.body.code).toBe('API_REFUSED')
    const stopped = await program.post(`/flows/${waiting}/stop`, { note: 'basta', messages: 99 })
    expect(stopped.body).toMatchObject({ account: { cancelled: 2 } })
    const acts = await here.app.store.acts.ofFlow(waiting)
    const own = acts.filter(({ actor }) => actor.startsWith('token:'))
    expect(own.map(({ verb, origin }) => `${origin} ${verb}`)).toEqual([
      'api suspended',
      'api resumed',
      'api stopped',
    ])
  })
})

describe('messages', () => {
  it('are made once, however often they are asked for with a key', async () => {
    const key = keyed('lettera-1')
    const made = await program.post('/messages', message, key)
    expect([made.status, made.body]).toEqual([
      201,
      { flow: expect.any(Number), message: expect.any(Number) },
    ])
    const again = await program.post('/messages', message, key)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect([again.status, again.body]).toEqual([201, made.body])
    const other = await program.post('/messages', { ...message, subject: 'Un altro titolo' }, key)
    expect([other.status, other.body.code]).toEqual([422, 'API_KEY_USED'])
    const none = await program.post('/messages', message)
    expect([none.status, none.body.code]).toEqual([400, 'API_KEY_MISSING'])
    const shown = await program.get(`/messages/${made.body.message}`)
    expect(shown.body).toMatchObject({ flow: made.body.flow, service: 'mensa', purpose: 'first' })
  })

  it('that are asked for at the same time with one key are made once', async () => {
    const calls = Array.from({ length: 5 }, () =>
      program.post('/messages', { ...message, fiscalCode: parent(2) }, keyed('insieme')),
    )
    const answers = await Promise.all(calls)
    const flows = new Set(answers.map(({ body }) => body.flow).filter(Boolean))
    expect(flows.size).toBe(1)
    for (const { status } of answers) expect([201, 409]).toContain(status)
  })

  it('leave their key free where nothing came of it', async () => {
    const bad = await program.post('/messages', { ...message, subject: 'corto' }, keyed('riprova'))
    expect(bad.body.errors[0].in).toBe('body.subject')
    expect((await program.post('/messages', message, keyed('riprova'))).status).toBe(201)
  })

  it('are found by data of a person in a body, and answer none of them', async () => {
    const found = await program.post('/messages/search', { fiscalCode: parent(0).toLowerCase() })
    expect(found.body.items.length).toBeGreaterThan(0)
    expect(JSON.stringify(found.body)).not.toContain(parent(0))
    const none = await program.post('/messages/search', { fiscalCode: 'nessuno' })
    expect(none.body.items).toEqual([])
    expect((await program.post('/messages/search', {})).status).toBe(422)
  })

  it('whose outcome is unknown are decided with a reason, once', async () => {
    here.answer(({ path }) => (path === '/messages' ? { connection: 'reset-after' } : null))
    const lost = await here.drop([child(40)], 'mensa-4.csv')
    await here.send()
    here.answer(() => null)
    const [one] = await here.firsts(lost)
    if (one?.state !== 'uncertain') return expect(one?.state).toBe('uncertain')
    const to = `/messages/${one.id}/resolve`
    expect((await program.post(to, { as: 'sent' })).status).toBe(422)
    const decision = { as: 'cancelled', note: 'annullato dal gestionale' }
    const inItalian = { 'accept-language': 'it' }
    const calls = [1, 2, 3].map(() => program.post(to, decision, inItalian))
    const decided = (await Promise.all(calls)).toSorted((a, b) => a.status - b.status)
    expect(decided.map(({ status }) => status)).toEqual([200, 409, 409])
    expect(decided[0]?.body.state).toBe('cancelled')
    for (const { body } of decided.slice(1)) {
      expect(body.code).toBe('API_REFUSED')
      expect(body.detail).toMatch(/^(Lo stato non lo permette|Il suo stato è cambiato)/)
    }
  })
})

describe('files', () => {
  const rows = () => canteenFile([child(50), child(51)])

  it('are handed over once with a key, and followed', async () => {
    const { items } = (await program.get('/feeds')).body
    expect(items).toContainEqual({ feed: 'mensa', service: 'mensa', format: 'csv' })
    const path = '/feeds/mensa/drops?name=mensa-api.csv'
    const saved = await program.upload(path, rows(), 'file-1')
    expect(saved.status).toBe(201)
    const again = await program.upload(path, rows(), 'file-1')
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(again.body).toEqual(saved.body)
    expect((await program.upload(path, `${rows()}x`, 'file-1')).body.code).toBe('API_KEY_USED')
    const known = await program.upload(path, rows(), 'file-2')
    expect([known.status, known.body.drop]).toEqual([409, saved.body.drop])
    expect((await program.get(`/drops/${saved.body.drop}`)).body.state).toBe('received')
    await here.app.map(saved.body.drop)
    const { body } = await program.get(`/drops/${saved.body.drop}`)
    expect([body.state, body.flow]).toEqual(['mapped', expect.any(Number)])
    expect((await program.get(`/flows/${body.flow}`)).body.preparedBy).toEqual([
      expect.stringMatching(/^token:/),
    ])
  })

  it('are saved in one transaction with their answer, so that no break comes between', async () => {
    const path = '/feeds/mensa/drops?name=mensa-rotto.csv&again=true'
    const saved = await program.upload(path, canteenFile([child(60)]), 'file-rotto')
    const kept = await here.query(
      `select r.status, r.answer, r.xmin = d.xmin as together
       from api_requests r, drops d
       where r.key = 'file-rotto' and d.key like 'mensa-rotto.csv/%'`,
    )
    expect(kept).toEqual([{ status: 201, answer: saved.body, together: true }])
  })

  it('whose call somebody else has ended meanwhile leave nothing', async () => {
    const { uploads } = here.app.desk
    const bytes = (async function* () {
      yield Buffer.from(canteenFile([child(61)]))
    })()
    const request = { key: 'file-rotto', answerOf: () => ({ status: 201, answer: {} }) }
    const file = { name: 'mensa-tardi.csv', mediaType: 'text/csv', bytes }
    const asked = { actor: 'token:x', origin: 'api', note: null, request }
    expect(await uploads.add('comune-di-esempio', 'mensa', file, asked)).toEqual({ kind: 'busy' })
    expect(await here.query(`select from drops where key like 'mensa-tardi.csv/%'`)).toEqual([])
  })

  it('of another kind, without a name or for no feed are refused', async () => {
    const path = '/feeds/mensa/drops'
    expect((await program.upload(path, rows(), 'f3')).body.errors[0].in).toBe('query.name')
    const pdf = await program.upload(`${path}?name=a.csv`, '%PDF-1.7 …', 'f4')
    expect([pdf.status, pdf.body.code]).toEqual([422, 'API_INVALID'])
    expect((await program.upload('/feeds/nessuno/drops?name=a', 'x', 'f5')).status).toBe(404)
    const json = await program.post(`${path}?name=a.csv`, {}, keyed('f6'))
    expect(json.status).toBe(422)
  })
})

it('statistics are what the page counts', async () => {
  await here.app.foldCounts(new AbortController().signal)
  const { body } = await program.get('/statistics?from=2020-01-01&to=2099-12-31&by=service')
  const mensa = body.items.find(({ name }: { name: string }) => name === 'mensa')
  expect(mensa.messages).toBeGreaterThan(3)
})
