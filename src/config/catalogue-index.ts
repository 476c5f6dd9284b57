// The names in the catalogue: which services there are, and the mappings of each. They are the
// names of its folders and files, read once a process: the catalogue is a part of the product.
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../catalogue', import.meta.url))

let known: ReadonlyMap<string, readonly string[]> | null = null

/** By service, in the order of their names: the names of its mappings. */
export function catalogueIndex(): ReadonlyMap<string, readonly string[]> {
  if (known !== null) return known
  const services = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [name, mappingsIn(name)] as const)
  known = new Map(services.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return known
}

function mappingsIn(service: string): string[] {
  return readdirSync(join(root, service, 'mappings'))
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.cases.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort()
}

/** The service that has a mapping; null when the catalogue knows no such mapping. */
export function serviceOf(mapping: string): string | null {
  for (const [service, mappings] of catalogueIndex()) if (mappings.includes(mapping)) return service
  return null
}

/** Where a service of the catalogue stands: as seen from here when that is shorter. */
export function serviceFolder(service: string): string {
  const path = join(root, service)
  const near = relative('', path)
  return near.startsWith('..') || near.length >= path.length ? path : near
}

/** What switches a mapping of the catalogue on, as it is written into `institution.yaml`. */
export function switchFor(service: string): string {
  return `catalogue: { ${service}: true }`
}
