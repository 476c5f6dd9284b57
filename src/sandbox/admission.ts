// Who may call what: the checks that every function of IO makes before its own.
// Source: io-functions-commons, the middlewares for permissions, service and address. Two steps,
// since IO looks at the body between them.
import { BlockList, isIP } from 'node:net'
import { functionGroups } from '../domain/io-groups.ts'
import {
  anonymousUser,
  internalError,
  noScopes,
  notAllowed,
  type SandboxAnswer,
} from './answers.ts'
import type { Caller, Group } from './services.ts'

const known = new Set<string>(functionGroups)

/** User, permissions (one of `allowed` is enough), account and service; null when all is well. */
export function refuseCaller(caller: Caller, allowed: readonly Group[]): SandboxAnswer | null {
  const { groups, missingHeaders } = caller
  if (missingHeaders.size > 0) {
    if (missingHeaders.has('x-user-id') || missingHeaders.has('x-subscription-id')) {
      return anonymousUser
    }
    if (missingHeaders.has('x-user-groups')) return noScopes
  }
  if (!allowed.some((group) => groups.has(group))) {
    for (const group of groups) if (known.has(group)) return notAllowed()
    return noScopes
  }
  if (missingHeaders.has('x-user-email')) {
    return internalError('Missing, empty or invalid x-user-email header')
  }
  return caller.isMissing ? notAllowed() : null
}

/** The caller's address, which the service may restrict. */
export function refuseAddress(caller: Caller, address: string): SandboxAnswer | null {
  const { authorizedCidrs, missingHeaders } = caller
  const isPlain = authorizedCidrs.length === 0 && missingHeaders.size === 0
  if (isPlain && caller.clientIp === null) return null
  const clientIp = missingHeaders.has('x-forwarded-for')
    ? undefined
    : addressesOf(caller.clientIp ?? address).find((candidate) => isIP(candidate) !== 0)
  if (clientIp === undefined) {
    return internalError('IP address cannot be extracted from the request')
  }
  const networks = authorizedCidrs.map(networkOf).filter((network) => network !== null)
  if (networks.length === 0) return null
  const list = new BlockList()
  for (const { octets, bits } of networks) {
    const wrong = octets.find((octet) => octet > 255)
    if (wrong !== undefined) return internalError(`Invalid field value: ${wrong}`)
    list.addSubnet(octets.join('.'), bits, 'ipv4')
  }
  return list.check(clientIp, isIP(clientIp) === 6 ? 'ipv6' : 'ipv4') ? null : notAllowed()
}

/** A forwarded chain, without ports and without the IPv6 dress of IPv4 addresses. */
function addressesOf(forwarded: string): string[] {
  return forwarded.split(',').map((entry) => {
    const withoutPort = entry.trim().replace(/^([^:]*):[^:]*$/, '$1')
    return withoutPort.replace(/^::ffff:(?=\d+\.)/i, '')
  })
}

/** IO's own pattern: it leaves out networks of any other form, all those of IPv6 among them. */
const cidr = /^((?:[0-9]{1,3}[.]){3}[0-9]{1,3})(?:\/([0-9]|[1-2][0-9]|3[0-2]))?$/

/** Without a mask it is one address. */
function networkOf(text: string): { octets: number[]; bits: number } | null {
  const match = cidr.exec(text)
  if (match === null) return null
  return { octets: (match[1] as string).split('.').map(Number), bits: Number(match[2] ?? 32) }
}
