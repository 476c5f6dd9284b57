// How far a service's messages go: recorded only, to colleagues only, to citizens. The words of it,
// and what a whole institution counts as.
import type { Words } from './words.ts'

/** Simulazione · Solo colleghi · Reale. */
export type ServiceMode = 'dry-run' | 'testers' | 'live'

export const serviceModeWords: Record<ServiceMode, Words> = {
  'dry-run': { it: 'Simulazione', en: 'Dry-run' },
  testers: { it: 'Solo colleghi', en: 'Colleagues only' },
  live: { it: 'Reale', en: 'Live' },
}

/** What it means, for who reads the badge. */
export const serviceModeHints: Record<ServiceMode, Words> = {
  'dry-run': {
    it: 'I messaggi sono registrati e non partono.',
    en: 'Messages are recorded, and none leaves.',
  },
  testers: {
    it: 'I messaggi arrivano soltanto ai colleghi dell’elenco.',
    en: 'Messages reach only the colleagues of the list.',
  },
  live: { it: 'I messaggi arrivano ai cittadini.', en: 'Messages reach citizens.' },
}

/** The one that reaches furthest: where one service is live, something may reach citizens. */
export function modeOf(modes: readonly ServiceMode[]): ServiceMode {
  if (modes.includes('live')) return 'live'
  return modes.includes('testers') ? 'testers' : 'dry-run'
}
