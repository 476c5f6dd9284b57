// The Italian guide to mappings, followed as its reader does: in an empty folder its files are
// written, its commands run in order by the launcher, and what they print is put into the page,
// which must be as it stands. `vitest run test/mapping-guide.test.ts -u` writes it anew: read it.
import { spawn } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const page = join(root, 'docs/guida-mappature.md')
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'staffetta-guide-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A fence, what its info string says, and what stands in it. */
const block = /^```(\w+)(?: ([^\n]+))?\n([\s\S]*?)^```$/gm
/** A command, with the lines that go on after a backslash. */
const command = /^\$ (?:.*\\\n)*.*$/gm

type Ended = [command: string, code: number | null]

interface Ran {
  output: string
  code: number | null
}

it('the guide to mappings shows what its commands print, from an empty folder on', async () => {
  const written = await readFile(page, 'utf8')
  const ends: Ended[] = []
  let made = ''
  let at = 0
  for (const { 0: whole, 1: language, 2: said, 3: body = '', index } of written.matchAll(block)) {
    made += written.slice(at, index)
    at = index + whole.length
    if (language === 'console') {
      made += `\`\`\`console${said ? ` ${said}` : ''}\n${await played(body, said, ends)}\`\`\``
      continue
    }
    if (said !== undefined) await write(said, body)
    made += whole
  }
  made += written.slice(at)
  await expect(made).toMatchFileSnapshot(page)
  const failed = ends.filter(([, code]) => code !== 0)
  expect(failed).toEqual(asItShould)
}, 240_000)

/** What the guide shows to end otherwise than with 0: a question, refused records, failures. */
const asItShould = [
  [expect.stringMatching(/^npx staffetta new mapping .*--from tari-2027\.csv --config/), 1],
  [expect.stringMatching(/^npx staffetta preview comune-prova\/tari-avviso tari-2027/), 1],
  [expect.stringMatching(/^npx staffetta test tari-avviso --mutate/), 1],
  [expect.stringMatching(/^npx staffetta test tari-avviso --config/), 1],
]

/** `>> PATH` writes at the end of a file that is there. */
async function write(said: string, body: string): Promise<void> {
  const [, end, name = ''] = /^(>> )?(\S+)$/.exec(said) ?? []
  const path = join(folder, name)
  await mkdir(dirname(path), { recursive: true })
  await (end ? appendFile(path, body) : writeFile(path, body))
}

/** The commands of a block, each with what it prints; `12`: its first lines, `-4`: its last. */
async function played(body: string, said: string | undefined, ends: Ended[]) {
  let made = ''
  for (const [line] of body.matchAll(command)) {
    const { output, code } = await run(line.slice(2))
    ends.push([line.slice(2), code])
    made += `${line}\n${shown(output, Number(said ?? 0))}${code === 0 ? '' : `# esce con ${code}\n`}`
  }
  return made
}

function shown(output: string, most: number): string {
  const lines = output.trimEnd().split('\n')
  if (lines[0] === '') return ''
  if (most > 0 && lines.length > most) lines.splice(most, lines.length, '[…]')
  if (most < 0 && lines.length > -most) lines.splice(0, lines.length + most, '[…]')
  return `${lines.join('\n')}\n`
}

/** As a shell runs it where `npx` finds this Staffetta, as it does from a clone. */
async function run(line: string): Promise<Ran> {
  const npx = `npx() { shift; "$NODE" "$ROOT/staffetta.js" "$@"; }\n`
  const child = spawn('sh', ['-c', `exec 2>&1\n${npx}${line}`], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...{ PATH: process.env['PATH'], HOME: folder, TZ: 'Europe/Rome', LANG: 'C.UTF-8' },
      ...{ NODE: process.execPath, ROOT: root },
    },
  })
  const closed = Promise.withResolvers<number | null>()
  child.on('error', closed.reject).on('close', closed.resolve)
  const [output, code] = await Promise.all([text(child.stdout), closed.promise])
  // From a clone its own files have no folder before them.
  return { output: output.replaceAll(`${root}/`, ''), code }
}
