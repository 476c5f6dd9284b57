// `staffetta sandbox` as people run it: what it prints, and how it says that it cannot start.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run, start } from '../cli/run-command.ts'

test('it prints where it listens, serves the given citizens, and stops when told', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-'))
  const file = join(directory, 'people.csv')
  await writeFile(file, 'fiscal_code,languages\nBBBBBB00A00A000A,de_DE\n')
  const { child, ran, printed, ended } = start(['sandbox', '--population', file, '--json'])
  try {
    await printed('}')
    const { url } = JSON.parse(ran.out) as { url: string }
    const headers = { 'Ocp-Apim-Subscription-Key': 'any' }
    const answer = await fetch(`${url}/profiles/BBBBBB00A00A000A`, { headers })
    expect(await answer.json()).toEqual({ sender_allowed: true, preferred_languages: ['de_DE'] })
  } finally {
    child.kill('SIGTERM')
    await rm(directory, { recursive: true })
  }
  expect((await ended).code).toBe(0)
})

test('a malformed population ends with 2, naming column and nearest', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-'))
  const file = join(directory, 'people.csv')
  await writeFile(file, 'fiscal_code,langages\n')
  try {
    const { code, out, err } = await run(['sandbox', '--population', file])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(`${file}: line 1: langages is not known: did you mean languages?`)
    expect((await run(['sandbox', '--population', join(directory, 'none.csv')])).code).toBe(2)
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('a port in use is named', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve)
  })
  const { port } = other.address() as AddressInfo
  const { code, err } = await run(['sandbox', '--port', String(port)])
  other.close()
  expect(code).toBe(1)
  expect(err).toContain(`port ${port} of 127.0.0.1 is in use`)
})

test.each([
  [['--stuck-share', '2'], '--stuck-share is a number from 0 to 1'],
  [['--stuck-share', '0.6', '--failed-share', '0.6'], 'are more than 1 together'],
  [['--window-seconds', '0'], '--window-seconds is a whole number from 1 to 3600'],
])('%j is a wrong call', async (argv, said) => {
  const { code, err } = await run(['sandbox', ...argv])
  expect(code).toBe(2)
  expect(err).toContain(said)
})
