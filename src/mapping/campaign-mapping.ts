// A notice mapping with the text of a campaign in place of its own: what renders a campaign's
// messages, today and from the version that is kept. Invariant: it reads nothing that the notices
// of the mapping do not keep.
import type { NoticeData } from '../domain/notice.ts'
import { createFaults, isWarning, type MappingFault } from './fault.ts'
import type { Tables } from './lookups.ts'
import { checkNotice, namedPaths } from './notice-check.ts'
import { type CompiledNotice, compileNotice } from './notice-mapping.ts'
import type { NoticeMapping, TextSpec } from './spec.ts'
import { compileTexts } from './text/notice-texts.ts'

export interface CampaignText {
  message: TextSpec
  premium: boolean
}

export interface CompiledCampaign {
  mapping: CompiledNotice
  /** The fields that the text needs and a notice does not have; none when it is good. */
  missing(data: NoticeData): string[]
}

/** The mapping's spec with the campaign's text as its only message: template 0. */
export function campaignMapping(spec: NoticeMapping, text: CampaignText): NoticeMapping {
  // The buttons of its own text, or none: those of the notice belong to another text.
  const { buttons: _, ...before } = spec.notice
  const notice = { ...before, ...text.message, premium: text.premium }
  return {
    ...spec,
    notice,
    reminders: [],
    changesMatter: spec.changesMatter.filter((matter) => matter !== 'text'),
  }
}

/**
 * Compiles a campaign over a mapping that is right by itself. The paths of faults are those of the
 * campaign’s own file: `['message', 'subject', 'it']`. Null when any is more than a warning.
 */
export function compileCampaign(
  name: string,
  spec: NoticeMapping,
  text: CampaignText,
  tables: Tables,
): { campaign: CompiledCampaign | null; faults: MappingFault[] } {
  const faults = createFaults()
  const own = campaignMapping(spec, text)
  const mapping = compileNotice(name, own, tables, faults)
  const scope = checkNotice(own, tables, createFaults())
  const before = compileTexts(spec, scope, createFaults())
  const { uses } = compileTexts(own, scope, createFaults())
  const kept = new Set([...namedPaths(spec), ...before.uses])
  for (const path of uses) {
    if (!path.includes('.') || kept.has(path) || path.endsWith('.asked_at')) continue
    const hint = `add ${path} to \`keep\` of the mapping; notices read from then on have it`
    faults.add('CFG_VALUE', ['notice'], `its notices do not keep ${path}`, hint)
  }
  const placed = faults.list.flatMap((fault) => {
    const [first, ...rest] = fault.path
    return first === 'notice' ? [{ ...fault, path: ['message', ...rest] }] : []
  })
  if (mapping === null || !placed.every(isWarning)) return { campaign: null, faults: placed }
  const missing = (data: NoticeData) => [...uses].filter((path) => !isThere(data.fields, path))
  return { campaign: { mapping, missing }, faults: placed }
}

/** A lookup that found nothing has no row at all: its fields are empty, and not missing. */
function isThere(fields: NoticeData['fields'], path: string): boolean {
  const [first = '', second] = path.split('.')
  if (!Object.hasOwn(fields, first)) return false
  const value = fields[first]
  if (second === undefined || value === null || typeof value !== 'object') return true
  return Object.hasOwn(value, second) || value['found'] === false
}
