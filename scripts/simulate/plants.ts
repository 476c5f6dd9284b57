// Faults planted on purpose, in the ports of the simulation and never in Staffetta: each breaks one
// rule that nobody is to be told twice by. A simulation that does not notice them proves nothing.
import type { BrokenPorts } from './node.ts'

export const plants = {
  'resend-uncertain': 'what is uncertain is sent again, though the institution says hold',
  'forget-uncertain': 'a take-over calls waiting what was being sent',
  'ignore-fence': 'claims and attempts look at no lease',
  'hasty-attempt': 'a request leaves before its attempt is durable',
} as const

export type Plant = keyof typeof plants

export function isPlant(name: string): name is Plant {
  return Object.hasOwn(plants, name)
}

/** The rules that this plant breaks; `resend-uncertain` is a setting, not a broken rule. */
export function brokenBy(plant: Plant | null): BrokenPorts {
  return {
    forgetsUncertain: plant === 'forget-uncertain',
    ignoresFence: plant === 'ignore-fence',
    isHasty: plant === 'hasty-attempt',
  }
}
