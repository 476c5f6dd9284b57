// `staffetta migrate`: brings the database to this version's schema.
// Opening the app does it; this command says what was done.
import { type Command, expectArguments } from './command.ts'

export const command: Command = {
  usage: '',
  summary: 'bring the database to the schema of this version',
  help: `
Applies the migrations that are missing, in order, each in a transaction of its own; says nothing new
when there is none. Every other command that opens the database does the same first, so this one is
for those who want to do it by hand, before a new version starts.`,
  options: {},
  async run(given, context) {
    expectArguments(given)
    const app = await context.openApp()
    await app.close()
    const { migrated } = app
    if (context.json) context.out(`${JSON.stringify({ migrated })}\n`)
    else if (migrated.length === 0) context.out('The database has this version’s schema.\n')
    else context.out(`Applied: ${migrated.join(', ')}\n`)
    return 0
  },
}
