// `/_sandbox/…`: the switches of the sandbox, for whoever tests against it. They need no key, are
// never limited, and change nothing when what they are given is malformed.
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gateway, type SandboxAnswer } from './answers.ts'
import { type FaultPlan, noFaults, parseFaultPlan } from './fault-plan.ts'
import type { AcceptedMessage } from './messages.ts'
import { parseScenario, type Scenario } from './scenario.ts'
import { ShapeError } from './shape.ts'

export const controlPath = '/_sandbox/'

export interface Switches {
  loadScenario(scenario: Scenario | null): void
  loadFaults(plan: FaultPlan): void
  accepted(): Iterable<AcceptedMessage>
}

const done: SandboxAnswer = {
  status: 204,
  contentType: 'application/json',
  body: '',
  fromFunctions: false,
}

/** Null when it answers by itself: the truth is streamed. */
export function answerControl(
  method: string,
  path: string,
  body: string,
  switches: Switches,
  response: ServerResponse,
): SandboxAnswer | null {
  switch (`${method} ${path}`) {
    case 'PUT /_sandbox/scenario':
      return taken(body, (value) => switches.loadScenario(parseScenario(value)))
    case 'DELETE /_sandbox/scenario':
      switches.loadScenario(null)
      return done
    case 'PUT /_sandbox/faults':
      return taken(body, (value) => switches.loadFaults(parseFaultPlan(value)))
    case 'DELETE /_sandbox/faults':
      switches.loadFaults(noFaults)
      return done
    case 'GET /_sandbox/truth':
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      // A reader that goes away ends the stream; there is nobody to tell.
      pipeline(Readable.from(linesOf(switches.accepted())), response).catch(() => undefined)
      return null
    default:
      return unknownSwitch
  }
}

const unknownSwitch = gateway(
  404,
  'There is PUT and DELETE /_sandbox/scenario, PUT and DELETE /_sandbox/faults, ' +
    'and GET /_sandbox/truth',
)

function taken(body: string, take: (value: unknown) => void): SandboxAnswer {
  try {
    take(JSON.parse(body))
    return done
  } catch (error) {
    if (error instanceof ShapeError) return gateway(400, error.message)
    if (error instanceof SyntaxError) return gateway(400, `not JSON: ${error.message}`)
    throw error
  }
}

/** Lines in one chunk: a million single ones would take minutes. */
const linesInChunk = 500

function* linesOf(messages: Iterable<AcceptedMessage>): Generator<string> {
  let chunk = ''
  let lines = 0
  for (const message of messages) {
    chunk += `${JSON.stringify(truthOf(message))}\n`
    lines += 1
    if (lines % linesInChunk !== 0) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}

function truthOf({
  id,
  service,
  fiscalCode,
  noticeNumber,
  acceptedAt,
  contentHash,
}: AcceptedMessage) {
  return {
    id,
    service_id: service,
    fiscal_code: fiscalCode,
    notice_number: noticeNumber,
    accepted_at: new Date(acceptedAt).toISOString(),
    content_hash: contentHash.toString(16).padStart(8, '0'),
  }
}
