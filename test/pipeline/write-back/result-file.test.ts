import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Receipt } from '../../../src/connector.ts'
import { resultFile } from '../../../src/pipeline/write-back/result-file.ts'

describe('the result file', () => {
  const text = async (receipts: Receipt[]) => {
    async function* given() {
      yield* receipts
    }
    return Buffer.concat(await Array.fromAsync(resultFile(given()))).toString('utf8')
  }
  const receipt: Receipt = {
    id: '0'.repeat(32),
    line: 2,
    key: '2026/000001',
    fate: 'sent',
    code: '',
    detail: 'processed',
    messageId: '01AAAAAAAAAAAAAAAAAAAAAAAA',
    at: Temporal.Instant.from('2026-03-02T08:00:00.123Z'),
  }

  test('begins with a BOM and its header, and has one line a record, with CRLF', async () => {
    expect(await text([receipt])).toBe(
      '\uFEFFline;key;outcome;code;detail;ioMessageId;at\r\n' +
        '2;2026/000001;sent;;processed;01AAAAAAAAAAAAAAAAAAAAAAAA;2026-03-02T08:00:00Z\r\n',
    )
  })

  test('makes text that a spreadsheet would run harmless, and leaves the key alone', async () => {
    const file = await text([{ ...receipt, key: '-1', detail: '=HYPERLINK("http://x")' }])
    const [, cells = []] = parse(file, { delimiter: ';', bom: true }) as string[][]
    expect([cells[1], cells[4]]).toEqual(['-1', `'=HYPERLINK("http://x")`])
  })

  test('gives back every key, code and text as it was, whatever is in it', async () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 40 })
    const some = fc.array(
      fc.record({
        id: fc.constant('0'.repeat(32)),
        line: fc.nat(),
        key: fc.option(anyText),
        fate: fc.constantFrom('sent', 'refused'),
        code: fc.constant('REC_VALUE_FORM'),
        detail: anyText.filter((value) => !/^[=+\-@\t\r]/.test(value)),
        messageId: fc.constant(null),
        at: fc.constant(null),
      }),
      { maxLength: 20 },
    )
    await fc.assert(
      fc.asyncProperty(some, async (receipts) => {
        const cells = parse(await text(receipts), { delimiter: ';', bom: true }) as string[][]
        expect(cells.slice(1).map((row) => [row[0], row[1], row[4]])).toEqual(
          receipts.map(({ line, key, detail }) => [String(line), key ?? '', detail]),
        )
      }),
      { numRuns: 50 },
    )
  })
})
