// What a new institution begins with, and the services of the catalogue that it switches on: files
// of the configuration, written for people to go on with.
// Invariant: nothing that stands is overwritten; `institution.yaml` changes by one key, at once.
import {
  copyFile,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  stat,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { type CatalogueService, readService } from '../config/catalogue.ts'
import { type Switch, withSwitch } from '../config/catalogue-edit.ts'
import { catalogueIndex } from '../config/catalogue-index.ts'
import type { Config } from '../config/config.ts'
import { textsOverlay, withTexts } from '../config/overlay-text.ts'
import { listFolder } from '../config/spec-file.ts'
import { isThere } from './drafting.ts'

const schemas = fileURLToPath(new URL('../../config/schema', import.meta.url))

export interface NewInstitution {
  id: string
  /** Null: a placeholder, to be put right. */
  title: string | null
  /** Eleven digits; null: a placeholder. */
  fiscalCode: string | null
}

export interface Created {
  /** In the order in which they were written. */
  files: string[]
  /** What a person has still to put right. */
  toDo: string[]
}

/** Writes a new institution, and what the installation lacks. Null: it is there already. */
export async function createInstitution(
  directory: string,
  { id, title, fiscalCode }: NewInstitution,
): Promise<Created | null> {
  const path = join(directory, id, 'institution.yaml')
  if ((await listFolder(join(directory, id))).length > 0) return null
  const files: string[] = []
  const toDo: string[] = []
  await mkdir(join(directory, id), { recursive: true })
  const write = async (name: string, text: string) => {
    await writeFile(name, text, { flag: 'wx' })
    files.push(name)
  }
  const installation = join(directory, 'staffetta.yaml')
  if (!(await isThere(installation))) await write(installation, installationText)
  // An editor looks for them from the folder that is kept in Git, which may be on another machine.
  const copies = join(directory, 'schema')
  if (!(await isThere(copies))) {
    await mkdir(copies)
    for (const name of await readdir(schemas))
      await copyFile(join(schemas, name), join(copies, name))
    files.push(copies)
  }
  const account = await firstAccount(installation)
  await write(path, institutionText(title ?? titleOf(id), fiscalCode ?? '00000000000', account, id))
  if (title === null) toDo.push(`name: "${titleOf(id)}" is made of the folder's name`)
  if (fiscalCode === null) toDo.push('fiscalCode: it is eleven zeros, until you write your own')
  toDo.push('services: give the example its `serviceId` and key, as IO’s portal shows them')
  return { files, toDo }
}

/** `comune-prova` → `Comune Prova`. */
function titleOf(id: string): string {
  return id.replace(/(^|-)(\p{L})/gu, (_, dash: string, letter: string) => {
    return `${dash === '' ? '' : ' '}${letter.toUpperCase()}`
  })
}

async function firstAccount(installation: string): Promise<string> {
  const read: unknown = await readFile(installation, 'utf8').then(parse, () => null)
  const accounts = (read as { accounts?: object } | null)?.accounts
  return Object.keys(accounts ?? {})[0] ?? 'io'
}

const installationText = `# yaml-language-server: $schema=schema/staffetta.json
# The installation: what all institutions share. Every value that is missing has a default, and
# \`staffetta check\` says what is wrong, with the line.
# Without \`database\` and without DATABASE_URL, Staffetta brings a PostgreSQL of its own.

accounts:
  io: # the account on IO's portal; the rate limit is shared by all its services
    callsPerWindow: 150 # 250 with a Fast or Premium agreement
    windowSeconds: 5

# database:                # a server of your own, by reference
#   url: env:DATABASE_URL

# mail:                    # mails to the staff: files received, flows that need a person
#   from: staffetta@comune.example
#   smtp: { host: 127.0.0.1, port: 25 }
`

function institutionText(title: string, fiscalCode: string, account: string, id: string): string {
  const key = `STAFFETTA_KEY_${id.replaceAll('-', '_').toUpperCase()}`
  return `# yaml-language-server: $schema=../schema/institution.json
# Nothing leaves as long as every service is in dry-run: it is recorded, and nobody is written to.

name: ${JSON.stringify(title)} # as citizens know it
fiscalCode: "${fiscalCode}" # the institution's own

# notify: [ced@comune.example] # who gets the mails; it needs \`mail\` in staffetta.yaml

# testers:                 # colleagues who receive test messages, with their consent
#   - { name: …, fiscalCode: …, email: … }

services: # as IO's portal shows them; each may have a key of its own
  esempio:
    serviceId: 01EXAMPLE000000000000000
    account: ${account} # one of staffetta.yaml
    key: env:${key} # never the key itself
    mode: dry-run # dry-run · testers · live
`
}

/** Every service of the catalogue, in the order of their names. Throws when one has an error. */
export async function listCatalogue(): Promise<CatalogueService[]> {
  return Promise.all([...catalogueIndex().keys()].map(readService))
}

/** Switches a service on or off in `institution.yaml`. False: it was so already. */
export async function switchService(
  config: Config,
  institution: string,
  service: string,
  to: Switch,
): Promise<boolean> {
  const now = config.institutions.find(({ id }) => id === institution)?.catalogue[service] ?? false
  if (JSON.stringify(now) === JSON.stringify(to)) return false
  const path = join(config.directory, institution, 'institution.yaml')
  const text = withSwitch(await readFile(path, 'utf8'), service, to)
  await replaceFile(path, text)
  return true
}

export interface WrittenTexts {
  files: string[]
  /** Files with columns of their own, which have got texts at their end. */
  extended: string[]
  /** What had texts already, and was left. */
  left: string[]
}

/**
 * Writes files over mappings of the catalogue, with all their texts, and their cases. Texts go to
 * the end of a file that has none.
 */
export async function writeTexts(
  config: Config,
  institution: string,
  service: CatalogueService,
  mappings: readonly string[],
  isDry: boolean,
): Promise<WrittenTexts & { texts: string[] }> {
  const folder = join(config.directory, institution, 'mappings')
  const from = join(service.folder, 'mappings')
  const done = { files: [], extended: [], left: [], texts: [] } as WrittenTexts & {
    texts: string[]
  }
  const add = async (path: string, text: string) => {
    if (await isThere(path)) return
    done.files.push(path)
    if (isDry) return
    await mkdir(folder, { recursive: true })
    await writeFile(path, text, { flag: 'wx' })
  }
  for (const name of mappings) {
    const path = join(folder, `${name}.yaml`)
    const mapping = await readFile(join(from, `${name}.yaml`), 'utf8')
    const own = await readOwn(path)
    if (own !== null) {
      const extended = withTexts(own, mapping)
      if (extended === null) done.left.push(path)
      else {
        done.extended.push(path)
        done.texts.push(extended)
        if (!isDry) await replaceFile(path, extended)
      }
      continue
    }
    const text = textsOverlay(name, mapping)
    done.texts.push(text)
    await add(path, text)
    const cases = await readFile(join(from, `${name}.cases.yaml`), 'utf8')
    const schema = cases.replace(/(\$schema=)\S*\/schema\//, '$1../../schema/')
    await add(join(folder, `${name}.cases.yaml`), schema)
  }
  return done
}

async function readOwn(path: string): Promise<string | null> {
  return (await isThere(path)) ? readFile(path, 'utf8') : null
}

/** At once: who reads it meanwhile has the one or the other. A link goes on leading there. */
async function replaceFile(name: string, text: string): Promise<void> {
  const path = await realpath(name)
  const { mode } = await stat(path)
  const beside = `${path}.${process.pid}.new`
  await writeFile(beside, text, { mode, flag: 'wx' })
  await rename(beside, path)
}
