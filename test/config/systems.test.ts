// Systems: files of their own that mappings ask, and what is wrong with them or who names them.
import { describe, expect, it } from 'vitest'
import { getSystem } from '../../src/config/config.ts'
import { compileKept, mappingVersion } from '../../src/config/mapping-version.ts'
import type { CompiledNotice } from '../../src/mapping/mapping.ts'
import { edited, loadWritten, problemsOf } from './written-config.ts'

const system = `connector: asked-box
settings: { directory: /srv/anagrafe }
lookup:
  fields:
    in_vita: { column: inVita, type: boolean }
`
const file = 'comune/systems/anagrafe.yaml'
const mapping = 'comune/mappings/tari.yaml'
const skip = 'skip: [{ when: vita.in_vita == false, because: deceduto }]\nkey: [numero]'
const lookups = 'lookups: { vita: { system: anagrafe, by: cf } }\n'

/** A mapping that asks, with changes to what it says of it. */
const asking = (text = lookups) => edited(mapping, 'key: [numero]', `${text}${skip}`)

describe('a system', () => {
  it('is loaded with its defaults, and its settings as the connector parsed them', async () => {
    const { config, problems } = await loadWritten({ [file]: system, ...asking() })
    expect(problems).toEqual([])
    expect(getSystem(config!, 'comune', 'anagrafe')).toMatchObject({
      ...{ id: 'anagrafe', institution: 'comune', connector: 'asked-box' },
      settings: { directory: '/srv/anagrafe', port: 22 },
      lookup: {
        ...{ cacheHours: 24, perSecond: 5, batch: 50, timeoutSeconds: 30 },
        ...{ onFailure: 'hold', holdHours: 72 },
      },
    })
    expect(() => getSystem(config!, 'comune', 'x')).toThrow('no system x of comune')
  })

  it('is kept with the versions of mappings, as far as these depend on it', async () => {
    const versionWith = async (text: string) => {
      const { config } = await loadWritten({ [file]: text, ...asking() })
      const [institution] = config!.institutions
      const [tari] = institution!.mappings
      return mappingVersion(tari!, institution!)
    }
    const { sha256, spec, name } = await versionWith(system)
    expect((await versionWith(`${system}  perSecond: 9\n`)).sha256).toBe(sha256)
    expect((await versionWith(`${system}  holdHours: 9\n`)).sha256).not.toBe(sha256)
    const again = compileKept(name, JSON.parse(JSON.stringify(spec))) as CompiledNotice
    expect(again.lookups).toMatchObject([{ name: 'vita', table: 'anagrafe' }])
  })

  it('has its mistakes reported at their places', async () => {
    const problems = async (text: string) => problemsOf({ [file]: text, ...asking() })
    expect(await problems(system.replace('asked-box', 'box'))).toEqual([
      `${file}:3:1 CFG_VALUE the connector "box" cannot answer questions (remove \`lookup\`, or use a connector that can)`,
    ])
    expect(await problems(system.replace('/srv/anagrafe', ''))).toHaveLength(1)
    expect(await problems(system.replace('in_vita:', 'found:'))).toContain(
      `${file}:5:5 CFG_VALUE a field of a system cannot be named found (rename it: \`found\` is there for every lookup of a system)`,
    )
    expect((await problems(system.replace('column: inVita', 'column: 3'))).join()).toContain(
      'each `column` is a name by which the connector answers',
    )
    expect(await problems(`${system}  perSeconds: 5\n`)).toEqual([
      `${file}:6:3 CFG_UNKNOWN_KEY unknown key "perSeconds" in lookup (did you mean "perSecond"?)`,
    ])
  })

  it('that nobody asks or tells is pointed out', async () => {
    expect(await problemsOf({ [file]: system })).toEqual([
      `${file}:1:1 warning CFG_UNUSED no mapping asks this system and no feed tells it anything (use it, or remove the file)`,
    ])
  })
})

describe('a mapping that asks a system', () => {
  it.each([
    [
      lookups.replace('anagrafe', 'anagraf'),
      'CFG_UNKNOWN_NAME there is no system "anagraf" (did you mean "anagrafe"?)',
    ],
    [
      lookups.replace('by: cf', 'by: cf, onMissing: wait'),
      'CFG_VALUE a system that says there is nothing has answered: nothing is left to wait for (say `refuse` or `empty`; while it does not answer, its own `onFailure` holds)',
    ],
    ['lookups: { vita: { by: cf } }\n', 'CFG_VALUE the lookup does not say where'],
    [
      `${lookups}beforeSending: [{ system: anagrafe, by: cf, because: x }]\n`,
      'CFG_VALUE the answer would change nothing (add `skipWhen` or `holdWhen`)',
    ],
    [
      `${lookups}beforeSending: [{ system: anagrafe, by: cf, because: x, skipWhen: invita == false }]\n`,
      'CFG_TEMPLATE unknown name invita (did you mean in_vita?)',
    ],
  ])('has its mistakes reported: %s', async (text, expected) => {
    const problems = await problemsOf({ [file]: system, ...asking(text) })
    expect(problems.join('\n')).toContain(expected)
  })

  it('asks only one that says what it answers', async () => {
    const silent = 'connector: asked-box\nsettings: { directory: /srv/anagrafe }\n'
    expect((await problemsOf({ [file]: silent, ...asking() })).join('\n')).toContain(
      'the system "anagrafe" does not say what it answers',
    )
  })

  it('does not send again because an answer came on another day', async () => {
    const changed = asking()[mapping]!.replace(
      'la rata numero {{ numero }}',
      'la rata {{ numero }} al {{ vita.asked_at | date_it }}',
    )
    const text = `${changed}changesMatter: [text]\n`
    expect((await problemsOf({ [file]: system, [mapping]: text })).join('\n')).toContain(
      'vita.asked_at changes with each answer',
    )
  })
})
