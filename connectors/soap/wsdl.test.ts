// WSDLs from local files: what they import, which port is meant, how arguments are called.
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { collect, contextFor, sourceErrorOf } from '../../test/contract/connector.ts'
import { startPackageService } from '../../test/fakes/soap-service.ts'
import { writePart } from './envelope.ts'
import soap from './index.ts'
import { fillTemplate, type Template } from './template.ts'
import { loadWsdl } from './wsdl.ts'

const wsdl = join(import.meta.dirname, 'fixtures/anagrafe.wsdl')
const load = (imports: Record<string, string> = { 'urn:esempio:tipi': 'tipi.xsd' }) =>
  loadWsdl({ wsdl, imports })

async function bodyOf(template: Template, version: '1.1' | '1.2' = '1.1'): Promise<string> {
  const operation = (await load()).getOperation('cerca', { version })
  const { part, namespaces } = operation.body(fillTemplate(template, {}), {})
  const attributes = Object.fromEntries(
    Object.entries(namespaces).map(([prefix, uri]) => [`xmlns:${prefix}`, uri]),
  )
  return writePart({ ...part!, attributes: { ...attributes, ...part!.attributes } })
}

describe('a WSDL', () => {
  it('that imports from elsewhere says which file is missing, and how it is mapped', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'staffetta-wsdl-'))
    const alone = join(directory, 'anagrafe.wsdl')
    await copyFile(wsdl, alone)
    const error = await sourceErrorOf(loadWsdl({ wsdl: alone, imports: {} }))
    expect([error.code, error.retry]).toEqual(['SRC_WSDL', false])
    expect(error.message).toContain('http://vecchio-server.invalid/tipi?xsd=1')
    expect(error.message).toContain('"urn:esempio:tipi": FILE')
    await rm(directory, { recursive: true })
  })

  it.each(['urn:esempio:tipi', 'http://vecchio-server.invalid/tipi?xsd=1'])(
    'has its import mapped by %s',
    async (key) => {
      expect((await load({ [key]: 'tipi.xsd' })).ports).toHaveLength(4)
    },
  )

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    '../../../../etc/passwd',
    'link.xsd',
  ])('never reads %s', async (location) => {
    const directory = await mkdtemp(join(tmpdir(), 'staffetta-wsdl-'))
    const file = join(directory, 'ostile.wsdl')
    await symlink('/etc/passwd', join(directory, 'link.xsd'))
    const schema = 'xmlns="http://www.w3.org/2001/XMLSchema"'
    await writeFile(
      file,
      '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><types>' +
        `<schema ${schema}><import namespace="urn:x" schemaLocation="${location}"/></schema>` +
        '</types></definitions>',
    )
    const error = await sourceErrorOf(loadWsdl({ wsdl: file, imports: {} }))
    expect(error.message).toContain(`nothing is ever fetched: ${location}`)
    await rm(directory, { recursive: true })
  })

  it('with a DOCTYPE is refused', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'staffetta-wsdl-'))
    const file = join(directory, 'ostile.wsdl')
    await writeFile(file, '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>')
    expect((await sourceErrorOf(loadWsdl({ wsdl: file, imports: {} }))).message).toContain(
      'DOCTYPE',
    )
    await rm(directory, { recursive: true })
  })

  it('gives each name its namespace: qualified, unqualified, of a base, by reference', async () => {
    const template = { utente: { codice: 'A', password: 'B' }, id: '1', nota: 'x' }
    expect(await bodyOf(template)).toBe(
      '<n1:cerca xmlns:n1="urn:esempio:anagrafe" xmlns:n2="urn:esempio:tipi">' +
        '<n1:utente><codice>A</codice><n2:password>B</n2:password></n1:utente>' +
        '<n1:id>1</n1:id><n2:nota>x</n2:nota></n1:cerca>',
    )
  })

  it('refuses what it does not know, and says what there is', async () => {
    const error = await sourceErrorOf(bodyOf({ utente: { codice: 'A', pasword: 'B' } }))
    expect(error.message).toBe(
      'the WSDL has no pasword in cerca/utente; there are codice, password',
    )
  })

  it('refuses another order than its own', async () => {
    const error = await sourceErrorOf(bodyOf({ utente: { password: 'B', codice: 'A' } }))
    expect(error.message).toContain('the order codice, password')
  })

  it('prefers SOAP 1.1 where both versions are offered, and takes the other if told', async () => {
    const { getOperation } = await load()
    const older = getOperation('cerca', {})
    expect([older.version, older.action, older.location]).toEqual([
      '1.1',
      '',
      'http://anagrafe.esempio.invalid/11',
    ])
    const newer = getOperation('cerca', { port: 'Soap12' })
    expect([newer.version, newer.action]).toEqual(['1.2', 'urn:cerca'])
  })

  it('asks for a choice where an operation is in several ports', async () => {
    const { getOperation } = await load()
    expect(() => getOperation('conta', {})).toThrow('Anagrafe/Letterale (SOAP 1.1)')
    expect(() => getOperation('manca', {})).toThrow('no operation manca')
    expect(() => getOperation('conta', { port: 'Altro' })).toThrow('no such service, port')
  })

  it('writes the types of rpc/encoded, and none of rpc/literal', async () => {
    const { getOperation } = await load()
    const args = fillTemplate({ comune: 'G224', anno: '2026' }, {})
    const encoded = getOperation('conta', { port: 'Codificato' })
    expect(encoded.isEncoded).toBe(true)
    expect(writePart(encoded.body(args, {}).part!)).toBe(
      '<n1:conta><comune xsi:type="xsd:string">G224</comune>' +
        '<anno xsi:type="xsd:int">2026</anno></n1:conta>',
    )
    const literal = getOperation('conta', { port: 'Letterale' })
    expect(writePart(literal.body(args, {}).part!)).not.toContain('xsi:type')
  })

  it('gives requests that another implementation reads, in rpc and in document style', async () => {
    const asked: object[] = []
    const answer = (args: object) => {
      asked.push(args)
      return { totale: 3, esito: 'OK' }
    }
    // The package would fetch what is imported, and tells ports by the path of their address.
    const directory = await mkdtemp(join(tmpdir(), 'staffetta-wsdl-'))
    await copyFile(join(wsdl, '../tipi.xsd'), join(directory, 'tipi.xsd'))
    const text = (await readFile(wsdl, 'utf8')).replace(/http:[^"]*tipi\?xsd=1/, 'tipi.xsd')
    const poll = async (port: string, path: string, call: object) => {
      const copy = join(directory, `${port}.wsdl`)
      await writeFile(copy, text.replace(`invalid/${path}"`, 'invalid/ws"'))
      const handlers = { conta: answer, cerca: answer }
      const service = await startPackageService(copy, { Anagrafe: { [port]: handlers } })
      const settings = { wsdl: copy, port, endpoint: service.url, call }
      const drops = await collect(soap, contextFor(soap, settings))
      await service.stop()
      return drops[0]?.bytes.toString()
    }
    const args = { comune: 'G224', anno: '2026' }
    expect(await poll('Letterale', 'rpc', { operation: 'conta', args })).toContain('>3<')
    const utente = { codice: 'A', password: 'B' }
    await poll('Soap11', '11', { operation: 'cerca', args: { utente, id: '7' } })
    expect(asked).toEqual([args, { utente, id: '7' }])
    await rm(directory, { recursive: true })
  })
})
