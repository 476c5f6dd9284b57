// Who may do what in the console: roles, and what each page and act asks of whoever comes. The one
// table of it. Invariant: a role that is not named by a permission does not have it; nobody has
// anything in an institution, or of a service, that none of their grants names.
import type { Words } from './words.ts'

/** Those of the console. `staff` of an institution names roles for the command line. */
export const consoleRoles = [
  'viewer',
  'operator',
  'approver',
  'configurator',
  'administrator',
  'auditor',
] as const
export type ConsoleRole = (typeof consoleRoles)[number]

export const consoleRoleWords: Record<ConsoleRole, Words> = {
  viewer: { it: 'Osservatore', en: 'Viewer' },
  operator: { it: 'Operatore', en: 'Operator' },
  approver: { it: 'Approvatore', en: 'Approver' },
  configurator: { it: 'Configuratore', en: 'Configurator' },
  administrator: { it: 'Amministratore', en: 'Administrator' },
  auditor: { it: 'Revisore', en: 'Auditor' },
}

/** What one person may be in one institution. */
export interface Grant {
  institution: string
  role: ConsoleRole
  /** Null: of all services. */
  services: readonly string[] | null
}

/** Each permission, and the roles that have it. */
export const permissions = {
  /** Figures without anybody’s data: dashboard, statistics, texts of mappings. */
  look: ['viewer', 'operator', 'approver', 'configurator', 'administrator', 'auditor'],
  /** Flows, their accounts and checks. */
  flows: ['viewer', 'operator', 'approver', 'configurator', 'administrator'],
  /** Single messages, with fiscal codes masked. */
  messages: ['viewer', 'operator', 'approver', 'administrator'],
  /** Fiscal codes, texts and records as they are: each time it is written down. */
  reveal: ['operator', 'approver', 'administrator'],
  /** To prepare: upload, write, compose, test, correct, suspend and resume. */
  prepare: ['operator'],
  /** What may be stopped or suspended by whoever answers for it. */
  stop: ['operator', 'approver', 'administrator'],
  approve: ['approver', 'administrator'],
  /** To let pass what a check keeps back. */
  override: ['administrator'],
  refusals: ['operator', 'configurator', 'administrator'],
  uncertain: ['operator', 'approver', 'administrator'],
  accounts: ['operator', 'approver', 'administrator'],
  reminders: ['viewer', 'operator', 'approver', 'administrator'],
  /** To try a mapping with a sample file. */
  try: ['operator', 'configurator', 'administrator'],
  /** Feeds, services, state of the system. */
  system: ['configurator', 'administrator'],
  /** People, tokens, testers, alerts, retention. */
  administer: ['administrator'],
  audit: ['administrator', 'auditor'],
} as const satisfies Record<string, readonly ConsoleRole[]>
export type Permission = keyof typeof permissions

/**
 * Of which services of an institution these grants give a permission: null: of all; empty: of
 * none, so that what asks for it is not there.
 */
export function servicesFor(
  grants: readonly Grant[],
  institution: string,
  permission: Permission,
): readonly string[] | null {
  const roles: readonly ConsoleRole[] = permissions[permission]
  const giving = grants.filter(
    (grant) => grant.institution === institution && roles.includes(grant.role),
  )
  if (giving.some(({ services }) => services === null)) return null
  return [...new Set(giving.flatMap(({ services }) => services ?? []))]
}

/** Whether they give it for at least one service. */
export function mayThere(
  grants: readonly Grant[],
  institution: string,
  permission: Permission,
): boolean {
  const services = servicesFor(grants, institution, permission)
  return services === null || services.length > 0
}
