// MariaDB, with one empty database and a user who may do everything in it and in others: tests
// make databases and users of their own.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Programs } from './packages.ts'
import { freePort, type Ground, makeCertificate, type Peer, prepare, start } from './server.ts'

/** `mysql://USER:PASSWORD@127.0.0.1:PORT/DATABASE?ca=PATH`; TLS is offered, and not wanted. */
export async function startMariadb(
  ground: Ground,
  programs: Pick<Programs, 'mariadbd' | 'mariadbInstall'>,
): Promise<Peer> {
  const { directory } = ground
  const data = join(directory, 'data')
  const password = 'parola-di-prova'
  const common = ['--no-defaults', `--datadir=${data}`]
  prepare(ground, programs.mariadbInstall, [...common, '--skip-test-db'])
  const init = join(directory, 'init.sql')
  writeFileSync(
    init,
    `CREATE DATABASE IF NOT EXISTS prova CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS 'prova'@'%' IDENTIFIED BY '${password}';
GRANT ALL ON *.* TO 'prova'@'%' WITH GRANT OPTION;
`,
  )
  const { certificate, key } = makeCertificate(ground)
  const port = await freePort()
  const server = await start(ground, {
    program: programs.mariadbd,
    args: [
      ...common,
      `--init-file=${init}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      `--socket=${join(directory, 'socket')}`,
      `--pid-file=${join(directory, 'pid')}`,
      '--skip-name-resolve',
      '--innodb-flush-log-at-trx-commit=0',
      `--ssl-cert=${certificate}`,
      `--ssl-key=${key}`,
    ],
    port,
  })
  const url = new URL(`mysql://prova:${password}@127.0.0.1:${port}/prova`)
  url.searchParams.set('ca', certificate)
  return { ...server, url: url.href }
}
