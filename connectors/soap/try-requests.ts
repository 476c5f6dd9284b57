// Requests that are written and not sent: each call of the settings, with invented values. What a
// WSDL does not know, an order that it does not want and a name that nobody has are found so.
import { SourceError } from '../../src/connector.ts'
import type { Caller } from './call.ts'
import type { CallSettings } from './call-settings.ts'
import { sampleScope } from './receipt-scope.ts'
import type { ReceiptSettings } from './receipt-settings.ts'
import type { SoapSettings } from './settings.ts'
import type { Scope } from './template.ts'

/** A call, what it is for, and values for all that its templates may name. */
export interface Rehearsal {
  what: string
  call: CallSettings
  scope: Scope
}

/** Of calls that name values of a record, which are not known yet, the rest is tried. */
const bareParts = {
  ...{ args: {}, attributes: {}, attachments: [] },
  ...{ path: '', query: {}, headers: {}, json: {}, form: {}, xml: {} },
}

/** What every template may name in some call of a poll. */
const pollScope: Scope = {
  ...{ watermark: '', page: '1', offset: '1', size: '1', year: '2026', job: '1' },
  continuation: '',
  from: '2026-01-01',
  to: '2026-01-01',
}

/** Every call of the settings. */
export function rehearsalsOf(settings: SoapSettings): Rehearsal[] {
  const { login, call, job, details, afterCommit, check, receipt, lookup } = settings
  const bare = (one: CallSettings | undefined) => one && { ...one, ...bareParts }
  const polled = {
    ...{ login, 'login.logout': login?.logout, call },
    ...{ 'job.status': job?.status, 'job.download': job?.download, check },
    ...{ details: bare(details), afterCommit: bare(afterCommit) },
  }
  return [
    ...Object.entries(polled).flatMap(([where, one]) =>
      one === undefined
        ? []
        : [{ what: `${where}: ${one.operation}`, call: one, scope: pollScope }],
    ),
    ...(receipt === undefined ? [] : receiptRehearsals(receipt)),
    ...(lookup === undefined ? [] : [lookupRehearsal(lookup)]),
  ]
}

/** Throws `SRC_TEMPLATE` and `SRC_WSDL` before any record is begun. */
export function tryTellings(caller: Caller, receipt: ReceiptSettings): void {
  for (const { what, call, scope } of receiptRehearsals(receipt)) {
    try {
      caller.tryWriting(call, scope)
    } catch (error) {
      if (!(error instanceof SourceError)) throw error
      throw new SourceError(error.code, `${what}: ${error.message}`, { retry: false, cause: error })
    }
  }
}

function receiptRehearsals({ on }: ReceiptSettings): Rehearsal[] {
  return on.flatMap((telling, index) => {
    const where = `receipt.on.${index}`
    const { steps, find } = telling
    const tried = steps.map((step) => ({
      what: `${where}: step ${step.name}`,
      call: step,
      scope: sampleScope(step, telling),
    }))
    if (find === undefined) return tried
    return [...tried, { what: `${where}: find`, call: find, scope: sampleScope(find, telling) }]
  })
}

function lookupRehearsal(lookup: CallSettings): Rehearsal {
  const scope = { key: 'AAAAAA00A00A000A', keys: ['AAAAAA00A00A000A'] }
  return { what: 'lookup', call: lookup, scope }
}
