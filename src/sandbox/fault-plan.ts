// Faults that somebody loads: what goes wrong, with what share of the calls, by which seed.
// Invariant: the same plan and the same calls give the same faults. Source of the list: what has
// been seen of IO, its gateway and the network between.
import { gzipSync } from 'node:zlib'
import { invalidKey, tooManyCalls } from './answers.ts'
import type { SandboxFault } from './fault.ts'
import { endpointOf, type SandboxCall } from './gateway.ts'
import { shareOf } from './hash.ts'
import { boolean, listOf, numberIn, object, oneOf, ShapeError, text } from './shape.ts'

/** One fault as it comes in; which keys it may have depends on its name. */
interface PlannedFault {
  share: number
  seed?: number
  on?: string[]
  calls?: number
  seconds?: number
  milliseconds?: number
  megabytes?: number
  location?: string
  from_call?: number
  after_commit?: boolean
}

export interface FaultPlan {
  /** What happens to this call, or null. */
  faultOf(call: SandboxCall): SandboxFault | null
  /** By which all clocks of the sandbox are wrong. */
  clockOffsetMilliseconds: number
}

export const noFaults: FaultPlan = { faultOf: () => null, clockOffsetMilliseconds: 0 }

const endpoints = ['profile', 'submit', 'status', 'feed', 'activation']
const always = {
  share: numberIn(0, 1, false),
  seed: numberIn(0, 2 ** 31),
  on: listOf(oneOf(endpoints)),
}
const ofServer = object({ ...always, after_commit: boolean })
/** A year. */
const maximumOffsetSeconds = 31_536_000

const names = object({
  '429': object({ ...always, calls: numberIn(1, 100_000), seconds: numberIn(1, 3_600) }),
  '500': ofServer,
  '502': ofServer,
  '503': ofServer,
  '504': ofServer,
  '401': object({ ...always, from_call: numberIn(1, Number.MAX_SAFE_INTEGER) }),
  html: ofServer,
  slow: object({ ...always, milliseconds: numberIn(1, 600_000) }),
  reset_before: object(always),
  reset_after: object(always),
  dropped: object(always),
  no_id: object(always),
  gzip_bomb: object({ ...always, megabytes: numberIn(1, 1_024) }),
  redirect: object({ ...always, location: text }),
  clock_offset: object({
    ...always,
    seconds: numberIn(-maximumOffsetSeconds, maximumOffsetSeconds),
  }),
})

/** Throws `ShapeError`. Statuses are tried first, then the others in their order; one hits. */
export function parseFaultPlan(value: unknown): FaultPlan {
  names(value, '')
  const planned = Object.entries(value as Record<string, PlannedFault>)
  for (const [name, { share }] of planned) {
    if (share === undefined) throw new ShapeError(`${name}.share is missing`)
  }
  const drawn = planned
    .filter(([name]) => name !== 'clock_offset')
    .map(([name, fault]) => createDraw(name, fault))
  const clock = planned.find(([name]) => name === 'clock_offset')?.[1]
  return {
    faultOf(call) {
      for (const draw of drawn) {
        const fault = draw(call)
        if (fault !== null) return fault
      }
      return null
    },
    clockOffsetMilliseconds: clock && clock.share > 0 ? (clock.seconds ?? 60) * 1000 : 0,
  }
}

/** Calls are counted from the loading of the plan. A burst, once begun, goes on for its calls. */
function createDraw(name: string, planned: PlannedFault) {
  const { share, seed = 1, on, calls = 1, from_call = 1 } = planned
  const fault = faultNamed(name, planned)
  let number = 0
  let left = 0
  return (call: SandboxCall): SandboxFault | null => {
    const endpoint = endpointOf(call.method, call.path)
    if (endpoint === null || (on !== undefined && !on.includes(endpoint))) return null
    number += 1
    if (number < from_call || (name === 'no_id' && endpoint !== 'submit')) return null
    if (left === 0 && shareOf(`${name} ${number}`, seed) < share) left = calls
    if (left === 0) return null
    left -= 1
    return fault
  }
}

function faultNamed(name: string, planned: PlannedFault): SandboxFault {
  const isCommitted = planned.after_commit ?? false
  switch (name) {
    case '429': {
      const { body, contentType } = tooManyCalls(planned.seconds ?? 1)
      const headers = {
        'content-type': contentType,
        'x-rate-limit-remaining': '0',
        'x-rate-limit-retry-after': String(planned.seconds ?? 1),
      }
      return { answer: { status: 429, headers, body } }
    }
    case '401':
      return { answer: { status: 401, headers: json, body: invalidKey.body } }
    case 'slow':
      return { delayMilliseconds: planned.milliseconds ?? 10_000 }
    case 'reset_before':
      return { connection: 'reset-before' }
    case 'reset_after':
      return { connection: 'reset-after' }
    case 'dropped':
      return { connection: 'drop-after' }
    case 'no_id':
      return { answer: { status: 201, headers: json, body: '{}' }, isCommitted: true }
    case 'gzip_bomb': {
      const headers = { ...json, 'content-encoding': 'gzip' }
      return { answer: { status: 200, headers, body: bombOf(planned.megabytes ?? 100) } }
    }
    case 'redirect': {
      const location = planned.location ?? 'http://127.0.0.1:9/elsewhere'
      return { answer: { status: 302, headers: { location } } }
    }
    case 'html':
      return { answer: pageOf(502), isCommitted }
    default:
      return { answer: gatewayFault(Number(name)), isCommitted }
  }
}

const json = { 'content-type': 'application/json' }

const reasons: Readonly<Record<number, string>> = {
  500: 'Internal server error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

function gatewayFault(status: number) {
  return {
    status,
    headers: json,
    body: JSON.stringify({ statusCode: status, message: reasons[status] }),
  }
}

function pageOf(status: number) {
  const title = `${status} ${reasons[status]}`
  const body =
    `<html>\r\n<head><title>${title}</title></head>\r\n` +
    `<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`
  return { status, headers: { 'content-type': 'text/html' }, body }
}

/** Blanks that are valid JSON to skip: a megabyte of them is a kilobyte of gzip. */
function bombOf(megabytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(1_048_576, ' '))
  return Buffer.concat(Array.from({ length: megabytes }, () => member))
}
