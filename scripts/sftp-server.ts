// A small SFTP server for the demo, the tests and whoever wants to try: one user, one directory,
// this machine only. `node scripts/sftp-server.ts DIR [--port N] [--user NAME] [--password WORD]`
// Invariant: nothing outside the directory is reached, not by `..` and not by symbolic links.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import type { AuthContext, Connection, FileEntry } from 'ssh2'
import ssh2 from 'ssh2'
import { serveFiles } from './sftp-files.ts'

type Method = 'password' | 'keyboard-interactive' | 'publickey'

export interface SftpServerOptions {
  directory: string
  username: string
  password: string
  /** 0: any free one. */
  port?: number
  /** The server's private key, PEM or OpenSSH; by default a new one. */
  hostKey?: string
  /** Who may log in without a password: a public key as in `authorized_keys`. */
  authorizedKey?: string
  /** What the server offers; by default the password, and the key when one is authorized. */
  methods?: Method[]
  readOnly?: boolean
  /** False: files are renamed as plain SFTP does, never onto another. */
  posixRename?: boolean
  /**
   * Asked before each answer to a read: `half` gives half of what was asked for, `cut` ends the
   * connection, `ignore` never answers.
   */
  onRead?: (path: string, offset: number) => 'answer' | 'half' | 'cut' | 'ignore' | 'end of file'
  /** What a listing shows instead: for servers that lie. */
  onList?: (entries: FileEntry[]) => FileEntry[]
}

export interface SftpServer {
  port: number
  /** Of the host key: `SHA256:…`, as ssh-keygen prints it. */
  fingerprint: string
  /** The methods that clients tried, in order; `none` asks what there is. */
  attempts: string[]
  /** Ends all connections at once, as a pulled cable does. */
  cut(): void
  /** From now on new connections are cut too, or no longer. */
  refuse(isRefusing: boolean): void
  /** Resolves when no connection is open. */
  idle(): Promise<void>
  stop(): Promise<void>
}

/** Starts the server on 127.0.0.1. */
export async function startSftpServer(options: SftpServerOptions): Promise<SftpServer> {
  const hostKey = options.hostKey ?? newHostKey()
  const root = await realpath(options.directory)
  const attempts: string[] = []
  const ssh = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connection.on('error', () => {}) // A client that goes away is no fault of the server.
    connection.on('authentication', (attempt) => authenticate(attempt, options, attempts))
    connection.on('session', (accept) => {
      accept().on('sftp', (accept) => {
        serveFiles(accept(), root, { ...options, cut: () => cutOne(connection) })
      })
    })
  })
  const sockets = new Set<Socket>()
  let whenIdle = Promise.withResolvers<void>()
  let refusing = false
  const listener = createServer({ noDelay: true }, (socket) => {
    if (refusing) {
      socket.destroy()
      return
    }
    if (sockets.size === 0) whenIdle = Promise.withResolvers()
    sockets.add(socket)
    socket
      .on('error', () => {})
      .on('close', () => {
        sockets.delete(socket)
        if (sockets.size === 0) whenIdle.resolve()
      })
    ssh.injectSocket(socket)
  })
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return {
    port: (listener.address() as AddressInfo).port,
    fingerprint: fingerprintOf(hostKey),
    attempts,
    cut,
    refuse(isRefusing) {
      refusing = isRefusing
    },
    idle: () => (sockets.size === 0 ? Promise.resolve() : whenIdle.promise),
    stop() {
      cut()
      return new Promise((resolve) => listener.close(() => resolve()))
    },
  }
}

/** A host key in a form that ssh2 reads. (Its own generator makes one in 200 that it cannot.) */
export function newHostKey(): string {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  }).privateKey
}

function fingerprintOf(hostKey: string): string {
  const key = ssh2.utils.parseKey(hostKey)
  if (key instanceof Error) throw key
  const digest = createHash('sha256').update(key.getPublicSSH()).digest('base64')
  return `SHA256:${digest.replace(/=+$/, '')}`
}

function authenticate(
  attempt: AuthContext,
  { username, password, authorizedKey, methods }: SftpServerOptions,
  attempts: string[],
): void {
  const usual: Method[] = authorizedKey === undefined ? ['password'] : ['publickey', 'password']
  const offered = methods ?? usual
  const answer = (isRight: boolean) => {
    if (isRight && attempt.username === username) attempt.accept()
    else attempt.reject(offered)
  }
  attempts.push(attempt.method)
  if (!offered.some((method) => method === attempt.method)) answer(false)
  else if (attempt.method === 'password') answer(attempt.password === password)
  else if (attempt.method === 'keyboard-interactive') {
    attempt.prompt([{ prompt: 'Password: ', echo: false }], (words) =>
      answer(words[0] === password),
    )
  } else if (attempt.method === 'publickey' && authorizedKey !== undefined) {
    const key = ssh2.utils.parseKey(authorizedKey)
    if (key instanceof Error || !key.getPublicSSH().equals(attempt.key.data)) answer(false)
    // Without a signature the client only asks whether it would be the right key.
    else if (attempt.signature === undefined || attempt.blob === undefined) answer(true)
    else answer(key.verify(attempt.blob, attempt.signature, attempt.hashAlgo))
  } else answer(false)
}

/** Cuts the connection without a goodbye. The types do not show the socket. */
function cutOne(connection: Connection): void {
  const { _sock } = connection as unknown as { _sock: Socket }
  _sock.destroy()
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '2222' },
      user: { type: 'string', default: 'demo' },
      password: { type: 'string', default: randomBytes(9).toString('base64url') },
    },
  })
  const [directory = '.'] = positionals
  const { user: username, password } = values
  const port = Number(values.port)
  const server = await startSftpServer({ directory, username, password, port })
  console.log(`SFTP server on 127.0.0.1:${server.port}, serving ${await realpath(directory)}
user      ${username}
password  ${password}
host key  ${server.fingerprint}`)
}
