// Dovecot, for any user whose password is the one in the URL: each has a mailbox of its own, so
// that tests disturb each other no more than they want.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, type Ground, makeCertificate, type Peer, start } from './server.ts'

/**
 * `imap://USER:PASSWORD@127.0.0.1:PORT?tls=PORT&ca=PATH`: plain and STARTTLS on the first port,
 * TLS from the beginning on the other, with a certificate for `localhost` and 127.0.0.1 that only
 * the file `ca` vouches for.
 */
export async function startDovecot(ground: Ground, dovecot: string): Promise<Peer> {
  checkVersion(dovecot)
  const { directory } = ground
  const place = (name: string) => join(directory, name)
  const password = 'parola-di-prova'
  const { certificate } = makeCertificate(ground)
  const [port, tlsPort] = [await freePort(), await freePort()]
  writeFileSync(place('dovecot.conf'), configure(ground, password, port, tlsPort))
  const args = ['-F', '-c', place('dovecot.conf')]
  const server = await start(ground, { program: dovecot, args, port })
  const url = new URL(`imap://pratiche:${password}@127.0.0.1:${port}`)
  url.searchParams.set('tls', String(tlsPort))
  url.searchParams.set('ca', certificate)
  return { ...server, url: url.href }
}

/** The settings of 2.4 have other names. */
function checkVersion(dovecot: string): void {
  const version = spawnSync(dovecot, ['--version'], { encoding: 'utf8' }).stdout.split(' ')[0]
  if (version?.startsWith('2.3.')) return
  throw new Error(`this wants Dovecot 2.3, as Debian 12 has it, and here is ${version}`)
}

/** Without root every service runs as one user and is not confined. */
function configure(ground: Ground, password: string, port: number, tlsPort: number): string {
  const { directory, user, username, group } = ground
  return `base_dir = ${directory}/run
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
default_internal_user = ${username}
default_login_user = ${username}
default_internal_group = ${group}
first_valid_uid = 0
first_valid_gid = 0
ssl = yes
ssl_cert = <${directory}/tls.crt
ssl_key = <${directory}/tls.key
disable_plaintext_auth = no
mail_fsync = never
maildir_very_dirty_syncs = yes
mail_location = maildir:~/mail
mail_max_userip_connections = 100
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=${user.uid} gid=${user.gid} home=${directory}/home/%u
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort}
  }
}
`
}
