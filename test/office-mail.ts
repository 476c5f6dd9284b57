// The example's mailbox of tasks on the mail server of the tests, for playgrounds whose machine has
// none. Invariant: the feed is the one that ships; only addresses differ.
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Office } from '../scripts/demo/office.ts'
import type { Playground } from '../scripts/playground.ts'
import { type ImapServer, startImapServer } from './fakes/imap-server.ts'
import { configure, INSTITUTION } from './installation.ts'
import { authority, certificate, privateKey } from './io/certificates.ts'

const EXAMPLE = join(import.meta.dirname, '../config', INSTITUTION)
const PASSWORD = 'parola-della-posta'

export interface TaskMailbox {
  server: ImapServer
  /** `file:PATH` of the authority that vouches for `localhost`. */
  ca: string
}

/** Starts the server, and puts the feed `pratiche` and the system that it tells in place. */
export async function addTaskMailbox(
  { configDirectory, directory }: Playground,
  { register }: Office,
): Promise<TaskMailbox> {
  const tls = { key: privateKey, cert: certificate, implicit: true }
  const mailboxes = ['Presi in carico', 'Fatti', 'Da vedere', 'Quarantena']
  const server = await startImapServer({ username: 'pratiche', password: PASSWORD, tls }, mailboxes)
  process.env['STAFFETTA_PRATICHE_PASSWORD'] = PASSWORD
  const path = join(directory, 'ca.pem')
  await writeFile(path, authority)
  const files = { feed: 'feeds/pratiche.yaml', system: 'systems/protocollo-entrata.yaml' }
  for (const file of Object.values(files)) {
    await cp(join(EXAMPLE, file), join(configDirectory, INSTITUTION, file))
  }
  const ca = `file:${path}`
  await configure(configDirectory, {
    [`${INSTITUTION}/${files.feed}`]: {
      'settings.host': 'localhost',
      'settings.port': server.port,
      'settings.tls': { ca },
      schedule: '* * * * * *',
    },
    [`${INSTITUTION}/${files.system}`]: {
      'settings.endpoint': register.url,
      'settings.wsdl': join(configDirectory, INSTITUTION, 'wsdl/protocollo.wsdl'),
    },
  })
  return { server, ca }
}
