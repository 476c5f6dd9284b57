// What the messages of a flow say, for whoever tests or approves it: a few of them, those at the
// edges first, as they leave or as colleagues get them. Nothing is sent, and nothing is kept.
import { releaseSpecOf } from '../config/release-view.ts'
import type { Language } from '../domain/language.ts'
import type { NewMessage } from '../domain/new-message.ts'
import type { SampledReason } from '../domain/test-sample.ts'
import { withTitle } from '../domain/title-prefix.ts'
import type { Parts } from '../parts.ts'
import { type ChosenText, chooseTexts, payloadsOf } from '../pipeline/release/test-texts.ts'
import { textMappings } from '../sending.ts'

export interface ShownText {
  /** 1, 2, 3 … */
  item: number
  line: number | null
  /** 0: the first message, then its reminders. */
  template: number
  reasons: readonly SampledReason[]
  /** In every language that it has. */
  payloads: Partial<Record<Language, NewMessage>>
}

export interface FlowTexts {
  /** As they leave, to the citizens; they show people’s data. */
  leaving(flowId: number): Promise<ShownText[]>
  /** As colleagues get them; they show people’s data, with false notice numbers. */
  tests(flowId: number, wish: { random: number; seed: string }): Promise<ShownText[]>
}

export function openFlowTexts(parts: Parts): FlowTexts {
  const { store, config, now } = parts
  const ports = { batches: store.testBatches, mapping: textMappings(parts), now }
  return {
    async leaving(flowId) {
      const { origin } = await store.flows.get(flowId)
      const rules = { random: 1, realNoticeNumbers: true }
      const texts = await chooseTexts(flowId, rules, ports)
      const purpose = origin === 'errata' ? 'errata' : 'first'
      return texts.map((text) => {
        const { item, source, mapping } = text
        return shownOf(text, withTitle(mapping.payloads(source.data, item.template), purpose))
      })
    },
    async tests(flowId, wish) {
      const flow = await store.flows.get(flowId)
      const { realNoticeNumbers } = releaseSpecOf(config, flow)
      const texts = await chooseTexts(flowId, { ...wish, realNoticeNumbers }, ports)
      return texts.map((text) => shownOf(text, payloadsOf(text, text.source.data.fiscalCode)))
    },
  }
}

function shownOf(
  { item: { item, line, template, reasons } }: ChosenText,
  payloads: ShownText['payloads'],
): ShownText {
  return { item, line, template, reasons, payloads }
}
