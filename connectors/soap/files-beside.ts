// The schemas and WSDLs that lie in the directory of a WSDL, by what they declare: an import whose
// address leads nowhere is found by its namespace, however the file was named when it was saved.
// Invariant: only ordinary files of that one directory are looked at, no link and none below it.
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

interface FileBeside {
  file: string
  name: string
  /** Its root: a schema, or the `definitions` of a WSDL; '' for anything else. */
  root: string
  /** Its target namespace; '' where it says none. */
  namespace: string
}

/** What a WSDL or a schema says of something that it imports. */
export interface Wanted {
  location: string
  namespace: string
  /** Schemas import schemas alone. */
  isOfSchema: boolean
}

const mostFiles = 500
/** The root element of a schema stands within so many bytes. */
const headBytes = 16 * 1024

export async function listBeside(directory: string): Promise<FileBeside[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries
    .filter((entry) => entry.isFile() && /\.(xsd|wsdl|xml)$/i.test(entry.name))
    .map(({ name }) => name)
    .sort()
  return Promise.all(
    names.slice(0, mostFiles).map(async (name) => {
      const file = join(directory, name)
      return { file, name, ...rootIn(await readHead(file)) }
    }),
  )
}

/**
 * The files that an import may mean: the one of its name (`…?xsd=xsd0`, `…/tipi.xsd`) if it has the
 * namespace, else all that have it.
 */
export function findBeside(
  files: readonly FileBeside[],
  { location, namespace, isOfSchema }: Wanted,
): string[] {
  const wanted = namesIn(location)
  const possible = files.filter(({ root }) => root === 'schema' || (root !== '' && !isOfSchema))
  const fitting = possible.filter((one) => one.namespace === namespace)
  const named = (namespace === '' ? possible : fitting).filter(({ name }) =>
    wanted.includes(name.toLowerCase().replace(/\.(xsd|wsdl|xml)$/, '')),
  )
  if (named.length > 0) return named.map(({ file }) => file)
  return namespace === '' ? [] : fitting.map(({ file }) => file)
}

/** `http://host/Servizio.svc?xsd=xsd0` may have been saved as xsd0 or as Servizio. */
function namesIn(location: string): string[] {
  const [path = '', query = ''] = location.split('?')
  const last = path.split('/').at(-1) ?? ''
  const values = query.split('&').map((pair) => pair.split('=').at(-1) ?? '')
  return [...values, last]
    .map((name) => name.toLowerCase().replace(/\.(xsd|wsdl|xml|svc|asmx)$/, ''))
    .filter((name) => name !== '')
}

function rootIn(head: string): { root: string; namespace: string } {
  const [tag = '', root = ''] = /<(?:[\w-]+:)?(schema|definitions)\b[^>]*>/.exec(head) ?? []
  return { root, namespace: /\stargetNamespace\s*=\s*["']([^"']*)["']/.exec(tag)?.[1] ?? '' }
}

async function readHead(file: string): Promise<string> {
  await using handle = await open(file)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
  return buffer.toString('latin1', 0, bytesRead)
}
