// PostgreSQL as Debian packages it, with a superuser who must give a password, as in production:
// tests make databases and users of their own.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, type Ground, type Peer, prepare, start } from './server.ts'

/** `postgres://USER:PASSWORD@127.0.0.1:PORT/postgres`. `bin` is where its programs are. */
export async function startPostgres(ground: Ground, bin: string): Promise<Peer> {
  const { directory } = ground
  const data = join(directory, 'data')
  const password = 'parola-di-prova'
  const passwordFile = join(directory, 'password')
  writeFileSync(passwordFile, password)
  prepare(ground, join(bin, 'initdb'), [
    ...['--pgdata', data, '--username', 'prova', '--pwfile', passwordFile],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
  ])
  rmSync(passwordFile)
  const port = await freePort()
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${directory}`,
    'fsync=off',
  ]
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  const program = join(bin, 'postgres')
  const server = await start(ground, { program, args, port, stopSignal: 'SIGINT' })
  return { ...server, url: `postgres://prova:${password}@127.0.0.1:${port}/postgres` }
}
