// A process for the test of a report that is killed: it tells a target one line after the other,
// with its words on the output, and kills itself where it is told to.
import { openApp } from '../../src/app.ts'
import { portsOf, targetThat, write } from './reporting.ts'

const [configDirectory = '', deadline = ''] = process.argv.slice(2)
const app = await openApp({ configDirectory, logLevel: 'silent', sends: false })
const target = targetThat(async (_, report) => {
  for await (const receipt of report.receipts) {
    await report.begin([receipt])
    console.log(`told ${receipt.line}`)
    if (receipt.line === Number(deadline)) process.kill(process.pid, 'SIGKILL')
    await report.given([{ receipt, answer: { number: String(receipt.line) } }])
  }
})
await write(portsOf({ app }), target)
