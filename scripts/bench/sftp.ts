// The measurement of SFTP: one file of 200 MB through the connector, beside `sftp` of OpenSSH from
// the same server of OpenSSH, which this starts. Each is done `runs` times in turn, since a shared
// machine changes meanwhile; the best of each counts.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { getServerUser } from '../../src/store/server-user.ts'
import { startOpenssh } from '../peers/openssh.ts'
import { findProgram } from '../peers/packages.ts'
import { groundFor } from '../peers/server.ts'
import { measure } from './measure.ts'
import type { SftpResult, SftpTask } from './sftp-run.ts'

export interface SftpReport {
  bytes: number
  /** Through the connector, as the core reads a drop. */
  seconds: number
  /** OpenSSH's own client, writing to a file. */
  clientSeconds: number
}

const sizeBytes = 200_000_000
const runs = 3

/** Null where OpenSSH's server or client is not installed. */
export async function benchSftp(
  directory: string,
  share: number,
  signal: AbortSignal,
): Promise<SftpReport | null> {
  const sshd = findProgram('sshd')
  if ('command' in sshd || spawnSync('sftp', ['-V']).error !== undefined) return null
  const ground = groundFor('openssh', directory, getServerUser(directory))
  const server = await startOpenssh(ground, sshd.path)
  try {
    const url = new URL(server.url)
    const bytes = Math.round(sizeBytes * share)
    await writeFile(join(url.pathname, 'lotto.zip'), bytes)
    const results = { seconds: Infinity, clientSeconds: Infinity }
    for (let run = 0; run < runs; run++) {
      const clientSeconds = await runClient(url, directory, bytes)
      const task = { url: server.url, bytes }
      const { seconds } = await measure<SftpTask, SftpResult>('sftp-run', task, signal)
      results.clientSeconds = Math.min(results.clientSeconds, clientSeconds)
      results.seconds = Math.min(results.seconds, seconds)
    }
    return { bytes, ...results }
  } finally {
    await server.stop()
    await rm(ground.directory, { recursive: true })
  }
}

/** Connecting is in it, on both sides. */
async function runClient(url: URL, directory: string, bytes: number): Promise<number> {
  const place = join(directory, 'sftp-client')
  await mkdir(place)
  const target = join(place, 'lotto.zip')
  const options = ['StrictHostKeyChecking=no', `UserKnownHostsFile=${join(place, 'hosts')}`]
  const key = url.searchParams.get('privateKey') ?? ''
  const from = `${url.username}@127.0.0.1:${url.pathname}/lotto.zip`
  const args = ['-q', '-i', key, '-P', url.port, ...options.flatMap((one) => ['-o', one])]
  const began = performance.now()
  const { status, stderr } = spawnSync('sftp', [...args, from, target], { encoding: 'utf8' })
  const seconds = (performance.now() - began) / 1000
  if (status !== 0) throw new Error(`sftp failed: ${stderr}`)
  if ((await stat(target)).size !== bytes) throw new Error('sftp lost bytes')
  await rm(place, { recursive: true })
  return seconds
}

/** Bytes that do not repeat within a packet. */
async function writeFile(path: string, bytes: number): Promise<void> {
  await using file = await open(path, 'w')
  const block = randomBytes(1_000_000)
  for (let left = bytes; left > 0; left -= block.length) {
    await file.write(block, 0, Math.min(left, block.length))
  }
}
