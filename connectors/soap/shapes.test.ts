// The ways in which services of public bodies differ, one by one: many schemas of hosts that are
// gone, operations of one name, versions and styles, headers, documents in documents, a proxy.
import { once } from 'node:events'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { collect, contextFor, sourceErrorOf } from '../../test/contract/connector.ts'
import { endingServices, envelope } from '../../test/fakes/soap-service.ts'
import { writePart } from './envelope.ts'
import soap from './index.ts'
import { fillTemplate, type Template } from './template.ts'
import { loadWsdl, type PortChoice } from './wsdl.ts'

const fixtures = join(import.meta.dirname, 'fixtures')
const xsd = 'http://www.w3.org/2001/XMLSchema'
const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function temporaryDirectory() {
  const directory = await mkdtemp(join(tmpdir(), 'staffetta-forme-'))
  stops.push(() => rm(directory, { recursive: true }))
  return directory
}

const { serve } = endingServices()

async function bodyOf(file: string, name: string, template: Template, choice: PortChoice = {}) {
  const wsdl = await loadWsdl({ wsdl: file, imports: {} })
  const operation = wsdl.getOperation(name, choice)
  return { operation, text: writePart(operation.body(fillTemplate(template, {}), {}).part!) }
}

/** A WSDL of one binding around these pieces. */
function wsdlOf(pieces: { types?: string; messages: string; operations: string; bound: string }) {
  const bound =
    '<binding name="B" type="t:PT"><s:binding style="document" ' +
    `transport="http://schemas.xmlsoap.org/soap/http"/>${pieces.bound}</binding>`
  return (
    '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" ' +
    'xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:t="urn:t" targetNamespace="urn:t" ' +
    `xmlns:x="http://www.w3.org/2001/XMLSchema"><types>${pieces.types ?? ''}</types>` +
    `${pieces.messages}<portType name="PT">${pieces.operations}</portType>${bound}` +
    '<service name="S"><port name="P" binding="t:B"><s:address location="http://x.invalid/"/>' +
    '</port></service></definitions>'
  )
}

/** An operation of a binding, with what stands beside its body. */
const boundOf = (name: string, beside = '') =>
  `<operation name="${name}"><s:operation soapAction="a"/><input><s:body use="literal"/>` +
  `${beside}</input></operation>`

describe('a WSDL of many schemas', () => {
  it('finds each by its namespace, whatever it is called and wherever it was', async () => {
    const directory = await temporaryDirectory()
    const count = 27
    const imports = Array.from({ length: count }, (_, n) => {
      const next = n + 1 < count ? `<x:element name="dentro" type="p:T${n + 1}"/>` : ''
      const schema =
        `<x:schema xmlns:x="${xsd}" xmlns:p="urn:t:${n + 1}" ` +
        `targetNamespace="urn:t:${n}" elementFormDefault="qualified">` +
        `<x:import namespace="urn:t:${n + 1}" ` +
        `schemaLocation="http://10.1.1.1/x.asmx?schema=${n + 1}"/>` +
        `<x:complexType name="T${n}"><x:sequence><x:element name="v" type="x:string"/>${next}` +
        '</x:sequence></x:complexType>' +
        `<x:element name="Radice" type="q:T${n}" xmlns:q="urn:t:${n}"/>` +
        '</x:schema>'
      return writeFile(join(directory, `salvato-${count - n}.xsd`), schema)
    })
    await Promise.all(imports)
    const last = `<x:schema xmlns:x="${xsd}" targetNamespace="urn:t:${count}"/>`
    await writeFile(join(directory, 'ultimo.xsd'), last)
    const file = join(directory, 'molti.wsdl')
    const types =
      '<x:schema targetNamespace="urn:t"><x:import namespace="urn:t:0" ' +
      'schemaLocation="http://10.1.1.1/x.asmx?schema=0"/></x:schema>'
    const messages =
      '<message name="M"><part name="p" element="r:Radice" xmlns:r="urn:t:0"/></message>'
    const operations = '<operation name="op"><input message="t:M"/></operation>'
    const bound =
      '<operation name="op"><s:operation soapAction=""/>' +
      '<input><s:body use="literal"/></input></operation>'
    await writeFile(file, wsdlOf({ types, messages, operations, bound }))
    const nested = (depth: number): Template =>
      depth === 0 ? { v: '1' } : { v: '1', dentro: nested(depth - 1) }
    const { text } = await bodyOf(file, 'op', nested(26))
    expect(text.match(/:v>/g)).toHaveLength(2 * 27)
    expect(text).toContain('<n27:v>1</n27:v>')
    await expect(bodyOf(file, 'op', { dentro: { v: '1' }, v: '1' })).rejects.toThrow(
      'the order v, dentro',
    )
  })

  it('of two files with one namespace takes the one that the address names', async () => {
    const directory = await temporaryDirectory()
    await copyFile(join(fixtures, 'isee.wsdl'), join(directory, 'isee.wsdl'))
    await copyFile(join(fixtures, 'isee-xsd0.xsd'), join(directory, 'xsd0.xsd'))
    const other =
      '<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:esempio:isee">' +
      '<x:element name="ConsultazioneSoglia" type="x:string"/></x:schema>'
    await writeFile(join(directory, 'vecchio.xsd'), other)
    const template = { request: { RicercaCF: { '@CodiceFiscale': 'X' } } }
    const { text } = await bodyOf(join(directory, 'isee.wsdl'), 'ConsultazioneSoglia', template)
    expect(text).toContain('<n1:RicercaCF CodiceFiscale="X"/>')
  })

  it('looks neither below its directory nor through links', async () => {
    const directory = await temporaryDirectory()
    await copyFile(join(fixtures, 'isee.wsdl'), join(directory, 'isee.wsdl'))
    const error = await sourceErrorOf(loadWsdl({ wsdl: join(directory, 'isee.wsdl'), imports: {} }))
    expect(error.message).toContain('Svc.svc?xsd=xsd0')
    expect(error.message).toContain('save them in the directory of the WSDL')
  })
})

describe('a WSDL in pieces', () => {
  const operations = '<operation name="cerca"><input message="c:cerca"/></operation>'
  const bound = boundOf('cerca')
  const contract =
    '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="urn:c" ' +
    `xmlns:c="urn:c" xmlns:x="${xsd}"><types><x:schema targetNamespace="urn:altro"><x:import ` +
    'namespace="urn:c" schemaLocation="http://spento.invalid/S.svc?xsd=xsd0"/></x:schema></types>' +
    '<message name="cerca"><part name="p" element="c:cerca"/></message></definitions>'
  const schema =
    `<x:schema xmlns:x="${xsd}" targetNamespace="urn:c" elementFormDefault="qualified">` +
    '<x:element name="cerca"><x:complexType><x:sequence><x:element name="anno" type="x:int"/>' +
    '</x:sequence></x:complexType></x:element></x:schema>'

  it('has what it imports found, though it declares something of that namespace', async () => {
    const directory = await temporaryDirectory()
    const own = '<x:schema targetNamespace="urn:c"><x:simpleType name="guid"/></x:schema>'
    const whole = wsdlOf({ types: own, messages: '', operations, bound })
      .replace(
        '<types>',
        '<import namespace="urn:c" location="http://spento.invalid/S?wsdl=wsdl0"/><types>',
      )
      .replace('<definitions ', '<definitions xmlns:c="urn:c" ')
    await writeFile(join(directory, 'servizio.wsdl'), whole)
    const file = join(directory, 'servizio.wsdl')
    await expect(bodyOf(file, 'cerca', {})).rejects.toThrow('S?wsdl=wsdl0 (under')
    await writeFile(join(directory, 'contratto.wsdl'), contract)
    await writeFile(join(directory, 'contratto.xsd'), schema)
    const { text } = await bodyOf(file, 'cerca', { anno: '2026' })
    expect(text).toBe('<n1:cerca><n1:anno>2026</n1:anno></n1:cerca>')
  })

  it('of which one is for logging in has both services, and each its own names', async () => {
    const directory = await temporaryDirectory()
    const files = await Promise.all(
      ['accesso', 'registro'].map(async (name) => {
        const one =
          `<x:schema targetNamespace="urn:t"><x:element name="${name}">` +
          '<x:complexType><x:sequence>' +
          `<x:element name="${name}1" type="x:string"/></x:sequence></x:complexType></x:element></x:schema>`
        const whole = wsdlOf({
          types: one,
          messages: `<message name="m"><part name="p" element="t:${name}"/></message>`,
          operations: `<operation name="${name}"><input message="t:m"/></operation>`,
          bound: boundOf(name),
        })
        const file = join(directory, `${name}.wsdl`)
        await writeFile(file, whole.replace('service name="S"', `service name="${name}"`))
        return file
      }),
    )
    const { url, received } = await serve(() => envelope('<r><t>gettone</t></r>'))
    const settings = {
      wsdl: files,
      endpoint: url,
      service: 'registro',
      login: { operation: 'accesso', service: 'accesso', args: { accesso1: 'io' }, token: 'r/t' },
      call: { operation: 'registro', args: { registro1: '{{ token }}' } },
    }
    await collect(soap, contextFor(soap, settings as never))
    expect(received.map(({ body }) => /<\w+1>.*?<\/\w+1>/.exec(body)?.[0])).toEqual([
      '<accesso1>io</accesso1>',
      '<registro1>gettone</registro1>',
    ])
    const lost = { ...settings, login: { ...settings.login, service: 'registro' } }
    const error = await sourceErrorOf(collect(soap, contextFor(soap, lost as never)))
    expect(error.message).toContain('no operation accesso')
  })

  it('that is a web page says so', async () => {
    const file = join(await temporaryDirectory(), 'pagina.wsdl')
    await writeFile(file, '\n<!DOCTYPE html><html><body>Accedi</body></html>')
    await expect(bodyOf(file, 'cerca', {})).rejects.toThrow('is a web page')
  })
})

describe('an operation', () => {
  it('whose arguments are attributes refuses one that its types do not have', async () => {
    const file = join(await temporaryDirectory(), 'attributi.wsdl')
    const own = (name: string) => `<x:attribute name="${name}" type="x:string"/>`
    const types =
      '<x:schema targetNamespace="urn:t"><x:attributeGroup name="G">' +
      `${own('ente')}</x:attributeGroup>` +
      `<x:complexType name="Base">${own('codice')}</x:complexType>` +
      '<x:complexType name="Soglia"><x:complexContent><x:extension base="t:Base">' +
      `<x:attributeGroup ref="t:G"/>${own('data')}` +
      '</x:extension></x:complexContent></x:complexType>' +
      '<x:element name="Cerca"><x:complexType><x:sequence><x:element name="per" type="t:Soglia"/>' +
      '<x:element name="nota"><x:complexType><x:simpleContent><x:extension base="x:string">' +
      '<x:anyAttribute/></x:extension></x:simpleContent></x:complexType></x:element>' +
      `</x:sequence>${own('versione')}</x:complexType></x:element></x:schema>`
    const messages = '<message name="m"><part name="p" element="t:Cerca"/></message>'
    const operations = '<operation name="Cerca"><input message="t:m"/></operation>'
    await writeFile(file, wsdlOf({ types, messages, operations, bound: boundOf('Cerca') }))
    const per = { '@codice': '1', '@ente': '2', '@data': '3' }
    const { text, operation } = await bodyOf(file, 'Cerca', {
      per,
      nota: { '@qualsiasi': 'x', '@t:altro': 'y', $text: 'z' },
    })
    expect(text).toContain('<per codice="1" ente="2" data="3"/><nota qualsiasi="x" t:altro="y">z')
    await expect(bodyOf(file, 'Cerca', { per: { '@codcie': '1' } })).rejects.toThrow(
      'no attribute codcie in Cerca/per; there are codice, ente, data',
    )
    expect(() => operation.body([], { vers: '1' })).toThrow('no attribute vers in Cerca')
    expect(operation.body([], { versione: '1', xmlns: 'urn:t' }).part?.name).toBe('n1:Cerca')
  })

  it('whose message has no part has an empty body, and takes no arguments', async () => {
    const file = join(await temporaryDirectory(), 'vuoto.wsdl')
    const messages = '<message name="m"/>'
    const operations = '<operation name="Conta"><input message="t:m"/></operation>'
    await writeFile(file, wsdlOf({ messages, operations, bound: boundOf('Conta') }))
    const service = await serve(() => envelope('<totale>3</totale>'))
    const settings = { wsdl: file, endpoint: service.url, call: { operation: 'Conta' } }
    expect(await collect(soap, contextFor(soap, settings))).toHaveLength(1)
    expect(service.received[0]?.body).toContain('<soap:Body/>')
    const given = { ...settings, call: { operation: 'Conta', args: { anno: '2026' } } }
    const error = await sourceErrorOf(collect(soap, contextFor(soap, given)))
    expect([error.code, error.message]).toEqual([
      'SRC_WSDL',
      'the message of Conta has no part: leave out its `args`',
    ])
  })

  it('whose message has the part of a header first writes the other one in its body', async () => {
    const file = join(await temporaryDirectory(), 'intestazione.wsdl')
    const one = (name: string) =>
      `<x:element name="${name}"><x:complexType><x:sequence><x:element name="${name}1" ` +
      'type="x:string"/></x:sequence></x:complexType></x:element>'
    const header = '<s:header message="t:m" part="chi" use="literal"/>'
    const pieces = {
      types: `<x:schema targetNamespace="urn:t">${one('Chi')}${one('Cerca')}</x:schema>`,
      messages:
        '<message name="m"><part name="chi" element="t:Chi"/><part name="cosa" ' +
        'element="t:Cerca"/></message>',
      operations: '<operation name="Cerca"><input message="t:m"/></operation>',
      bound: boundOf('Cerca', header),
    }
    await writeFile(file, wsdlOf(pieces))
    const { text } = await bodyOf(file, 'Cerca', { Cerca1: 'x' })
    expect(text).toBe('<n1:Cerca><Cerca1>x</Cerca1></n1:Cerca>')
  })

  it('of which there are two is told apart by its input, or said to be ambiguous', async () => {
    const file = join(await temporaryDirectory(), 'doppia.wsdl')
    const messages =
      '<message name="perNumero"><part name="numero" type="x:int"/></message>' +
      '<message name="perData"><part name="data" type="x:date"/></message>'
    const one = (message: string) =>
      `<operation name="cerca"><input message="t:${message}"/></operation>`
    const bound = (action: string) =>
      `<operation name="cerca"><s:operation soapAction="${action}" style="rpc"/>` +
      '<input><s:body use="literal" namespace="urn:t"/></input></operation>'
    const operations = one('perNumero') + one('perData')
    await writeFile(file, wsdlOf({ messages, operations, bound: bound('n') + bound('d') }))
    const { text, operation } = await bodyOf(file, 'cerca', { data: 'x' }, { input: 'perData' })
    expect([text, operation.action]).toEqual(['<n1:cerca><data>x</data></n1:cerca>', 'd'])
    await expect(bodyOf(file, 'cerca', {})).rejects.toThrow('`input`, one of perNumero, perData')
    await expect(bodyOf(file, 'cerca', {}, { input: 'x' })).rejects.toThrow('one of perNumero')
  })

  it('whose arguments stand in xs:all takes them in any order, others in their own', async () => {
    const file = join(fixtures, 'protows/protocollo.wsdl')
    const utente = { codice: 'A', password: 'B' }
    const all = { verso: 'P', utente, oggetto: 'x' }
    const { text } = await bodyOf(file, 'inserisciProtocollo', all)
    expect(text).toContain('<n1:verso>P</n1:verso><n1:utente><n2:codice>A</n2:codice>')
    const turned = { verso: 'P', registri: {}, utente }
    await expect(bodyOf(file, 'interrogaProtocollo', turned)).rejects.toThrow(
      'the order utente, registri, anno',
    )
  })

  it('of rpc/encoded has arrays that say how many items they have, and of which type', async () => {
    const file = join(await temporaryDirectory(), 'vettori.wsdl')
    const types =
      `<x:schema targetNamespace="urn:t"><x:complexType name="Vettore"><x:complexContent>` +
      '<x:restriction base="e:Array" xmlns:e="http://schemas.xmlsoap.org/soap/encoding/">' +
      '<x:attribute ref="e:arrayType" w:arrayType="t:Voce[]" ' +
      'xmlns:w="http://schemas.xmlsoap.org/wsdl/"/></x:restriction></x:complexContent>' +
      '</x:complexType><x:complexType name="Voce"><x:sequence>' +
      '<x:element name="n" type="x:int"/></x:sequence></x:complexType></x:schema>'
    const messages = '<message name="M"><part name="voci" type="t:Vettore"/></message>'
    const operations = '<operation name="op"><input message="t:M"/></operation>'
    const bound =
      '<operation name="op"><s:operation soapAction="" style="rpc"/>' +
      '<input><s:body use="encoded" namespace="urn:t"/></input></operation>'
    await writeFile(file, wsdlOf({ types, messages, operations, bound }))
    const { text } = await bodyOf(file, 'op', { voci: { voce: [{ n: 1 }, { n: 2 }] } })
    const item = (n: number) => `<voce xsi:type="n1:Voce"><n xsi:type="xsd:int">${n}</n></voce>`
    expect(text).toBe(
      `<n1:op><voci xsi:type="n1:Vettore" n2:arrayType="n1:Voce[2]">${item(1)}${item(2)}</voci></n1:op>`,
    )
    await expect(bodyOf(file, 'op', { voci: { voce: { m: 1 } } })).rejects.toThrow(
      'no m in op/voci',
    )
  })

  it('takes a type that is derived from the declared one, by its name', async () => {
    const file = join(await temporaryDirectory(), 'tipi.wsdl')
    const types =
      '<x:schema targetNamespace="urn:t" elementFormDefault="qualified" xmlns:t="urn:t">' +
      '<x:complexType name="Soggetto" abstract="true"><x:sequence/></x:complexType>' +
      '<x:complexType name="Persona"><x:complexContent><x:extension base="t:Soggetto">' +
      '<x:sequence><x:element name="cf" type="x:string"/></x:sequence></x:extension>' +
      '</x:complexContent></x:complexType><x:element name="Invia"><x:complexType><x:sequence>' +
      '<x:element name="a" type="t:Soggetto"/></x:sequence></x:complexType></x:element></x:schema>'
    const messages = '<message name="M"><part name="p" element="t:Invia"/></message>'
    const operations = '<operation name="op"><input message="t:M"/></operation>'
    const bound = '<operation name="op"><input><s:body use="literal"/></input></operation>'
    await writeFile(file, wsdlOf({ types, messages, operations, bound }))
    const { text } = await bodyOf(file, 'op', { a: { '@xsi:type': 'Persona', cf: 'X' } })
    expect(text).toBe('<n1:Invia><n1:a xsi:type="n1:Persona"><n1:cf>X</n1:cf></n1:a></n1:Invia>')
    await expect(bodyOf(file, 'op', { a: { cf: 'X' } })).rejects.toThrow('no cf in Invia/a')
  })

  it('has a root with a namespace and children without one where the schema says so', async () => {
    const file = join(fixtures, 'anagrafe-nazionale.wsdl')
    const template = { testataRichiesta: { codMittente: '032006' } }
    const { text, operation } = await bodyOf(file, 'Richiesta3002', template)
    expect(text).toBe(
      '<n1:Richiesta3002><testataRichiesta><codMittente>032006</codMittente>' +
        '</testataRichiesta></n1:Richiesta3002>',
    )
    expect(operation.action).toBe('')
  })

  it('with attachments has its body within parts of MIME, in either version of SOAP', async () => {
    const file = join(fixtures, 'docarea-datagraph.wsdl')
    const args = { userName: 'a', DST: 'b' }
    for (const version of ['1.1', '1.2'] as const) {
      const { text, operation } = await bodyOf(file, 'Inserimento', args, { version })
      expect(operation.version).toBe(version)
      expect(text).toContain('<n1:userName>a</n1:userName><n1:DST>b</n1:DST>')
    }
  })

  it('refers to an attachment where its schema has a text', async () => {
    const { text } = await bodyOf(join(fixtures, 'docarea.wsdl'), 'Inserimento', {
      strUserName: 'a',
      strDST: 'b',
      strAttachment: { $include: 'doc' },
    })
    expect(text).toContain('<n1:strAttachment><xop:Include xmlns:xop=')
  })
})

describe('a service', () => {
  const read = async (settings: object) => {
    const [drop] = await collect(soap, contextFor(soap, settings as never))
    return drop?.bytes.toString()
  }

  it('of SOAP 1.2 behind Basic takes and gives a document in Base64', async () => {
    const debts = '<DOVUTI><DOVUTO STATO="P"/></DOVUTI>'
    const service = await serve(({ body, headers }) => {
      expect(headers['content-type']).toContain('application/soap+xml')
      expect(headers['authorization']).toBe(`Basic ${Buffer.from('io:segreto').toString('base64')}`)
      const param = /<param>([^<]*)</.exec(body)?.[1] ?? ''
      expect(Buffer.from(param, 'base64').toString()).toBe(
        '<RICERCA><STATO>PAGATO</STATO></RICERCA>',
      )
      return envelope(`<r><param>${Buffer.from(debts).toString('base64')}</param></r>`)
    })
    process.env['STAFFETTA_TEST_DEPAG'] = 'segreto'
    const text = await read({
      endpoint: service.url,
      version: '1.2',
      basic: { username: 'io', password: 'env:STAFFETTA_TEST_DEPAG' },
      call: {
        operation: 'ricercaDovuti',
        args: { ente: 'C_G224', param: { $base64: { RICERCA: { STATO: 'PAGATO' } } } },
        fatalWhen: [{ path: 'ESITO_OPERAZIONE', in: ['ERROR'] }],
        payload: { path: 'param', steps: ['base64'] },
        records: 'DOVUTI/DOVUTO',
      },
    })
    expect(text).toBe(debts)
  })

  it('behind a domain gateway has a header of attributes, with a new id each time', async () => {
    const ids = new Set<string>()
    const service = await serve(({ body }, _response, count) => {
      ids.add(/SPCoopID="([^"]*)"/.exec(body)?.[1] ?? '')
      expect(body).toContain('<e:eToscana SPCoopMittente="ComuneEsempio"')
      return envelope(`<r><riga>${count}</riga></r>`)
    })
    const header = {
      'e:eToscana': { '@SPCoopMittente': 'ComuneEsempio', '@SPCoopID': '{{ uuid }}' },
    }
    const settings = {
      endpoint: service.url,
      namespaces: { e: 'urn:esempio:porta' },
      header,
      call: { operation: 'leggi', records: 'riga' },
    }
    await read(settings)
    await read(settings)
    expect(ids.size).toBe(2)
  })

  it('of ASMX has its records in arrays, each named for its type', async () => {
    const list = '<ArrayOfEsito><Esito><Id>1</Id></Esito><Esito><Id>2</Id></Esito></ArrayOfEsito>'
    const service = await serve(() =>
      envelope(
        `<EsitiResponse><EsitiResult><CodiceErrore>0</CodiceErrore>${list}` +
          '</EsitiResult></EsitiResponse>',
      ),
    )
    const call = {
      operation: 'Esiti',
      okWhen: [{ path: 'EsitiResult/CodiceErrore', in: ['0'] }],
      records: 'EsitiResult/ArrayOfEsito/Esito',
    }
    expect(await read({ endpoint: service.url, call })).toContain('<Id>2</Id>')
  })
})

describe('a proxy', () => {
  /** A proxy that opens tunnels for who has the right password. */
  async function startProxy(password: string | null) {
    const tunnels: string[] = []
    const sockets = new Set<Socket>()
    const server = createServer((_request, response) => response.writeHead(405).end())
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      sockets.add(socket)
      tunnels.push(request.url ?? '')
      const right = `Basic ${Buffer.from(`io:${password}`).toString('base64')}`
      if (password !== null && request.headers['proxy-authorization'] !== right) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
        return
      }
      const { hostname, port } = new URL(`http://${request.url}`)
      const onward = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        socket.pipe(onward).pipe(socket)
      })
      onward.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'))
      socket.on('error', () => onward.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    stops.push(async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    })
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels }
  }
  const call = { operation: 'leggi', records: 'riga' }
  const collectBy = (endpoint: string, proxy: object) =>
    collect(soap, contextFor(soap, { endpoint, call, proxy } as never))

  it('leads to the service by a tunnel, and knows who asks', async () => {
    process.env['STAFFETTA_TEST_PROXY'] = 'pass-proxy'
    const service = await serve(() => envelope('<r><riga>1</riga></r>'))
    const { url, tunnels } = await startProxy('pass-proxy')
    const proxy = { url, username: 'io', password: 'env:STAFFETTA_TEST_PROXY' }
    expect(await collectBy(service.url, proxy)).toHaveLength(1)
    expect(tunnels).toEqual([new URL(service.url).host])
    expect(service.received[0]?.headers['proxy-authorization']).toBeUndefined()
  })

  it('that wants another password is a matter of credentials', async () => {
    const service = await serve(() => envelope('<r/>'))
    const { url } = await startProxy('altra')
    const error = await sourceErrorOf(collectBy(service.url, { url }))
    expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
    expect(error.message).toContain('the proxy')
    expect(service.received).toEqual([])
  })

  it('that does not reach the service, or is not there, is named', async () => {
    const { url } = await startProxy(null)
    const refused = await sourceErrorOf(collectBy('http://127.0.0.1:1/ws', { url }))
    expect([refused.code, refused.message]).toEqual([
      'SRC_UNREACHABLE',
      expect.stringContaining(`by the proxy ${new URL(url).host}: HTTP 502`),
    ])
    const gone = await sourceErrorOf(
      collectBy('http://127.0.0.1:2/ws', { url: 'http://127.0.0.1:1' }),
    )
    expect(gone.message).toContain('by the proxy 127.0.0.1:1')
  })
})
