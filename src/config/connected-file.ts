// A file that names a connector, a feed's or a system's, with its settings: what the connector's
// own schema says of them. A connector that cannot be loaded is a problem of the files that name
// it, not of the others.
import type { z } from 'zod'
import type { Connector } from '../connector.ts'
import type { Problem } from '../domain/problem.ts'
import { checkName } from './cross-check.ts'
import { explain } from './explain.ts'
import type { ConnectorRegistry } from './registry.ts'
import { findMissingSecrets } from './secrets.ts'
import { valueAt } from './shape.ts'
import { readSpec, type SpecFile, textAt } from './spec-file.ts'
import type { YamlFile } from './yaml-file.ts'

export interface ConnectedFile<T> extends SpecFile<T> {
  /** Null when there is none of that name, or it cannot be loaded. */
  readonly connector: Connector | null
  /** As the connector's schema parsed them; null when they have an error. */
  readonly settings: Readonly<Record<string, unknown>> | null
}

/** Reads such a file; what is wrong with it or with its settings is added to `problems`. */
export async function loadConnected<T>(
  path: string,
  schema: z.ZodType<T>,
  registry: ConnectorRegistry,
  problems: Problem[],
): Promise<ConnectedFile<T>> {
  const read = await readSpec(path, schema, problems)
  const connector = await findConnector(read.file, registry, problems)
  if (!connector) return { ...read, connector, settings: null }
  const settings = await checkSettings(read.file, connector, problems)
  return { ...read, connector, settings }
}

async function findConnector(
  file: YamlFile,
  registry: ConnectorRegistry,
  problems: Problem[],
): Promise<Connector | null> {
  const name = textAt(file, 'connector')
  if (name === null) return null
  const unknown = checkName(file, ['connector'], 'connector', registry.connectorNames)
  if (unknown.length > 0) {
    problems.push(...unknown)
    return null
  }
  try {
    const connector = await registry.connectors(name)
    if (connector) return connector
    throw new Error('its folder is gone')
  } catch (error) {
    problems.push({
      ...{ code: 'CFG_CONNECTOR', severity: 'error', file: file.name },
      ...file.place(['connector'], 'value'),
      message: `the connector "${name}" cannot be loaded: ${(error as Error).message}`,
      hint: 'it is the connector’s own fault, not this file’s',
    })
    return null
  }
}

async function checkSettings(
  file: YamlFile,
  connector: Connector,
  problems: Problem[],
): Promise<Readonly<Record<string, unknown>> | null> {
  const written = valueAt(file.data, ['settings'])
  const settings = written === undefined ? {} : written
  // What is not a group of keys at all, the file’s own schema has refused already.
  if (typeof settings !== 'object' || !settings || Array.isArray(settings)) return null
  const parsed = await connector.settings.safeParseAsync(settings)
  if (!parsed.success) {
    problems.push(...explain(parsed.error.issues, connector.settings, file, ['settings']))
    return null
  }
  problems.push(...findMissingSecrets(parsed.data, file, ['settings']))
  return parsed.data as Readonly<Record<string, unknown>>
}
