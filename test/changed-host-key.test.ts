// T13: the key of an SFTP server changes. Nothing secret leaves, people hear of it with both keys,
// and no other source notices.
import { expect, test } from 'vitest'
import { getFeed } from '../src/config/config.ts'
import { run } from './cli/run-command.ts'
import {
  child,
  configure,
  INSTITUTION,
  leaveCanteenFile,
  openInstallation,
} from './installation.ts'

const never = new AbortController().signal
const file = `${INSTITUTION}/feeds/bollette.yaml`

test('a server with another key is told of with both, and the others are polled on', async () => {
  await using here = await openInstallation()
  const { playground, query } = here
  const collect = (feed: string) =>
    here.app.collect(getFeed(here.app.config, INSTITUTION, feed), never)
  const mails = async () =>
    query<{ subject: string; body: string }>('select subject, body from staff_mails order by id')
  const trust = async (key: string) => {
    await configure(playground.configDirectory, { [file]: { 'settings.hostKeys': [key] } })
    await here.reopen()
  }
  const pinned = `SHA256:${'A'.repeat(43)}`
  const { attempts, fingerprint } = playground.sftp

  await trust(pinned)
  const tried = attempts.length
  for (const _poll of [1, 2]) {
    const failure = (await collect('bollette'))?.failure
    expect(failure).toMatchObject({ code: 'SRC_HOST_KEY', retry: false })
  }
  expect(attempts.slice(tried)).toEqual([])
  const [told, ...others] = await mails()
  expect(told?.subject).toBe('Collegamento da guardare: bollette (SRC_HOST_KEY)')
  expect([told?.body.includes(pinned), told?.body.includes(fingerprint)]).toEqual([true, true])
  expect(others).toEqual([])

  const feeds = await run(['feeds', '--config', playground.configDirectory])
  expect(feeds.out).toMatch(/comune-di-esempio\/bollette +failing since /)
  expect(feeds.out).toContain(`SRC_HOST_KEY: 127.0.0.1`)
  expect([feeds.out.includes(pinned), feeds.code]).toEqual([true, 1])

  await leaveCanteenFile(playground.canteen, [child(1)], 'mensa-2026-03.csv')
  expect((await collect('mensa'))?.drops).toHaveLength(1)

  await trust(fingerprint)
  expect((await collect('bollette'))?.failure).toBeNull()
  expect((await mails()).at(-1)?.subject).toBe('Collegamento di nuovo attivo: bollette')
  const json = await run(['feeds', '--json', '--config', playground.configDirectory])
  const good = JSON.parse(json.out).find(({ feed }: { feed: string }) => feed === 'bollette')
  expect([good.failure, typeof good.polledAt, json.code]).toEqual([null, 'string', 0])
})
