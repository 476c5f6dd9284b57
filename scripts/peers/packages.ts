// The Debian packages of the servers that connectors are tested against, and of the browser that
// walks through the console: found, or installed.
// Invariant: nothing that is installed here is started by the system, so that its ports stay free.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'

/** Where the programs are once the packages are installed. */
export interface Programs {
  sshd: string
  dovecot: string
  mariadbd: string
  mariadbInstall: string
  /** The directory with `initdb` and `postgres`. */
  postgres: string
  chromium: string
}

/** One package for each program; found by path, since `/usr/sbin` is not in everybody's PATH. */
const wanted: Record<keyof Programs, { name: string; find: () => string | null }> = {
  sshd: { name: 'openssh-server', find: () => existing('/usr/sbin/sshd') },
  dovecot: {
    name: 'dovecot-imapd',
    find: () => existing('/usr/lib/dovecot/imap') && existing('/usr/sbin/dovecot'),
  },
  mariadbd: { name: 'mariadb-server', find: () => existing('/usr/sbin/mariadbd') },
  mariadbInstall: { name: 'mariadb-server', find: () => existing('/usr/bin/mariadb-install-db') },
  postgres: { name: 'postgresql', find: findPostgres },
  chromium: { name: 'chromium', find: () => existing('/usr/bin/chromium') },
}

const policyFile = '/usr/sbin/policy-rc.d'
const installTimeoutMs = 15 * 60_000

/**
 * The programs, after installing what is missing with apt. Throws with the reason, and the command
 * for a person, where this cannot be done: no apt, no root, or apt failed.
 */
export function getPrograms<Name extends keyof Programs>(
  programs: readonly Name[],
  say: (line: string) => void,
): Pick<Programs, Name> {
  const missing = new Set(
    programs.filter((program) => wanted[program].find() === null).map((one) => wanted[one].name),
  )
  if (missing.size > 0) install([...missing], say)
  const found = programs.map((program) => {
    const { name, find } = wanted[program]
    const path = find()
    if (path === null) throw new Error(`${name} is installed, but its program was not found`)
    return [program, path]
  })
  return Object.fromEntries(found) as Pick<Programs, Name>
}

/** Where a program is, if it is installed; and else how to get it. Installs nothing. */
export function findProgram(program: keyof Programs): { path: string } | { command: string } {
  const { name, find } = wanted[program]
  const path = find()
  return path === null ? { command: `apt-get install ${name}` } : { path }
}

function install(names: string[], say: (line: string) => void): void {
  const command = `apt-get install ${names.join(' ')}`
  if (existing('/usr/bin/apt-get') === null) {
    throw new Error(`these are missing, and this system has no apt: ${names.join(', ')}`)
  }
  if (process.getuid?.() !== 0) {
    throw new Error(`only root can install what is missing; run as root: ${command}`)
  }
  say(`installing ${names.join(', ')} with apt; their services are not started`)
  const isOurs = forbidStarting()
  try {
    run('apt-get', ['update', '-q'])
    const options = ['-o', 'DPkg::Lock::Timeout=300', '--no-install-recommends', '-q', '-y']
    run('apt-get', ['install', ...options, ...names])
  } finally {
    if (isOurs) rmSync(policyFile)
  }
}

/** Debian asks this script before it starts a service. True when it was not there before. */
function forbidStarting(): boolean {
  if (existsSync(policyFile)) return false
  writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  return true
}

function run(program: string, args: string[]): void {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    timeout: installTimeoutMs,
    maxBuffer: 2 ** 26,
  })
  if (status === 0) return
  const last = `${stdout}${stderr}`.trimEnd().split('\n').slice(-15).join('\n')
  throw new Error(`${program} ${args[0]} failed (${status ?? error?.message}):\n${last}`)
}

/** The newest version that is there. */
function findPostgres(): string | null {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return null
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a))
  const directories = versions.map((version) => `${root}/${version}/bin`)
  return directories.find((directory) => existsSync(`${directory}/postgres`)) ?? null
}

function existing(path: string): string | null {
  return existsSync(path) ? path : null
}
