// One poll of the connector `sftp`, in a process of its own: one file, read to its end. Nothing is
// saved, as the client beside it only writes to a file.
import sftp from '../../connectors/sftp/index.ts'
import { firstPoll } from './first-poll.ts'
import { answerMeasure } from './measure.ts'

export interface SftpTask {
  /** As `scripts/peers/openssh.ts` gives it. */
  url: string
  bytes: number
}

export interface SftpResult {
  seconds: number
}

await answerMeasure(async ({ url, bytes }: SftpTask): Promise<SftpResult> => {
  const { hostname, port, username, pathname, searchParams } = new URL(url)
  const settings = sftp.settings.parse({
    host: hostname,
    port: Number(port),
    username,
    privateKey: `file:${searchParams.get('privateKey')}`,
    hostKeys: [searchParams.get('hostKey')],
    directory: pathname,
    pattern: '*.zip',
    stabilitySeconds: 0,
  })
  const began = performance.now()
  const drops = sftp.poll(firstPoll(settings))
  let read = 0
  for await (const { parts } of drops) {
    for (const part of parts) for await (const chunk of part.bytes) read += chunk.length
  }
  const seconds = (performance.now() - began) / 1000
  if (read !== bytes) throw new Error(`${read} bytes were read instead of ${bytes}`)
  return { seconds }
})
