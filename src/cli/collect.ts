// `staffetta collect FEED`: polls one feed now, and says what came of it.
// The lease of the feed keeps it from polling at the same time as a daemon.
import { type Command, expectArguments } from './command.ts'
import { getFeedNamed } from './find-feed.ts'
import { formatCount, printable } from './table.ts'

export const command: Command = {
  usage: 'FEED',
  summary: 'poll one feed once, now',
  help: `
Reaches the source, saves every new drop and acknowledges it there, as the daemon would on its
schedule. A running daemon maps the drops at once; without one they wait for the next.

  FEED    the name of a file in feeds/, or INSTITUTION/FEED where several have it

Example: staffetta collect bollette`,
  options: {},
  async run(given, context) {
    const [name] = expectArguments(given, 'FEED') as [string]
    const app = await context.openApp()
    try {
      const feed = getFeedNamed(app.config, name)
      const summary = await app.collect(feed, context.stop)
      if (context.json) context.out(`${JSON.stringify(summary ?? { busy: true })}\n`)
      else if (summary === null) context.out('Another process is polling this feed now.\n')
      else {
        for (const drop of summary.drops) {
          context.out(`saved  ${drop.key}  ${formatCount(drop.bytes)} bytes\n`)
        }
        if (summary.drops.length === 0 && !summary.failure) context.out('Nothing new.\n')
        if (summary.failure) {
          const { code, message, retry } = summary.failure
          const next = retry ? 'The next poll goes on by itself.' : 'A person must act first.'
          context.note(`${code}: ${printable(message)}\n${next}\n`)
        }
      }
      return summary?.failure ? 1 : 0
    } finally {
      await app.close()
    }
  },
}
