// Who acts from the command line: the user of this system, and what `staff:` lets them do. An
// institution that names no staff leaves it to who may read its configuration and keys.
import { userInfo } from 'node:os'
import type { Config } from './command.ts'

const roles = ['viewer', 'operator', 'approver', 'administrator'] as const

export type Role = (typeof roles)[number]

/** The user's name; its number where it has none. */
export function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}

/** Throws unless the user has at least this role in the institution. */
export function demandRole(config: Config, institution: string, user: string, least: Role): void {
  const staff = config.institutions.find(({ id }) => id === institution)?.staff ?? {}
  if (Object.keys(staff).length === 0 || hasRole(staff[user], least)) return
  throw new Error(
    `${user} may not do this for ${institution}: \`staff\` of its institution.yaml must name ` +
      `${user} as ${least} or more`,
  )
}

/** The user of this system, as who acts. Throws unless they have at least this role there. */
export function actorAs(least: Role, config: Config, institution: string): string {
  const user = systemUser()
  demandRole(config, institution, user, least)
  return user
}

/** What concerns the whole installation: an administrator of any institution that names staff. */
export function demandAdministrator(config: Config, user: string): void {
  const staffs = config.institutions.map(({ staff }) => staff)
  if (staffs.every((staff) => Object.keys(staff).length === 0)) return
  if (staffs.some((staff) => hasRole(staff[user], 'administrator'))) return
  throw new Error(
    `${user} may not do this: \`staff\` of some institution.yaml must name ${user} as ` +
      'administrator',
  )
}

function hasRole(role: Role | undefined, least: Role): boolean {
  return role !== undefined && roles.indexOf(role) >= roles.indexOf(least)
}
