// Who acts from the command line: the user of this system, and what `staff:` lets them do. An
// institution that names no staff leaves it to who may read its configuration and keys.
import { userInfo } from 'node:os'
import { fill, type StaffLanguage, type Words } from '../domain/words.ts'
import type { Config } from './command.ts'

const roles = ['viewer', 'operator', 'approver', 'administrator'] as const

export type Role = (typeof roles)[number]

/**
 * Who typed the command: where it runs as Staffetta's own user, who called `sudo`; else the user of
 * the process, or its number where it has no name. Decision 0050 says what that is worth.
 */
export function systemUser(): string {
  const caller = process.env['SUDO_USER']
  if (caller !== undefined && /^[^\p{C}\s:/]{1,64}$/u.test(caller)) return caller
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}

/**
 * Throws unless the user has at least this role in the institution. What the configuration no
 * longer has is the administrators’.
 */
export function demandRole(
  config: Config,
  institution: string,
  user: string,
  least: Role,
  language: StaffLanguage = 'en',
): void {
  const owner = config.institutions.find(({ id }) => id === institution)
  if (owner === undefined) {
    demandAdministrator(config, user)
    return
  }
  const { staff } = owner
  if (Object.keys(staff).length === 0 || hasRole(staff[user], least)) return
  throw new Error(fill(mayNot, language, { user, institution, least }))
}

/** The user of this system, as who acts. Throws unless they have at least this role there. */
export function actorAs(
  least: Role,
  config: Config,
  institution: string,
  language: StaffLanguage = 'en',
): string {
  const user = systemUser()
  demandRole(config, institution, user, least, language)
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

const mayNot: Words = {
  it: '{user} non può farlo per {institution}: `staff` in institution.yaml deve nominare {user} come {least} o più',
  en: '{user} may not do this for {institution}: `staff` of its institution.yaml must name {user} as {least} or more',
}

function hasRole(role: Role | undefined, least: Role): boolean {
  return role !== undefined && roles.indexOf(role) >= roles.indexOf(least)
}
