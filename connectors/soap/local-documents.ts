// A WSDL and all that it imports, from local files alone: beside the WSDL, by name or by target
// namespace, or mapped by either. There is no client here that could fetch anything.
// Invariant: an import leads to a file in the WSDL's directory or to one that the settings name;
// any other is reported with the line that maps it.
import { readFile, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { SourceError } from '../../src/connector.ts'
import { findBeside, listBeside, type Wanted } from './files-beside.ts'
import { attributeOf, believable, parseXml, type XmlElement, XmlFault } from './xml.ts'

export interface WsdlFiles {
  /** The WSDL's path. */
  wsdl: string
  /** Files by the URL or namespace that imports them, from the WSDL's directory. */
  imports: Record<string, string>
}

/** One document; `namespace` is given to an included schema that has none of its own. */
export interface LocalDocument {
  root: XmlElement
  file: string
  namespace: string
}

const mostDocuments = 500
const mostBytes = 20 * 1024 * 1024

/** Namespaces of the standards: what they define is known, and their files are never needed. */
const standard = [
  'http://www.w3.org/',
  'http://schemas.xmlsoap.org/',
  'http://docs.oasis-open.org/',
  'http://xml.apache.org/xml-soap',
  'http://schemas.microsoft.com/2003/10/Serialization/',
]

/** The WSDL first, then what it imports. Throws `SRC_WSDL`, with all missing imports at once. */
export async function readDocuments(files: WsdlFiles): Promise<LocalDocument[]> {
  const wsdl = await findFile(files.wsdl)
  const directory = dirname(wsdl)
  const beside = await listBeside(directory)
  const documents: LocalDocument[] = []
  const seen = new Set<string>()
  const missing = new Set<string>()
  const open = [{ file: wsdl, namespace: '' }]
  let bytes = 0
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const { file, namespace } = next
    if (seen.has(`${file} ${namespace}`)) continue
    seen.add(`${file} ${namespace}`)
    const text = await readText(file)
    bytes += text.length
    if (seen.size > mostDocuments || bytes > mostBytes) throw tooMuch(files)
    const root = parseDocument(file, text)
    documents.push({ root, file, namespace })
    for (const one of importsOf(root)) {
      const found = await findImport(files, directory, file, one)
      const given = one.isInclude ? (attributeOf(one.schema, 'targetNamespace') ?? namespace) : ''
      const isKnown = isDeclared(one, documents)
      // One that names no place means what is declared here.
      const isHere = found !== null || (isKnown && one.location === '')
      const lying = isHere ? [] : findBeside(beside, one).filter((other) => other !== file)
      for (const next of found === null ? lying : [found]) {
        open.push({ file: next, namespace: given })
      }
      if (!isHere && !isKnown && lying.length === 0) missing.add(describe(one))
    }
  }
  if (missing.size > 0) throw incomplete(files, [...missing])
  return documents
}

interface Import extends Wanted {
  isInclude: boolean
  /** The element in which it stands. */
  schema: XmlElement
}

function importsOf(root: XmlElement): Import[] {
  return holdersIn(root).flatMap((schema) =>
    schema.children
      .filter(({ name }) => ['import', 'include', 'redefine'].includes(name))
      .map((one) => ({
        location: attributeOf(one, 'schemaLocation') ?? attributeOf(one, 'location') ?? '',
        namespace: attributeOf(one, 'namespace') ?? '',
        isInclude: one.name !== 'import',
        isOfSchema: schema.name === 'schema',
        schema,
      })),
  )
}

/** The root, and of a WSDL the schemas in its `types`. */
function holdersIn(root: XmlElement): XmlElement[] {
  const inTypes = root.children.flatMap(({ name, children }) => (name === 'types' ? children : []))
  return [root, ...inTypes]
}

async function findImport(
  { imports }: WsdlFiles,
  directory: string,
  importer: string,
  { location, namespace }: Import,
): Promise<string | null> {
  const mapped = imports[location] ?? imports[namespace]
  if (mapped !== undefined) return findFile(resolve(directory, mapped))
  if (location === '' || /^[a-z][a-z0-9+.-]*:/i.test(location)) return null
  const path = join(dirname(importer), location.replace(/[?#].*$/, ''))
  const file = await realpath(path).catch(() => null)
  return file?.startsWith(directory + sep) ? file : null
}

/** What a WSDL imports may be messages, which schemas of that namespace do not have. */
function isDeclared(
  { namespace, isOfSchema }: Import,
  documents: readonly LocalDocument[],
): boolean {
  if (standard.some((prefix) => namespace.startsWith(prefix))) return true
  if (!isOfSchema) return false
  const schemas = documents.flatMap(({ root }) => holdersIn(root))
  return schemas.some(
    (one) => one.name === 'schema' && attributeOf(one, 'targetNamespace') === namespace,
  )
}

function describe({ location, namespace }: Import): string {
  const key = namespace === '' ? location : namespace
  const what = location === '' ? `namespace ${namespace}` : location
  return `${what} (under \`imports\`: "${key}": FILE)`
}

function parseDocument(file: string, text: string): XmlElement {
  try {
    return parseXml(text)
  } catch (cause) {
    if (!(cause instanceof XmlFault)) throw cause
    if (/^\s*<(!doctype\s+)?html/i.test(text)) {
      throw problem(`${file} is a web page: save what the service answers at its \`?wsdl\``, cause)
    }
    throw problem(`${file} cannot be read: ${cause.message}`, cause)
  }
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file)
  if (bytes.length > mostBytes) throw problem(`${file} is larger than ${mostBytes} bytes`)
  const start = bytes.toString('latin1', 0, 200)
  const said = /<\?xml[^>]*encoding=["']([\w-]+)["']/.exec(start)?.[1]
  const encoding = believable(said) ?? 'utf-8'
  const label = bytes[0] === 0xff || bytes[0] === 0xfe ? 'utf-16' : encoding
  try {
    return new TextDecoder(label).decode(bytes)
  } catch (cause) {
    throw problem(`${file} is written in ${label}, which is not read here`, cause)
  }
}

async function findFile(path: string): Promise<string> {
  return realpath(path).catch((cause) => {
    const begins = isAbsolute(path) ? '' : `: paths begin at ${process.cwd()}`
    throw problem(`the file ${path} is not there${begins}`, cause)
  })
}

function incomplete({ wsdl }: WsdlFiles, missing: string[]): SourceError {
  return problem(
    `${wsdl} imports what is not beside it, and nothing is ever fetched: ${missing.join('; ')}. ` +
      'Ask who runs the service for these files and save them in the directory of the WSDL, ' +
      'where their namespaces lead to them; or map each of them',
  )
}

function tooMuch({ wsdl }: WsdlFiles): SourceError {
  return problem(`${wsdl} imports more than ${mostDocuments} files or ${mostBytes} bytes`)
}

function problem(message: string, cause?: unknown): SourceError {
  return new SourceError('SRC_WSDL', message, { retry: false, cause })
}
