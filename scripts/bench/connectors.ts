// The measurement of the connectors: what each reads from a real source, beside what the bare
// client or driver reads from it in the same run.
import { benchDbview, type DbviewReport } from './dbview.ts'
import { benchImap, type ImapReport } from './imap.ts'
import { benchSftp, type SftpReport } from './sftp.ts'

export interface ConnectorsReport {
  /** Null where the server is not installed. */
  sftp: SftpReport | null
  imap: ImapReport | null
  dbview: DbviewReport
}

/** `share` of 1 reads sources of full size. `freshDatabase` gives the URL of an empty database. */
export async function benchConnectors(
  directory: string,
  share: number,
  signal: AbortSignal,
  freshDatabase: () => Promise<string>,
): Promise<ConnectorsReport> {
  return {
    sftp: await benchSftp(directory, share, signal),
    imap: await benchImap(directory, share, signal),
    dbview: await benchDbview(await freshDatabase(), share, signal),
  }
}
