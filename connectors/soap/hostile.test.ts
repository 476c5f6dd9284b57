// Answers as broken, hostile and merely old services give them: each ends with one code that a
// person understands, within bounds, and nothing of it becomes a record.
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { collect, contextFor, sourceErrorOf } from '../../test/contract/connector.ts'
import {
  envelope,
  type Handler,
  type SoapService,
  startRawService,
} from '../../test/fakes/soap-service.ts'
import { authority, certificate, expired, privateKey } from '../../test/io/certificates.ts'
import soap from './index.ts'

const services: SoapService[] = []
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop()
})

async function poll(handle: Handler, more: { call?: object; [name: string]: unknown } = {}) {
  const service = await startRawService(handle)
  services.push(service)
  const call = { operation: 'leggi', ...more.call }
  const settings = { endpoint: service.url, ...more, call }
  return collect(soap, contextFor(soap, settings))
}
const errorOf = async (handle: Handler, more = {}) => sourceErrorOf(poll(handle, more))

describe('the connector soap, against what services really answer:', () => {
  it.each([200, 500])('a fault with HTTP %i is a refusal', async (status) => {
    const error = await errorOf((_request, response) => {
      response.statusCode = status
      return envelope(
        '<s:Fault><faultcode>s:Server</faultcode><faultstring>ko</faultstring></s:Fault>',
      )
    })
    expect([error.code, error.message]).toEqual([
      'SRC_REFUSED',
      'leggi was refused: fault s:Server: ko',
    ])
  })

  it('a fault of SOAP 1.2 is a refusal, and one that means nothing found is empty', async () => {
    const fault =
      '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><e:Fault><e:Code>' +
      '<e:Value>e:Sender</e:Value></e:Code><e:Reason><e:Text>EN122</e:Text></e:Reason>' +
      '</e:Fault></e:Body></e:Envelope>'
    expect((await errorOf(() => fault)).message).toContain('e:Sender: EN122')
    const emptyWhen = [{ path: 'Fault/Reason/Text', in: ['EN122'] }]
    expect(await poll(() => fault, { call: { emptyWhen } })).toEqual([])
  })

  it.each([
    ['a log-in page', '<!DOCTYPE html><html><body>Accedi</body></html>', 'a web page'],
    ['nothing', '', 'is empty'],
    ['half an envelope', '<s:Envelope><s:Body>', 'no XML'],
    ['entities that grow', '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>', 'DOCTYPE'],
    ['depths', '<a>'.repeat(5000), 'nested'],
    ['a text', 'Servizio non disponibile', 'no XML'],
    ['a page that is XML', '<?xml version="1.0"?>\n<html><body>Accedi</body></html>', 'a web page'],
    ['another document', '<lista><riga>1</riga></lista>', 'no envelope of SOAP'],
    ['another namespace', '<e:Envelope xmlns:e="urn:x"><e:Body/></e:Envelope>', 'no envelope'],
  ])('%s is no answer', async (_name, body, words) => {
    const error = await errorOf(() => body)
    expect([error.code, error.retry]).toEqual(['SRC_ANSWER', true])
    expect(error.message).toContain(words)
  })

  const details = { operation: 'dettaglio', key: '{{ record.text }}' }
  it.each([
    ['the records', { call: { records: 'riga' } }],
    ['the whole', {}],
    ['a detail of a document', { call: { records: 'riga' }, details }],
    ['a detail of its own', { call: { records: 'riga' }, details: { ...details, as: 'drops' } }],
  ])('an answer that has only been accepted is not %s of what is read', async (where, settings) => {
    const accepted: Handler = (request, response) => {
      if (where.startsWith('a detail') && !request.body.includes('dettaglio')) {
        return envelope('<riga>1</riga>')
      }
      response.statusCode = 202
      return ''
    }
    const error = await errorOf(accepted, settings)
    expect([error.code, error.message]).toEqual([
      'SRC_ANSWER',
      expect.stringContaining('was accepted and not answered'),
    ])
  })

  it('a redirect is not followed', async () => {
    const error = await errorOf((_request, response) => {
      response.statusCode = 302
      response.setHeader('location', 'http://169.254.169.254/')
      return ''
    })
    expect([error.code, services[0]!.received.length]).toEqual(['SRC_ANSWER', 1])
  })

  it('an endless answer ends at the bound', async () => {
    const error = await errorOf(
      (_request, response) => {
        const piece = Buffer.alloc(64 * 1024, 'a')
        const more = () => {
          while (!response.destroyed && response.write(piece));
        }
        response.on('drain', more)
        response.setHeader('content-type', 'text/xml')
        more()
        return undefined
      },
      { limits: { maximumAnswerBytes: 1024 * 1024 } },
    )
    expect(error.code).toBe('SRC_ANSWER_BOUNDS')
  })

  it('an attachment beyond the bound ends there, however small the envelope is', async () => {
    const error = await errorOf(
      (_request, response) => {
        response.setHeader('content-type', 'multipart/related; boundary="b"')
        const attached = `--b\r\nContent-ID: <a>\r\n\r\n${'a'.repeat(2_000_000)}\r\n--b--\r\n`
        return `--b\r\nContent-Type: text/xml\r\n\r\n${envelope('<r/>')}\r\n${attached}`
      },
      { limits: { maximumAnswerBytes: 1024 * 1024 } },
    )
    expect(error.code).toBe('SRC_ANSWER_BOUNDS')
  })

  it('an answer that a proxy has compressed is unpacked, up to the bound', async () => {
    const limits = { maximumAnswerBytes: 1_000_000 }
    const packed =
      (text: string): Handler =>
      (_request, response) => {
        response.setHeader('content-encoding', 'gzip')
        return text === '' ? 'this is no gzip' : gzipSync(text)
      }
    const [drop] = await poll(packed(envelope('<r>Forlì</r>')), { limits })
    expect(drop?.bytes.toString()).toContain('<r>Forlì</r>')
    const bomb = `<r>${'a'.repeat(20_000_000)}</r>`
    expect((await errorOf(packed(envelope(bomb)), { limits })).code).toBe('SRC_ANSWER_BOUNDS')
    expect((await errorOf(packed(''))).message).toContain('cannot be unpacked')
  })

  it('an answer that drips ends with the time for all of it', async () => {
    const timers: NodeJS.Timeout[] = []
    const error = await errorOf(
      (_request, response) => {
        timers.push(setInterval(() => response.write(' '), 100))
        return undefined
      },
      { limits: { totalTimeoutSeconds: 1 } },
    )
    timers.forEach(clearInterval)
    expect(error.message).toContain('did not end its answer within 1 seconds')
  })

  it('a connection that is cut may be tried again', async () => {
    const error = await errorOf((_request, response) => {
      response.destroy()
      return undefined
    })
    expect([error.code, error.retry]).toEqual(['SRC_CONNECTION_LOST', true])
  })

  it('nobody there is unreachable', async () => {
    const settings = { endpoint: 'http://127.0.0.1:1/', call: { operation: 'leggi' } }
    const error = await sourceErrorOf(collect(soap, contextFor(soap, settings)))
    expect(error.code).toBe('SRC_UNREACHABLE')
  })

  it.each([401, 403])('HTTP %i is a matter of credentials', async (status) => {
    const error = await errorOf((_request, response) => {
      response.statusCode = status
      return '<html>Forbidden</html>'
    })
    expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
  })

  it('errors show neither secrets nor people', async () => {
    process.env['STAFFETTA_TEST_SOAP'] = 'parola-segreta'
    process.env['STAFFETTA_TEST_SOAP_BASIC'] = 'altra-parola'
    const error = await errorOf(
      ({ body }) =>
        envelope(`<s:Fault><faultstring>${body.replace(/<[^>]+>/g, ' ')}</faultstring></s:Fault>`),
      {
        secrets: { password: 'env:STAFFETTA_TEST_SOAP' },
        usernameToken: { username: 'io', password: 'env:STAFFETTA_TEST_SOAP_BASIC' },
        call: { args: { password: '{{ secrets.password }}', cf: 'RSSMRA80A01H501U' } },
      },
    )
    expect(error.message).toContain('[secret]')
    expect(error.message).not.toMatch(/parola|RSSMRA/)
  })

  it('a service that changed its document is not one that has nothing', async () => {
    const call = { records: 'elenco/riga' }
    expect(await poll(() => envelope('<r><elenco/></r>'), { call })).toEqual([])
    const error = await errorOf(() => envelope('<r><Elenco><riga/></Elenco></r>'), { call })
    expect(error.message).toContain('has no element elenco')
  })

  it('rules are asked in their order before any record: fatal, retry, empty, ok', async () => {
    const rules = {
      fatalWhen: [{ path: 'esito', in: ['RICHIESTA_INVALIDA'] }],
      retryWhen: [{ path: 'esito', in: ['DATABASE_OFFLINE'] }],
      emptyWhen: [{ path: 'esito', in: ['DATI_NON_TROVATI'] }],
      okWhen: [{ path: 'esito', in: ['OK'] }],
    }
    const outcome = async (esito: string) =>
      poll(() => envelope(`<r><esito>${esito}</esito></r>`), { call: rules }).then(
        (drops) => drops.length,
        ({ code, retry }) => `${code} ${retry}`,
      )
    const outcomes = []
    for (const esito of ['OK', 'DATI_NON_TROVATI', 'DATABASE_OFFLINE', 'RICHIESTA_INVALIDA', '?']) {
      outcomes.push(await outcome(esito))
    }
    expect(outcomes).toEqual([1, 0, 'SRC_BUSY true', 'SRC_REFUSED false', 'SRC_REFUSED false'])
  })
})

describe('the connector soap over TLS', () => {
  const listen = async (options: object) => {
    const server = createServer({ cert: certificate, key: privateKey, ...options }, (_, response) =>
      response.setHeader('content-type', 'text/xml').end(envelope('<r/>')),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { server, port: (server.address() as AddressInfo).port }
  }
  const ask = async (port: number, tls?: object, host = 'localhost') => {
    const settings = { endpoint: `https://${host}:${port}/`, call: { operation: 'leggi' }, tls }
    const { tls: _none, ...bare } = settings
    return collect(soap, contextFor(soap, tls === undefined ? bare : settings))
  }
  process.env['STAFFETTA_TEST_CA'] = authority
  process.env['STAFFETTA_TEST_CERTIFICATE'] = certificate
  process.env['STAFFETTA_TEST_KEY'] = privateKey

  it('sends nothing to who is not trusted, or is called otherwise', async () => {
    const { server, port } = await listen({})
    const ca = 'env:STAFFETTA_TEST_CA'
    expect((await sourceErrorOf(ask(port))).code).toBe('SRC_TLS')
    expect((await sourceErrorOf(ask(port, { ca }, '127.0.0.1'))).code).toBe('SRC_TLS')
    expect(await ask(port, { ca })).toHaveLength(1)
    server.close()
  })

  it('takes no certificate that is over, whatever the environment says', async () => {
    process.env['STAFFETTA_TEST_EXPIRED'] = expired.certificate
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    const { server, port } = await listen({ cert: expired.certificate, key: expired.key })
    let requests = 0
    server.on('request', () => (requests += 1))
    const error = await sourceErrorOf(ask(port, { ca: 'env:STAFFETTA_TEST_EXPIRED' }))
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    expect([error.code, error.retry, requests]).toEqual(['SRC_TLS', false, 0])
    expect(error.message).toContain('CERT_HAS_EXPIRED')
    server.close()
  })

  it('says which key cannot be used, before it connects', async () => {
    process.env['STAFFETTA_TEST_OTHER_KEY'] = expired.key
    const wrong = {
      certificate: 'env:STAFFETTA_TEST_CERTIFICATE',
      key: 'env:STAFFETTA_TEST_OTHER_KEY',
    }
    const error = await sourceErrorOf(ask(1, wrong))
    expect([error.code, error.message]).toEqual([
      'SRC_CREDENTIALS',
      expect.stringContaining('whether they belong together'),
    ])
    expect(() => contextFor(soap, { tls: { certificate: 'env:X' } } as never)).toThrow('together')
  })

  it('says how long the certificates are good, of both sides, and warns in time', async () => {
    const { server, port } = await listen({})
    const tls = {
      ca: 'env:STAFFETTA_TEST_CA',
      certificate: 'env:STAFFETTA_TEST_CERTIFICATE',
      key: 'env:STAFFETTA_TEST_KEY',
    }
    const call = { operation: 'leggi' }
    const settings = { endpoint: `https://localhost:${port}/`, call, check: call, tls }
    const lines = async (day: string) => {
      const context = contextFor(soap, settings as never)
      const then = { ...context, now: () => Temporal.Instant.from(`${day}T00:00:00Z`) }
      const all = await soap.check(then)
      return all
        .filter(({ what }) => what.startsWith('certificate'))
        .map(({ ok, what }) => [ok, what])
    }
    expect(await lines('2126-10-01')).toEqual([
      [true, 'certificate of the service: 28 days left'],
      [true, 'certificate of the client: 28 days left'],
    ])
    expect(await lines('2126-10-20')).toEqual([
      [false, 'certificate of the service: 9 days left'],
      [false, 'certificate of the client: 9 days left'],
    ])
    server.close()
  })

  it('shows its own certificate where the service wants one', async () => {
    const { server, port } = await listen({ requestCert: true, ca: authority })
    const ca = 'env:STAFFETTA_TEST_CA'
    const own = { certificate: 'env:STAFFETTA_TEST_CERTIFICATE', key: 'env:STAFFETTA_TEST_KEY' }
    expect((await sourceErrorOf(ask(port, { ca }))).retry).toBeDefined()
    expect(await ask(port, { ca, ...own })).toHaveLength(1)
    server.close()
  })
})

describe('the connector soap unpacks', () => {
  const inner = '<?xml version="1.0" encoding="ISO-8859-1"?><elenco><riga>Forlì</riga></elenco>'

  it('gzip in Base64 in XML, in the charset that the document declares', async () => {
    const packed = gzipSync(Buffer.from(inner, 'latin1')).toString('base64')
    const payload = { path: 'param', steps: ['base64', 'gunzip'] }
    const [drop] = await poll(() => envelope(`<r><param>${packed}</param></r>`), {
      call: { payload, records: 'elenco/riga' },
    })
    expect(drop?.bytes.toString()).toBe('<?xml version="1.0"?><elenco><riga>Forlì</riga></elenco>')
  })

  it('XML as text, whose declaration no longer tells the truth', async () => {
    const text = inner.replaceAll('<', '&lt;')
    const [drop] = await poll(() => envelope(`<r><result>${text}</result></r>`), {
      call: { payload: { path: 'result' } },
    })
    expect(drop?.bytes.toString()).toContain('Forlì')
    expect(drop?.bytes.toString()).not.toContain('8859')
  })

  it('rules see what is inside', async () => {
    const error = await errorOf(
      () => envelope('<r><result><![CDATA[<o><ESITO>ERROR</ESITO></o>]]></result></r>'),
      { call: { payload: { path: 'result' }, fatalWhen: [{ path: 'ESITO', in: ['ERROR'] }] } },
    )
    expect(error.message).toContain('ESITO = ERROR')
  })

  it('an attachment of MTOM, and says when it did not come', async () => {
    const xop =
      '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:uno%40esempio"/>'
    const answer = (id: string) =>
      Buffer.from(
        `--b\r\nContent-Type: application/xop+xml; charset=utf-8\r\nContent-ID: <radice>\r\n\r\n` +
          `${envelope(`<r><file>${xop}</file></r>`)}\r\n--b\r\nContent-ID: <${id}>\r\n` +
          'Content-Type: text/csv\r\n\r\na;b\r\n1;2\r\n\r\n--b--\r\n',
      )
    const handle =
      (id: string): Handler =>
      (_request, response) => {
        const type = 'multipart/related; type="application/xop+xml"; start="<radice>"; boundary="b"'
        response.setHeader('content-type', type)
        return answer(id)
      }
    const call = { payload: { path: 'file', steps: ['base64'], as: 'csv' } }
    const [drop] = await poll(handle('uno@esempio'), { call })
    expect(drop?.bytes.toString()).toBe('a;b\r\n1;2\r\n')
    expect((await errorOf(handle('altro'), { call })).message).toContain('did not come')
  })

  it('no more than the bound', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000)).toString('base64')
    const error = await errorOf(() => envelope(`<r><x>${bomb}</x></r>`), {
      call: { payload: { path: 'x', steps: ['base64', 'gunzip'] } },
      limits: { maximumAnswerBytes: 1_000_000 },
    })
    expect(error.code).toBe('SRC_ANSWER')
  })

  it('an answer in another charset than it says only when told', async () => {
    const body = Buffer.from(envelope('<r>Forlì</r>'), 'latin1')
    expect((await errorOf(() => body)).message).toContain('set `charset`')
    const [drop] = await poll(() => body, { charset: 'windows-1252' })
    expect(drop?.bytes.toString()).toContain('Forlì')
  })
})

describe('the connector soap says who asks', () => {
  const headersAndBody = async (more: { call?: object; [name: string]: unknown }) => {
    process.env['STAFFETTA_TEST_SOAP'] = 'parola'
    await poll(() => envelope('<r/>'), more)
    return services.at(-1)!.received[0]!
  }

  it('by keys and user in the headers of HTTP', async () => {
    const { headers } = await headersAndBody({
      secrets: { key: 'env:STAFFETTA_TEST_SOAP' },
      headers: { 'X-Api-Key': '{{ secrets.key }}', 'X-Ente': 'G224' },
      basic: { username: 'io', password: 'env:STAFFETTA_TEST_SOAP' },
    })
    expect(headers['x-api-key']).toBe('parola')
    expect(headers['x-ente']).toBe('G224')
    expect(headers.authorization).toBe(`Basic ${Buffer.from('io:parola').toString('base64')}`)
    expect(headers['soapaction']).toBe('""')
  })

  it('by a block of the header, and by a user name token', async () => {
    const { body } = await headersAndBody({
      namespaces: { i: 'urn:esempio:identita' },
      header: { 'i:Identity': { 'i:UserId': 'io' } },
      usernameToken: {
        username: 'io',
        password: 'env:STAFFETTA_TEST_SOAP',
        digest: true,
        timestampSeconds: 60,
      },
    })
    expect(body).toContain('<i:Identity><i:UserId>io</i:UserId></i:Identity>')
    expect(body).toContain('<wsu:Expires>2026-03-02T08:01:00.000Z</wsu:Expires>')
    expect(body).toContain('#PasswordDigest')
    expect(body).not.toContain('parola')
  })

  it('in SOAP 1.2 with the action beside the media type', async () => {
    const { headers, body } = await headersAndBody({
      version: '1.2',
      call: { action: 'urn:leggi' },
    })
    expect(headers['content-type']).toBe('application/soap+xml; charset=utf-8; action="urn:leggi"')
    expect(headers['soapaction']).toBeUndefined()
    expect(body).toContain('http://www.w3.org/2003/05/soap-envelope')
  })
})
