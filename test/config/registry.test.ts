import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRegistry } from '../../src/config/registry.ts'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staffetta-registry-'))
  const write = async (name: string, file: string, text: string) => {
    await mkdir(join(directory, name), { recursive: true })
    await writeFile(join(directory, name, file), text)
  }
  await write('none', 'index.ts', 'export default { summary: "not a connector" }')
  await write('broken', 'index.ts', 'throw new Error("it broke")')
  await write('notes', 'README.md', 'no index here')
})

afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})

describe('openRegistry', () => {
  it('knows the folders that have an index.ts, without importing them', async () => {
    expect((await openRegistry(directory)).connectorNames).toEqual(['broken', 'none'])
  })

  it('answers null to a name that is not installed, be it a path', async () => {
    const registry = await openRegistry(directory)
    expect(await registry.connectors('sftp')).toBeNull()
    expect(await registry.connectors('../none')).toBeNull()
  })

  it('throws when a module breaks or exports no connector', async () => {
    const registry = await openRegistry(directory)
    await expect(registry.connectors('broken')).rejects.toThrow('it broke')
    await expect(registry.connectors('none')).rejects.toThrow('does not export a connector')
  })

  it('finds the connectors that Staffetta ships', async () => {
    const registry = await openRegistry()
    expect(registry.connectorNames).toEqual(expect.arrayContaining(['folder', 'sftp']))
    expect((await registry.connectors('folder'))?.summary).toEqual(expect.any(String))
  })
})
