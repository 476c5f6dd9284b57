// The composition of asking: the systems of the configuration with their connectors, what they have
// answered, and how often they may be asked. A part of `app.ts`; nothing here decides anything.
import { type Config, getInstitution, type System } from './config/config.ts'
import type { Connector } from './connector.ts'
import { ambient, type Parts } from './parts.ts'
import { type AskableSystem, type AskPorts, ask } from './pipeline/connector/ask.ts'
import type { AskSystem } from './workbench/previewed-answers.ts'

export function openAsk(
  parts: Parts,
  connectorOf: (of: Pick<System, 'connector'>) => Promise<Connector>,
): AskPorts {
  const { config, store } = parts
  return {
    ...ambient(parts),
    async system(institution, name) {
      const system = findSystem(config, institution, name)
      return system?.lookup ? askable(config, system, await connectorOf(system)) : null
    },
    answers: store.answers,
    systems: store.systems,
    nextCount: store.feeds.nextCount,
  }
}

/** How long a preview may wait for its turns, for each batch of records. */
const PREVIEW_WAIT = { minutes: 10 }

/** Asks as the daemon does, for a person who looks: what is asked counts, and answers are kept. */
export function askWith(ports: AskPorts, signal: AbortSignal): AskSystem {
  return async (institution, asked, keys) => {
    const now = ports.now()
    const hours = (await ports.system(institution, asked.system))?.cacheHours ?? 0
    const since = now.subtract({ hours })
    const question = { institution, asked, keys, since, latest: now.add(PREVIEW_WAIT), signal }
    return (await ask(question, ports)).answers
  }
}

function findSystem(config: Config, institution: string, name: string): System | null {
  const owner = config.institutions.find(({ id }) => id === institution)
  return owner?.systems.find(({ id }) => id === name) ?? null
}

function askable(config: Config, system: System, connector: Connector): AskableSystem | null {
  const { institution, id: name, settings, lookup } = system
  if (!lookup) return null
  const { cacheHours, perSecond, perDay = null, batch, timeoutSeconds } = lookup
  const { timeZone: zone, notify } = getInstitution(config, institution)
  const rate = { cacheHours, perSecond, perDay, batch, timeoutSeconds }
  return { institution, name, notify, connector, settings, zone, ...rate }
}

/** Forgets answers that are too old for any drop or message; answers how many. */
export async function forgetAnswers({ config, store, now: clock }: Parts): Promise<number> {
  const now = clock()
  let forgotten = 0
  for (const { id, systems } of config.institutions) {
    for (const { id: system, lookup } of systems) {
      if (!lookup) continue
      const hours = Math.max(lookup.cacheHours, 1)
      forgotten += await store.answers.forget(id, system, now.subtract({ hours }))
    }
    await store.answers.forgetOthers(
      id,
      systems.flatMap((system) => (system.lookup ? [system.id] : [])),
    )
  }
  return forgotten
}
