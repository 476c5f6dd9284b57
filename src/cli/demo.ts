// `staffetta demo`: the whole story on this machine, with the example municipality. It runs as a
// process of its own from `scripts/`, which has the servers that a real installation finds
// elsewhere.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Command, expectArguments } from './command.ts'

const SCRIPT = join(import.meta.dirname, '../../scripts/demo.ts')

export const command: Command = {
  usage: '[--exit]',
  summary: 'everything at once, with the example municipality',
  help: `
Starts a database, an SFTP server, a mail server and the IO simulator on free ports of this machine,
drops a month of bills, and shows what Staffetta does with them, stage by stage, to the reconciliation.
Nothing leaves this machine. Afterwards it stays up to be looked at; Ctrl-C ends it.

  --exit    end after the reconciliation: exit code 0 only if every account closes`,
  options: { exit: { type: 'boolean' } },
  async run(given) {
    expectArguments(given)
    const argv = given.values['exit'] === true ? ['--exit'] : []
    const child = spawn(process.execPath, [SCRIPT, ...argv], { stdio: 'inherit' })
    const [code] = (await once(child, 'exit')) as [number | null]
    return code ?? 1
  },
}
