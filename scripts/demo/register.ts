// A protocol register as a SOAP service, on this machine alone: the one of the example's WSDL, read
// and written by the `soap` package, so that another implementation than ours understands the
// calls. It numbers what is registered, in entry (A) and in exit (P), and keeps it in memory.
// Invariant: a number is given once, in order, and begins anew each year.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listen } from 'soap'

export interface Registration {
  anno: number
  numero: number
  /** `A` arrived, `P` left. */
  verso: 'A' | 'P'
  /** The day, ISO. */
  data: string
  ufficio: string
  oggetto: string
  codiceFiscale: string
  /** What whoever registered it calls it; the search finds by it. */
  riferimento: string
}

export interface Register {
  url: string
  /** All registrations, in the order of their numbers. */
  entries: readonly Registration[]
  /** As the counter of the office does; gives the number. */
  enter(registration: Omit<Registration, 'anno' | 'numero'>): number
  stop(): Promise<void>
}

export interface RegisterOptions {
  wsdlFile: string
  username: string
  password: string
}

/** What a search gives at most; the answer says how many there are. */
const mostFound = 100

interface User {
  utente?: { codice?: string; password?: string }
}

interface Search extends User {
  ufficio?: string
  verso?: string
  riferimento?: string
  data?: { da: Date | string; a: Date | string }
}

/** Starts the service on 127.0.0.1, with an empty register. */
export async function startRegister(options: RegisterOptions): Promise<Register> {
  const entries: Registration[] = []
  const enter = (one: Omit<Registration, 'anno' | 'numero'>) => {
    const anno = Number(one.data.slice(0, 4))
    const numero = entries.filter((entry) => entry.anno === anno).length + 1
    entries.push({ anno, numero, ...one })
    return numero
  }
  const server = createServer((_request, response) => response.writeHead(404).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ws`
  const xml = await readFile(options.wsdlFile, 'utf8')
  const services = { Protocollo: { ProtocolloPort: operations(options, entries, enter) } }
  listen(server, { path: '/ws', services, xml, uri: options.wsdlFile })
  return {
    url,
    entries,
    enter,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function operations(
  options: RegisterOptions,
  entries: readonly Registration[],
  enter: Register['enter'],
) {
  /** What went wrong is an ordinary answer here, as registers do. */
  const answer = <A extends User>(run: (args: A) => object) => {
    return (args: A) => {
      const { codice, password } = args.utente ?? {}
      const isKnown = codice === options.username && password === options.password
      return isKnown ? run(args) : refusal('UTE001', 'utente o password errati')
    }
  }
  return {
    interrogaProtocollo: answer((search: Search) => {
      const found = entries.filter((entry) => isWanted(entry, search))
      const shown = found.slice(0, mostFound)
      const counts = { numRegEstratte: shown.length, numRegTotale: found.length }
      return {
        attributes: { esito: true, ...counts },
        RegistrazioneEstratta: shown.map(inShort),
      }
    }),
    dettagliProtocollo: answer(({ anno, numero }: User & { anno: number; numero: number }) => {
      const entry = entries.find((one) => one.anno === anno && one.numero === numero)
      if (entry === undefined) return refusal('REG404', 'registrazione inesistente')
      return { attributes: { esito: true }, Registrazione: entry }
    }),
    inserisciProtocollo: answer((given: User & Omit<Registration, 'anno' | 'numero' | 'data'>) => {
      const { verso, ufficio, oggetto, codiceFiscale, riferimento } = given
      enter({ verso, data: today(), ufficio, oggetto, codiceFiscale, riferimento })
      return { attributes: { esito: true }, Registrazione: inShort(entries.at(-1)!) }
    }),
  }
}

function refusal(codice: string, descrizione: string) {
  return { attributes: { esito: false }, Errore: { codice, descrizione } }
}

function isWanted(entry: Registration, { ufficio, verso, riferimento, data }: Search): boolean {
  const isAsked = (value: string, wanted: string | undefined) =>
    wanted === undefined || value === wanted
  const isWithin = !data || (entry.data >= dayOf(data.da) && entry.data <= dayOf(data.a))
  const { ufficio: office, verso: way, riferimento: reference } = entry
  return (
    isWithin && isAsked(office, ufficio) && isAsked(way, verso) && isAsked(reference, riferimento)
  )
}

function inShort({ anno, numero, verso, data, ufficio }: Registration) {
  return { anno, numero, verso, data, ufficio }
}

/** The package reads `xs:date` as an instant at midnight of UTC. */
function dayOf(date: Date | string): string {
  return date instanceof Date ? date.toISOString().slice(0, 10) : date
}

function today(): string {
  return Temporal.Now.plainDateISO('Europe/Rome').toString()
}
