// The registry of what can be exported: a name each, and the module that has it, loaded when it is
// asked for. A source is a file beside this one.
import type { ExportSource } from './source.ts'

export const exportSources = {
  accounts: async () => (await import('./accounts.ts')).source as ExportSource,
  acts: async () => (await import('./acts.ts')).source as ExportSource,
  flows: async () => (await import('./flows.ts')).source as ExportSource,
  messages: async () => (await import('./messages.ts')).source as ExportSource,
  refusals: async () => (await import('./refusals.ts')).source as ExportSource,
  statistics: async () => (await import('./statistics.ts')).source as ExportSource,
} satisfies Record<string, () => Promise<ExportSource>>

export type ExportKind = keyof typeof exportSources
