// Tokens of programs that use the API: what one may be allowed to do, how it looks, how its acts
// are signed. It begins with a word of its own, so that whoever searches repositories for
// secrets sees it.
import type { Words } from './words.ts'

export const tokenPermissions = ['read', 'prepare', 'decide'] as const
export type TokenPermission = (typeof tokenPermissions)[number]

export const tokenPermissionWords: Record<TokenPermission, Words> = {
  read: { it: 'leggere', en: 'read' },
  prepare: { it: 'preparare', en: 'prepare' },
  decide: { it: 'decidere', en: 'decide' },
}

/** What each lets a program do, as whoever gives it reads it. */
export const tokenPermissionHints: Record<TokenPermission, Words> = {
  read: {
    it: 'vede flussi, messaggi e statistiche, senza dati personali',
    en: 'sees flows, messages and statistics, without personal data',
  },
  prepare: {
    it: 'manda messaggi e carica file: poi valgono gli stessi controlli e approvazioni',
    en: 'sends messages and uploads files: the same checks and approvals hold',
  },
  decide: {
    it: 'sospende, riprende e interrompe flussi, decide gli esiti incerti; non approva mai',
    en: 'suspends, resumes and stops flows, decides unknown outcomes; it never approves',
  },
}

export const TOKEN_PREFIX = 'staffetta_'
const form = /^staffetta_[A-Za-z0-9_-]{43}$/

/** Whether it can be one at all. */
export function isTokenLike(text: string): boolean {
  return form.test(text)
}

/** Small letters, digits and hyphens: it stands in acts. */
export function isTokenName(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(text)
}

/** Who acts, where a program does. */
export function tokenActor(name: string): string {
  return `token:${name}`
}
