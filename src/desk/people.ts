// People of the console, composed: how they come in, get a password, go by a provider, and are
// administered. Each part has a file in the folder beside this one.
import type { Parts } from '../parts.ts'
import { openAdministering } from './people/administering.ts'
import { openChoosing } from './people/choosing.ts'
import { by, openEntering } from './people/entering.ts'
import { openProvider } from './people/provider.ts'

export type PeopleDesk = ReturnType<typeof openPeople>

export function openPeople(parts: Parts) {
  const { store, now } = parts
  const entering = openEntering(parts)
  return {
    ...entering,
    ...openChoosing(parts, entering),
    provider: openProvider(parts, entering),
    administering: openAdministering(parts),

    /** Whoever is signed in leaves: their session ends. */
    async signOut(person: { id: number; login: string; session: number }): Promise<void> {
      await store.sessions.endOf(person.id, { only: person.session })
      await store.people.addActs(person.id, { ...by(person.login), verb: 'signed out' }, now())
    },

    /** Forgets sessions, links and failures that are over. */
    async tend(): Promise<void> {
      await store.sessions.sweep(now())
      await store.signIns.sweep(now())
    },
  }
}
