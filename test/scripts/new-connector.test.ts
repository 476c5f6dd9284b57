// The way to a connector of one's own: the scaffold in a copy of the project, and what is taught.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const folder = 'connectors/palazzo-blu'

let copy: string
const scaffold = (...args: string[]) =>
  run(process.execPath, ['scripts/new-connector.ts', ...args], { cwd: copy })
const failed = (...args: string[]) =>
  scaffold(...args).then(
    () => expect.unreachable('it seemed to work'),
    ({ code, stderr }) => ({ code, stderr }),
  )

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'staffetta-scaffold-'))
  for (const name of ['src', 'scripts', 'test/contract', 'package.json', 'tsconfig.json']) {
    await cp(join(root, name), join(copy, name), { recursive: true })
  }
  await cp(join(root, 'biome.json'), join(copy, 'biome.json'))
  await mkdir(join(copy, 'connectors'))
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  await scaffold('palazzo-blu')
}, 60_000)
afterAll(() => rm(copy, { recursive: true }))

it('a new connector has the four files of a connector, under its own name', async () => {
  const files = (await readdir(join(copy, folder))).sort()
  expect(files).toEqual(['README.md', 'example.yaml', 'index.test.ts', 'index.ts'])
  const texts = await Promise.all(files.map((name) => readFile(join(copy, folder, name), 'utf8')))
  expect(texts.join('\n')).not.toMatch(/acme|'\.\/connector\.ts'/i)
  expect(texts[1]).toContain('connector: palazzo-blu')
  expect(texts[1]).toContain('env:STAFFETTA_PALAZZO_BLU_TOKEN')
})

it('a new connector passes the contract, the types and the format at once', async () => {
  const config = { test: { include: [`${folder}/**/*.test.ts`] } }
  await writeFile(join(copy, 'vitest.config.mjs'), `export default ${JSON.stringify(config)}`)
  const bin = (name: string) => join(root, 'node_modules', name)
  const [vitest, tsc, biome] = [bin('vitest/vitest.mjs'), bin('.bin/tsc'), bin('.bin/biome')]
  const { stdout } = await run(process.execPath, [vitest, 'run'], { cwd: copy })
  expect(stdout).toMatch(/1 passed/)
  const own = { extends: './tsconfig.json', include: [`${folder}/index.ts`] }
  await writeFile(join(copy, 'tsconfig.own.json'), JSON.stringify(own))
  await run(tsc, ['--noEmit', '--project', 'tsconfig.own.json'], { cwd: copy })
  await run(biome, ['check', '--vcs-enabled=false', folder], { cwd: copy })
}, 120_000)

it('a connector that stands is never overwritten', async () => {
  await writeFile(join(copy, folder, 'index.ts'), 'mine')
  const { code, stderr } = await failed('palazzo-blu')
  expect([code, stderr]).toEqual([1, `${folder} is there already: nothing was changed\n`])
  expect(await readFile(join(copy, folder, 'index.ts'), 'utf8')).toBe('mine')
})

it.each([[], ['../elsewhere'], ['Acme'], ['a', 'b']])(
  'no folder is made for %j',
  async (...args) => {
    expect((await failed(...args)).code).toBe(2)
    expect(await readdir(join(copy, 'connectors'))).toEqual(['palazzo-blu'])
  },
)

it('the README of the connectors shows the code that is made', async () => {
  const readme = await readFile(join(root, 'connectors/README.md'), 'utf8')
  const [, shown = ''] = /```ts\n(.*?)\n```/s.exec(readme) ?? []
  expect(shown.split('\n').length).toBeGreaterThan(30)
  expect(await readFile(join(root, 'scripts/acme/connector.ts'), 'utf8')).toContain(shown)
})
