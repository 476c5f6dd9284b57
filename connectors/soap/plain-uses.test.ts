// What plain calls are used for, against services on loopback: lists read page by page, systems
// that are told how a record ended, and the two examples without an envelope as they stand.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { FeedSpec } from '../../src/config/feed.ts'
import { SystemSpec } from '../../src/config/system.ts'
import { answerOf, askedTable } from '../../src/mapping/answer.ts'
import { collect, contextFor, type Saved, sourceErrorOf } from '../../test/contract/connector.ts'
import { nothingTold, receiptOf, reportOf, type Told } from '../../test/contract/report.ts'
import { endingServices, type Handler, json, type Received } from '../../test/fakes/soap-service.ts'
import { readPart, recordSpec } from '../../test/mapping/reading.ts'
import soap from './index.ts'

const password = 'una-password-lunga'
const exampleOf = (name: string) =>
  parse(readFileSync(join(import.meta.dirname, 'examples', name), 'utf8'))
const queryOf = ({ path }: Received) => new URL(path, 'http://x').searchParams
const { serve } = endingServices()

beforeEach(() => {
  process.env['STAFFETTA_PAGAMENTI_PASSWORD'] = password
  process.env['STAFFETTA_GPD_KEY'] = password
})

/** Polls a service with these settings, as often as there are counts of drops to be expected. */
async function pollAll(handle: Handler, settings: object, saved: Saved = { keys: new Set() }) {
  const service = await serve(handle)
  const context = contextFor(soap, { endpoint: service.url, ...settings } as never, { saved })
  const drops = await collect(soap, context)
  return { drops: drops.map(({ bytes }) => bytes.toString()), received: service.received }
}

describe('a list', () => {
  const call = { operation: 'leggi', method: 'GET', path: '/l', records: 'righe', omitEmpty: true }
  const pages = [[1, 2], [3], [4, 5]].map((ids) => ids.map((id) => ({ id })))

  it('is read for as many pages as it says, though one is shorter than was asked for', async () => {
    const handle: Handler = (request, ...rest) => {
      const righe = pages[Number(queryOf(request).get('page'))]
      return json({ righe, pagine: { totale: pages.length } })(request, ...rest)
    }
    const query = { page: '{{ page }}', limit: '{{ size }}' }
    const paging = { by: 'page', first: 0, size: 100, pages: 'pagine/totale' }
    const { drops, received } = await pollAll(handle, { call: { ...call, query }, paging })
    expect(drops.map((text) => JSON.parse(text).righe)).toEqual(pages)
    expect(received).toHaveLength(3)
    const mute = pollAll(json({ righe: pages[0] }), { call: { ...call, query }, paging })
    expect((await sourceErrorOf(mute)).message).toContain('no number at pagine/totale')
  })

  it.each(['header', 'path'])('goes on by the token in a %s, to its end', async (where) => {
    const handle: Handler = (request, ...rest) => {
      const at = Number(queryOf(request).get('da') ?? '0')
      const next = at + 1 < pages.length ? String(at + 1) : ''
      const headers = where === 'header' && next ? { 'X-Continuation-Token': next } : undefined
      return json(
        { righe: pages[at], ...(where === 'path' && { poi: next }) },
        200,
        headers,
      )(request, ...rest)
    }
    const paging = {
      by: 'continuation',
      ...(where === 'path' ? { path: '$/poi' } : { header: 'X-Continuation-Token' }),
    }
    const query = { da: '{{ continuation }}' }
    const { drops, received } = await pollAll(handle, { call: { ...call, query }, paging })
    expect(drops.map((text) => JSON.parse(text).righe)).toEqual(pages)
    expect(received.map(queryOf).map((one) => one.get('da'))).toEqual([null, '1', '2'])
  })

  it('whose tokens never end is an error, as is one without end', async () => {
    const paging = { by: 'continuation', path: '$/poi' }
    const circle: Handler = (request, response, count) =>
      json({ righe: [{ id: count }], poi: String(count % 2) })(request, response, count)
    const endless: Handler = (request, response, count) =>
      json({ righe: [{ id: count }], poi: String(count) })(request, response, count)
    for (const handle of [circle, endless]) {
      const error = await sourceErrorOf(
        pollAll(handle, { call, paging, limits: { maximumPages: 5 } }),
      )
      expect(error.code).toBe('SRC_WINDOW')
    }
  })

  it('too long for its days is asked for in fewer', async () => {
    const handle: Handler = (request, ...rest) => {
      const [from, to] = ['da', 'a'].map((name) => queryOf(request).get(name))
      return json({ righe: [{ id: from }], totale: from === to ? 1 : 2 })(request, ...rest)
    }
    const query = { da: '{{ from }}', a: '{{ to }}' }
    const tooManyWhen = [{ path: 'totale', notIn: ['0', '1'] }]
    const paging = { by: 'dates', start: '2026-01-01', maximumDays: 4, tooManyWhen }
    const { received } = await pollAll(handle, { call: { ...call, query }, paging })
    expect(received.slice(0, 3).map(queryOf).map(String)).toEqual([
      'da=2026-01-01&a=2026-01-04',
      'da=2026-01-01&a=2026-01-02',
      'da=2026-01-01&a=2026-01-01',
    ])
  })

  it('and the details of its records are one document', async () => {
    const handle: Handler = ({ path }, ...rest) =>
      json(path === '/ws/l' ? { righe: pages[0] } : { dettaglio: path.slice(-1) })(
        {} as never,
        ...rest,
      )
    const details = { operation: 'uno', method: 'GET', path: '/l/{{ record.id }}' }
    const settings = { call, details: { ...details, key: '{{ record.id }}' } }
    const { drops } = await pollAll(handle, settings)
    expect(drops.map((text) => JSON.parse(text))).toEqual([
      { list: { righe: pages[0] }, detail: [{ dettaglio: '1' }, { dettaglio: '2' }] },
    ])
  })

  it('that is not ready yet is asked for again by the next poll', async () => {
    const handle: Handler = ({ method }, response, count) => {
      if (method === 'POST') return json({ id: 'L-1' }, 202)({} as never, response, count)
      const [body, state] = count < 3 ? [{}, 425] : [{ stato: 'OK', righe: [] }, 200]
      return json(body, state)({} as never, response, count)
    }
    const status = {
      ...{ operation: 'stato', method: 'GET', path: '/l/{{ job }}' },
      emptyWhen: [{ status: [425] }],
    }
    const job = { token: '$/id', status, state: '$/stato', pending: [''], done: ['OK'] }
    const saved: Saved = { keys: new Set() }
    const settings = { call: { operation: 'ordina', method: 'POST', json: {} }, job }
    const service = await serve(handle)
    const full = { endpoint: service.url, ...settings } as never
    for (const count of [0, 1]) {
      expect(await collect(soap, contextFor(soap, full, { saved }))).toHaveLength(count)
    }
    expect(service.received.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET'])
  })
})

describe('a result that stands at an address', () => {
  const fetched = async (scheme: string) => {
    const seen: Received[] = []
    const handle: Handler = (request, ...rest) => {
      const address = `${scheme}://${request.headers.host}/risultato`
      const body = { '/ws/token': { t: 'T-1' }, '/ws/l': { id: '1' }, '/risultato': [1] }
      if (request.path === '/risultato') seen.push(request)
      return json(body[request.path as keyof typeof body] ?? { stato: 'OK', dove: address })(
        request,
        ...rest,
      )
    }
    const plain = (operation: string, path: string) => ({ operation, method: 'GET', path })
    const status = plain('stato', '/l/{{ job }}')
    const states = { state: '$/stato', pending: ['NO'], done: ['OK'], address: '$/dove' }
    const { drops } = await pollAll(handle, {
      headers: { Authorization: 'Bearer {{ token }}' },
      login: { ...plain('token', '/token'), token: '$/t' },
      call: plain('ordina', '/l'),
      job: { token: '$/id', status, ...states },
    })
    return { drops, shown: seen.map(({ headers }) => headers['authorization']) }
  }

  it('is fetched within the session that ordered it', async () => {
    expect(await fetched('http')).toEqual({ drops: ['[1]'], shown: ['Bearer T-1'] })
  })

  it('is not fetched by another scheme than that of the endpoint', async () => {
    const error = await sourceErrorOf(fetched('https'))
    expect([error.code, error.message]).toEqual(['SRC_ANSWER', expect.stringContaining('neither')])
  })
})

describe('a system that is told', () => {
  const receipt = receiptOf({ key: 'A/7', messageId: '01ARZ' })
  const step = {
    ...{ name: 'uno', operation: 'Registra', method: 'POST', path: '/esiti' },
    json: { id: '{{ receipt.id }}', id_atto: '{{ receipt.key }}' },
  }
  const tell = async (handle: Handler, telling: object, told: Told = nothingTold()) => {
    const service = await serve(handle)
    const settings = { endpoint: service.url, receipt: { on: [telling] } }
    const report = reportOf('drop', '', 0, { receipts: [receipt], told })
    await soap.writeBack!(contextFor(soap, settings as never), report)
    return { told, received: service.received, failure: told.failed.get(receipt.id) }
  }

  it('by what it says, whatever the state of HTTP is', async () => {
    const rules = { okWhen: [{ path: '$/esito', in: ['true'] }], errorText: '$/messaggio' }
    const steps = [{ ...step, ...rules }]
    const good = await tell(json({ esito: true, messaggio: '' }), { steps })
    expect(good.told.given.size).toBe(1)
    expect(JSON.parse(good.received[0]!.body)).toEqual({ id: receipt.id, id_atto: 'A/7' })
    const bad = await tell(json({ esito: false, messaggio: 'atto ignoto' }), { steps })
    expect(bad.failure).toMatchObject({ mayBeGiven: false, error: { code: 'SRC_REFUSED' } })
    expect(bad.failure?.error.message).toContain('atto ignoto')
  })

  it('by the shape of what it says, where it always answers 200', async () => {
    const steps = [{ ...step, fatalWhen: [{ path: '$/codice', present: true }] }]
    expect((await tell(json([{ nome: 'x.zip' }]), { steps })).told.given.size).toBe(1)
    const refused = await tell(json({ codice: '400', descrizione: 'File esistente.' }), { steps })
    expect(refused.failure?.error.message).toContain('$/codice = 400')
  })

  it.each([400, 409, 422])('and refuses by HTTP %i has not done it', async (status) => {
    const { failure } = await tell(json({}, status), { steps: [step] })
    expect(failure?.mayBeGiven).toBe(false)
  })

  it.each([
    ['a web page', json('<html></html>')],
    ['HTTP 500', json({}, 500)],
    ['HTTP 500 and words', json({ error: 'Internal Server Error' }, 500)],
    ['HTTP 503', json({}, 503)],
    ['no end', ((_request, response) => void response.destroy()) satisfies Handler],
  ])('and answers with %s may have done it: a person decides', async (_name, handle) => {
    const okWhen = [{ path: '$/esito', in: ['true'] }]
    const steps = [{ ...step, okWhen, retryWhen: [{ status: [503] }] }]
    const told = nothingTold()
    await tell(handle, { steps }, told).catch(() => {})
    if (told.failed.size === 0) await tell(json({}), { steps }, told)
    expect(told.failed.get(receipt.id)?.mayBeGiven).toBe(true)
  })

  it('is asked whether it has the record, where 404 says no', async () => {
    const have = new Set<string>()
    const handle: Handler = ({ method, path, body }, ...rest) => {
      if (method === 'GET') {
        const state = have.has(path.split('/').at(-1)!) ? 200 : 404
        return json({ codice: state === 404 ? 'NO' : 'SI' }, state)({} as never, ...rest)
      }
      have.add(JSON.parse(body).id)
      return json({ esito: true })({} as never, ...rest)
    }
    const find = {
      ...{ operation: 'Cerca', method: 'GET', path: '/esiti/{{ receipt.id }}' },
      emptyWhen: [{ status: [404], path: '$/codice', in: ['NO'] }],
      existsWhen: [{ status: [200], path: '$/codice', in: ['SI'] }],
    }
    const told: Told = { ...nothingTold(), begun: new Set([receipt.id]) }
    const { received } = await tell(handle, { steps: [step], find }, told)
    expect(received.map(({ method }) => method)).toEqual(['GET', 'POST'])
    const again: Told = { ...nothingTold(), begun: new Set([receipt.id]) }
    const asked = await tell(handle, { steps: [step], find }, again)
    expect([asked.received.length, again.given.size]).toEqual([1, 1])
  })
})

describe('the example', () => {
  it('posizione-debitoria.yaml says in one word whether a debt can still be paid', async () => {
    const { settings, lookup } = SystemSpec.parse(exampleOf('posizione-debitoria.yaml'))
    const states: Record<string, object> = {
      '1': { stato_pagamento: 'In attesa  di pagamento' },
      '2': { stato_pagamento: 'in_attesa_di_richiesta ' },
      '3': { stato_pagamento: 'PAGATA', ricevuta: { esito: '0' } },
      '4': { stato_pagamento: 'pagato_con_errore', ricevuta: { esito: '0' } },
      '5': { stato_pagamento: 'mai vista' },
    }
    const handle: Handler = ({ path, headers }, ...rest) => {
      const pair = Buffer.from(`staffetta:${password}`).toString('base64')
      expect(headers['authorization']).toBe(`Basic ${pair}`)
      const id = /^\/pagopa\/posizioni-debitorie\/G224\/tari\/(.*)$/.exec(path)?.[1] ?? ''
      const missing = { title: 'Non trovata', codice: 'POSIZIONE_NON_TROVATA' }
      if (id === 'x') return json({ title: 'No route' }, 404)({} as never, ...rest)
      return json(states[id] ?? missing, states[id] ? 200 : 404)({} as never, ...rest)
    }
    const service = await serve(handle)
    const endpoint = new URL('/pagopa', service.url).href
    const keys = ['1', '2', '3', '4', '5', '6', 'x']
    const rows = await soap.lookup!(contextFor(soap, { ...settings, endpoint } as never), keys)
    expect(rows.has('6')).toBe(false)
    expect(rows.get('x')).toMatchObject({ code: 'SRC_ANSWER' })
    const asked = askedTable('pagamenti', lookup!)
    const said = keys.slice(0, 5).map((key) => {
      return answerOf(rows.get(key) as never, asked, Temporal.Instant.from('2026-03-02T08:00:00Z'))
    })
    const day = { asked_at: '2026-03-02' }
    expect(said.slice(0, 4)).toMatchObject([
      { values: { stato: 'aperta', ...day } },
      { values: { stato: 'aperta', ...day } },
      { values: { stato: 'pagata', esito: '0', ...day } },
      { values: { stato: 'in dubbio', esito: '0', ...day } },
    ])
    expect(said[4]).toHaveProperty('problem')
  })

  it('posizioni-debitorie.yaml reads all pages, for a mapping of JSON', async () => {
    const feed = FeedSpec.parse(exampleOf('posizioni-debitorie.yaml'))
    const positions = Array.from({ length: 5 }, (_, index) => ({
      iupd: `P-${index}`,
      payment_option: [{ iuv: String(index), amount: 4005 }],
    }))
    const handle: Handler = (request, ...rest) => {
      expect(request.headers['ocp-apim-subscription-key']).toBe(password)
      expect(request.path).toMatch(/^\/ws\/organizations\/00000000000\/debtpositions\?limit=50&/)
      const page = Number(queryOf(request).get('page'))
      const payment_position_list = positions.slice(page * 2, page * 2 + 2)
      const page_info = { page, limit: 2, items_found: 5, total_pages: 3 }
      return json({ payment_position_list, page_info })(request, ...rest)
    }
    const service = await serve(handle)
    const settings = { ...feed.settings, endpoint: service.url } as never
    const lines = await soap.check(contextFor(soap, settings))
    expect(lines.map(({ ok, what }) => [ok, what])).toEqual([
      [true, 'read the secrets'],
      [true, expect.stringMatching(/^write call: /)],
      [true, 'nothing was called: name a harmless call under `check` to have it tried'],
    ])
    expect(service.received).toEqual([])
    const drops = await collect(soap, contextFor(soap, settings))
    expect(drops.map(({ name }) => name)).toEqual([
      ...['PosizioniDebitorie-page-0.json', 'PosizioniDebitorie-page-1.json'],
      'PosizioniDebitorie-page-2.json',
    ])
    const fields = { importo: { column: 'payment_option.amount', type: 'text' } }
    const spec = recordSpec({ format: 'json', rows: 'payment_position_list', fields })
    expect(drops.flatMap(({ bytes }) => readPart(spec, bytes).records)).toHaveLength(5)
  })
})
