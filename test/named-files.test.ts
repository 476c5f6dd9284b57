// What the name of a file says, from the directory of the source to what is kept: through the
// stages, and through `preview`, which has no feed and no drop.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { zipOf } from '../scripts/zip-writer.ts'
import { getFeed } from '../src/config/config.ts'
import { run } from './cli/run-command.ts'
import { INSTITUTION, openInstallation } from './installation.ts'

const never = new AbortController().signal
const sample = 'UTENZE_TARI_20270301060000.csv'

test('a drop is mapped by the name that it came with, a file previewed by its own', async () => {
  await using here = await openInstallation()
  const { canteen, configDirectory } = here.playground
  const inbox = join(canteen, '../utenze')
  await mkdir(inbox)
  const settings = `{ directory: ${inbox}, pattern: "*.*", stabilitySeconds: 0, after: delete }`
  await writeFile(
    join(configDirectory, INSTITUTION, 'feeds/utenze.yaml'),
    `connector: folder\nsettings: ${settings}\nfrom: all\nmapping: utenze-tari\n`,
  )
  await here.reopen()
  const rows = await readFile(join(configDirectory, INSTITUTION, 'samples', sample))
  const feed = getFeed(here.app.config, INSTITUTION, 'utenze')
  const take = async (name: string, bytes: Uint8Array) => {
    await writeFile(join(inbox, name), bytes)
    const [drop] = (await here.app.collect(feed, never))?.drops ?? []
    return here.app.map(drop?.id ?? 0)
  }
  const kept = async () => {
    const found = await here.app.store.references.find(INSTITUTION, 'utenze-tari', ['U  00017'])
    return found.get('U  00017')?.['estratte_il']
  }

  expect(await take(sample, rows)).toMatchObject({ kind: 'mapped' })
  expect(await kept()).toBe('2027-03-01')
  const april = sample.replace('0301', '0401')
  const zip = zipOf([{ name: `elenchi/${april}`, bytes: rows }])
  expect(await take('invio.zip', zip)).toMatchObject({ kind: 'mapped' })
  expect(await kept()).toBe('2027-04-01')
  const refused = { kind: 'failed', problem: { code: 'DROP_FILE_NAME' } }
  expect(await take('utenze.csv', rows)).toMatchObject(refused)
  expect(await kept()).toBe('2027-04-01')

  const path = join(inbox, april)
  await writeFile(path, rows)
  const preview = ['preview', 'utenze', path, '--json', '--config', configDirectory]
  const { out } = await run(preview)
  expect(JSON.parse(out.split('\n')[0] ?? '').row).toMatchObject({ estratte_il: '2027-04-01' })
  await rm(path)
})
