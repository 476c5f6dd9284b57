// The connectors that are installed: the folder `connectors/` is the registry.
// Nothing is imported before a feed asks for it, so a broken connector harms only its own feeds.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Connector } from '../connector.ts'

export interface ConnectorRegistry {
  /** Names of the folders that have an `index.ts`, sorted. */
  readonly connectorNames: readonly string[]
  /** The connector of that name, or null. Throws when its module cannot be imported or is none. */
  connectors(name: string): Promise<Connector | null>
}

const installed = fileURLToPath(new URL('../../connectors/', import.meta.url))

export async function openRegistry(directory = installed): Promise<ConnectorRegistry> {
  const names: string[] = []
  for (const name of (await readdir(directory)).sort()) {
    const isConnectorFolder = await stat(join(directory, name, 'index.ts')).then(
      (entry) => entry.isFile(),
      () => false,
    )
    if (isConnectorFolder) names.push(name)
  }
  return {
    connectorNames: names,
    connectors: async (name) => {
      if (!names.includes(name)) return null
      const module = await import(pathToFileURL(join(directory, name, 'index.ts')).href)
      if (isConnector(module.default)) return module.default
      throw new Error(`connectors/${name}/index.ts does not export a connector by default`)
    },
  }
}

function isConnector(value: unknown): value is Connector {
  const connector = value as Partial<Connector> | null | undefined
  return (
    typeof connector?.summary === 'string' &&
    typeof connector.settings?.safeParseAsync === 'function' &&
    typeof connector.check === 'function' &&
    typeof connector.poll === 'function'
  )
}
