// Look-ups against services on loopback: which keys have rows, which have errors, and when all of
// it fails.
import { describe, expect, it } from 'vitest'
import { contextFor, sourceErrorOf } from '../../test/contract/connector.ts'
import { endingServices, envelope, type SoapService } from '../../test/fakes/soap-service.ts'
import soap from './index.ts'

describe('a look-up', () => {
  const { serve } = endingServices()
  const keysIn = (body: string) => [...body.matchAll(/<k>([^<]*)<\/k>/g)].map(([, key]) => key!)
  const lookUp = ({ url }: SoapService, lookup: object, keys: string[]) => {
    const settings = { endpoint: url, lookup: { operation: 'Chiedi', ...lookup } }
    return soap.lookup!(contextFor(soap, settings as never), keys)
  }
  const one = {
    args: { k: '{{ key }}' },
    records: 'Risposta/persona',
    fields: { nome: 'persona/nome', via: 'persona/@via' },
  }
  const many = {
    ...one,
    args: { k: { $each: 'keys', $text: '{{ key }}' } },
    key: 'persona/cf',
    batch: 3,
  }
  const person = (cf: string) => `<persona via="Roma"><cf>${cf}</cf><nome>N ${cf}</nome></persona>`

  it('asks for each key, and leaves out those without a row', async () => {
    const service = await serve(({ body }) => {
      const [key] = keysIn(body)
      return envelope(`<Risposta>${key === 'b' ? '' : person(key!)}</Risposta>`)
    })
    const rows = await lookUp(service, { ...one, parallel: 2 }, ['a', 'b', 'c'])
    expect([...rows]).toEqual([
      ['a', { nome: 'N a', via: 'Roma' }],
      ['c', { nome: 'N c', via: 'Roma' }],
    ])
  })

  it('asks for many keys at once, and takes nothing that it did not ask for', async () => {
    const service = await serve(({ body }) => {
      const people = [...keysIn(body), 'parente'].map(person)
      return envelope(`<Risposta>${people.join('')}</Risposta>`)
    })
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const rows = await lookUp(service, many, keys)
    expect([...rows.keys()]).toEqual(keys)
    expect(service.received.map(({ body }) => keysIn(body))).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
      ['g'],
    ])
  })

  it('joins keys in one value where a service wants them so', async () => {
    const service = await serve(() => envelope('<Risposta/>'))
    await lookUp(service, { ...many, args: { k: '{{ keys | join: "," }}' } }, ['a', 'b'])
    expect(service.received[0]?.body).toContain('<k>a,b</k>')
  })

  it('of a key that the service refuses says so of that key alone', async () => {
    const service = await serve(({ body }) =>
      keysIn(body)[0] === 'b'
        ? envelope('<s:Fault><faultcode>s:Server</faultcode></s:Fault>')
        : envelope(`<Risposta>${person('a')}</Risposta>`),
    )
    const rows = await lookUp(service, one, ['a', 'b'])
    expect(rows.get('a')).toEqual({ nome: 'N a', via: 'Roma' })
    expect(rows.get('b')).toMatchObject({ code: 'SRC_REFUSED', retry: true })
  })

  it('keeps the rows that it had when the service goes away, and asks no further', async () => {
    const service = await serve(({ body }, response) => {
      if (keysIn(body)[0] !== 'a') return void response.destroy()
      return envelope(`<Risposta>${person('a')}</Risposta>`)
    })
    const rows = await lookUp(service, one, ['a', 'b', 'c', 'd'])
    expect(rows.get('a')).toEqual({ nome: 'N a', via: 'Roma' })
    for (const key of ['b', 'c', 'd']) {
      expect(rows.get(key)).toMatchObject({ code: 'SRC_CONNECTION_LOST', retry: true })
    }
    expect(service.received).toHaveLength(2)
  })

  it('fails as a whole when no key could be had', async () => {
    const service = await serve((_request, response) => void response.destroy())
    const error = await sourceErrorOf(lookUp(service, one, ['a', 'b']))
    expect([error.code, error.retry]).toEqual(['SRC_CONNECTION_LOST', true])
    await service.stop()
    expect((await sourceErrorOf(lookUp(service, one, ['a']))).code).toBe('SRC_UNREACHABLE')
  })

  it('answered by another document is an error, never a key without a row', async () => {
    const service = await serve(() => envelope('<Altro><dato>1</dato></Altro>'))
    const { records: _records, ...open } = one
    for (const settings of [one, open]) {
      const rows = await lookUp(service, settings, ['a'])
      expect(rows.get('a')).toMatchObject({ code: 'SRC_ANSWER' })
    }
  })

  it('sees all documents that an answer holds, and says which of them cannot be read', async () => {
    const inBase64 = (text: string) => Buffer.from(text).toString('base64')
    const paid = inBase64('<Pagati><esito>0</esito></Pagati>')
    const receipts = [inBase64('<RT><riscossione>R9</riscossione></RT>'), '', inBase64('<RT>')]
    const service = await serve(({ body }) => {
      const receipt = receipts[Number(keysIn(body)[0])]!
      return envelope(`<Risposta><pagati>${paid}</pagati><rt>${receipt}</rt></Risposta>`)
    })
    const steps = ['base64']
    const lookup = {
      args: one.args,
      payload: { path: 'pagati', steps, also: [{ path: 'rt', steps }] },
      fields: { esito: 'Pagati/esito', riscossione: 'RT/riscossione' },
    }
    const rows = await lookUp(service, lookup, ['0', '1', '2'])
    expect(rows.get('0')).toEqual({ esito: '0', riscossione: 'R9' })
    expect(rows.get('1')).toEqual({ esito: '0', riscossione: '' })
    expect((rows.get('2') as Error).message).toContain('what rt holds cannot be unpacked')
  })

  it('that finds two rows of one key chooses none: it is an error of that key', async () => {
    const service = await serve(({ body }) => {
      const people = [...keysIn(body), 'a'].map(person)
      return envelope(`<Risposta>${people.join('')}</Risposta>`)
    })
    for (const settings of [one, many]) {
      const rows = await lookUp(service, settings, ['a'])
      expect(rows.get('a')).toMatchObject({ code: 'SRC_ANSWER', retry: false })
    }
    const rows = await lookUp(service, many, ['a', 'b'])
    expect(rows.get('b')).toEqual({ nome: 'N b', via: 'Roma' })
  })

  it('that no setting describes is refused in words', async () => {
    const service = await serve(() => envelope('<r/>'))
    const told = { on: [{ steps: [{ name: 'a', operation: 'A' }] }] }
    const context = contextFor(soap, { endpoint: service.url, receipt: told } as never)
    expect((await sourceErrorOf(soap.lookup!(context, ['a']))).code).toBe('SRC_SETTINGS')
    expect((await sourceErrorOf(soap.poll(context).next())).code).toBe('SRC_SETTINGS')
  })

  it.each([
    ['asks for no key', { ...one, args: { k: 'x' } }, 'ask for no key'],
    ['cannot tell rows apart', { ...one, batch: 2 }, 'told apart'],
    ['names no field', { ...one, fields: {} }, 'names no value'],
  ])('whose settings say that it %s is refused', (_, lookup, words) => {
    const settings = { endpoint: 'http://x.invalid', lookup: { operation: 'A', ...lookup } }
    expect(soap.settings.safeParse(settings).error?.message).toContain(words)
  })
})
