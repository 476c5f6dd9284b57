// A process for the tests of the embedded server: opens it, says so in one JSON line, obeys the
// words `release` and `stop` on its input, and says `done`. A fault is a line with its code.
import { createInterface } from 'node:readline'
import { openEmbedded } from '../../src/store/embedded.ts'

const [dataDirectory = ''] = process.argv.slice(2)

try {
  const server = await openEmbedded({ dataDirectory })
  const { adopted, url, connection } = server
  console.log(JSON.stringify({ adopted, url, host: connection.host }))
  for await (const word of createInterface({ input: process.stdin })) {
    await (word === 'stop' ? server.stop() : server.release())
    console.log('{"done":true}')
    break
  }
} catch (error) {
  const { code, message } = error as { code?: string; message: string }
  console.log(JSON.stringify({ code, message }))
}
