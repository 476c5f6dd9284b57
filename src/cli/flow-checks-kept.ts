// What the checks had found of a flow when it was last looked at, for who only shows the flow:
// nothing is counted anew, and nothing happens to it.
import { findBlocking } from '../domain/release-checks.ts'
import type { App } from './command.ts'
import { checksText } from './flow-checks-text.ts'
import type { FlowContext } from './flow-verb.ts'
import type { FlowForecast } from './forecast.ts'

/** The panel of it; empty where there is none. */
export async function keptPanel(
  app: App,
  { id, zone }: { id: number; zone: string },
  forecast: FlowForecast | null,
  { language }: FlowContext,
): Promise<{ text: string; codes: ReadonlySet<string> }> {
  const report = await app.store.flowChecks.report(id)
  if (report === null) return { text: '', codes: new Set() }
  const { findings, facts } = report
  const found = findBlocking(findings, facts, await app.store.flowChecks.overrides(id))
  const blocking = new Set(found.map(({ code }) => code))
  const text = checksText({ flowId: id, report, forecast, blocking, zone }, language)
  return { text, codes: new Set(findings.map(({ code }) => code)) }
}
