// The errata of a flow, composed: the file of its text, the kept mappings of the messages that it
// corrects, and the store that knows whom they reached. A part of `flows.ts`; nothing here decides.
import { findInstitution } from '../config/config.ts'
import {
  type Corrected,
  type ErrataFile,
  type ErrataSource,
  errataVersion,
  readErrata,
} from '../config/errata-file.ts'
import type { Asked } from '../domain/decision.ts'
import type { Problem } from '../domain/problem.ts'
import type { Parts } from '../parts.ts'
import {
  type CorrectedFlow,
  type CorrectedText,
  type ErrataAnswer,
  type ErrataPorts,
  type ErrataPreview,
  type ErrataTextOf,
  prepareErrata,
  previewErrata,
  type SeenErrata,
  textName,
  type WriteTexts,
} from '../pipeline/release/errata.ts'

/** A wrong text comes with all that is wrong with it; a right one may have warnings. */
type WithProblems<Answer> = Answer & { problems: readonly Problem[] }

export interface ErrataDecisions {
  /** What an errata would say and to how many; nothing is saved. */
  previewErrata(
    flowId: number,
    source: ErrataSource,
    onProgress?: (done: number, all: number) => void,
  ): Promise<WithProblems<ErrataAnswer<ErrataPreview>>>
  /** Makes its flow, if it is still what was `seen`. `asked.note` says why. */
  errata(
    flowId: number,
    source: ErrataSource,
    seen: SeenErrata,
    asked: Asked,
    onProgress?: (done: number, all: number) => void,
  ): Promise<WithProblems<ErrataAnswer<{ flowId: number; messages: number; refused: number }>>>
}

export function openErrata(parts: Parts): ErrataDecisions {
  const { store } = parts
  const ports = portsOf(parts)

  /** Does the work with the texts of a file that is right by itself. */
  async function written<Answer extends ErrataAnswer<object>>(
    flowId: number,
    source: ErrataSource,
    work: (flow: CorrectedFlow, write: WriteTexts) => Promise<Answer>,
  ): Promise<WithProblems<Answer | { kind: 'wrong-text' }>> {
    const flow = await store.flows.get(flowId)
    const problems: Problem[] = []
    const file = await readErrata(source, problems)
    if (file === null) return { kind: 'wrong-text', problems }
    const write: WriteTexts = (texts) => textsOf(flowId, file, texts, problems, parts)
    return { ...(await work(flow, write)), problems }
  }

  return {
    previewErrata: (flowId, source, onProgress) =>
      written(flowId, source, (flow, write) => previewErrata(flow, write, ports, onProgress)),
    errata(flowId, source, seen, { note, ...who }, onProgress) {
      const asked = { ...who, note: note ?? '' }
      return written(flowId, source, (flow, write) =>
        prepareErrata(flow, write, seen, asked, ports, onProgress),
      )
    },
  }
}

function portsOf({ config, store, now }: Parts): ErrataPorts {
  return {
    errata: store.errata,
    versions: store.versions,
    accountOf(institution, service) {
      const services = findInstitution(config, institution)?.services ?? []
      return services.find(({ name }) => name === service)?.account ?? null
    },
    now,
  }
}

/** Compiled for each way in which the corrected messages render; each problem once. */
async function textsOf(
  flowId: number,
  file: ErrataFile,
  texts: readonly CorrectedText[],
  problems: Problem[],
  { store }: Parts,
): Promise<ReadonlyMap<string, ErrataTextOf> | null> {
  const compiled = new Map<string, ErrataTextOf>()
  const found = new Map<string, Problem>()
  for (const text of texts) {
    const [message, notice] = await Promise.all([
      store.versions.get(text.messageVersionId),
      store.versions.get(text.noticeVersionId),
    ])
    const corrected: Corrected = {
      name: `errata/${flowId}`,
      message: message.spec,
      notice: notice.spec,
      template: text.template,
    }
    const own: Problem[] = []
    const version = errataVersion(file, corrected, own)
    for (const problem of own) found.set(JSON.stringify(problem), problem)
    if (version !== null) compiled.set(textName(text), version)
  }
  problems.push(...found.values())
  return compiled.size === texts.length ? compiled : null
}
