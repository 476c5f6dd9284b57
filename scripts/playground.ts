// A whole installation on this machine's loopback: database, SFTP server, mail server, IO sandbox,
// where wanted the office's other systems, and the example municipality pointed at them, in a
// directory of its own. The demo, the end-to-end tests and the measurements stand on it.
// Invariant: nothing of the shell's settings reaches it, and two may run side by side.
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { parseDocument } from 'yaml'
import { type Sandbox, type SandboxOptions, startSandbox } from '../src/sandbox/server.ts'
import { type Office, startOffice } from './demo/office.ts'
import { type SftpServer, startSftpServer } from './sftp-server.ts'

export interface ReceivedMail {
  to: string[]
  subject: string
  text: string
}

export interface Playground {
  directory: string
  configDirectory: string
  /** Where the billing system drops its files; the SFTP server's `/in`. */
  billing: string
  /** Where the canteen leaves its files. */
  canteen: string
  sandbox: Sandbox
  sftp: SftpServer
  /** Null unless it was asked for. */
  office: Office | null
  mails: ReceivedMail[]
  /** What a process needs in its environment to run on it; this one has it already. */
  environment: Record<string, string>
  /** Stops the servers and removes the directory; `keepFiles` leaves what the sources hold. */
  stop(options?: { keepFiles?: boolean }): Promise<void>
}

export interface PlaygroundOptions {
  sandbox?: SandboxOptions
  account?: Record<string, unknown>
  /** A running database instead of the embedded one. */
  databaseUrl?: string
  schedule?: string
  stabilitySeconds?: number
  /** Starts the register, the canteen's database and the mailboxes too. */
  office?: boolean
}

const EXAMPLE = new URL('../config/', import.meta.url).pathname
const PLAYED = ['staffetta.yaml', 'schema', 'comune-di-esempio']
const PASSWORD = 'only-for-the-playground'

/** Variables of the shell that would change where things go. */
export function forgetShellSettings(): void {
  for (const name of Object.keys(process.env)) {
    if (/^(DATABASE_URL|SUDO_USER|STAFFETTA_.*|PG[A-Z]+|(HTTPS?|ALL|NO)_PROXY)$/i.test(name)) {
      delete process.env[name]
    }
  }
}

export async function openPlayground(options: PlaygroundOptions = {}): Promise<Playground> {
  forgetShellSettings()
  const directory = await mkdtemp(join(tmpdir(), 'staffetta-'))
  // As root the database runs as another user, who must pass through.
  await chmod(directory, 0o711)
  const configDirectory = join(directory, 'config')
  const files = join(directory, 'sftp')
  const billing = join(files, 'in')
  const canteen = join(directory, 'mensa')
  await mkdir(configDirectory)
  // Other institutions of the folder have no part in what is played, whoever has made them.
  for (const name of PLAYED) {
    await cp(join(EXAMPLE, name), join(configDirectory, name), { recursive: true })
  }
  await mkdir(billing, { recursive: true })
  await mkdir(canteen)
  const mails: ReceivedMail[] = []
  const smtp = await startMailServer(mails)
  const sandbox = await startSandbox({ anyKey: true, ...options.sandbox })
  const sftp = await startSftpServer({ directory: files, username: 'bollette', password: PASSWORD })
  const institution = join(configDirectory, 'comune-di-esempio')
  const office = options.office ? await startOffice(directory, institution) : null
  const environment = {
    ...office?.environment,
    STAFFETTA_SFTP_PASSWORD: PASSWORD,
    STAFFETTA_KEY_ACQUA: 'key-of-the-water-service',
    STAFFETTA_KEY_MENSA: 'key-of-the-canteen-service',
    STAFFETTA_KEY_SPORTELLO: 'key-of-the-counter-service',
    ...(options.databaseUrl ? { STAFFETTA_DATABASE: options.databaseUrl } : {}),
  }
  Object.assign(process.env, environment)
  await pointConfig(configDirectory, {
    directory,
    canteen,
    sandbox,
    sftp,
    office,
    smtpPort: smtp.port,
    options,
  })
  return {
    directory,
    configDirectory,
    billing,
    canteen,
    sandbox,
    sftp,
    office,
    mails,
    environment,
    async stop({ keepFiles = false } = {}) {
      await Promise.all([sandbox.stop(), sftp.stop(), smtp.stop(), office?.stop()])
      const inside = (await readdir(directory)).map((name) => join(directory, name))
      const gone = keepFiles
        ? inside.filter((path) => path !== files && path !== canteen)
        : [directory]
      for (const path of gone) await rm(path, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

interface Places {
  directory: string
  canteen: string
  sandbox: Sandbox
  sftp: SftpServer
  office: Office | null
  smtpPort: number
  options: PlaygroundOptions
}

/**
 * The example's files, with addresses of this playground. Services go live: their IO is on
 * loopback.
 */
async function pointConfig(configDirectory: string, places: Places): Promise<void> {
  const { directory, sandbox, office, smtpPort, options } = places
  if (new URL(sandbox.url).hostname !== '127.0.0.1')
    throw new Error('only a loopback IO may be live')
  const institution = join(configDirectory, 'comune-di-esempio')
  await editYaml(join(configDirectory, 'staffetta.yaml'), {
    dataDirectory: join(directory, 'data'),
    ...(options.databaseUrl ? { 'database.url': 'env:STAFFETTA_DATABASE' } : {}),
    'accounts.esempio.baseUrl': sandbox.url,
    'accounts.esempio.firstStatusCheckSeconds': 1,
    ...prefixed('accounts.esempio', options.account ?? {}),
    'mail.smtp.port': smtpPort,
  })
  await editYaml(join(institution, 'institution.yaml'), {
    // What is played is played now, be it a Sunday night.
    'calendar.quietHours': null,
    'services.acqua.mode': 'live',
    'services.mensa.mode': 'live',
    ...(office && { 'services.sportello.mode': 'live' }),
  })
  const schedule = options.schedule ?? '* * * * * *'
  await point(join(institution, 'feeds'), feedPlaces(places), { schedule, window: null })
  await point(join(institution, 'systems'), office?.systems ?? unreached, {})
  // What they draw on, the office has.
  if (!office) await rm(join(institution, 'campaigns'), { recursive: true, force: true })
}

/** Mappings name these systems, so that they stay; without the office there is nobody to ask. */
const unreached = Object.fromEntries(
  ['anagrafe.yaml', 'pagamenti.yaml'].map((file) => [
    file,
    { 'settings.host': '127.0.0.1', 'settings.port': 1, 'settings.password': 'file:/dev/null' },
  ]),
)

/** Edits the files that are found here, and leaves out the others. */
async function point(
  folder: string,
  found: Record<string, Record<string, unknown>>,
  all: Record<string, unknown>,
): Promise<void> {
  for (const file of await readdir(folder)) {
    const path = join(folder, file)
    if (found[file]) await editYaml(path, { ...all, ...found[file] })
    else await rm(path)
  }
}

/** Where each feed of the example finds its source here; those that find none are left out. */
function feedPlaces({ canteen, sftp, office, options }: Places) {
  const stability = { 'settings.stabilitySeconds': options.stabilitySeconds ?? 1 }
  const files = {
    'settings.host': '127.0.0.1',
    'settings.port': sftp.port,
    'settings.hostKeys': [sftp.fingerprint],
    ...stability,
  }
  const places: Record<string, Record<string, unknown>> = {
    // Without the office nobody brings payments, and no reminder is to wait for them.
    'bollette.yaml': office ? files : { ...files, payments: null },
    'contatti.yaml': files,
    ...(office && { 'incassi.yaml': files }),
    'mensa.yaml': { 'settings.directory': canteen, ...stability },
    ...office?.feeds,
  }
  return places
}

function prefixed(prefix: string, values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}.${key}`, value]),
  )
}

/** Sets values in a YAML file by dotted path, leaving its comments; null takes one away. */
export async function editYaml(path: string, values: Record<string, unknown>): Promise<void> {
  const document = parseDocument(await readFile(path, 'utf8'))
  for (const [name, value] of Object.entries(values)) {
    if (value === null) document.deleteIn(name.split('.'))
    else document.setIn(name.split('.'), value)
  }
  await writeFile(path, document.toString())
}

/** Takes every mail and keeps it; sends nothing on. */
export async function startMailServer(mails: ReceivedMail[]) {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const pieces: Buffer[] = []
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      stream.on('end', () => {
        const raw = Buffer.concat(pieces).toString('utf8')
        const to = session.envelope.rcptTo.map((recipient) => recipient.address)
        mails.push({ to, ...readMail(raw) })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return { port, stop: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}

function readMail(raw: string): { subject: string; text: string } {
  const [head = '', ...body] = raw.split('\r\n\r\n')
  const subject = /^Subject: (.*(?:\r\n[ \t].*)*)/im.exec(head)?.[1] ?? ''
  return { subject: subject.replace(/\r\n[ \t]+/g, ' '), text: body.join('\n\n') }
}
