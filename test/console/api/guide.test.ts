// The commands of docs/guides/api.md, run as they stand there.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  canteenFile,
  child,
  type Installation,
  openInstallation,
  parent,
} from '../../installation.ts'
import { openVisited, type Visited } from '../visiting.ts'
import { callAs } from './calling.ts'

const root = join(import.meta.dirname, '../../..')
const guide = readFileSync(join(root, 'docs/guides/api.md'), 'utf8')
const commands = [...guide.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text]) => text as string)
const run = promisify(execFile)

let here: Installation
let visited: Visited
let env: Record<string, string>

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  const { token } = await callAs(here, visited)
  const flow = await here.drop([child(1)])
  const file = join(here.playground.directory, 'mensa.csv')
  await writeFile(file, canteenFile([child(2)]))
  env = {
    ...{ PATH: process.env['PATH'] ?? '', TOKEN: token, CONSOLE: visited.url },
    ...{ FISCAL_CODE: parent(3), FILE: file, FLOW: String(flow) },
  }
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

it('has commands to run', () => {
  expect(commands.length).toBeGreaterThan(6)
})

it.each(commands)('works as it stands: %s', async (command) => {
  const { stdout } = await run('sh', ['-ec', command], { env })
  expect(stdout).toMatch(/^\{/)
})
