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
Starts a database, the IO simulator and the systems of a made-up municipality on free ports of this
machine: an SFTP server, a protocol register, the canteen's database, and mailboxes where Dovecot is
installed. Shows what Staffetta does with what they hold, stage by stage, to the reconciliation.
Nothing leaves this machine. Afterwards it stays up to be looked at; Ctrl-C ends it.

  --exit    end after the reconciliation: exit code 0 only if every account closes, and every
            system was told what it should be`,
  options: { exit: { type: 'boolean' } },
  async run(given) {
    expectArguments(given)
    const argv = given.values['exit'] === true ? ['--exit'] : []
    const child = spawn(process.execPath, [SCRIPT, ...argv], { stdio: 'inherit' })
    const [code] = (await once(child, 'exit')) as [number | null]
    return code ?? 1
  },
}
