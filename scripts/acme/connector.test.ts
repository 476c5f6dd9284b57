// The connector acme, against a small server of its kind: the contract of every connector, then
// what this server may do to it.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  collect,
  connectorContract,
  contextFor,
  type Rig,
  sourceErrorOf,
} from '../../test/contract/connector.ts'
import connector from './connector.ts'

const token = 'not-a-real-token'
process.env['STAFFETTA_TEST_ACME'] = token
process.env['STAFFETTA_TEST_ACME_WRONG'] = 'another-token'

async function startRig() {
  const documents = new Map<string, Uint8Array>()
  const odd: { answer: ((response: ServerResponse) => void) | null } = { answer: null }
  const server = createServer(({ method, url = '', headers }, response) => {
    const id = url.split('/')[2]
    const bytes = documents.get(id ?? '')
    if (odd.answer !== null) odd.answer(response)
    else if (headers.authorization !== `Bearer ${token}`) response.writeHead(401).end()
    else if (id === undefined) {
      response.end(JSON.stringify([...documents.keys()].map((id) => ({ id }))))
    } else if (bytes === undefined) response.writeHead(404).end()
    else if (method === 'DELETE') response.end(String(documents.delete(id)))
    else response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/list`
  const rig: Rig<unknown> = {
    connector: connector as Rig<unknown>['connector'],
    settings: { url, token: 'env:STAFFETTA_TEST_ACME' },
    secrets: [token],
    async put(name, bytes) {
      documents.set(name, bytes)
    },
    isWaiting: async (name) => documents.has(name),
    async cut() {
      server.closeAllConnections()
      return async () => {}
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return { ...rig, odd }
}

connectorContract({ name: 'acme', start: startRig })

describe('the connector acme', () => {
  let rig: Awaited<ReturnType<typeof startRig>>
  beforeEach(async () => {
    rig = await startRig()
  })
  afterEach(() => rig.stop())
  const poll = () => collect(rig.connector, contextFor(rig.connector, rig.settings))

  it('waits for a person when the token is refused, and shows none', async () => {
    rig.settings['token'] = 'env:STAFFETTA_TEST_ACME_WRONG'
    const error = await sourceErrorOf(poll())
    expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
    expect(error.message).not.toContain('another-token')
    const lines = await rig.connector.check(contextFor(rig.connector, rig.settings))
    expect(lines).toMatchObject([{ ok: false, remedy: expect.stringContaining('token') }])
  })

  it('takes no list that is none, or too long, and goes nowhere else', async () => {
    const answers: ((response: ServerResponse) => void)[] = [
      (response) => response.end('<html>'),
      (response) => response.end('[{ "id": "../elsewhere" }]'),
      (response) => response.end(`["${'x'.repeat(1_000_001)}"]`),
      (response) => response.writeHead(500).end(),
    ]
    for (const answer of answers) {
      rig.odd.answer = answer
      expect((await sourceErrorOf(poll())).code).toBe('SRC_ANSWER')
    }
    rig.odd.answer = (response) => response.writeHead(302, { location: '/other' }).end()
    expect((await sourceErrorOf(poll())).code).toBe('SRC_UNREACHABLE')
  })
})
