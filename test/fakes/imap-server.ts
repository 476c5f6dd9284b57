// An IMAP server in memory, for tests: what a client needs to read, flag and move mails, and what
// a test needs to see and to break (RFC 9051). It runs where no real server can be installed; the
// same contract is kept against Dovecot by `npm run test:peers`.
import { createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'

export interface FakeMail {
  uid: number
  bytes: Buffer
  flags: Set<string>
  received: Date
}

export interface ImapServerOptions {
  username: string
  password: string
  /** Taken by AUTHENTICATE XOAUTH2, which is offered then. */
  accessToken?: string
  capabilities?: string[]
  /** PEM, for STARTTLS; with `implicit` from the first byte. */
  tls?: { key: string; cert: string; implicit: boolean }
  /** Flags that are kept; `\*` means any keyword. */
  permanentFlags?: string
  readOnly?: boolean
  /** How much of a mail is given at once, whatever is asked for. */
  pieceBytes?: number
  /** What the server says of the size of a mail; some guess. */
  sizeOf?: (mail: FakeMail) => number
  /** Called with each command before it is answered; `silent` never answers, `cut` ends. */
  onCommand?: (command: string) => 'answer' | 'silent' | 'cut'
}

export interface ImapServer {
  port: number
  mailboxes: Map<string, FakeMail[]>
  uidValidity: number
  /** Every command that came, without the values of logins. */
  commands: string[]
  /** Lays a mail into a mailbox, and tells clients that wait. Gives its UID. */
  put(mailbox: string, bytes: Uint8Array, received?: Date): number
  /** Breaks every connection. */
  cut(): void
  stop(): Promise<void>
}

/** Starts a server on loopback with an INBOX and the mailboxes named. */
export async function startImapServer(
  options: ImapServerOptions,
  mailboxes: string[],
): Promise<ImapServer> {
  const sockets = new Set<Socket>()
  const wakes = new Set<(mailbox: string) => void>()
  const world: World = {
    options,
    mailboxes: new Map(['INBOX', ...mailboxes].map((name) => [name, []])),
    uidValidity: () => server.uidValidity,
    nextUid: 1,
    commands: [],
    wakes,
  }
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    const { tls } = options
    const begin = tls?.implicit ? secure(socket, tls) : socket
    begin.on('error', () => {})
    serve(world, begin)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const server: ImapServer = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mailboxes: world.mailboxes,
    uidValidity: 7,
    commands: world.commands,
    put(mailbox, bytes, received = new Date('2026-03-01T10:00:00Z')) {
      const uid = world.nextUid++
      const mail = { uid, bytes: Buffer.from(bytes), flags: new Set<string>(), received }
      mailsOf(world, mailbox).push(mail)
      for (const wake of wakes) wake(mailbox)
      return uid
    },
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    async stop() {
      server.cut()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
  return server
}

interface World {
  options: ImapServerOptions
  mailboxes: Map<string, FakeMail[]>
  uidValidity(): number
  nextUid: number
  commands: string[]
  wakes: Set<(mailbox: string) => void>
}

interface Connection {
  world: World
  socket: Socket
  selected: string | null
  /** How many mails the client was told of. */
  told: number
  isSecure: boolean
  write(text: string | Buffer): void
}

function mailsOf({ mailboxes }: World, name: string): FakeMail[] {
  const mails = mailboxes.get(name)
  if (mails === undefined) throw new Error(`no mailbox ${name}`)
  return mails
}

function secure(socket: Socket, { key, cert }: { key: string; cert: string }): TLSSocket {
  const secureContext = createSecureContext({ key, cert })
  return new TLSSocket(socket, { isServer: true, secureContext })
}

function serve(world: World, socket: Socket): void {
  const connection: Connection = {
    world,
    socket,
    selected: null,
    told: 0,
    isSecure: socket instanceof TLSSocket,
    write: (text) => void connection.socket.write(text),
  }
  connection.write(`* OK [CAPABILITY ${capabilitiesOf(connection)}] ready\r\n`)
  listen(connection)
}

function listen(connection: Connection): void {
  const { world, socket } = connection
  let held = ''
  let endIdle: (() => void) | null = null
  socket.on('data', (data) => {
    held += data.toString('latin1')
    for (let end = held.indexOf('\r\n'); end >= 0; end = held.indexOf('\r\n')) {
      const line = held.slice(0, end)
      held = held.slice(end + 2)
      if (endIdle !== null) {
        endIdle()
        endIdle = null
        continue
      }
      const [tag = '', name = '', ...rest] = tokensOf(line)
      const command = name.toUpperCase() === 'UID' ? `UID ${rest.shift()}` : name
      const isSecret = /^(LOGIN|AUTHENTICATE)$/i.test(command)
      world.commands.push(isSecret ? command.toUpperCase() : line.slice(tag.length + 1))
      const what = world.options.onCommand?.(command.toUpperCase()) ?? 'answer'
      if (what === 'cut') socket.destroy()
      else if (what === 'silent') continue
      else if (command.toUpperCase() === 'IDLE') endIdle = idle(connection, tag)
      else if (command.toUpperCase() === 'STARTTLS') startTls(connection, tag)
      else answer(connection, tag, command.toUpperCase(), rest)
    }
  })
}

function startTls(connection: Connection, tag: string): void {
  const { socket, world } = connection
  const { tls } = world.options
  if (tls === undefined) throw new Error('the client asked for what is not offered')
  connection.write(`${tag} OK begin\r\n`)
  socket.removeAllListeners('data')
  connection.socket = secure(socket, tls)
  connection.socket.on('error', () => {})
  connection.isSecure = true
  listen(connection)
}

function idle(connection: Connection, tag: string): () => void {
  const wake = (mailbox: string) => {
    if (mailbox === connection.selected) tellNew(connection)
  }
  connection.write('+ idling\r\n')
  tellNew(connection)
  connection.world.wakes.add(wake)
  return () => {
    connection.world.wakes.delete(wake)
    connection.write(`${tag} OK idled\r\n`)
  }
}

function tellNew(connection: Connection): void {
  if (connection.selected === null) return
  const { length } = mailsOf(connection.world, connection.selected)
  if (length > connection.told) connection.write(`* ${length} EXISTS\r\n`)
  connection.told = length
}

function capabilitiesOf({ world, isSecure }: Connection): string {
  const { capabilities = ['UIDPLUS', 'MOVE', 'IDLE'], tls, accessToken } = world.options
  const token = accessToken === undefined ? [] : ['AUTH=XOAUTH2']
  const encryption = tls !== undefined && !isSecure ? ['STARTTLS', 'LOGINDISABLED'] : []
  return ['IMAP4rev1', ...encryption, ...token, ...capabilities].join(' ')
}

function answer(connection: Connection, tag: string, command: string, rest: string[]): void {
  const { world, write } = connection
  const end = (isDone: boolean, refusal = 'refused', done = 'done') =>
    write(`${tag} ${isDone ? `OK ${done}` : `NO ${refusal}`}\r\n`)
  if (command === 'CAPABILITY') {
    write(`* CAPABILITY ${capabilitiesOf(connection)}\r\n`)
    end(true)
  } else if (command === 'LOGIN') {
    const { username, password } = world.options
    end(rest[0] === username && rest[1] === password, '[AUTHENTICATIONFAILED] wrong')
  } else if (command === 'AUTHENTICATE') {
    const said = Buffer.from(rest[1] ?? '', 'base64').toString()
    const { username, accessToken } = world.options
    const isRight = said === `user=${username}\x01auth=Bearer ${accessToken}\x01\x01`
    end(isRight, '[AUTHENTICATIONFAILED] wrong')
  } else if (command === 'LIST') {
    if (rest[1] === '') write('* LIST (\\Noselect) "/" ""\r\n')
    else if (world.mailboxes.has(rest[1] ?? '')) write(`* LIST () "/" "${rest[1]}"\r\n`)
    end(true)
  } else if (command === 'STATUS') {
    const mails = world.mailboxes.get(rest[0] ?? '')
    if (mails !== undefined) write(`* STATUS "${rest[0]}" (MESSAGES ${mails.length})\r\n`)
    end(mails !== undefined, '[NONEXISTENT] no such mailbox')
  } else if (command === 'SELECT') {
    const access = world.options.readOnly ? '[READ-ONLY] done' : '[READ-WRITE] done'
    end(select(connection, rest[0] ?? ''), 'no such mailbox', access)
  } else if (command === 'NOOP') {
    tellNew(connection)
    end(true)
  } else if (command === 'LOGOUT') {
    write('* BYE until later\r\n')
    end(true)
    connection.socket.end()
  } else if (connection.selected === null) end(false, 'nothing selected')
  else {
    const isDone = answerOnMails(connection, command, rest)
    tellNew(connection) // As real servers do, whatever was asked.
    end(isDone)
  }
}

function select(connection: Connection, name: string): boolean {
  const { world } = connection
  const mails = world.mailboxes.get(name)
  if (mails === undefined) return false
  connection.selected = name
  connection.told = mails.length
  const { permanentFlags = '\\Seen \\Flagged \\Answered \\Deleted \\*' } = world.options
  connection.write(
    `* FLAGS (\\Seen \\Flagged \\Answered \\Deleted)\r\n* ${mails.length} EXISTS\r\n` +
      `* OK [PERMANENTFLAGS (${permanentFlags})] kept\r\n` +
      `* OK [UIDVALIDITY ${world.uidValidity()}] valid\r\n* OK [UIDNEXT ${world.nextUid}] next\r\n`,
  )
  return true
}

function answerOnMails(connection: Connection, command: string, rest: string[]): boolean {
  const { world, selected, write } = connection
  const mails = mailsOf(world, selected ?? '')
  if (command === 'UID SEARCH') {
    const isWanted = criterion(rest, mails)
    const found = mails.filter((mail) => isWanted(mail))
    write(`* SEARCH${found.map(({ uid }) => ` ${uid}`).join('')}\r\n`)
    return true
  }
  const chosen = mails.filter(({ uid }) => isInSet(uid, rest[0] ?? '', mails))
  if (command === 'UID FETCH') {
    for (const mail of chosen) write(fetched(world, mails.indexOf(mail) + 1, mail, rest.slice(1)))
    return true
  }
  if (command === 'UID STORE') {
    const flags = rest.slice(2).filter((token) => token !== '(' && token !== ')')
    for (const mail of chosen) {
      for (const flag of flags)
        rest[1]?.startsWith('-') ? mail.flags.delete(flag) : mail.flags.add(flag)
    }
    return true
  }
  const target = world.mailboxes.get(rest[1] ?? '')
  if (command !== 'UID MOVE' || target === undefined) return false
  for (const mail of chosen) {
    write(`* ${mails.indexOf(mail) + 1} EXPUNGE\r\n`)
    mails.splice(mails.indexOf(mail), 1)
    target.push({ ...mail, uid: world.nextUid++ })
    connection.told -= 1
  }
  return true
}

/** What was asked of a mail, as one answer; a body is a literal. */
function fetched({ options }: World, sequence: number, mail: FakeMail, items: string[]): Buffer {
  const parts: (string | Buffer)[] = [`* ${sequence} FETCH (UID ${mail.uid}`]
  const size = options.sizeOf?.(mail) ?? mail.bytes.length
  if (items.includes('RFC822.SIZE')) parts.push(` RFC822.SIZE ${size}`)
  if (items.includes('INTERNALDATE')) parts.push(` INTERNALDATE "${internalDate(mail.received)}"`)
  const body = items.find((item) => item.startsWith('BODY.PEEK[]'))
  const [, start, length] = /<(\d+)\.(\d+)>/.exec(body ?? '') ?? []
  if (body !== undefined) {
    const bytes = Math.min(Number(length), options.pieceBytes ?? Number(length))
    const piece = mail.bytes.subarray(Number(start), Number(start) + bytes)
    parts.push(` BODY[]<${start}> {${piece.length}}\r\n`, piece)
  }
  return Buffer.concat([...parts, ')\r\n'].map((part) => Buffer.from(part as string)))
}

function internalDate(date: Date): string {
  const [, day, month, year, time] = /, (\d+) (\w+) (\d+) ([\d:]+)/.exec(date.toUTCString()) ?? []
  return `${day}-${month}-${year} ${time} +0000`
}

function isInSet(uid: number, set: string, mails: FakeMail[]): boolean {
  const last = Math.max(0, ...mails.map((mail) => mail.uid))
  const number = (text: string) => (text === '*' ? last : Number(text))
  return set.split(',').some((range) => {
    const [from = '', to = from] = range.split(':')
    const [a, b] = [number(from), number(to)].sort((x, y) => x - y)
    return uid >= (a ?? 0) && uid <= (b ?? 0)
  })
}

type Criterion = (mail: FakeMail) => boolean

/** The search keys that are used here, all of which must hold. Throws on any other. */
function criterion(tokens: string[], mails: FakeMail[]): Criterion {
  const left = [...tokens]
  const next = () => left.shift() ?? ''
  const one = (): Criterion => {
    const key = next().toUpperCase()
    const has =
      (flag: string): Criterion =>
      (mail) =>
        mail.flags.has(flag)
    const not =
      (inner: Criterion): Criterion =>
      (mail) =>
        !inner(mail)
    if (key === 'ALL') return () => true
    if (key === 'NOT') return not(one())
    if (key === 'UNSEEN') return not(has('\\Seen'))
    if (/^(SEEN|FLAGGED|ANSWERED)$/.test(key))
      return has(`\\${key[0]}${key.slice(1).toLowerCase()}`)
    if (key === 'KEYWORD') return has(next())
    if (key === 'UNKEYWORD') return not(has(next()))
    if (key === 'OR') return either(one(), one())
    if (key === '(') return group()
    if (key === 'SINCE') return since(Date.parse(`${next()} UTC`))
    if (key === 'HEADER') return header(next(), next())
    if (key === 'UID') return within(next(), mails)
    throw new Error(`the search key ${key} is not known here`)
  }
  const group = (): Criterion => {
    const inner: Criterion[] = []
    while (left[0] !== ')') inner.push(one())
    next()
    return (mail) => inner.every((each) => each(mail))
  }
  const all: Criterion[] = []
  while (left.length > 0) all.push(one())
  return (mail) => all.every((each) => each(mail))
}

const either =
  (a: Criterion, b: Criterion): Criterion =>
  (mail) =>
    a(mail) || b(mail)
const since =
  (time: number): Criterion =>
  (mail) =>
    mail.received.getTime() >= time
function within(set: string, mails: FakeMail[]): Criterion {
  return ({ uid }) => isInSet(uid, set, mails)
}

function header(name: string, value: string): Criterion {
  return ({ bytes }) => {
    const [head = ''] = bytes.toString('latin1').split('\r\n\r\n')
    const lines = head.toLowerCase().split('\r\n')
    const wanted = lines.filter((line) => line.startsWith(`${name.toLowerCase()}:`))
    return wanted.some((line) => line.includes(value.toLowerCase()))
  }
}

/** Atoms, quoted strings without their quotes, parentheses; `BODY.PEEK[]<0.9>` is one atom. */
function tokensOf(line: string): string[] {
  const found = line.match(/"(?:\\.|[^"\\])*"|[()]|[^\s()"]+/g) ?? []
  return found.map((token) =>
    token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/g, '$1') : token,
  )
}
