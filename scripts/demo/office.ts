// The systems of the example municipality that are no files: its protocol register, the database of
// its canteen, its mailboxes. Started together on this machine, with what the example's feeds need
// to find them.
// Invariant: what could not be started is said, and its feeds have no address.
import { join } from 'node:path'
import { type Canteen, startCanteen } from './canteen.ts'
import { type Mailboxes, startMailboxes } from './mailbox.ts'
import { type Register, startRegister } from './register.ts'

export interface Office {
  register: Register
  canteen: Canteen
  /** A text where there is no mail server: how to get it. */
  mailboxes: Mailboxes | string
  /** The secrets that the feeds refer to. */
  environment: Record<string, string>
  /** What a feed's file says otherwise here, by its name and by dotted path. */
  feeds: Record<string, Record<string, unknown>>
  /** The same of the systems. */
  systems: Record<string, Record<string, unknown>>
  stop(): Promise<void>
}

const REGISTER_PASSWORD = 'only-for-the-register'

/** Starts what there is below `directory`; `institution` is the example's folder there. */
export async function startOffice(directory: string, institution: string): Promise<Office> {
  const wsdlFile = join(institution, 'wsdl/protocollo.wsdl')
  const user = { username: 'STAFFETTA', password: REGISTER_PASSWORD }
  const [register, canteen, mailboxes] = await Promise.all([
    startRegister({ wsdlFile, ...user }),
    startCanteen(directory),
    startMailboxes(directory),
  ])
  const hasMail = typeof mailboxes !== 'string'
  if (hasMail) {
    await mailboxes.make('pratiche', ['Presi in carico', 'Fatti', 'Da vedere', 'Quarantena'])
    await mailboxes.make('convocazioni', ['Ricevute', 'Quarantena'])
  }
  const inDatabase = { 'settings.host': '127.0.0.1', 'settings.port': canteen.port }
  const toRegister = { 'settings.endpoint': register.url, 'settings.wsdl': wsdlFile }
  return {
    register,
    canteen,
    mailboxes,
    environment: {
      STAFFETTA_PROTOCOLLO_PASSWORD: REGISTER_PASSWORD,
      STAFFETTA_MENSA_READ_PASSWORD: canteen.readPassword,
      STAFFETTA_MENSA_WRITE_PASSWORD: canteen.writePassword,
      ...(hasMail && {
        STAFFETTA_PRATICHE_PASSWORD: mailboxes.password,
        STAFFETTA_PEC_PASSWORD: mailboxes.password,
      }),
    },
    feeds: {
      'protocollo.yaml': toRegister,
      'dovuti-mensa.yaml': inDatabase,
      ...(hasMail && mailFeeds(mailboxes)),
    },
    systems: {
      'anagrafe.yaml': inDatabase,
      'pagamenti.yaml': inDatabase,
      'protocollo-uscita.yaml': toRegister,
      ...(hasMail && { 'protocollo-entrata.yaml': toRegister }),
    },
    async stop() {
      const running = [register, canteen, ...(hasMail ? [mailboxes] : [])]
      await Promise.all(running.map((one) => one.stop()))
    },
  }
}

function mailFeeds({ port, authority }: Mailboxes) {
  const place = {
    'settings.host': '127.0.0.1',
    'settings.port': port,
    'settings.tls': { ca: `file:${authority}` },
  }
  return { 'pratiche.yaml': place, 'convocazioni.yaml': place }
}
