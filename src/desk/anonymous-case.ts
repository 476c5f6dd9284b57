// A row of a sample file → a case of its mapping that is about nobody, as YAML that somebody puts
// into the file of cases: the configuration is Git's, and nothing is written here. Invariant: what
// comes out has been run, and holds no letter and no digit of a person.
import { openRecords } from '../archive/open-records.ts'
import { type Config, getMapping } from '../config/config.ts'
import { CaseSpec } from '../mapping/case-spec.ts'
import type { RawRecord } from '../mapping/format/raw-record.ts'
import { casesText } from '../mapping/guess/case-text.ts'
import { inventRecord } from '../mapping/guess/invent.ts'
import type { GuessedField } from '../mapping/guess/understanding.ts'
import type { CompiledMapping } from '../mapping/mapping.ts'
import { expectedOf } from '../pipeline/map/expected-anew.ts'
import { runAnywhere } from '../pipeline/map/record-case.ts'
import { referencesOf } from '../workbench/previewing.ts'
import { sourceOf } from './sample-file.ts'

/** Null: the row is not there, or what is invented of it is no good record. */
export async function anonymousCase(
  config: Config,
  institution: string,
  compiled: CompiledMapping,
  file: { name: string; bytes: Buffer },
  row: number,
): Promise<string | null> {
  const raw = await findRow(compiled, file, row)
  if (raw === null || raw.problem !== null) return null
  const { spec } = getMapping(config, institution, compiled.name)
  const recipient = spec.shape === 'notice' ? spec.notice.fiscalCode : null
  const action = spec.shape === 'notice' ? (spec.action?.field ?? null) : null
  const fields = Object.entries(compiled.spec.record.fields).map(([name, field], index) => {
    const { column, ...draft } = field
    const label = [column].flat().find((one) => typeof one === 'string') ?? name
    return {
      ...{ name, label, place: column, evidence: null, values: [raw.cells[index] ?? ''] },
      draft: draft as GuessedField['draft'],
      isListed: field.type === 'text' && field.values !== undefined,
    }
  })
  const roles = { recipient, action } as Parameters<typeof inventRecord>[0]['roles']
  const record = inventRecord({ fields, roles }, 0)
  const one = CaseSpec.parse({ name: 'x', record, expect: { messages: 0 } })
  const ran = await runAnywhere(one, compiled, referencesOf(config, institution), institution)
  const expected = 'fault' in ran ? null : expectedOf(ran.record)
  return expected === null ? null : casesText(record, {}, expected)
}

async function findRow(
  compiled: CompiledMapping,
  { name, bytes }: { name: string; bytes: Buffer },
  row: number,
): Promise<RawRecord | null> {
  const opened = await openRecords([sourceOf(name, bytes)], compiled.spec.record)
  const reader = compiled.reader(opened)
  let seen = 0
  const among = (records: readonly RawRecord[]) => {
    const found = records[row - seen - 1] ?? null
    seen += records.length
    return found
  }
  for await (const chunk of opened.bytes) {
    const found = among(reader.write(chunk))
    if (found) return found
  }
  for (;;) {
    const last = reader.end()
    if (last.length === 0) return null
    const found = among(last)
    if (found) return found
  }
}
