// The connector to SOAP services, against services on loopback: the contract of every connector,
// with a queue that the `soap` package serves from a WSDL, then sessions, paging, details and jobs.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import {
  collect,
  connectorContract,
  contextFor,
  type Rig,
  sourceErrorOf,
} from '../../test/contract/connector.ts'
import { keptInMemory } from '../../test/contract/memory-rig.ts'
import {
  endingServices,
  envelope,
  type SoapService,
  startPackageService,
} from '../../test/fakes/soap-service.ts'
import { openCaller } from './call.ts'
import soap from './index.ts'
import type { SoapSettings } from './settings.ts'

const wsdl = join(import.meta.dirname, 'fixtures/coda.wsdl')
const password = 'una-password-lunga'

/** Registration, found by the reference that it was given. */
const receipt = {
  perSecond: 100,
  on: [
    {
      findFirst: true,
      find: {
        operation: 'trova',
        args: { id: '{{ receipt.id }}' },
        records: 'TrovaResponse/numero',
      },
      steps: [
        {
          name: 'registrazione',
          operation: 'registra',
          args: {
            id: '{{ receipt.id }}',
            chiave: '{{ receipt.key }}',
            esito: '{{ receipt.fate }}',
          },
          answer: { numero: 'RegistraResponse/numero' },
        },
      ],
    },
  ],
}

const lookup = {
  operation: 'contatti',
  args: { chiave: { $each: 'keys', $text: '{{ key }}' } },
  batch: 100,
  parallel: 2,
  records: 'ContattiResponse/persona',
  key: 'persona/chiave',
  fields: { email: 'persona/email' },
}

async function startRig(): Promise<Rig<SoapSettings>> {
  const { queue, ledger, people, reached } = keptInMemory()
  const isWanted = (args: { utente?: string; password?: string }) =>
    args.utente === 'STAFFETTA' && args.password === password
  const service = await startPackageService(wsdl, {
    Coda: {
      CodaPort: {
        elenco: (args) => ({
          documento: isWanted(args) ? [...queue.keys()].map((id) => ({ id })) : [],
        }),
        scarica: ({ id }) => ({
          contenuto: Buffer.from(queue.get(id) ?? []).toString('base64'),
        }),
        conferma: ({ id }) => ({ esito: queue.delete(id) ? 'OK' : 'SCONOSCIUTO' }),
        registra: (args) => ({ numero: ledger.push(args) }),
        trova: ({ id }) => ({
          numero: ledger.flatMap((one, index) => (one.id === id ? [index + 1] : [])),
        }),
        contatti: ({ chiave }) => ({
          persona: [chiave].flat().flatMap((key) => {
            const row = people.get(key)
            return row === undefined ? [] : [{ chiave: key, ...row }]
          }),
        }),
      },
    },
  })
  process.env['STAFFETTA_TEST_SOAP'] = password
  return {
    connector: soap,
    settings: {
      wsdl,
      endpoint: service.url,
      secrets: { password: 'env:STAFFETTA_TEST_SOAP' },
      call: {
        operation: 'elenco',
        args: { utente: 'STAFFETTA', password: '{{ secrets.password }}' },
        records: 'ElencoResponse/documento',
      },
      details: {
        operation: 'scarica',
        args: { id: '{{ record.id }}' },
        as: 'drops',
        key: '{{ record.id }}',
        payload: { path: 'contenuto', steps: ['base64'], as: 'bytes' },
      },
      afterCommit: {
        operation: 'conferma',
        args: { id: '{{ record.id }}' },
        okWhen: [{ path: 'esito', in: ['OK', 'SCONOSCIUTO'] }],
      },
      receipt,
      lookup,
    },
    secrets: [password],
    ...reached,
    stop: () => service.stop(),
  }
}

connectorContract({ name: 'soap', against: 'a queue served by the soap package', start: startRig })

describe('the connector soap', () => {
  const { serve } = endingServices()
  const call = { operation: 'p:leggi', records: 'riga' }
  const settingsFor = ({ url }: SoapService, more: object) => ({
    endpoint: url,
    namespaces: { p: 'urn:esempio' },
    call,
    ...more,
  })
  const rows = (...values: (string | number)[]) =>
    envelope(`<risposta>${values.map((one) => `<riga><n>${one}</n></riga>`).join('')}</risposta>`)
  const argument = (body: string, name: string) =>
    new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? ''
  /** A source whose cursor is kept, as the core keeps it. */
  const poller = (settings: object) => {
    const saved = { keys: new Set<string>() }
    const state = { cursor: null as never, counter: 0n, now: '2026-03-02T08:00:00Z' }
    const poll = async () => {
      const context = {
        ...contextFor(soap, settings as never, { saved }),
        cursor: state.cursor,
        now: () => Temporal.Instant.from(state.now),
        counter: async () => ++state.counter,
        remember: async (cursor: unknown) => {
          state.cursor = cursor as never
        },
      }
      const texts: string[] = []
      for await (const drop of soap.poll(context)) {
        const chunks: Uint8Array[] = []
        for await (const chunk of drop.parts[0]!.bytes) chunks.push(chunk)
        expect(saved.keys.has(drop.key)).toBe(false)
        saved.keys.add(drop.key)
        if (drop.cursor !== undefined) state.cursor = drop.cursor as never
        texts.push(Buffer.concat(chunks).toString())
      }
      return texts
    }
    return { poll, state }
  }

  it('an answer that changes and changes back is a new drop each time, and else none', async () => {
    let value = 'pagato'
    const service = await serve(() => rows(value))
    const { poll } = poller(settingsFor(service, {}))
    const seen: number[] = []
    for (value of ['pagato', 'pagato', 'da pagare', 'pagato', 'pagato']) {
      seen.push((await poll()).length)
    }
    expect(seen).toEqual([1, 0, 1, 1, 0])
  })

  it('what surrounds the records, such as the time of the answer, makes no new drop', async () => {
    let count = 0
    const service = await serve(() =>
      envelope(`<risposta ora="${++count}"><riga a="1" b="2"/></risposta>`),
    )
    const { poll } = poller(settingsFor(service, {}))
    expect([(await poll()).length, (await poll()).length]).toEqual([1, 0])
  })

  it('a session is opened once, and anew once when it died', async () => {
    let opened = 0
    let isDead = false
    const service = await serve(({ body }, _response, count) => {
      if (body.includes('Login')) {
        opened += 1
        isDead = false
        return envelope(`<LoginResponse><strDST>DST-${opened}</strDST></LoginResponse>`)
      }
      if (body.includes('LogOut')) return envelope('<LogOutResponse/>')
      if (isDead || !body.includes(`<dst>DST-${opened}</dst>`)) {
        return envelope('<risposta><lngErrNumber>-22</lngErrNumber></risposta>')
      }
      return rows(count)
    })
    const login = {
      operation: 'Login',
      args: { utente: 'io' },
      token: 'strDST',
      expiredWhen: [{ path: 'lngErrNumber', notIn: ['0'] }],
      logout: { operation: 'LogOut' },
    }
    const settings = settingsFor(service, {
      login,
      call: { ...call, args: { dst: '{{ token }}', pagina: '{{ page }}' } },
      paging: { by: 'page', size: 1 },
      limits: { maximumPages: 3 },
    })
    let asked = 0
    const context = contextFor(soap, settings)
    const error = await sourceErrorOf(
      (async () => {
        for await (const _drop of soap.poll(context)) if (++asked === 1) isDead = true
      })(),
    )
    expect([error.code, opened, asked]).toEqual(['SRC_WINDOW', 2, 3])
    expect(service.received.at(-1)?.body).toContain('LogOut')
  })

  it('a session that stays dead is tried twice, never in a loop', async () => {
    const service = await serve(({ body }) =>
      body.includes('Login')
        ? envelope('<r><strDST>x</strDST></r>')
        : envelope('<risposta><err>-22</err></risposta>'),
    )
    const login = {
      operation: 'Login',
      token: 'strDST',
      expiredWhen: [{ path: 'err', notIn: ['0'] }],
    }
    const { poll } = poller(settingsFor(service, { login }))
    const error = await sourceErrorOf(poll())
    expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
    expect(service.received).toHaveLength(4)
  })

  it('a counter is never given twice, also when the request is made again', async () => {
    const service = await serve((_request, _response, count) =>
      count === 1 ? envelope('<s:Fault><faultcode>s:Server</faultcode></s:Fault>') : rows(count),
    )
    const counted = {
      call: { ...call, counter: 'operazione', counterStart: 1000, args: { id: '{{ counter }}' } },
    }
    const { poll } = poller(settingsFor(service, counted))
    expect((await sourceErrorOf(poll())).code).toBe('SRC_REFUSED')
    await poll()
    const ids = service.received.map(({ body }) => argument(body, 'id'))
    expect(ids).toEqual(['1001', '1002'])
  })

  it('days are read in windows that shrink when the answer is truncated', async () => {
    const perDay = 4
    const service = await serve(({ body }) => {
      const [from, to] = ['da', 'a'].map((name) => Temporal.PlainDate.from(argument(body, name)))
      const days = from!.until(to!).days + 1
      const all = days * perDay
      const shown = Math.min(all, 10)
      const list = Array.from({ length: shown }, (_, n) => `<riga>${from}-${n}</riga>`)
      return envelope(`<r estratte="${shown}" totale="${all}">${list.join('')}</r>`)
    })
    const settings = settingsFor(service, {
      call: { ...call, args: { da: '{{ from }}', a: '{{ to }}' } },
      paging: {
        by: 'dates',
        start: '2026-02-20',
        maximumDays: 8,
        overlapDays: 1,
        extracted: 'r/@estratte',
        total: 'r/@totale',
      },
    })
    const { poll, state } = poller(settings)
    const texts = await poll()
    const read = texts.flatMap((text) => [...text.matchAll(/<riga>([\d-]+)-0</g)].map((m) => m[1]))
    expect(new Set(read).size).toBe(texts.length)
    const asked = service.received.map(({ body }) => argument(body, 'a'))
    expect(asked.every((day) => day <= '2026-03-02')).toBe(true)
    expect(texts.join('').match(/<riga>/g)).toHaveLength(11 * perDay)
    service.received.length = 0
    state.now = '2026-03-03T08:00:00Z'
    await poll()
    expect(argument(service.received[0]!.body, 'da')).toBe('2026-03-01')
  })

  it('one day that is more than an answer holds is said, and nothing of it is taken', async () => {
    const service = await serve(() => envelope('<r n="1" tot="9"><riga/></r>'))
    const settings = settingsFor(service, {
      paging: { by: 'dates', start: '2026-03-01', extracted: 'r/@n', total: 'r/@tot' },
    })
    const { poll, state } = poller(settings)
    const error = await sourceErrorOf(poll())
    expect(error.code).toBe('SRC_WINDOW')
    expect(error.message).toContain('2026-03-01')
    expect(state.cursor).toBe(null)
  })

  it('numbers begin anew each year, and the year before is read to its end', async () => {
    const held: Record<string, number> = { '2025': 7, '2026': 3 }
    const service = await serve(({ body }) => {
      const [year, from, to] = ['anno', 'da', 'a'].map((name) => Number(argument(body, name)))
      const numbers = []
      for (let n = from!; n <= Math.min(to!, held[year!] ?? 0); n++) numbers.push(n)
      return rows(...numbers)
    })
    const args = { anno: '{{ year }}', da: '{{ from }}', a: '{{ to }}' }
    const settings = settingsFor(service, {
      call: { ...call, args },
      paging: { by: 'numbers', number: 'n', size: 3 },
    })
    const { poll, state } = poller(settings)
    state.now = '2025-12-31T12:00:00Z'
    expect(await poll()).toHaveLength(3)
    held['2025'] = 8
    state.now = '2026-01-02T12:00:00Z'
    const texts = await poll()
    expect(texts.map((text) => argument(text, 'n'))).toEqual(['8', '1'])
    held['2026'] = 4
    expect((await poll()).map((text) => argument(text, 'n'))).toEqual(['4'])
  })

  it('a service that ignores the page is found out', async () => {
    const service = await serve(() => rows(1, 2))
    const { poll } = poller(settingsFor(service, { paging: { by: 'page', size: 2 } }))
    const error = await sourceErrorOf(poll())
    expect([error.code, service.received.length]).toEqual(['SRC_WINDOW', 2])
  })

  it('the details of a list become one document, in its order', async () => {
    const service = await serve(({ body }) =>
      body.includes('dettaglio')
        ? `<?xml version="1.0"?>${envelope(`<scheda>${argument(body, 'id')}</scheda>`)}`
        : rows(3, 1, 2),
    )
    const details = {
      operation: 'p:dettaglio',
      key: '{{ record.n }}',
      args: { id: '{{ record.n }}' },
      parallel: 3,
    }
    const { poll } = poller(settingsFor(service, { details }))
    const [text, ...others] = await poll()
    expect(others).toEqual([])
    expect([...text!.matchAll(/<scheda>(\d)/g)].map((match) => match[1])).toEqual(['3', '1', '2'])
    expect(text).not.toContain('<?xml')
    expect(await poll()).toEqual([])
  })

  it('an extraction is ordered once, asked for by every poll, and fetched when ready', async () => {
    const states = ['EXPORT_IN_ELAB', 'EXPORT_IN_ELAB', 'EXPORT_ESEGUITO']
    let orders = 0
    const service = await serve(({ body }) => {
      if (body.includes('prenota')) {
        return envelope(`<r><ticket>T${++orders}</ticket><dateTo>2026-03-0${orders}</dateTo></r>`)
      }
      if (body.includes('stato')) return envelope(`<r><stato>${states.shift()}</stato></r>`)
      const packed = Buffer.from('<righe><riga>1</riga></righe>').toString('base64')
      return envelope(`<r><file>${argument(body, 'id')}</file><zip>${packed}</zip></r>`)
    })
    const byTicket = { id: '{{ job }}' }
    const settings = settingsFor(service, {
      call: { operation: 'p:prenota', args: { da: '{{ watermark }}' } },
      watermark: { path: 'dateTo', start: '2026-01-01' },
      job: {
        token: 'ticket',
        status: { operation: 'p:stato', args: byTicket },
        state: 'r/stato',
        done: ['EXPORT_ESEGUITO'],
        pending: ['EXPORT_IN_ELAB'],
        empty: ['NESSUNO'],
        download: {
          operation: 'p:scarica',
          args: byTicket,
          payload: { path: 'zip', steps: ['base64'] },
        },
      },
    })
    const { poll } = poller(settings)
    expect([await poll(), await poll(), await poll()]).toEqual([
      [],
      [],
      ['<righe><riga>1</riga></righe>'],
    ])
    expect(orders).toBe(1)
    states.push('EXPORT_IN_ELAB')
    await poll()
    expect(argument(service.received.at(-2)!.body, 'da')).toBe('2026-03-01')
    states.push('NESSUNO')
    await poll()
    states.push('EXPORT_IN_ELAB')
    await poll()
    expect(argument(service.received.at(-2)!.body, 'da')).toBe('2026-03-02')
  })

  it('the result of an extraction is fetched from the hosts that the settings name', async () => {
    const result = await serve((_request, response) => {
      response.setHeader('content-type', 'application/zip')
      return 'PK…'
    })
    const service = await serve(({ body }) =>
      body.includes('prenota')
        ? envelope('<r><ticket>T</ticket></r>')
        : envelope(`<r><stato>OK</stato><url>${result.url}</url></r>`),
    )
    const job = {
      token: 'ticket',
      status: { operation: 'p:stato' },
      state: 'r/stato',
      done: ['OK'],
      pending: ['ATTESA'],
      address: 'r/url',
    }
    const settings = settingsFor(service, {
      call: { operation: 'p:prenota' },
      headers: { 'X-Key': 'chiave' },
    })
    const refused = poller({ ...settings, job })
    expect((await sourceErrorOf(refused.poll())).message).toContain('nor in `hosts`')
    expect(result.received).toEqual([])
    const hosts = [new URL(result.url).host]
    expect(await poller({ ...settings, job: { ...job, hosts } }).poll()).toEqual(['PK…'])
    expect(result.received[0]?.headers['x-key']).toBeUndefined()
  })

  it('calls that are made at once share one session, also if it dies under them', async () => {
    let logins = 0
    const service = await serve(({ body }) => {
      if (body.includes('Login')) return envelope(`<r><t>T${++logins}</t></r>`)
      if (!body.includes('dettaglio')) return rows(1, 2, 3, 4)
      return envelope(body.includes('<t>T1</t>') ? '<err>scaduta</err>' : '<scheda/>')
    })
    const args = { t: '{{ token }}' }
    const details = { operation: 'p:dettaglio', key: '{{ record.n }}', args, parallel: 4 }
    const expiredWhen = [{ path: 'err', in: ['scaduta'] }]
    const login = { operation: 'Login', token: 'r/t', expiredWhen }
    expect(await poller(settingsFor(service, { details, login })).poll()).toHaveLength(1)
    expect(logins).toBe(2)
  })

  it('calls that are the first ones, at once, open one session', async () => {
    let logins = 0
    const service = await serve(({ body }) =>
      body.includes('Login') ? envelope(`<r><t>T${++logins}</t></r>`) : rows(1),
    )
    const settings = settingsFor(service, { login: { operation: 'Login', token: 'r/t' } })
    await using caller = await openCaller(contextFor(soap, settings))
    const { call: read } = soap.settings.parse(settings)
    await Promise.all([caller.call(read!), caller.call(read!), caller.call(read!)])
    expect(logins).toBe(1)
  })

  it('what changes at the source by being told is told only after the commit', async () => {
    const order: string[] = []
    const service = await serve(({ body }) => {
      order.push(body.includes('conferma') ? `conferma ${argument(body, 'n')}` : 'leggi')
      return rows(1, 2)
    })
    const afterCommit = { operation: 'p:conferma', args: { n: '{{ record.n }}' } }
    const context = contextFor(soap, settingsFor(service, { afterCommit }))
    for await (const drop of soap.poll(context)) order.push(`saved ${drop.parts.length}`)
    expect(order).toEqual(['leggi', 'saved 1', 'conferma 1', 'conferma 2'])
  })

  it('a check names the order that a WSDL wants', async () => {
    const rig = await startRig()
    const wrong = { ...(rig.settings['call'] as object), args: { password: 'x', utente: 'y' } }
    const lines = await soap.check(contextFor(soap, { ...rig.settings, call: wrong }))
    const [bad] = lines.filter(({ ok }) => !ok)
    expect(bad?.remedy).toContain('the order utente, password')
    await rig.stop()
  })

  it('a check says of each request what it is for, also where two call one operation', async () => {
    const service = await serve(() => rows())
    const call = { operation: 'p:leggi' }
    const settings = { endpoint: service.url, namespaces: { p: 'urn:p' }, call, check: call }
    const lines = await soap.check(contextFor(soap, { ...settings, afterCommit: call }))
    expect(lines.map(({ what }) => what)).toEqual([
      'read the secrets',
      'write call: p:leggi',
      'write check: p:leggi',
      'write afterCommit: p:leggi',
      'call p:leggi',
    ])
  })

  it('collects through the ordinary contract with a page of nothing', async () => {
    const service = await serve(() => rows())
    expect(await collect(soap, contextFor(soap, settingsFor(service, {})))).toEqual([])
  })
})

describe('the README', () => {
  it('shows settings that the connector accepts, and whose requests can be written', async () => {
    const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
    const examples = [...readme.matchAll(/```yaml\n([^`]*)```/g)].map(([, text]) => parse(text!))
    expect(examples).toHaveLength(5)
    process.env['PROTOCOLLO_PASSWORD'] = 'x'
    process.env['DOCAREA_PASSWORD'] = 'x'
    process.env['ESITI_PASSWORD'] = 'x'
    for (const example of examples) {
      const { tls: _files, headers: _voucher, secrets, ...rest } = example
      expect(soap.settings.safeParse(example).error).toBeUndefined()
      const readable = secrets?.password === undefined ? {} : { secrets }
      const lines = await soap.check(contextFor(soap, { ...rest, ...readable }))
      expect(lines.filter(({ ok }) => !ok)).toEqual([])
    }
  })
})
