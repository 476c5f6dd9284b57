// `npm run generate -- --check`: whatever is stale is named with the way out, kind by kind, and
// nothing is written; without `--check` it is put right.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { complaintOf, findStale, writeStale } from '../../scripts/generate.ts'
import { generatedMark, withBlock } from '../../scripts/reference-page.ts'
import { fakeRegistry } from '../config/written-config.ts'

const registry = {
  ...fakeRegistry,
  connectorNames: fakeRegistry.connectorNames.filter((name) => name !== 'broken-box'),
}
const page = `# Connectors

By hand.

<!-- begin: connectors (by \`npm run generate\`) -->
<!-- end: connectors -->

By hand too.
`
let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'staffetta-generate-'))
  await mkdir(join(root, 'connectors'))
  await writeFile(join(root, 'connectors/README.md'), page)
  await writeStale(root, await findStale(root, registry))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function complaint(): Promise<string | null> {
  return complaintOf(await findStale(root, registry))
}

describe('generate --check', () => {
  it('has nothing to say of what was just generated', async () => {
    expect(await complaint()).toBeNull()
  })

  it.each([
    ['config/schema/mapping.json', 'a schema'],
    ['docs/reference/mapping.md', 'a reference page'],
    ['docs/reference/connector-box.md', 'the page of a connector'],
    ['connectors/README.md', 'the table of connectors'],
  ])('names %s, %s, of which one byte is other', async (path) => {
    const text = await readFile(join(root, path), 'utf8')
    const at = text.indexOf('box') > 0 ? text.indexOf('box') : text.length - 3
    const changed = `${text.slice(0, at)}x${text.slice(at + 1)}`
    await writeFile(join(root, path), changed)
    expect(await complaint()).toBe(
      `Not as the declarations say: run \`npm run generate\`.\n  ${path}`,
    )
    expect(await readFile(join(root, path), 'utf8')).toBe(changed)
    await writeStale(root, await findStale(root, registry))
    expect(await readFile(join(root, path), 'utf8')).toBe(text)
  })

  it('names what is missing, and the page or schema of what is no longer there', async () => {
    await rm(join(root, 'docs/reference/feed.md'))
    await writeFile(join(root, 'docs/reference/connector-gone.md'), `${generatedMark}\n`)
    await writeFile(join(root, 'config/schema/gone.json'), '{}')
    await writeFile(join(root, 'docs/reference/by-hand.md'), '# Ours\n')
    const all = ['feed.md', 'connector-gone.md'].map((name) => `docs/reference/${name}`)
    const said = (await complaint())?.split('\n').slice(1)
    expect(said).toEqual([...all, 'config/schema/gone.json'].map((path) => `  ${path}`))
  })
})

describe('the table of connectors', () => {
  it('says what each can do, and leaves the rest of the page alone', async () => {
    const text = await readFile(join(root, 'connectors/README.md'), 'utf8')
    expect(text).toContain('| [asked-box](asked-box/README.md) | A box for tests. | no | yes |')
    expect(text).toContain(
      '| [answering-box](answering-box/README.md) | A box for tests. | yes | no |',
    )
    expect(text).toMatch(/^# Connectors\n\nBy hand\.\n/)
    expect(text).toMatch(/<!-- end: connectors -->\n\nBy hand too\.\n$/)
  })

  it('has its marks, or is refused', () => {
    expect(() => withBlock('# A page\n', 'connectors', '|')).toThrow('no marks of the block')
  })
})
