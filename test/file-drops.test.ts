// The rules for files as drops, shown with the connector to folders: real files, no waiting.

import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import folder from '../connectors/folder/index.ts'
import { matchesPattern } from '../src/domain/name-pattern.ts'
import { dropKey, fileOf, readWhole } from '../src/file-drops.ts'
import { isPlainName } from '../src/file-names.ts'
import {
  bytesOf,
  type ContextOptions,
  collect,
  contextFor,
  type Saved,
  sourceErrorOf,
} from './contract/connector.ts'

let root: string
let inbox: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'staffetta-files-'))
  inbox = join(root, 'in')
  for (const name of ['in', 'archive']) await mkdir(join(root, name))
})
afterEach(() => rm(root, { recursive: true }))

const put = async (name: string, text = name, at = '2026-03-01T10:00:00Z') => {
  await writeFile(join(inbox, name), text)
  await utimes(join(inbox, name), new Date(at), new Date(at))
}
const settingsWith = (own: Record<string, unknown>) => ({
  directory: inbox,
  pattern: '*',
  archiveDirectory: join(root, 'archive'),
  ...own,
})
const poll = async (own: Record<string, unknown> = {}, options: ContextOptions = {}) => {
  const context = contextFor(folder, settingsWith(own), options)
  return (await collect(folder, context, options.saved)).map(({ name }) => name)
}
const namesIn = async (directory: string) => (await readdir(join(root, directory))).sort()

describe('what is taken', () => {
  it('is never half written, hidden, a result file or a directory', async () => {
    const others = ['.hidden', 'a.part', 'b.PART', 'c.filepart', 'd.tmp', 'e.esiti.csv']
    for (const name of [...others, 'e.1.esiti.csv', 'e.csv']) await put(name)
    await mkdir(join(inbox, 'f.csv'))
    expect(await poll()).toEqual(['e.csv'])
  })

  it('matches the pattern', async () => {
    for (const name of ['bills-1.zip', 'bills-12.zip', 'contacts-1.csv']) await put(name)
    expect(await poll({ pattern: 'bills-?.zip' })).toEqual(['bills-1.zip'])
    expect(await poll({ pattern: '*-1.*' })).toEqual(['bills-1.zip', 'contacts-1.csv'])
  })

  it('is marked as done, when the feed says so', async () => {
    for (const name of ['a.csv', 'b.csv', 'b.csv.done', 'c.csv.done']) await put(name)
    expect(await poll({ doneMarker: '.done' })).toEqual(['b.csv'])
  })

  it('did not change for as long as the feed says', async () => {
    for (const name of ['still.csv', 'grows.csv', 'renewed.csv', 'vanishes.csv']) await put(name)
    const waits: number[] = []
    const duringSleep = async (seconds: number) => {
      waits.push(seconds)
      await put('grows.csv', 'longer than before')
      await put('renewed.csv', 'RENEWED.csv', '2026-03-01T10:00:07Z')
      await put('new.csv')
      await rm(join(inbox, 'vanishes.csv'))
    }
    expect(await poll({ stabilitySeconds: 45 }, { duringSleep })).toEqual(['still.csv'])
    expect(waits).toEqual([45])
  })

  it('is not waited for when nothing is new, or when the feed wants no wait', async () => {
    const saved: Saved = { keys: new Set() }
    const duringSleep = () => expect.unreachable('it waited')
    await put('a.csv')
    expect(await poll({ stabilitySeconds: 0 }, { saved, duringSleep })).toEqual(['a.csv'])
    expect(await poll({ stabilitySeconds: 30 }, { saved, duringSleep })).toEqual([])
  })

  it('is not older than the feed', async () => {
    await put('old.csv', 'old', '2026-02-28T23:59:59Z')
    await put('new.csv', 'new', '2026-03-01T00:00:00Z')
    const from = Temporal.Instant.from('2026-03-01T00:00:00.750Z') // Files may know seconds only.
    expect(await poll({}, { from })).toEqual(['new.csv'])
  })

  it('comes again when it was written again, and not when only its listing changed', async () => {
    const saved: Saved = { keys: new Set() }
    await put('a.csv')
    expect(await poll({}, { saved })).toEqual(['a.csv'])
    await put('b.csv')
    expect(await poll({}, { saved })).toEqual(['b.csv'])
    await put('a.csv', 'A.CSV', '2026-03-02T10:00:00Z')
    expect(await poll({}, { saved })).toEqual(['a.csv'])
  })

  it('is as many as one poll may take, the oldest; the next poll goes on', async () => {
    const saved: Saved = { keys: new Set() }
    for (const name of ['c', 'b', 'a', 'e', 'd']) await put(name)
    expect(await poll({ maxFilesPerPoll: 2 }, { saved })).toEqual(['a', 'b'])
    expect(await poll({ maxFilesPerPoll: 2 }, { saved })).toEqual(['c', 'd'])
    expect(await poll({ maxFilesPerPoll: 2 }, { saved })).toEqual(['e'])
  })

  it('is never larger than the bound; the others are taken, and then it is told', async () => {
    const saved: Saved = { keys: new Set() }
    for (const name of ['a', 'large', 'z']) await put(name, name)
    const error = await sourceErrorOf(poll({ maxFileBytes: 4 }, { saved }))
    expect([error.code, error.retry]).toEqual(['SRC_FILE_BOUNDS', true])
    expect(error.message).toContain('large has 5 bytes')
    expect([...saved.keys].map((key) => fileOf(key).name)).toEqual(['a', 'z'])
  })
})

describe('what is read', () => {
  it('fails when the file is written while it is read, even with as many bytes', async () => {
    await put('a.csv', 'first')
    const drops = folder.poll(contextFor(folder, settingsWith({})))
    const { value } = await drops.next()
    await put('a.csv', 'other', '2026-03-01T10:00:03Z')
    const error = await sourceErrorOf(bytesOf(value!))
    expect([error.code, error.retry]).toEqual(['SRC_FILE_CHANGED', true])
    await drops.return()
  })

  it.each([
    ['fails when it comes a byte a second', 1, 1, 'SRC_CONNECTION_LOST'],
    ['fails when it comes a page an hour', 4096, 3600, 'SRC_CONNECTION_LOST'],
    ['goes on when it comes as slowly as by a modem', 4096, 2, null],
    ['goes on when it comes all at once, after a long wait', 2_000_000, 700, null],
  ])('%s', async (_, bytes, seconds, code) => {
    const entry = {
      name: 'a',
      sizeBytes: 2_000_000,
      modified: Temporal.Instant.from('2026-03-01T10Z'),
    }
    let clock = entry.modified
    const file = {
      facts: async () => entry,
      async read(offset: number) {
        clock = clock.add({ seconds })
        return Buffer.alloc(Math.min(bytes, entry.sizeBytes - offset))
      },
      close: async () => {},
    }
    const context = { signal: new AbortController().signal, now: () => clock }
    const read = Array.fromAsync(readWhole(context, file, entry))
    if (code !== null) expect((await sourceErrorOf(read)).code).toBe(code)
    else expect(Buffer.concat(await read)).toHaveLength(entry.sizeBytes)
  })
})

describe('after it is saved', () => {
  it('a file stays, or goes with its marker', async () => {
    const marked = { doneMarker: '.done' }
    for (const name of ['a.csv', 'a.csv.done']) await put(name)
    await poll({ ...marked, after: 'leave' })
    expect(await namesIn('in')).toEqual(['a.csv', 'a.csv.done'])
    await poll({ ...marked, after: 'move' })
    expect([await namesIn('in'), await namesIn('archive')]).toEqual([[], ['a.csv']])
    for (const name of ['a.csv', 'a.csv.done']) await put(name)
    await poll({ ...marked, after: 'delete' })
    expect([await namesIn('in'), await namesIn('archive')]).toEqual([[], ['a.csv']])
  })

  it('a file in the archive is never overwritten', async () => {
    await put('a.csv', 'first')
    await poll({ after: 'move' })
    await put('a.csv', 'second', '2026-03-02T10:00:00Z')
    await poll({ after: 'move' })
    expect(await namesIn('archive')).toEqual(['a.csv', 'a.csv.20260302T100000Z-6'])
    expect(await readFile(join(root, 'archive', 'a.csv'), 'utf8')).toBe('first')
  })

  it('a file that was replaced meanwhile stays, and is the next drop', async () => {
    const saved: Saved = { keys: new Set() }
    await put('a.csv', 'first')
    for await (const drop of folder.poll(contextFor(folder, settingsWith({ after: 'delete' })))) {
      await bytesOf(drop)
      saved.keys.add(drop.key)
      await put('a.csv', 'second', '2026-03-02T10:00:00Z')
    }
    expect(await poll({ after: 'delete' }, { saved })).toEqual(['a.csv'])
    expect(await namesIn('in')).toEqual([])
  })

  it('a file that cannot be moved keeps no other from being taken, and is told of', async () => {
    const saved: Saved = { keys: new Set() }
    for (const name of ['a.csv', 'b.csv']) await put(name)
    const own = { after: 'move', archiveDirectory: join(root, 'missing') }
    const error = await sourceErrorOf(poll(own, { saved }))
    expect([error.code, error.retry]).toEqual(['SRC_FILE_ACCESS', true])
    expect(error.message).toContain('and 1 more')
    expect(saved.keys.size).toBe(2)
  })
})

describe('the settings', () => {
  it.each([{ after: 'move' }, { after: 'move', archiveDirectory: '/in' }, { pattern: 'a/*' }])(
    'refuse %o',
    (own) => {
      const settings = { directory: '/in', pattern: '*', ...own }
      expect(folder.settings.safeParse(settings).success).toBe(false)
    },
  )
})

describe('names', () => {
  const letter = fc.constantFrom('a', 'b', '.', '[', '\\d', 'è', '😀')
  const mark = fc.constantFrom('*', '?')
  const text = fc.array(letter, { maxLength: 8 }).map((letters) => letters.join(''))
  const pattern = fc.array(fc.oneof(letter, mark), { maxLength: 8 }).map((all) => all.join(''))

  it('match a pattern exactly when the same regular expression does', () => {
    fc.assert(
      fc.property(text, pattern, (name, glob) => {
        const literal = glob.replace(/[.[\\]/g, '\\$&')
        const regular = new RegExp(`^${literal.replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 'su')
        expect(matchesPattern(name, glob)).toBe(regular.test(name))
      }),
    )
  })

  it('match however their accents are composed', () => {
    expect(matchesPattern('attività.csv'.normalize('NFD'), 'attivit?.csv')).toBe(true)
  })

  it('match in little time, whatever the stars', () => {
    const worst = 'a'.repeat(254)
    expect(matchesPattern(worst, '*a'.repeat(99).concat('b'))).toBe(false)
  })

  it('are read back from the key, and no key leads elsewhere', () => {
    const modified = Temporal.Instant.from('2026-03-01T10:00:00.9Z')
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 255 }), fc.nat(), (name, sizeBytes) => {
        const key = dropKey({ name, sizeBytes, modified })
        if (isPlainName(name)) expect(dropKey(fileOf(key))).toBe(key)
        else expect(() => fileOf(key)).toThrow()
        if (isPlainName(name)) expect(join('/in', name)).toBe(`/in/${name}`)
      }),
    )
    expect(dropKey({ name: 'a.csv', sizeBytes: 5, modified })).toBe('a.csv/5/2026-03-01T10:00:00Z')
  })
})
