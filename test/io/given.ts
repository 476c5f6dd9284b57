// What the tests of the IO client share: a service, a message, and short timeouts.
import type { NewMessage } from '../../src/domain/new-message.ts'
import type { IoClientOptions, IoService } from '../../src/io/client.ts'

export const tester = 'AAAAAA00A00A000A'

export const message: NewMessage = {
  fiscal_code: tester,
  content: {
    subject: 'Avviso TARI',
    markdown: 'a'.repeat(80),
    payment_data: { amount: 14_500, notice_number: '301000000000000001' },
  },
}

export const clientOptions: IoClientOptions = {
  connections: 2,
  connectTimeoutSeconds: 1,
  headersTimeoutSeconds: 1,
  bodyTimeoutSeconds: 1,
  bodyLimitBytes: 1_048_576,
}

/** A live service at this base URL. */
export function serviceAt(baseUrl: string, over: Partial<IoService> = {}): IoService {
  return {
    institution: 'comune',
    service: 'tari',
    account: 'esempio',
    baseUrl,
    key: { reveal: () => 'canary-key' },
    mode: 'live',
    testers: new Set([tester]),
    ...over,
  }
}
