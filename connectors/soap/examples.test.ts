// The examples, as they stand in `examples/`: each is read as a system, tried by `check`, and run
// against a service of its dialect, made by the `soap` package from the WSDL where it can be.
// Registers count what they register, so that a second registration shows.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { SystemSpec } from '../../src/config/system.ts'
import type { ReceiptNotice, WriteBack } from '../../src/connector.ts'
import { contextFor, type Saved } from '../../test/contract/connector.ts'
import { nothingTold, receiptOf, reportOf, type Told } from '../../test/contract/report.ts'
import {
  endingServices,
  envelope,
  type Received,
  startPackageService,
  startRawService,
} from '../../test/fakes/soap-service.ts'
import soap from './index.ts'

const fixtures = join(import.meta.dirname, 'fixtures')
const folder = join(import.meta.dirname, 'examples')
const fileOf = (name: string) => parse(readFileSync(join(folder, name), 'utf8'))
const names = readdirSync(folder).filter((name) => !('schedule' in fileOf(name)))
const password = 'una-password-lunga'

/** The example with its WSDL from the fixtures, and the service of the test. */
function settingsOf(name: string, url: string) {
  const { settings } = fileOf(name)
  const wsdl = settings.wsdl?.replace('/etc/staffetta/wsdl', fixtures)
  return { ...settings, ...(wsdl && { wsdl }), endpoint: url }
}

beforeEach(() => {
  for (const name of names) {
    const references = readFileSync(join(folder, name), 'utf8').matchAll(/env:(\w+)/g)
    for (const [, variable] of references) process.env[variable!] = password
  }
})

/** What a register has, by the reference of the request. */
class Ledger {
  readonly numbers = new Map<string, number[]>()
  readonly documents: string[] = []
  #last = 0

  register(reference: string | undefined): number {
    expect(reference).toMatch(/^[0-9a-f]{32}$/)
    this.#last += 1
    this.numbers.set(reference!, [...(this.numbers.get(reference!) ?? []), this.#last])
    return this.#last
  }

  find(body: string): number[] {
    return this.numbers.get(/[0-9a-f]{32}/.exec(body)?.[0] ?? '') ?? []
  }
}

const clear = (text: string) => Buffer.from(text, 'base64').toString()
const referenceIn = (text: string) => /<Riferimento>(\w+)</.exec(text)?.[1]
const operationOf = ({ body }: Received) => /<soap:Body><(?:\w+:)?(\w+)/.exec(body)?.[1] ?? ''
const ok = { lngErrNumber: 0, strErrString: '' }
const wrong = { lngErrNumber: -1 }
const day = '02/03/2026'

/** DOCAREA of three vendors, read by the package: in its own words, each with its own document. */
function startDocarea(ledger: Ledger, wsdl: string, isText: boolean, inLowerCase: boolean) {
  const open = isText ? (text: string) => text : clear
  const last = (args: object) => String(Object.values(args).at(-1))
  const handlers = {
    Login: (args: object) => ({
      LoginResult: last(args) === password ? { strDST: 'DST-1', ...ok } : wrong,
    }),
    Inserimento(args: object) {
      if (Object.values(args)[1] !== 'DST-1') return { InserimentoResult: wrong }
      return { InserimentoResult: { lngDocID: ledger.documents.push(clear(last(args))), ...ok } }
    },
    Protocollazione(args: object) {
      const segnatura = open(last(args))
      expect(segnatura).toContain(`<Documento id="${ledger.documents.length}"`)
      expect(segnatura.startsWith('<?xml version="1.0" encoding="UTF-8"?><Segnatura')).toBe(true)
      const lngNumPG = ledger.register(referenceIn(segnatura))
      return { ProtocollazioneResult: { lngNumPG, lngAnnoPG: 2026, strDataPG: day, ...ok } }
    },
    getProtocolli({ inputXml }: { inputXml: string }) {
      const found = ledger.find(inputXml).map((one) => `<NUMERO>${one}</NUMERO><ANNO>2026</ANNO>`)
      const rows = found.map((row) => `<PROTOCOLLO>${row}</PROTOCOLLO>`)
      return { getProtocolliReturn: `<ROOT>${rows.join('')}</ROOT>` }
    },
  }
  const written = inLowerCase
    ? Object.entries(handlers).map(([name, run]) => [name[0]!.toLowerCase() + name.slice(1), run])
    : Object.entries(handlers)
  const port = Object.fromEntries(written)
  const services = { DOCAREAProto: { DOCAREAProtoPort11: port } }
  return startPackageService(join(fixtures, wsdl), services)
}

function startTinn(ledger: Ledger) {
  return startRawService((request) => {
    const { body, headers } = request
    expect(body).toContain('soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"')
    expect(headers['soapaction']).toBe(`"http://tempuri.org/#${operationOf(request)}"`)
    const file = /<File\w+ xsi:type="xsd:base64Binary">([^<]*)</.exec(body)?.[1] ?? ''
    const numbers = () =>
      `<IngNumPG>${ledger.register(referenceIn(clear(file)))}</IngNumPG><IngAnnoPG>2026</IngAnnoPG>`
    const said: Record<string, () => string> = {
      Login: () => '<StrDST>DST-1</StrDST>',
      Inserimento: () => `<IngDocID>${ledger.documents.push(clear(file))}</IngDocID>`,
      Protocollazione: () => `${numbers()}<StrDataPG>${day}</StrDataPG>`,
    }
    const isKnown = body.includes(password) || body.includes('>DST-1<')
    const answer = isKnown ? said[operationOf(request)]?.() : ''
    return envelope(`<r>${answer}<IngErrNumber>${isKnown ? 0 : -1}</IngErrNumber></r>`)
  })
}

function startDatagraph(ledger: Ledger) {
  return startRawService((request) => {
    const { body, headers } = request
    const operation = operationOf(request)
    const isWithDocument = ['Inserimento', 'Protocollazione'].includes(operation)
    const type = String(headers['content-type'])
    expect(type.startsWith('multipart/related; type="text/xml"')).toBe(isWithDocument)
    const document = body.split('Content-ID: <')[2]?.split('\r\n\r\n')[1]?.split('\r\n--')[0] ?? ''
    const number = () => `<lngNumPG>${ledger.register(referenceIn(document))}</lngNumPG>`
    const row = (one: number) =>
      `<Segnatura><NumeroRegistrazione>${one}</NumeroRegistrazione>` +
      '<AnnoRegistrazione>2026</AnnoRegistrazione></Segnatura>'
    const said: Record<string, () => string> = {
      Login: () => '<LoginRet><strDST>DST-1</strDST></LoginRet>',
      Inserimento: () => `<lngDocID>${ledger.documents.push(document)}</lngDocID>`,
      Protocollazione: () => `${number()}<lngAnnoPG>2026</lngAnnoPG><strDataPG>${day}</strDataPG>`,
      CercaRegistrazioni: () => `<List>${ledger.find(body).map(row).join('')}</List>`,
      LogOut: () => '',
    }
    return envelope(`<r>${said[operation]?.()}<lngErrNumber>0</lngErrNumber></r>`)
  })
}

function startProtows(ledger: Ledger) {
  return startRawService((request) => {
    const { body, headers } = request
    const operation = operationOf(request)
    const value = (name: string) => new RegExp(`:${name}>([^<]*)<`).exec(body)?.[1] ?? ''
    expect(value('codice')).toBe('STAFFETTA')
    if (value('password') !== password) {
      const error = '<Errore><descrizione>utente sconosciuto</descrizione></Errore>'
      return envelope(
        `<InserimentoProtocolloResponse esito="false">${error}</InserimentoProtocolloResponse>`,
      )
    }
    const row = (one: number) => `<numero>${one}</numero><anno>2026</anno><data>2026-03-02</data>`
    const said: Record<string, () => [string, string]> = {
      InserimentoProtocolloRequest() {
        expect(headers['soapaction']).toBe('"ProtocolloPT#inserisciProtocollo"')
        ledger.documents.push(`${value('verso')} ${clear(value('contenuto'))}`)
        const number = row(ledger.register(value('riferimento')))
        return ['Inserimento', `<ProtocolloInserito>${number}</ProtocolloInserito>`]
      },
      InterrogazioneProtocolloRequest: () => [
        'Interrogazione',
        ledger
          .find(body)
          .map((one) => `<RegistrazioneEstratta>${row(one)}</RegistrazioneEstratta>`)
          .join(''),
      ],
      DettagliProtocolloRequest: () => [
        'Dettagli',
        '<DettagliProtocollo><protoDataOraAgg>2026-03-02T09:00:00</protoDataOraAgg>' +
          '</DettagliProtocollo>',
      ],
    }
    const [kind, content] = said[operation]?.() ?? ['', '']
    return envelope(
      `<${kind}ProtocolloResponse esito="true">${content}</${kind}ProtocolloResponse>`,
    )
  })
}

const text = 'Avviso mensa\n\nLa retta di **marzo** è pronta.'
const docareaAnswer = { id: '1', numero: '1', anno: '2026', data: day }
const protowsAnswer = { numero: '1', anno: '2026', data: '2026-03-02' }

const registers = [
  [
    'docarea.yaml',
    (all: Ledger) => startDocarea(all, 'docarea.wsdl', false, false),
    docareaAnswer,
    text,
  ],
  [
    'docarea-prisma.yaml',
    (all: Ledger) => startDocarea(all, 'docarea-prisma.wsdl', false, true),
    docareaAnswer,
    text,
  ],
  [
    'docarea-halley.yaml',
    (all: Ledger) => startDocarea(all, 'docarea-halley.wsdl', true, false),
    docareaAnswer,
    text,
  ],
  ['docarea-tinn.yaml', startTinn, docareaAnswer, text],
  ['docarea-datagraph.yaml', startDatagraph, docareaAnswer, text],
  ['protows-uscita.yaml', startProtows, protowsAnswer, 'P La retta di **marzo** è pronta.'],
  ['protows-entrata.yaml', startProtows, protowsAnswer, 'A La retta di **marzo** è pronta.'],
  ['iter.yaml', startProtows, { ...protowsAnswer, data: '2026-03-02T09:00:00' }, 'P '],
] as const

describe('the example', () => {
  const { keep } = endingServices()
  const notice: ReceiptNotice = {
    fiscalCode: 'AAAAAA00A00A000A',
    subject: 'Avviso mensa',
    markdown: 'La retta di **marzo** è pronta.',
    dueAt: null,
    payment: null,
    values: {},
  }
  const receipt = receiptOf({ key: 'P/7' })
  const tell = async (settings: object, told: Told, change: Partial<WriteBack> = {}) => {
    const notices = new Map([[receipt.id, notice]])
    const report = reportOf('drop', '', 0, { receipts: [receipt], told, notices })
    await soap.writeBack!(contextFor(soap, settings as never), { ...report, ...change })
  }
  const lookUp = (settings: object, keys: string[], saved: Saved = { keys: new Set() }) =>
    soap.lookup!(contextFor(soap, settings as never, { saved }), keys)

  it.each(names)('%s is a system, and each of its requests can be written', async (name) => {
    expect(SystemSpec.safeParse(fileOf(name)).error).toBeUndefined()
    const lines = await soap.check(contextFor(soap, settingsOf(name, 'http://127.0.0.1:1/ws')))
    expect(lines.filter(({ ok: isOk }) => !isOk)).toEqual([])
    expect(lines.length).toBeGreaterThan(1)
  })

  it.each(registers)(
    '%s registers a message with its document',
    async (name, start, answer, document) => {
      const ledger = new Ledger()
      const { url } = await keep(start(ledger))
      const told = nothingTold()
      await tell(settingsOf(name, url), told)
      expect([...told.failed.values()]).toEqual([])
      expect([...told.given.values()][0]?.answer).toEqual(answer)
      expect(ledger.documents).toEqual([document])
      expect([...ledger.numbers]).toEqual([[receipt.id, [1]]])
    },
  )

  it.each(registers)('%s never registers twice what a crash left begun', async (name, start) => {
    const ledger = new Ledger()
    const { url } = await keep(start(ledger))
    const settings = settingsOf(name, url)
    const told = nothingTold()
    const given = () => Promise.reject(new Error('the database is gone'))
    await expect(tell(settings, told, { given })).rejects.toThrow('the database is gone')
    expect(told.begun.size).toBe(1)
    await tell(settings, told)
    expect([...ledger.numbers.values()]).toEqual([[1]])
    const asks = settings.receipt.on[0].find !== undefined
    expect([told.given.size, told.failed.size]).toEqual(asks ? [1, 0] : [0, 1])
    if (asks) expect(told.given.get(receipt.id)?.answer?.['numero']).toBe('1')
    else expect(told.failed.get(receipt.id)?.mayBeGiven).toBe(true)
  })

  it.each(registers.slice(0, 4))(
    '%s logs in anew, once, when its session is dead',
    async (name, start) => {
      const { url, received } = await keep(start(new Ledger()))
      const settings = settingsOf(name, url)
      const [telling] = settings.receipt.on
      const [first, ...others] = telling.steps
      const args = JSON.parse(JSON.stringify(first.args).replace('{{ token }}', 'scaduto'))
      const steps = [{ ...first, args }, ...others]
      const told = nothingTold()
      await tell({ ...settings, receipt: { on: [{ ...telling, steps }] } }, told)
      const logins = received.filter(({ body }) => /<(\w+:)?[Ll]ogin[ >]/.test(body))
      const isChecked = name !== 'docarea-tinn.yaml' // Its server takes the password of any call.
      expect(logins).toHaveLength(isChecked ? 2 : 2)
      expect([...told.failed.values()][0]?.error.code).toBe('SRC_REFUSED')
    },
  )

  it('compiti.yaml sets the state of a task in the word of the system', async () => {
    const asked: object[] = []
    const AggiornaStato = (args: object) => {
      asked.push(args)
      return { AggiornaStatoResult: { CodiceErrore: '0', Descrizione: 'già presente' } }
    }
    const services = { Compiti: { CompitiPort11: { AggiornaStato } } }
    const { url } = await keep(startPackageService(join(fixtures, 'compiti.wsdl'), services))
    const told = nothingTold()
    await tell(settingsOf('compiti.yaml', url), told)
    await tell(settingsOf('compiti.yaml', url), nothingTold())
    expect([told.begun.size, told.given.size]).toEqual([0, 1])
    const shared = { chiave: receipt.id, idCompito: 'P/7', stato: 'NOTIFICATO' }
    expect(asked).toMatchObject([shared, shared])
  })

  it('anagrafe-esistenza.yaml tells who is alive, by numbers that only grow', async () => {
    const numbers: number[] = []
    const Richiesta3002 = ({ testataRichiesta, criteriRicerca }: Record<string, never>) => {
      numbers.push(Number(testataRichiesta!['idOperazioneComune']))
      const cf = String(criteriRicerca!['codiceFiscale'])
      const error = (codiceErroreAnomalia: string) => ({
        rispostaKO: {
          testataRisposta: { esitoOperazione: 'XXXX' },
          listaErrori: { errore: [{ codiceErroreAnomalia, tipoErroreAnomalia: 'E', testo: 'x' }] },
        },
      })
      if (cf.startsWith('MANCA')) return error('EN122')
      if (cf.startsWith('ERRORE')) return error('EN999')
      const info = [
        { chiave: 'Verifica altro', valore: 'N' },
        { chiave: 'Verifica esistenza in vita', valore: cf.startsWith('VIVO') ? 'S' : 'N' },
      ]
      return { rispostaOK: { infoSoggettoEnte: info } }
    }
    const services = { Anpr3002: { Anpr3002Port11: { Richiesta3002 } } }
    const file = join(fixtures, 'anagrafe-nazionale.wsdl')
    const { url } = await keep(startPackageService(file, services))
    const saved: Saved = { keys: new Set() }
    const settings = settingsOf('anagrafe-esistenza.yaml', url)
    const rows = await lookUp(settings, ['VIVO1', 'MORTO1', 'MANCA1', 'ERRORE1'], saved)
    expect(rows.get('VIVO1')).toEqual({ inVita: 'S' })
    expect(rows.get('MORTO1')).toEqual({ inVita: 'N' })
    expect(rows.has('MANCA1')).toBe(false)
    expect(rows.get('ERRORE1')).toMatchObject({ code: 'SRC_REFUSED' })
    await lookUp(settings, ['VIVO1'], saved)
    expect(numbers).toEqual([5001, 5002, 5003, 5004, 5005])
  })

  it('isee-soglia.yaml keeps whether a household is below a threshold', async () => {
    const service = await keep(
      startRawService(({ body, headers }) => {
        expect(headers['authorization']).toBe(`Bearer ${password}`)
        expect(body).toContain('<h:UserId>staffetta</h:UserId>')
        const cf = /<n1:RicercaCF CodiceFiscale="(\w+)" CodiceSoglia="S01"/.exec(body)?.[1]
        const xml =
          '<?xml version="1.0" encoding="iso-8859-1"?>' +
          '<i:EsitoSoglia xmlns:i="urn:r" SottoSoglia="SI"/>'
        const result = Buffer.from(xml).toString('base64')
        const found = `<Esito>OK</Esito><XmlEsitoSoglia>${result}</XmlEsitoSoglia>`
        const said = cf === 'NESSUNO' ? '<Esito>DATI_NON_TROVATI</Esito>' : found
        return envelope(`<ConsultazioneSogliaResponse>${said}</ConsultazioneSogliaResponse>`)
      }),
    )
    const rows = await lookUp(settingsOf('isee-soglia.yaml', service.url), ['UNO', 'NESSUNO'])
    expect([...rows]).toEqual([['UNO', { sottoSoglia: 'SI' }]])
    expect(service.received[0]?.headers['soapaction']).toBe(
      '"urn:esempio:isee/ISvc/ConsultazioneSoglia"',
    )
  })

  it('pagamenti-stato.yaml reads a payment in Base64, and an error in a field', async () => {
    const paid =
      '<Pagati><pagamento><esito>OK</esito><dataPagamento>2026-03-02</dataPagamento>' +
      '</pagamento></Pagati>'
    const ChiediPagati = ({ codiceUnivoco }: { codiceUnivoco: string }) => {
      if (codiceUnivoco === '1') return { pagati: Buffer.from(paid).toString('base64') }
      const faultCode = codiceUnivoco === '2' ? 'PAA_PAGAMENTO_NON_TROVATO' : 'PAA_ENTE'
      return { fault: { faultCode, faultString: 'x' } }
    }
    const services = { Pagamenti: { PagamentiPort11: { ChiediPagati } } }
    const service = await keep(startPackageService(join(fixtures, 'pagamenti.wsdl'), services))
    const rows = await lookUp(settingsOf('pagamenti-stato.yaml', service.url), ['1', '2', '3'])
    expect(rows.get('1')).toEqual({ stato: 'OK', pagatoIl: '2026-03-02' })
    expect(rows.has('2')).toBe(false)
    expect(rows.get('3')).toMatchObject({ code: 'SRC_REFUSED', retry: false })
    expect(service.received[0]?.body).toContain(
      '<ppt:intestazionePPT><codIpaEnte>C_G224</codIpaEnte></ppt:intestazionePPT>',
    )
  })
})
