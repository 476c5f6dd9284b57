import { beforeEach, expect, test } from 'vitest'
import type { ReceiptNotice } from '../../../src/connector.ts'
import { child, FAR_DUE, type Installation, openInstallation, parent } from '../../installation.ts'
import {
  type GivenPorts,
  portsOf,
  sentAndFollowed,
  sourceThat,
  targetThat,
  write,
} from '../reporting.ts'

let here: Installation
let ports: GivenPorts

beforeEach(async () => {
  here = await openInstallation({ tells: 'protocollo' })
  ports = portsOf(here)
  return () => here[Symbol.asyncDispose]()
})

const rows = [child(0), child(1), child(2, { cents: 0 })]

/** What a target learns of the notices, record by record. */
async function noticesOf(): Promise<(ReceiptNotice | null)[]> {
  const notices: (ReceiptNotice | null)[] = []
  const target = targetThat(async (_, report) => {
    for await (const receipt of report.receipts) notices.push(await report.notice(receipt))
  })
  await write(ports, target)
  return notices
}

test('a receipt has one id for ever, which no other record has', async () => {
  const { target, written } = sourceThat()
  const other = sourceThat(undefined, { target: 'protocollo' })
  const flow = await sentAndFollowed(here, rows)
  await write(ports, target, other.target)
  const ids = written[0]?.receipts.map(({ id }) => id) ?? []
  expect(new Set(ids).size).toBe(3)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
  expect(other.written[0]?.receipts.map(({ id }) => id)).toEqual(ids)
  await here.reopen()
  const again = await Array.fromAsync(here.app.store.receipts.ofFlow(flow))
  expect(again.map(({ receipt }) => receipt.id)).toEqual(ids)
})

test('a notice has the Italian texts as they left, its payment and its values', async () => {
  const bodies: string[] = []
  here.answer(({ path, body }) => {
    if (path === '/messages') bodies.push(body)
    return null
  })
  await sentAndFollowed(here, rows)
  const [first, second, skipped] = await noticesOf()
  const sent = bodies.map((body) => JSON.parse(body)).find((one) => one.fiscal_code === parent(0))
  expect(first).toMatchObject({
    fiscalCode: parent(0),
    payment: { noticeNumber: '303202603000000000', amountCents: 4500, payee: null },
    values: { pratica: 'MENSA-0', importo: '4500', scadenza: FAR_DUE },
  })
  expect(first?.subject).toBe(sent.content.subject)
  expect(first?.markdown).toBe(sent.content.markdown)
  expect(second?.fiscalCode).toBe(parent(1))
  expect(skipped).toBeNull()
})

test('a notice that a later drop has changed no longer tells what was said first', async () => {
  await sentAndFollowed(here, [child(0)])
  await here.drop([child(0, { cents: 9900 })], 'mensa-dopo.csv')
  const [changed] = await noticesOf()
  expect(changed).toBeNull()
})

test('a target has its own settings, counters, and the records that it asks for', async () => {
  await sentAndFollowed(here, [...rows, child(3, { fiscalCode: 'X' })])
  const lines: number[] = []
  const counts: bigint[] = []
  const target = targetThat(
    async (context, report) => {
      expect(context.settings).toEqual({ register: 'A' })
      for await (const receipt of report.receipts) {
        lines.push(receipt.line)
        counts.push(await context.counter('protocollo'))
      }
      expect(await report.rest()).toBeNull()
    },
    { target: 'protocollo', fates: ['sent', 'refused'], settings: { register: 'A' } },
  )
  expect(await write(ports, target)).toBe(1)
  expect(lines).toEqual([2, 3, 5])
  expect(counts).toEqual([1n, 2n, 3n])
})

test('more receipts at once than the contract allows are refused', async () => {
  await sentAndFollowed(here, [child(0)])
  const flow = here.app.store.writeBacks
  const target = targetThat(async (_, report) => {
    const [receipt] = await Array.fromAsync(report.receipts)
    await report.begin(Array.from({ length: 501 }, () => receipt!))
  })
  expect(await write(ports, target)).toBe(0)
  expect(await flow.failing({ flowId: null, institution: null })).toMatchObject([
    { code: 'SRC_UNEXPECTED', problem: '501 receipts at once: at most 500' },
  ])
})
