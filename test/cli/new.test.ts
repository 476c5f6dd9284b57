// `staffetta new mapping`, in a configuration of its own, to a mapping that `check`, `test` and
// `preview` take: once as people run it, else in this process.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { callOffline } from './call-offline.ts'
import { run } from './run-command.ts'

let folder: string
let sample: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'staffetta-new-'))
  await cp(join(import.meta.dirname, '../../config'), join(folder, 'config'), { recursive: true })
  sample = join(folder, 'LUCE_VOTIVA_2026.csv')
  await writeFile(
    sample,
    'POSIZIONE;COD_FISCALE;ANNO;IMPORTO;SCADENZA;AVVISO\n' +
      'A-0012;PRVPRV80A01H501K;2026;24,50;31/10/2027;302000000000000121\n' +
      'A-0013;SMPCTD75B41F205R;2026;1.024,50;31/10/2027;302000000000000222\n',
  )
})
afterEach(() => rm(folder, { recursive: true }))

const staffetta = (...argv: string[]) => callOffline(join(folder, 'config'), argv)
const mappings = (file: string) => join(folder, 'config/comune-di-esempio/mappings', file)

it('writes a mapping and a case that the other commands take', async () => {
  const config = ['--config', join(folder, 'config')]
  const made = await run(['new', 'mapping', '--from', sample, ...config])
  expect(made).toMatchObject({ code: 0, err: '' })
  expect(made.out).toContain(
    '2 records, each a notice: key POSIZIONE + ANNO, recipient COD_FISCALE',
  )
  expect(made.out).toContain('staffetta preview luce-votiva')
  const checked = await staffetta('check')
  expect(checked.out).not.toContain('CFG_VALUE')
  expect(checked.code).toBe(0)
  expect(await staffetta('test', 'luce-votiva')).toMatchObject({ code: 0 })
  const previewed = await staffetta('preview', 'luce-votiva', sample)
  expect(previewed.out).toContain('2 notices with 2 messages')
}, 60_000)

it('never overwrites: it says the name and the way out', async () => {
  const before = await readFile(mappings('mensa.yaml'), 'utf8')
  const made = await staffetta('new', 'mapping', 'mensa', '--from', sample)
  expect(made.code).toBe(2)
  expect(made.err).toContain('mensa.yaml is there already')
  expect(made.err).toContain('give another name')
  expect(await readFile(mappings('mensa.yaml'), 'utf8')).toBe(before)
})

it('takes back its sentence, edited', async () => {
  const first = await staffetta('new', 'mapping', 'luce', '--from', sample, '--json', '--dry-run')
  const { sentence } = JSON.parse(first.out) as { sentence: string }
  const edited = sentence.replace('POSIZIONE + ANNO', 'AVVISO').replace(/, due [^,]+\)/, '')
  const argv = ['new', 'mapping', 'luce', '--from', sample, '--json', '--dry-run']
  const second = await staffetta(...argv, '--describe', edited)
  expect(JSON.parse(second.out)).toMatchObject({
    sentence: edited,
    roles: { key: ['avviso'], due: null },
    files: [],
  })
})

it('says of a part that it does not understand which it is', async () => {
  const argv = ['new', 'mapping', '--from', sample]
  const described = await staffetta(...argv, '--describe', 'Read as CSV, in colour: key A.')
  expect(described).toMatchObject({ code: 2 })
  expect(described.err).toContain('"in colour"')
  expect((await staffetta(...argv, '--decimals', 'virgola')).code).toBe(2)
})

it('says what a file lacks that it does not understand, and leaves nothing behind', async () => {
  await writeFile(sample, 'A;B;C;D;E\nx;1;;;\nx;2;;;\n')
  const made = await staffetta('new', 'mapping', 'luce', '--from', sample)
  expect(made.code).toBe(1)
  expect(made.err).toContain('--recipient COLUMN')
  expect(made.err).toContain('The columns are A, B, C, D, E.')
  await expect(readFile(mappings('luce.yaml'))).rejects.toThrow('ENOENT')
})
