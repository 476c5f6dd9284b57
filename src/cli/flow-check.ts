// `staffetta flows check`: the facts of a flow, counted now, what the checks find in them, and what
// can be done about it. A flow that waits is looked at again by this: with nothing against it any
// more, it goes on.
import { fill, type Words } from '../domain/words.ts'
import type { App } from './command.ts'
import { checksText } from './flow-checks-text.ts'
import { askedBy, tellRefused } from './flow-decided.ts'
import type { FlowContext, FlowVerb } from './flow-verb.ts'
import { forecastOf } from './forecast.ts'

export const check: FlowVerb = {
  name: 'check',
  help: `  check FLOW     looks at it again, and shows what was found: what leaves and what does not, amounts and
                 due dates beside the emission before, texts, who was reached last time, calls and
                 duration, and each finding with its remedy. One that waits and has nothing against
                 it goes on. Exit code 1 while something blocks`,
  options: {},
  read: () => async (app, id, context) => {
    await askedBy('operator', app, id, null, context.language)
    const checked = await app.flows.check(id)
    if (checked.kind === 'refused') return tellRefused(id, checked, context)
    await tellChecked(app, id, checked, context)
    return checked.blocking.length > 0 ? 1 : 0
  },
}

type Checked = Extract<Awaited<ReturnType<App['flows']['check']>>, { kind: 'done' }>

/** The panel, and what the look has led to; or all of it as JSON. */
async function tellChecked(
  app: App,
  id: number,
  { report, led, blocking }: Checked,
  context: FlowContext,
): Promise<void> {
  const codes = blocking.map(({ code }) => code)
  if (context.json) {
    context.out(`${JSON.stringify({ flow: id, led, blocking: codes, ...report }, null, 2)}\n`)
    return
  }
  const { language } = context
  const flow = await app.store.flows.get(id)
  const forecast = await forecastOf(app, flow)
  const panel = { flowId: id, report, forecast, blocking: new Set(codes), zone: flow.zone }
  context.out(checksText(panel, language))
  context.out(`\n${fill(ledWords[led], language, { flow: id })}\n`)
}

export const ledWords: Record<Checked['led'], Words> = {
  released: { it: 'Il flusso {flow} può partire.', en: 'Flow {flow} may go.' },
  asked: {
    it: 'Il flusso {flow} aspetta chi lo approva: `staffetta flows approve {flow}`.',
    en: 'Flow {flow} waits for who approves it: `staffetta flows approve {flow}`.',
  },
  blocked: {
    it: 'Il flusso {flow} non parte: è bloccato dai controlli.',
    en: 'Flow {flow} does not leave: the checks keep it back.',
  },
  empty: {
    it: 'Il flusso {flow} non ha nulla da inviare, e nessuno deve approvarlo.',
    en: 'Flow {flow} has nothing to send, and nobody need approve it.',
  },
  nothing: {
    it: 'Il flusso {flow} è già stato lasciato partire: i dati sono di ciò che resta.',
    en: 'Flow {flow} has been let go already: the figures are of what is left of it.',
  },
}
