// Web services, of SOAP or plain HTTP: their records become drops (`poll.ts`), they are told how
// records ended (`receipts.ts`) and asked by key (`lookup.ts`). One call, from template to judged
// answer, is `call.ts`.
// Invariant: nothing but the configured addresses is ever contacted; a WSDL is a local file.
import { defineConnector } from '../../src/connector.ts'
import { checkService } from './check-service.ts'
import { lookUp } from './lookup.ts'
import { pollService } from './poll.ts'
import { writeReceipts } from './receipts.ts'
import { type SoapSettings, settings } from './settings.ts'

export default defineConnector<SoapSettings>({
  summary: 'Records that a web service answers, by SOAP or JSON, such as a protocol register.',
  settings,
  check: checkService,
  poll: pollService,
  writeBack: writeReceipts,
  lookup: lookUp,
})
