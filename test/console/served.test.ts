import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { type Started, start } from '../cli/run-command.ts'
import { type Installation, openInstallation } from '../installation.ts'

// The pages as the daemon serves them: a process of its own, asked as a proxy would.

let daemon: Started | null = null
afterEach(async () => {
  daemon?.child.kill('SIGKILL')
  await daemon?.ended
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const serve = (here: Installation, roles: string) =>
  start(['run', '--roles', roles, '--config', here.playground.configDirectory])

it('`run` serves the pages in their role, with the proxy’s prefix and without', async () => {
  const port = await freePort()
  const listen = `127.0.0.1:${port}`
  const url = 'https://comune.example/staffetta/'
  await using here = await openInstallation({
    configuration: { 'staffetta.yaml': { console: { listen, url } } },
  })
  daemon = serve(here, 'console')
  await daemon.printed('console opened')
  for (const path of ['/staffetta/console.css', '/console.css']) {
    const { status, headers } = await fetch(`http://${listen}${path}`)
    expect([status, headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8'])
  }
  const nothing = await fetch(`http://${listen}/staffetta/prova/${'A'.repeat(43)}`)
  expect(nothing.status).toBe(404)
  expect(await nothing.text()).toContain('Questo collegamento non è valido')
  daemon.child.kill('SIGTERM')
  const { code, err } = await daemon.ended
  expect(code).toBe(0)
  expect(err).not.toContain('/prova/')
})

it('an address that is taken keeps nobody from sending, and is tried again', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const listen = `127.0.0.1:${(taken.address() as AddressInfo).port}`
  await using here = await openInstallation({
    configuration: { 'staffetta.yaml': { console: { listen, url: `http://${listen}` } } },
  })
  daemon = serve(here, 'send,console')
  await daemon.printed('EADDRINUSE')
  await daemon.printed('daemon started')
  daemon.child.kill('SIGTERM')
  expect((await daemon.ended).code).toBe(0)
  taken.close()
})

it('without pages in the configuration the role does nothing', async () => {
  await using here = await openInstallation()
  expect(await here.app.openPages()).toBeNull()
})
