// The connector to a folder, against folders: the contract of every connector, then its own rules.
import {
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  collect,
  connectorContract,
  contextFor,
  type Rig,
  sourceErrorOf,
} from '../../test/contract/connector.ts'
import { filesIn } from '../../test/contract/file-rig.ts'
import { reportOf } from '../../test/contract/report.ts'
import folder, { type FolderSettings } from './index.ts'

async function startRig(): Promise<Rig<FolderSettings>> {
  const root = await mkdtemp(join(tmpdir(), 'staffetta-folder-'))
  const [inbox, archive, results] = ['in', 'archive', 'results'].map((name) => join(root, name))
  for (const directory of [inbox, archive, results]) await mkdir(directory!)
  const place = (name: string) => join(inbox!, name)
  return {
    connector: folder,
    settings: {
      directory: inbox,
      pattern: '*',
      after: 'move',
      archiveDirectory: archive,
      resultsDirectory: results,
    },
    secrets: [],
    ...filesIn(inbox!, results!),
    async cut(name) {
      const bytes = await readFile(place(name))
      await truncate(place(name), 1)
      return () => writeFile(place(name), bytes)
    },
    stop: () => rm(root, { recursive: true }),
  }
}

connectorContract({ name: 'folder', start: startRig })

describe('the connector folder', () => {
  let root: string
  let settings: Record<string, unknown>
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'staffetta-folder-'))
    settings = { directory: root, pattern: '*.csv', stabilitySeconds: 0 }
  })
  afterEach(() => rm(root, { recursive: true }))
  const poll = () => collect(folder, contextFor(folder, settings))

  it('never follows a symbolic link, to read or to write', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'staffetta-outside-'))
    await writeFile(join(outside, 'secret.csv'), 'secret')
    await symlink(join(outside, 'secret.csv'), join(root, 'link.csv'))
    await symlink(
      join(outside, 'secret.csv'),
      join(root, '.one.csv.20260301T100000Z-1.esiti.csv.part'),
    )
    expect(await poll()).toEqual([])
    const report = reportOf('one.csv/1/2026-03-01T10:00:00Z', 'text')
    const error = await sourceErrorOf(folder.writeBack!(contextFor(folder, settings), report))
    expect(error.code).toBe('SRC_RESULT')
    expect(await readFile(join(outside, 'secret.csv'), 'utf8')).toBe('secret')
    await rm(outside, { recursive: true })
  })

  it('takes the oldest file first', async () => {
    for (const [name, hour] of Object.entries({ b: 8, a: 9, c: 7 })) {
      await writeFile(join(root, `${name}.csv`), name)
      const time = new Date(Date.UTC(2026, 2, 1, hour))
      await utimes(join(root, `${name}.csv`), time, time)
    }
    expect((await poll()).map(({ key }) => key)).toEqual([
      'c.csv/1/2026-03-01T07:00:00Z',
      'b.csv/1/2026-03-01T08:00:00Z',
      'a.csv/1/2026-03-01T09:00:00Z',
    ])
  })

  it('says that a directory is not there, and tries again', async () => {
    settings['directory'] = join(root, 'later')
    const error = await sourceErrorOf(poll())
    expect([error.code, error.retry]).toEqual(['SRC_DIRECTORY', true])
    const lines = await folder.check(contextFor(folder, settings))
    expect(lines.map(({ ok }) => ok)).toEqual([false])
    expect(lines[0]!.remedy).toContain('ENOENT')
  })
})
