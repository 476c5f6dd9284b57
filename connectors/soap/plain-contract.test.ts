// The contract of every connector, kept by plain calls: a queue of documents, a ledger that is told
// and a directory that is asked, all of JSON, behind a gateway that wants a token.
import { connectorContract, type Rig } from '../../test/contract/connector.ts'
import { keptInMemory } from '../../test/contract/memory-rig.ts'
import { json, type Received, startRawService } from '../../test/fakes/soap-service.ts'
import soap from './index.ts'
import type { SoapSettings } from './settings.ts'

const password = 'una-password-lunga'

const settings = {
  secrets: { password: 'env:STAFFETTA_TEST_PLAIN' },
  headers: { Authorization: 'Bearer {{ token }}' },
  login: {
    ...{ operation: 'Voucher', method: 'POST', path: '/token', token: 'access_token' },
    form: { grant_type: 'client_credentials', client_secret: '{{ secrets.password }}' },
  },
  call: { operation: 'Elenco', method: 'GET', path: '/documenti', records: '$' },
  details: {
    ...{ operation: 'Documento', method: 'GET', path: '/documenti/{{ record.id }}' },
    ...{ as: 'drops', key: '{{ record.id }}' },
    payload: { path: '$/dati', steps: ['base64'], as: 'bytes' },
  },
  afterCommit: {
    ...{ operation: 'Tolto', method: 'DELETE', path: '/documenti/{{ record.id }}' },
    okWhen: [{ status: [204, 404] }],
  },
  receipt: {
    perSecond: 100,
    on: [
      {
        findFirst: true,
        find: {
          ...{ operation: 'Cerca', method: 'GET', path: '/esiti/{{ receipt.id }}' },
          emptyWhen: [{ status: [404], path: '$/codice', in: ['IGNOTO'] }],
          existsWhen: [{ path: '$/numero', present: true }],
        },
        steps: [
          {
            ...{ name: 'esito', operation: 'Registra', method: 'POST', path: '/esiti' },
            json: {
              id: '{{ receipt.id }}',
              chiave: '{{ receipt.key }}',
              esito: '{{ receipt.fate }}',
            },
            answer: { numero: '$/numero' },
          },
        ],
      },
    ],
  },
  lookup: {
    ...{ operation: 'Contatti', method: 'POST', path: '/contatti', batch: 100, parallel: 2 },
    json: { chiavi: { $each: 'keys', $text: '{{ key }}' } },
    ...{ records: 'persone', key: 'persone/chiave', fields: { email: 'persone/email' } },
  },
}

async function startRig(): Promise<Rig<SoapSettings>> {
  const { queue, ledger, people, reached } = keptInMemory()

  /** What stands at an address: a state of HTTP and a body. */
  const answerTo = ({ method, path, headers, body }: Received): [number, unknown] => {
    const [, , kind = '', name = ''] = path.split('/').map(decodeURIComponent)
    if (kind === 'token') {
      const isKnown = new URLSearchParams(body).get('client_secret') === password
      return isKnown ? [200, { access_token: 'T-1' }] : [401, {}]
    }
    if (headers['authorization'] !== 'Bearer T-1') return [401, {}]
    if (kind === 'contatti') {
      const keys: string[] = JSON.parse(body).chiavi
      const rows = keys.filter((key) => people.has(key))
      return [200, { persone: rows.map((chiave) => ({ chiave, ...people.get(chiave) })) }]
    }
    if (kind === 'esiti' && method === 'POST') {
      return [201, { numero: ledger.push(JSON.parse(body)) }]
    }
    if (kind === 'esiti') {
      const at = ledger.findIndex(({ id }) => id === name)
      return at < 0 ? [404, { codice: 'IGNOTO' }] : [200, { numero: at + 1 }]
    }
    if (name === '') return [200, [...queue.keys()].map((id) => ({ id }))]
    if (method === 'DELETE') return [queue.delete(name) ? 204 : 404, '']
    return [200, { dati: Buffer.from(queue.get(name) ?? []).toString('base64') }]
  }

  process.env['STAFFETTA_TEST_PLAIN'] = password
  const service = await startRawService((request, ...rest) => {
    const [status, body] = answerTo(request)
    return json(body, status)(request, ...rest)
  })
  return {
    connector: soap,
    settings: { endpoint: service.url, ...settings },
    secrets: [password],
    ...reached,
    stop: () => service.stop(),
  }
}

connectorContract({ name: 'soap', against: 'a service of JSON, in plain calls', start: startRig })
