// Plain calls against services on loopback: what is asked, what JSON and the states of HTTP mean,
// and what broken and hostile services may not do.
import { beforeEach, describe, expect, it } from 'vitest'
import {
  bytesOf,
  collect,
  contextFor,
  type Saved,
  sourceErrorOf,
} from '../../test/contract/connector.ts'
import { nothingTold, receiptOf, reportOf, type Told } from '../../test/contract/report.ts'
import {
  endingServices,
  type Handler,
  json,
  type SoapService,
} from '../../test/fakes/soap-service.ts'
import { readPart, recordSpec } from '../../test/mapping/reading.ts'
import soap from './index.ts'

const password = 'una-password-lunga'

beforeEach(() => {
  process.env['STAFFETTA_GPD_KEY'] = password
})

const get = { operation: 'leggi', method: 'GET', path: '/lista' }
const settingsFor = ({ url }: SoapService, more: object) => ({ endpoint: url, ...more }) as never
const { serve } = endingServices()

async function pollOnce(handle: Handler, more: { call?: object; [name: string]: unknown } = {}) {
  const service = await serve(handle)
  const settings = settingsFor(service, { ...more, call: { ...get, ...more.call } })
  const drops = await collect(soap, contextFor(soap, settings))
  return { service, drops }
}
const errorOf = async (handle: Handler, more = {}) => sourceErrorOf(pollOnce(handle, more))

async function ask(handle: Handler, lookup: object, keys = ['k'], more: object = {}) {
  const service = await serve(handle)
  const call = { ...get, path: '/{{ key }}', fields: { stato: '$/stato' }, ...lookup }
  const settings = settingsFor(service, { ...more, lookup: call })
  return { service, rows: await soap.lookup!(contextFor(soap, settings), keys) }
}

async function tell(handle: Handler, step: object, more: object = {}, told: Told = nothingTold()) {
  const service = await serve(handle)
  const call = { name: 'uno', operation: 'Registra', method: 'POST', path: '/esiti', ...step }
  const settings = settingsFor(service, { receipt: { on: [{ steps: [call], ...more }] } })
  const receipt = receiptOf({ key: 'A/7', messageId: '01ARZ' })
  const payment = { noticeNumber: '3'.repeat(18), amountCents: 4005, payee: null }
  const notice = { fiscalCode: 'AAAAAA00A00A000A', subject: 's', markdown: 'm', dueAt: null }
  const notices = new Map([[receipt.id, { ...notice, payment, values: { rata: '' } }]])
  const report = reportOf('drop', '', 0, { receipts: [receipt], told, notices })
  const ended = await soap.writeBack!(contextFor(soap, settings), report).catch((error) => error)
  return { service, receipt, told, ended }
}

describe('a plain call', () => {
  it('is asked by method, path, query and headers, whatever their values hold', async () => {
    const { service } = await ask(
      json({ stato: 'x' }),
      {
        path: '/enti/{{ key }}/posizioni',
        query: { cf: '{{ key }}', stato: ['A', 'B'], vuoto: '', limite: 50 },
        headers: { 'X-Chiave': '{{ secrets.chiave }}' },
        omitEmpty: true,
      },
      ['a/b ?&%c'],
      {
        secrets: { chiave: 'env:STAFFETTA_GPD_KEY' },
        basic: { username: 'io', password: 'env:STAFFETTA_GPD_KEY' },
      },
    )
    const [request] = service.received
    expect([request!.method, request!.body]).toEqual(['GET', ''])
    expect(request!.path).toBe(
      '/ws/enti/a%2Fb%20%3F%26%25c/posizioni?cf=a%2Fb+%3F%26%25c&stato=A&stato=B&limite=50',
    )
    expect(request!.headers).toMatchObject({ 'x-chiave': password })
    expect(request!.headers['authorization']).toMatch(/^Basic /)
    expect(request!.headers['content-type']).toBeUndefined()
  })

  it.each(['..', '.', ''])('never asks another address because a value is "%s"', async (key) => {
    const { service, rows } = await ask(json({ stato: 'x' }), { path: '/a/{{ key }}' }, [key])
    expect(rows.get(key)).toMatchObject({ code: 'SRC_TEMPLATE' })
    expect(service.received).toEqual([])
  })

  it('sends no header that a value would break in two', async () => {
    const { service, rows } = await ask(json({}), { headers: { x: '{{ key }}' } }, ['a\r\nb: c'])
    expect(rows.get('a\r\nb: c')).toMatchObject({ code: 'SRC_TEMPLATE' })
    expect(service.received).toEqual([])
  })

  it('has a body of JSON whose numbers and booleans are such, to the last digit', async () => {
    const { service, told } = await tell(json({ esito: true }), {
      json: {
        handler: 'tari',
        fisso: 1,
        vero: true,
        nullo: null,
        importo: { $number: '{{ notice.amount }}' },
        centesimi: { $number: '{{ notice.amountCents }}0000000000000000' },
        inviato: { $boolean: '{{ receipt.fate | replace: "sent", "true" }}' },
        testo: '{{ notice.amountCents }} "x"',
        file: { $base64: 'ciao' },
        rata: '{{ values.rata }}',
        lista: [1, '{{ receipt.key }}'],
      },
      omitEmpty: true,
    })
    expect(told.given.size).toBe(1)
    const [request] = service.received
    expect(request!.headers['content-type']).toBe('application/json')
    expect(request!.body).toBe(
      '{"handler":"tari","fisso":1,"vero":true,"nullo":null,"importo":40.05,' +
        '"centesimi":40050000000000000000,"inviato":true,"testo":"4005 \\"x\\"",' +
        '"file":"Y2lhbw==","lista":[1,"A/7"]}',
    )
  })

  it('asks for many keys at once by a list', async () => {
    const handle: Handler = ({ body }, ...rest) => {
      const { chiavi } = JSON.parse(body) as { chiavi: { id: string }[] }
      return json(chiavi.map(({ id }) => ({ id, stato: `s-${id}` })))({} as never, ...rest)
    }
    const { rows } = await ask(
      handle,
      {
        ...{ method: 'POST', path: '/molti', records: '$', key: '$/id', batch: 10 },
        json: { chiavi: { $each: 'keys', id: '{{ key }}' } },
      },
      ['a', 'b'],
    )
    expect([...rows]).toEqual([
      ['a', { stato: 's-a' }],
      ['b', { stato: 's-b' }],
    ])
  })

  it.each([
    ['a form', { form: { a: 'x & y' } }, 'application/x-www-form-urlencoded', 'a=x+%26+y'],
    ['XML', { xml: { a: { b: '<' } } }, 'application/xml; charset=utf-8', '<a><b>&lt;</b></a>'],
  ])('has a body that is %s', async (_name, step, type, body) => {
    const { service } = await tell(json({ esito: true }), step)
    const [request] = service.received
    expect([request!.headers['content-type'], request!.body]).toEqual([type, body])
  })

  it('opens a session by a form, and shows the token', async () => {
    const handle: Handler = (request, ...rest) => {
      if (request.path !== '/token') return json({ stato: 'x' })(request, ...rest)
      return json({ access_token: 'T-1', expires_in: 600 })(request, ...rest)
    }
    const service = await serve(handle)
    const token = new URL('/token', service.url).href
    const login = {
      ...{ operation: 'Voucher', method: 'POST', endpoint: token, token: 'access_token' },
      form: { grant_type: 'client_credentials', client_secret: '{{ secrets.s }}' },
    }
    const settings = settingsFor(service, {
      ...{ login, secrets: { s: 'env:STAFFETTA_GPD_KEY' } },
      headers: { Authorization: 'Bearer {{ token }}' },
      call: get,
    })
    await collect(soap, contextFor(soap, settings))
    const [first, second] = service.received
    expect(first!.body).toBe(`grant_type=client_credentials&client_secret=${password}`)
    expect(first!.headers['authorization']).toBeUndefined()
    expect(second!.headers['authorization']).toBe('Bearer T-1')
  })

  it.each([
    ['400', json({ error: 'invalid_client' }, 400)],
    ['401', json({}, 401)],
  ])('whose session is refused by %s says that user and password are wrong', async (_s, handle) => {
    const login = { operation: 'Voucher', method: 'POST', form: { a: 'b' }, token: 'access_token' }
    const error = await errorOf(handle, { login })
    expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
  })

  it('may stand beside calls of SOAP, of which it has nothing', () => {
    const problemsOf = (call: object) =>
      soap.settings.safeParse({ endpoint: 'http://x.invalid', call: { operation: 'A', ...call } })
        .error?.issues[0]?.message
    expect(problemsOf({ method: 'GET', path: '/a/{{ page }}' })).toBeUndefined()
    expect(problemsOf({ method: 'GET', args: { a: 'b' } })).toContain('`args` is of SOAP')
    expect(problemsOf({ json: {} })).toBeUndefined() // Nothing is said by it.
    expect(problemsOf({ path: '/a' })).toContain('give it a `method`')
    expect(problemsOf({ method: 'GET', json: { a: 1 } })).toContain('GET has no body')
    expect(problemsOf({ method: 'POST', json: [], form: {} })).toContain('two bodies')
    expect(problemsOf({ method: 'GET', path: 'a' })).toContain('a path such as')
    expect(problemsOf({ method: 'GET', path: '/a?b=c' })).toContain('`query`')
    expect(problemsOf({ method: 'GET', path: '/{{ a | nope }}' })).toContain('nope')
    expect(problemsOf({ method: 'POST', json: { $numero: '1' } })).toContain('$numero is none of')
    expect(problemsOf({ method: 'GET', emptyWhen: [{}] })).toContain('a rule is')
  })
})

describe('an answer without an envelope', () => {
  const list = { elenco: [{ id: 1, n: 1.5 }, { id: 2 }], altro: null }

  it('is handed over as it came, and read by a mapping of JSON', async () => {
    const text = '{"elenco": [{"id": 1, "importo": 10.50}, {"id": 2, "importo": null}]}'
    const service = await serve(json(text))
    const settings = settingsFor(service, { call: { ...get, records: 'elenco' } })
    const drop = (await soap.poll(contextFor(soap, settings)).next()).value!
    const [part] = drop.parts
    expect([part!.mediaType, part!.name]).toEqual(['application/json', 'leggi-all.json'])
    const bytes = await bytesOf(drop)
    expect(bytes.toString()).toBe(text)
    const fields = { importo: { column: 'importo', type: 'text' } }
    const spec = recordSpec({ format: 'json', rows: 'elenco', fields })
    expect(readPart(spec, bytes).records).toHaveLength(2)
  })

  it('is nothing new when only what surrounds its records changes', async () => {
    const handle: Handler = (request, response, ora) =>
      json({ ...list, ora })(request, response, ora)
    const saved: Saved = { keys: new Set() }
    const service = await serve(handle)
    const settings = settingsFor(service, { call: { ...get, records: 'elenco' } })
    for (const count of [1, 0]) {
      expect(await collect(soap, contextFor(soap, settings, { saved }))).toHaveLength(count)
    }
  })

  it.each([
    ['an empty list', { elenco: [] }],
    ['null instead of the list', { elenco: null }],
  ])('that has %s is empty', async (_name, body) => {
    const { drops } = await pollOnce(json(body), { call: { records: 'elenco' } })
    expect(drops).toEqual([])
  })

  it('that has a list without the records that are asked for is empty', async () => {
    const records = 'elenco[id=3]'
    expect((await pollOnce(json(list), { call: { records } })).drops).toEqual([])
  })

  it('of another kind is never an empty list', async () => {
    for (const body of [{ messaggio: 'manutenzione' }, [], 'null', '"x"']) {
      const error = await errorOf(json(body), { call: { records: 'elenco' } })
      expect(error.code).toBe('SRC_ANSWER')
    }
  })

  it('keeps the digits of its numbers, and names what is in lists', async () => {
    const body = '{"a":{"n":12345678901234567890.10},"l":[[1,2],[3]],"b":false,"z":null}'
    const fields = { n: 'a/n', b: '$/b', l: 'l/*', z: '$/z' }
    const { rows } = await ask(json(body), { fields })
    expect(rows.get('k')).toEqual({ n: '12345678901234567890.10', b: 'false', l: '1', z: '' })
  })

  it('is written as HTTP says, whatever documents within it say', async () => {
    const body = `{"stato":"<?xml version='1.0' encoding='iso-8859-1'?>à"}`
    const latin: Handler = (_request, response) => {
      response.setHeader('content-type', 'application/json; charset=iso-8859-1')
      return Buffer.from(body, 'latin1')
    }
    for (const handle of [json(body), latin]) {
      const { rows } = await ask(handle, {})
      expect(rows.get('k')).toMatchObject({ stato: expect.stringMatching(/à$/) })
    }
  })

  it('that is XML is read as such', async () => {
    const { rows } = await ask(() => '<r><stato>x</stato></r>', { fields: { stato: 'r/stato' } })
    expect(rows.get('k')).toEqual({ stato: 'x' })
  })

  it.each([
    ['a web page', '<!DOCTYPE html><html></html>', 'a web page, not JSON'],
    ['a web page that is XML', '<?xml version="1.0"?><html><p/></html>', 'a web page'],
    ['nothing', '', 'is empty'],
    ['half a document', '{"a": [1, ', 'no JSON'],
    ['a text', 'Servizio non disponibile', 'no JSON'],
    ['depths', '['.repeat(100_000) + ']'.repeat(100_000), 'nested'],
    ['a million values', `[${'0,'.repeat(1_000_001)}0]`, 'more than'],
  ])('is not %s', async (_name, body, words) => {
    for (const status of [200, 404]) {
      if (status === 404 && body === '') continue // A state without words is one that rules name.
      const emptyWhen = [{ status: [404] }]
      const error = await errorOf(json(body, status), { call: { emptyWhen } })
      expect([error.code, error.retry]).toEqual(['SRC_ANSWER', true])
      expect(error.message).toContain(words)
    }
  })

  it('is bounded, and is not fetched from where it leads to', async () => {
    const limits = { maximumAnswerBytes: 1024 }
    expect((await errorOf(json({ a: 'x'.repeat(2000) }), { limits })).code).toBe(
      'SRC_ANSWER_BOUNDS',
    )
    const service = await serve(json({}, 302, { location: 'http://169.254.169.254/' }))
    const settings = settingsFor(service, { call: get })
    const error = await sourceErrorOf(collect(soap, contextFor(soap, settings)))
    expect([error.code, service.received.length]).toEqual(['SRC_ANSWER', 1])
  })

  it('that does not come in time is lost', async () => {
    const error = await errorOf(() => undefined, { limits: { readTimeoutSeconds: 1 } })
    expect([error.code, error.retry]).toEqual(['SRC_CONNECTION_LOST', true])
  })

  it('says its words by the title of a problem, without what is a person’s', async () => {
    const body = { title: 'Ente sospeso per AAAAAA00A00A000A', detail: 'segreto' }
    const type = { 'content-type': 'application/problem+json' }
    const error = await errorOf(json(body, 422, type))
    expect(error.message).toBe(
      'the answer to leggi is an error of HTTP, 422 (Ente sospeso per […])',
    )
  })
})

describe('a state of HTTP', () => {
  const missing = { status: [404], path: 'codice', in: ['EN122'] }

  it('means what the rules of the call say, together with what the body says', async () => {
    const asked = { emptyWhen: [missing] }
    expect((await ask(json({ codice: 'EN122' }, 404), asked)).rows.size).toBe(0)
    const gateway = json({ title: 'No route' }, 404, { 'content-type': 'application/problem+json' })
    for (const handle of [gateway, json('<html></html>', 404), json('', 404)]) {
      expect((await ask(handle, asked)).rows.get('k')).toMatchObject({ code: 'SRC_ANSWER' })
    }
    expect((await ask(json({ codice: 'EN122' }), asked)).rows.get('k')).toBeInstanceOf(Error)
  })

  it('204 is nothing, and 401 and 403 are a matter of who asks, unless a rule knows', async () => {
    const empty: Handler = (_request, response) => void response.writeHead(204).end()
    expect((await ask(empty, {})).rows.size).toBe(0)
    for (const status of [401, 403]) {
      expect((await sourceErrorOf(ask(json({}, status), {}))).code).toBe('SRC_CREDENTIALS')
      const emptyWhen = [{ status: [status] }]
      expect((await ask(json({}, status), { emptyWhen })).rows.size).toBe(0)
    }
  })

  it('429 is waited for as the service asks, within bounds', async () => {
    const busyTwice: Handler = (request, response, count) =>
      json({ stato: 'x' }, count < 3 ? 429 : 200, { 'retry-after': '7' })(request, response, count)
    const { rows, service } = await ask(busyTwice, {})
    expect([rows.get('k'), service.received.length]).toEqual([{ stato: 'x' }, 3])
    const date = { date: 'Mon, 02 Mar 2026 08:00:00 GMT' }
    for (const [wish, calls] of [
      ['7', 4],
      ['31', 1],
      ['Mon, 02 Mar 2026 08:00:20 GMT', 4],
      ['Mon, 02 Mar 2026 09:00:00 GMT', 1],
      ['presto', 1],
    ] as const) {
      const patient = await serve(json({}, 425, { 'retry-after': wish, ...date }))
      const settings = settingsFor(patient, { call: get })
      const error = await sourceErrorOf(collect(soap, contextFor(soap, settings)))
      expect([error.code, error.retry]).toEqual(['SRC_BUSY', true])
      expect([wish, patient.received.length]).toEqual([wish, calls])
    }
  })

  it('503 to what must not be made twice is not made twice', async () => {
    const busy = json({}, 503, { 'retry-after': '1' })
    const { service, told, receipt, ended } = await tell(busy, { json: {} })
    expect([ended.code, service.received.length]).toEqual(['SRC_BUSY', 1])
    expect(told.failed.get(receipt.id)?.mayBeGiven).toBe(true)
  })
})
