// OpenSSH's server, for one user with a key. Without root it cannot verify passwords: it offers
// them, and refuses every one.
import { hash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, type Ground, type Peer, prepare, start } from './server.ts'

/**
 * `sftp://USER@127.0.0.1:PORT/DIRECTORY?privateKey=PATH&lockedKey=PATH&passphrase=…&hostKey=SHA256:…`
 * The directory may be written by everybody who reaches it, so that tests can fill it.
 */
export async function startOpenssh(ground: Ground, sshd: string): Promise<Peer> {
  const { directory, username } = ground
  const place = (name: string) => join(directory, name)
  const passphrase = 'parola-di-prova'
  const makeKey = (name: string, secret: string) =>
    prepare(ground, 'ssh-keygen', ['-q', '-t', 'ed25519', '-N', secret, '-f', place(name)])
  makeKey('host_key', '')
  makeKey('key', '')
  makeKey('locked_key', passphrase)
  const publicKeys = ['key.pub', 'locked_key.pub'].map((name) => readFileSync(place(name), 'utf8'))
  writeFileSync(place('authorized_keys'), publicKeys.join(''))
  mkdirSync(place('files'))
  chmodSync(place('files'), 0o777)
  const port = await freePort()
  writeFileSync(
    place('sshd_config'),
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${place('host_key')}
AuthorizedKeysFile ${place('authorized_keys')}
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication yes
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
ForceCommand internal-sftp
MaxStartups 100
`,
  )
  const args = ['-D', '-e', '-f', place('sshd_config')]
  const server = await start(ground, { program: sshd, args, port })
  const url = new URL(`sftp://${username}@127.0.0.1:${port}${place('files')}`)
  url.searchParams.set('privateKey', place('key'))
  url.searchParams.set('lockedKey', place('locked_key'))
  url.searchParams.set('passphrase', passphrase)
  url.searchParams.set('hostKey', fingerprintOf(readFileSync(place('host_key.pub'), 'utf8')))
  return { ...server, url: url.href }
}

/** As `ssh-keygen -l` prints it. */
function fingerprintOf(publicKey: string): string {
  const bytes = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64')
  return `SHA256:${hash('sha256', bytes, 'base64').replace(/=+$/, '')}`
}
