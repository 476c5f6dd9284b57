// The text that corrects a message: a mapping with another text, rendered over what the notices
// keep now. Invariants: its title says what it is; it shows no payment and no due date, which may
// be what was wrong, unless its file wants them; no system is asked before it leaves, since it goes
// to whoever was reached.
import type { NoticeData } from '../domain/notice.ts'
import { withTitle } from '../domain/title-prefix.ts'
import { type CompiledCampaign, compileCampaign } from './campaign-mapping.ts'
import type { MappingFault } from './fault.ts'
import type { Tables } from './lookups.ts'
import type { CompiledNotice } from './notice-mapping.ts'
import type { NoticeMapping, TextSpec } from './spec.ts'

/** What an errata says; without a title, each message has the one that it corrects. */
export interface ErrataText {
  subject?: TextSpec['subject'] | undefined
  markdown: TextSpec['markdown']
  buttons?: TextSpec['buttons']
  /** Whether it carries the payment and the due date as the notice has them now. */
  payment: boolean
}

/**
 * Compiles an errata over the mapping of the notices, as its only message, template 0; `corrected`:
 * the title before. The paths of faults are those of its file: `['markdown', 'it']`. Null when any
 * is more than a warning.
 */
export function compileErrata(
  name: string,
  spec: NoticeMapping,
  text: ErrataText,
  corrected: TextSpec['subject'],
  tables: Tables,
): { errata: CompiledCampaign | null; faults: MappingFault[] } {
  const message = messageOf(text, corrected)
  const unasked = { ...spec, beforeSending: [] }
  const { campaign, faults } = compileCampaign(name, unasked, message, tables)
  const errata = campaign && { ...campaign, mapping: asErrata(campaign.mapping, text) }
  return { errata, faults: faults.map(inFile) }
}

/**
 * The mapping of an errata as it renders: its title, and whether it asks for a payment. By the
 * mapping and not by the purpose of the message, since a test of the errata shows it too.
 */
export function asErrata(
  mapping: CompiledNotice,
  { payment }: Pick<ErrataText, 'payment'>,
): CompiledNotice {
  const shown = (data: NoticeData): NoticeData =>
    payment ? data : { ...data, dueAt: null, payment: null }
  return {
    ...mapping,
    payloads: (data, template) => withTitle(mapping.payloads(shown(data), template), 'errata'),
    refusals: (data) => mapping.refusals(shown(data)),
  }
}

/** The title of before is taken in the languages that the errata is written in. */
function messageOf({ subject, markdown, buttons }: ErrataText, corrected: TextSpec['subject']) {
  const { it, en, de } = corrected
  const same = {
    it,
    ...(en !== undefined && markdown.en !== undefined && { en }),
    ...(de !== undefined && markdown.de !== undefined && { de }),
  }
  const under = buttons && { buttons }
  return { message: { subject: subject ?? same, markdown, ...under }, premium: false }
}

function inFile({ path, hint, ...fault }: MappingFault): MappingFault {
  const inText = path[0] === 'message' ? path.slice(1) : path
  return { ...fault, path: inText, hint: hint.replace('notice.subject', 'subject') }
}
