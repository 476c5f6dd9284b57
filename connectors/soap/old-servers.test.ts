// What servers of twenty years ago write, and mean well by: blank lines before a document, line
// feeds alone, values beside the answer that refers to them, a DTD in a document inside.
import { describe, expect, it } from 'vitest'
import { collect, contextFor, sourceErrorOf } from '../../test/contract/connector.ts'
import { endingServices, envelope, type Handler } from '../../test/fakes/soap-service.ts'
import soap from './index.ts'

const { serve } = endingServices()

async function poll(handle: Handler, call: object = {}) {
  const { url } = await serve(handle)
  const settings = { endpoint: url, call: { operation: 'leggi', ...call } }
  return collect(soap, contextFor(soap, settings))
}
const textOf = async (handle: Handler, call?: object) =>
  (await poll(handle, call))[0]?.bytes.toString()

describe('blank lines before a document', () => {
  const declared = '\r\n \n<?xml version="1.0" encoding="utf-8"?>'
  const list = '<lista><riga>Forlì</riga></lista>'

  it.each(['', '\uFEFF'])(
    'of an answer are passed over, and handed on to nobody (%j)',
    async (mark) => {
      const text = await textOf(() => mark + declared + envelope(list), { records: 'lista/riga' })
      expect(text).toMatch(/^<\?xml version="1.0"\?><s:Envelope.*Forlì/)
    },
  )

  it('of a document inside are passed over, and what it says of its charset', async () => {
    const inner = `\r\n  <?xml version="1.0" encoding="utf-16"?>${list}`.replaceAll('<', '&lt;')
    const payload = { path: 'LeggiStringResult' }
    const answer = envelope(`<LeggiStringResult>${inner}</LeggiStringResult>`)
    const text = await textOf(() => answer, { payload, records: 'lista/riga' })
    expect(text).toBe(`<?xml version="1.0"?>${list}`)
  })
})

it('a document that says UTF-16 and can be read byte by byte is not', async () => {
  const inner = '<?xml version="1.0" encoding="utf-16"?><lista><riga>Forlì</riga></lista>'
  const packed = Buffer.from(inner).toString('base64')
  const payload = { path: 'r', steps: ['base64'] }
  const text = await textOf(() => envelope(`<r>${packed}</r>`), { payload, records: 'lista/riga' })
  expect(text).toBe('<?xml version="1.0"?><lista><riga>Forlì</riga></lista>')
})

it('a document inside is seen by the rules that ask for less, or for a new session', async () => {
  const inner = (text: string) => envelope(`<r><![CDATA[<o>${text}</o>]]></r>`)
  let logins = 0
  const service = await serve(({ body }) => {
    if (body.includes('entra')) return inner(`<gettone>g${++logins}</gettone>`)
    if (body.includes('g1')) return inner('<esito>SCADUTO</esito>')
    const isOneDay = /da="(.*)" a="\1"/.test(body)
    return inner(isOneDay ? '<righe><riga/></righe>' : '<esito>TROPPI</esito>')
  })
  const payload = { path: 'r' }
  const settings = {
    endpoint: service.url,
    login: {
      ...{ operation: 'entra', payload, token: 'o/gettone' },
      expiredWhen: [{ path: 'esito', in: ['SCADUTO'] }],
    },
    call: {
      ...{ operation: 'leggi', payload, records: 'righe/riga' },
      args: { giorni: { '@da': '{{ from }}', '@a': '{{ to }}', '@chi': '{{ token }}' } },
      fatalWhen: [{ path: 'esito', present: true }],
    },
    paging: { by: 'dates', start: '2026-01-01', tooManyWhen: [{ path: 'esito', in: ['TROPPI'] }] },
  }
  const context = contextFor(soap, settings as never)
  const then = { ...context, now: () => Temporal.Instant.from('2026-01-02T12:00:00Z') }
  expect(await collect(soap, then)).toHaveLength(2)
  expect(logins).toBe(2)
})

describe('a DTD in a document inside', () => {
  const answer = (doctype: string) => () =>
    envelope(`<r><![CDATA[<?xml version="1.0"?>${doctype}<Segnatura><x>1</x></Segnatura>]]></r>`)
  const call = { payload: { path: 'r' }, records: 'Segnatura/x' }

  it('that is only named is not looked for', async () => {
    const text = await textOf(answer('<!DOCTYPE Segnatura SYSTEM "Segnatura.dtd">'), call)
    expect(text).toContain('<Segnatura>')
  })

  it('that declares anything is refused', async () => {
    const declaring = answer('<!DOCTYPE Segnatura [<!ENTITY a SYSTEM "file:///etc/passwd">]>')
    expect((await sourceErrorOf(poll(declaring, call))).message).toContain('DOCTYPE')
  })
})

it('attachments whose lines end with line feeds alone are told apart', async () => {
  const include = '<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:a@b"/>'
  const lines = [
    '--b',
    'Content-Type: application/xop+xml; charset=utf-8',
    '',
    envelope(`<r>${include}</r>`),
    '--b',
    'Content-ID: <a@b>',
    '',
    'a;b\r\n1;2\r',
    '--b--',
  ]
  const handle: Handler = (_request, response) => {
    response.setHeader('content-type', 'multipart/related; boundary=b')
    return lines.join('\n')
  }
  expect(await textOf(handle, { payload: { path: 'r', as: 'csv' } })).toBe('a;b\r\n1;2\r')
})

describe('an answer that refers to values beside it (rpc/encoded)', () => {
  const beside = [
    '<multiRef id="id0"><esito href="#id1"/><righe><riga href="#id2"/><riga href="#id3"/></righe></multiRef>',
    '<multiRef id="id1"><codice>0</codice></multiRef>',
    '<multiRef id="id2" xmlns:i="urn:i" i:type="Riga"><numero>1</numero></multiRef>',
    '<multiRef id="id3" anno="2026"><numero>2 &amp; 3</numero></multiRef>',
  ]
  const answer = (values: string[]) =>
    envelope(
      '<r:cercaResponse xmlns:r="urn:r"><cercaReturn href="#id0"/></r:cercaResponse>' +
        values.join(''),
    )

  it('has each of them in its place, once, for rules, records and mappings', async () => {
    const call = {
      okWhen: [{ path: 'cercaReturn/esito/codice', in: ['0'] }],
      records: 'cercaReturn/righe/riga',
    }
    expect(await textOf(() => answer(beside), call)).toBe(
      '<Envelope><Body><cercaResponse><cercaReturn><esito><codice>0</codice></esito><righe>' +
        '<riga><numero>1</numero></riga><riga anno="2026"><numero>2 &amp; 3</numero></riga>' +
        '</righe></cercaReturn></cercaResponse></Body></Envelope>',
    )
  })

  it('in a circle, or more than an answer may hold, is no answer', async () => {
    const circle = [
      '<multiRef id="id0"><a href="#id1"/></multiRef>',
      '<multiRef id="id1"><a href="#id0"/></multiRef>',
    ]
    const doubling = Array.from({ length: 30 }, (_, n) => {
      const twice = `<a href="#id${n + 1}"/>`.repeat(2)
      return `<multiRef id="id${n}">${twice}</multiRef>`
    })
    const long = [
      `<multiRef id="id0">${'<a href="#id1"/>'.repeat(100)}</multiRef>`,
      `<multiRef id="id1">${'x'.repeat(1_000_000)}</multiRef>`,
    ]
    for (const values of [circle, doubling, long]) {
      const error = await sourceErrorOf(poll(() => answer(values)))
      expect([error.code, error.message]).toEqual([
        'SRC_ANSWER',
        expect.stringContaining('references lead in a circle, or to too much'),
      ])
    }
  })

  it('keeps a reference that leads to none of them', async () => {
    const text = await textOf(() => answer(['<multiRef id="altro"><x>1</x></multiRef>']))
    expect(text).toContain('<cercaReturn href="#id0"/>')
  })
})
