import { expect, it } from 'vitest'
import { ACCOUNT, children, openInstallation } from '../installation.ts'
import { run } from './run-command.ts'

it('flows say how long they will take, and when they end while they are sent', async () => {
  const limit = { callsPerWindow: 150, windowSeconds: 5 }
  await using here = await openInstallation({ account: limit })
  const flow = await here.drop(children(60))
  const flows = async (...argv: string[]) => {
    const config = ['--config', here.playground.configDirectory]
    const shown = await run(['flows', ...argv, ...config])
    const json = JSON.parse((await run(['flows', ...argv, '--json', ...config])).out)
    return { text: shown.out, forecast: (Array.isArray(json) ? json[0] : json).forecast }
  }
  const before = await flows('show', String(flow))
  expect(before.forecast).toMatchObject({ remaining: 60, reachableShare: 0.6, endsAt: null })
  expect(before.text).toMatch(/60 to go, .*\(60 % reachable\): sending takes about 4 s/)

  const stop = new AbortController()
  here.answer(({ path }) => {
    if (path === '/messages' && here.playground.sandbox.truth.acceptedCount() === 10) stop.abort()
    return null
  })
  await here.app.send(ACCOUNT, stop.signal)
  // A restart forgets nothing: everything is counted from what the store knows.
  await here.reopen()
  const meanwhile = await flows('show', String(flow))
  const ended = 60 - meanwhile.forecast.remaining
  expect(ended).toBeGreaterThanOrEqual(10)
  expect(meanwhile.forecast.reachableShare).toBeCloseTo((ended + 30) / (ended + 50))
  expect(meanwhile.text).toContain('ends about 20')
  expect((await flows('list')).forecast.endsAt).toMatch(/^20\d\d-/)

  here.answer(() => null)
  await here.send()
  const after = await flows('show', String(flow))
  expect([after.forecast, after.text.includes('to go')]).toEqual([null, false])
})

it('a flow says as what its file was read', async () => {
  await using here = await openInstallation()
  const flow = await here.drop(children(1))
  const config = ['--config', here.playground.configDirectory]
  const { out } = await run(['flows', 'show', String(flow), ...config])
  expect(out).toContain('The file was read as utf-8.\n')
})
