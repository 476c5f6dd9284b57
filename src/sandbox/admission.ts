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
  const clientIp = addressOf(caller.clientIp ?? address)
  if (isIP(clientIp) === 0 || missingHeaders.has('x-forwarded-for')) {
    return internalError('IP address cannot be extracted from the request')
  }
  const networks = authorizedCidrs.map(networkOf).filter((network) => network !== null)
  if (networks.length === 0) return null
  const list = new BlockList()
  for (const { base, bits, family } of networks) list.addSubnet(base, bits, family)
  return list.check(clientIp, familyOf(clientIp)) ? null : notAllowed()
}

/** The first of a forwarded chain, without a port and without the IPv6 dress of an IPv4 address. */
function addressOf(forwarded: string): string {
  const first = (forwarded.split(',')[0] as string).trim()
  const withoutPort = /^\d+\.\d+\.\d+\.\d+:\d+$/.test(first) ? first.split(':')[0] : first
  return (withoutPort as string).replace(/^::ffff:(?=\d+\.)/i, '')
}

/** Without a mask it is one address; what is no network at all IO leaves out. */
function networkOf(cidr: string) {
  const [base = '', mask] = cidr.split('/')
  const widest = isIP(base) === 6 ? 128 : 32
  const bits = mask === undefined ? 32 : Number(mask)
  if (isIP(base) === 0 || !Number.isInteger(bits) || bits < 0 || bits > widest) return null
  return { base, bits, family: familyOf(base) }
}

const familyOf = (address: string) => (isIP(address) === 6 ? ('ipv6' as const) : ('ipv4' as const))
