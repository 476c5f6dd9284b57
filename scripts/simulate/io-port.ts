// IO as the stages ask it, over whatever carries a call: the replies are read by Staffetta's own
// reader. Stands between `send` and the simulated network.
import { readProfile, readStatus, readSubmit } from '../../src/io/answer.ts'
import type { Reply, Silence } from '../../src/io/exchange.ts'
import type { SendService } from '../../src/pipeline/send/one.ts'
import type { IoCall } from './io.ts'

export function ioPort(ask: (call: IoCall) => Promise<Reply | Silence>) {
  const call = ({ key }: SendService, method: IoCall['method'], path: string, body: string) =>
    ask({ method, path, key: key.reveal(), body })
  return {
    async profile(service: SendService, fiscalCode: string) {
      const body = JSON.stringify({ fiscal_code: fiscalCode })
      return readProfile(await call(service, 'POST', '/profiles', body))
    },
    async submit(service: SendService, message: Parameters<typeof readSubmit>[1]) {
      return readSubmit(await call(service, 'POST', '/messages', JSON.stringify(message)), message)
    },
    async status(service: SendService, fiscalCode: string, ioId: string) {
      return readStatus(await call(service, 'GET', `/messages/${fiscalCode}/${ioId}`, ''))
    },
  }
}
