import { describe, expect, it, vi } from 'vitest'
import { edited, loadWritten, problemsOf } from './written-config.ts'

const secretHint =
  '(move it to the environment or to a file, write `env:NAME` or `file:PATH`, and have it changed)'

describe('a good configuration', () => {
  it('has no problems', async () => {
    expect(await problemsOf({})).toEqual([])
  })
})

describe('unknown keys', () => {
  it('are reported at the key, with the nearest known name', async () => {
    expect(
      await problemsOf(edited('comune/feeds/tari.yaml', 'from: all', 'from: all\nmappping: x')),
    ).toEqual([
      'comune/feeds/tari.yaml:6:1 CFG_UNKNOWN_KEY unknown key "mappping" (did you mean "mapping"?)',
    ])
  })

  it('that slip a missing key are reported once', async () => {
    const slip = edited('comune/mappings/tari.yaml', 'decimals: comma', 'decimal: comma')
    expect(await problemsOf(slip)).toEqual([
      'comune/mappings/tari.yaml:9:45 CFG_UNKNOWN_KEY unknown key "decimal" in record.fields.importo (did you mean "decimals"?)',
    ])
  })

  it('far from every name list the known ones', async () => {
    const far = edited('staffetta.yaml', 'conto: {}', 'conto: { zzzzzz: 1 }')
    expect(await problemsOf(far)).toEqual([
      'staffetta.yaml:3:12 CFG_UNKNOWN_KEY unknown key "zzzzzz" in accounts.conto (known keys: callsPerWindow, windowSeconds, baseUrl, connections, timeoutSeconds, firstStatusCheckSeconds, premiumFollowDays, subscriptionsFeed)',
    ])
  })

  it('in settings are judged by the connector’s own schema', async () => {
    const slip = edited(
      'comune/feeds/tari.yaml',
      'directory: /srv/tari',
      'directory: /srv\n  patern: x',
    )
    expect(await problemsOf(slip)).toEqual([
      'comune/feeds/tari.yaml:5:3 CFG_UNKNOWN_KEY unknown key "patern" in settings (did you mean "pattern"?)',
    ])
  })
})

describe('wrong values', () => {
  it('are reported with what was found and what is expected', async () => {
    const wrong = {
      'staffetta.yaml': 'accounts:\n  conto: { windowSeconds: 0, connections: many }',
    }
    expect(await problemsOf(wrong)).toEqual([
      'staffetta.yaml:2:27 CFG_VALUE accounts.conto.windowSeconds is 0; expected 1 or more',
      'staffetta.yaml:2:43 CFG_VALUE accounts.conto.connections is "many"; expected a whole number from 1 to 256',
    ])
  })

  it('near an allowed word suggest it', async () => {
    const slip = edited('comune/mappings/tari.yaml', 'type: euro', 'type: eur')
    expect(await problemsOf(slip)).toEqual([
      'comune/mappings/tari.yaml:9:39 CFG_VALUE record.fields.importo.type is "eur"; expected `text` · `integer` · `boolean` · `euro` · `date` · `fiscalCode` · `vatNumber` · `iuv` · `noticeNumber` (did you mean "euro"?)',
    ])
  })

  it('of Italian days suggest the day that is meant', async () => {
    const window = 'window: { days: [lun, sabato], from: "09:00", to: "18:00" }'
    const days = edited('comune/feeds/tari.yaml', 'from: all', `from: all\n${window}`)
    const expected = '`mon` · `tue` · `wed` · `thu` · `fri` · `sat` · `sun`'
    expect(await problemsOf(days)).toEqual([
      `comune/feeds/tari.yaml:6:18 CFG_VALUE window.days[0] is "lun"; expected ${expected} (did you mean "mon"?)`,
      `comune/feeds/tari.yaml:6:23 CFG_VALUE window.days[1] is "sabato"; expected ${expected} (did you mean "sat"?)`,
    ])
  })

  it('that are numbers where a word of a list stands are not told to have quotes', async () => {
    const number = edited('comune/feeds/tari.yaml', 'from: all', 'from: all\nreminders: 1')
    expect(await problemsOf(number)).toEqual([
      'comune/feeds/tari.yaml:6:12 CFG_VALUE reminders is 1; expected `ours` · `io`',
    ])
  })

  it('that are digits without quotes are told to have quotes', async () => {
    const bare = edited('comune/institution.yaml', '"00000000000"', '12345678901')
    expect(await problemsOf(bare)).toEqual([
      'comune/institution.yaml:3:13 CFG_VALUE fiscalCode is a number; expected text (put it between quotes)',
    ])
  })

  it('of a branch of a union are judged by that branch', async () => {
    const lacking = edited('comune/mappings/tari.yaml', ', decimals: comma', '')
    expect(await problemsOf(lacking)).toEqual([
      'comune/mappings/tari.yaml:9:5 CFG_VALUE "decimals" is missing in record.fields.importo (type: euro) (add it: `comma` · `dot` · `cents` · `thousandths` — `comma`: 1.450,00 · `dot`: 1,450.00 · `cents`: 145000 · `thousandths`: 1450000)',
    ])
  })

  it('where several kinds may stand name them all', async () => {
    expect(
      await problemsOf(edited('comune/feeds/tari.yaml', 'from: all', 'from: 2026-02-30')),
    ).toEqual([
      'comune/feeds/tari.yaml:5:7 CFG_VALUE from is "2026-02-30"; expected `now` · `all`, or a date as YYYY-MM-DD',
    ])
  })

  it('that a check of several values refuses say why', async () => {
    const schedule = 'from: all\nschedule: "* * *"'
    const mail = 'mail: { from: a@comune.example, smtp: { username: anna } }'
    expect(
      await problemsOf({
        ...edited('comune/feeds/tari.yaml', 'from: all', schedule),
        'staffetta.yaml': `accounts: { conto: {} }\n${mail}`,
      }),
    ).toEqual([
      'comune/feeds/tari.yaml:6:11 CFG_VALUE schedule is "* * *": it is not a cron expression such as */10 * * * *',
      'staffetta.yaml:2:39 CFG_VALUE mail.smtp: username and password go together',
    ])
  })

  it('that a connector’s own rule refuses say why, where the key is or should be', async () => {
    const feed = (settings: string) =>
      problemsOf(edited('comune/feeds/tari.yaml', 'directory: /srv/tari', settings))
    expect(await feed('directory: "*"')).toEqual([
      'comune/feeds/tari.yaml:3:1 CFG_VALUE settings.pattern: it is the directory',
    ])
    expect(await feed('directory: d\n  pattern: d')).toEqual([
      'comune/feeds/tari.yaml:5:12 CFG_VALUE settings.pattern is "d": it is the directory',
    ])
  })

  it('of a time zone that does not exist, or is an offset, are refused', async () => {
    for (const zone of ['Europe/Roma', '"+01:00"']) {
      const file = edited('comune/institution.yaml', 'services:', `timeZone: ${zone}\nservices:`)
      const found = JSON.stringify(zone.replaceAll('"', ''))
      expect(await problemsOf(file)).toEqual([
        `comune/institution.yaml:4:11 CFG_VALUE timeZone is ${found}: it is not an IANA time zone such as Europe/Rome`,
      ])
    }
  })

  it('that are names of the wrong form are reported at the name', async () => {
    expect(await problemsOf(edited('comune/institution.yaml', '  tributi:', '  Tributi:'))).toEqual(
      [
        'comune/feeds/tari.yaml:7:10 CFG_UNKNOWN_NAME there is no service "tributi" (did you mean "Tributi"?)',
        'comune/institution.yaml:5:3 CFG_VALUE "Tributi" cannot be a name in services (write a name of lower-case letters, digits and -)',
      ],
    )
  })

  it('that are missing are asked for, at what lacks them', async () => {
    const missing = edited('comune/institution.yaml', '    account: conto\n', '')
    expect(await problemsOf(missing)).toEqual([
      'comune/institution.yaml:5:3 CFG_VALUE "account" is missing in services.tributi (add it: text — One of the `accounts` of `staffetta.yaml`: its rate limit counts)',
    ])
  })
})

describe('names that other files declare', () => {
  it('are looked for with their nearest', async () => {
    const feed = `
connector: bax
from: all
mapping: tary
service: tribut
companions: [{ feed: contatti }, { feed: tari }]
`
    expect(await problemsOf({ 'comune/feeds/tari.yaml': feed })).toEqual([
      'comune/feeds/tari.yaml:2:12 CFG_UNKNOWN_NAME there is no connector "bax" (did you mean "box"?)',
      'comune/feeds/tari.yaml:4:10 CFG_UNKNOWN_NAME there is no mapping "tary" (did you mean "tari"?)',
      'comune/feeds/tari.yaml:5:10 CFG_UNKNOWN_NAME there is no service "tribut" (did you mean "tributi"?)',
      'comune/feeds/tari.yaml:6:22 CFG_UNKNOWN_NAME there is no other feed "contatti" (none is declared)',
      'comune/feeds/tari.yaml:6:42 CFG_UNKNOWN_NAME there is no other feed "tari" (none is declared)',
      'comune/mappings/tari.yaml:2:1 warning CFG_UNUSED no feed uses this mapping (write a feed with `mapping: tari`, or remove the file)',
    ])
  })

  it('of references that drops bring along must be references, and are used by it', async () => {
    const brought = `from: all
references: [{ mapping: contatti, member: "c*.csv" }, { mapping: tari, member: t.csv }]`
    const contacts = `
shape: reference
record: { format: csv, fields: { codice: { column: CODICE, type: text } } }
key: codice
`
    const files = edited('comune/feeds/tari.yaml', 'from: all', brought)
    expect(await problemsOf({ ...files, 'comune/mappings/contatti.yaml': contacts })).toEqual([
      'comune/feeds/tari.yaml:6:66 CFG_UNKNOWN_NAME there is no reference "tari" (known: contatti)',
    ])
  })

  it('are looked for even where the file has other errors', async () => {
    const file = edited(
      'comune/institution.yaml',
      'account: conto',
      'account: cont\n    plan: gold',
    )
    expect(await problemsOf(file)).toEqual([
      'comune/institution.yaml:7:14 CFG_UNKNOWN_NAME there is no account "cont" (did you mean "conto"?)',
      'comune/institution.yaml:8:11 CFG_VALUE services.tributi.plan is "gold"; expected `base` · `premium`',
    ])
  })

  it('are told when premium messages would leave by a service without the plan', async () => {
    const premium = edited('comune/mappings/tari.yaml', 'notice:', 'notice:\n  premium: true')
    expect(await problemsOf(premium)).toEqual([
      'comune/feeds/tari.yaml:7:10 CFG_VALUE the mapping sends premium messages, and "tributi" ' +
        'has no premium plan (say `plan: premium` of a service that has the agreement, or take ' +
        '`premium` away)',
    ])
    const agreed = edited(
      'comune/institution.yaml',
      'account: conto',
      'account: conto\n    plan: premium',
    )
    expect(await problemsOf({ ...premium, ...agreed })).toEqual([])
  })

  it('are not missed when they are names that every object has', async () => {
    const file = edited('comune/feeds/tari.yaml', 'service: tributi', 'service: constructor')
    expect(await problemsOf(file)).toEqual([
      'comune/feeds/tari.yaml:7:10 CFG_UNKNOWN_NAME there is no service "constructor" (known: tributi)',
    ])
  })

  it('say nothing more when their file cannot be read', async () => {
    expect(await problemsOf({ 'staffetta.yaml': 'accounts: [' })).toEqual([
      'staffetta.yaml:1:12 CFG_YAML not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ])
  })

  it('of lookups and settlements must be there too, and samples with a warning', async () => {
    const record = 'record: { format: csv, fields: { cliente: { column: 1, type: text } } }'
    const files = {
      ...edited(
        'comune/mappings/tari.yaml',
        'key:',
        'lookups:\n  chi: { reference: contati, by: numero }\nkey:',
      ),
      'comune/mappings/contatti.yaml': `shape: reference\nsample: contatti.csv\n${record}\nkey: cliente`,
      'comune/mappings/pagati.yaml': `shape: settlement\nseries: tarii\n${record}\nkey: [cliente]\nas: settled`,
      'comune/feeds/pagati.yaml':
        'connector: box\nsettings: { directory: d }\nfrom: all\nmapping: pagati',
      'comune/samples/contatto.csv': '',
    }
    expect(await problemsOf(files)).toEqual([
      'comune/mappings/contatti.yaml:1:1 warning CFG_UNUSED no feed uses this mapping: it stays empty (write a feed with `mapping: contatti`, or remove the file)',
      'comune/mappings/contatti.yaml:2:9 warning CFG_FILE there is no file "contatti.csv" in samples/ (did you mean "contatto.csv"?)',
      'comune/mappings/pagati.yaml:2:9 CFG_UNKNOWN_NAME there is no series of notices "tarii" (did you mean "tari"?)',
      'comune/mappings/tari.yaml:11:21 CFG_UNKNOWN_NAME there is no reference "contati" (did you mean "contatti"?)',
    ])
  })
})

describe('a settlement of several series', () => {
  it('names series that are there, each of them', async () => {
    const record = 'record: { format: csv, fields: { cliente: { column: 1, type: text } } }'
    const series = 'series: [tari, tarii]'
    expect(
      await problemsOf({
        'comune/mappings/pagati.yaml': `shape: settlement\n${series}\n${record}\nkey: [cliente]\nas: settled`,
        'comune/feeds/pagati.yaml':
          'connector: box\nsettings: { directory: d }\nfrom: all\nmapping: pagati',
      }),
    ).toEqual([
      'comune/mappings/pagati.yaml:2:16 CFG_UNKNOWN_NAME there is no series of notices "tarii" (did you mean "tari"?)',
    ])
  })
})

describe('what does not fit together', () => {
  it('is a notice mapping without a service', async () => {
    expect(await problemsOf(edited('comune/feeds/tari.yaml', 'service: tributi', ''))).toEqual([
      'comune/feeds/tari.yaml:2:1 CFG_VALUE "service" is missing: the mapping makes notices, and a service sends them (add one of: tributi)',
    ])
  })

  it('is a reference mapping with one', async () => {
    const reference = `
shape: reference
record: { format: csv, fields: { cliente: { column: 1, type: text } } }
key: cliente
`
    expect(await problemsOf({ 'comune/mappings/tari.yaml': reference })).toEqual([
      'comune/feeds/tari.yaml:7:1 CFG_VALUE a mapping of shape reference sends nothing, so its feed has no service (remove `service`)',
    ])
  })

  it('is writing back through a connector that cannot', async () => {
    const wanted = edited('comune/feeds/tari.yaml', 'from: all', 'from: all\nwriteBack: true')
    expect(await problemsOf(wanted)).toEqual([
      'comune/feeds/tari.yaml:6:12 CFG_VALUE the connector "box" cannot write back to its source (remove `writeBack`)',
    ])
    const able = wanted['comune/feeds/tari.yaml']!.replace('box', 'answering-box')
    expect(await problemsOf({ 'comune/feeds/tari.yaml': able })).toEqual([])
  })

  it('is a rest that the connector does not write', async () => {
    const list = 'from: all\nwriteBack: [{ to: source, rest: true }]'
    const wanted = edited('comune/feeds/tari.yaml', 'from: all', list)
    const able = wanted['comune/feeds/tari.yaml']!.replace('box', 'answering-box')
    expect(await problemsOf({ 'comune/feeds/tari.yaml': able })).toEqual([
      'comune/feeds/tari.yaml:6:33 CFG_VALUE the connector "answering-box" writes no rest (remove `rest`; `staffetta report FLOW --rest FILE` writes it for people)',
    ])
    const none = able.replace('rest: true', 'rest: false')
    expect(await problemsOf({ 'comune/feeds/tari.yaml': none })).toEqual([])
  })

  it('is a report to a system that is not there, cannot be told, or is told twice', async () => {
    const list = `from: all
writeBack:
  - to: source
  - to: protocolo
  - to: archivio
  - { to: protocollo, fates: [sent], retryHours: 24 }
  - to: protocollo`
    expect(
      await problemsOf({
        ...edited('comune/feeds/tari.yaml', 'from: all', list),
        'comune/systems/protocollo.yaml': 'connector: answering-box\nsettings: { directory: p }\n',
        'comune/systems/archivio.yaml': 'connector: box\nsettings: { directory: a }\n',
      }),
    ).toEqual([
      'comune/feeds/tari.yaml:7:9 CFG_VALUE the connector "box" cannot write back to its source (remove `writeBack`)',
      'comune/feeds/tari.yaml:8:9 CFG_UNKNOWN_NAME there is no system "protocolo" (did you mean "protocollo"?)',
      'comune/feeds/tari.yaml:9:9 CFG_VALUE the connector "box" cannot write back to the system "archivio" (tell another system, or none)',
      'comune/feeds/tari.yaml:11:9 CFG_VALUE "protocollo" is told twice (say all of it in one entry, with all of its `fates`)',
    ])
  })

  it('is a report with a wrong fate, no hours, or no target', async () => {
    const list = `from: all
writeBack:
  - { to: source, fates: [delivered], retryHours: 0 }
  - { fates: [sent] }`
    const found = await problemsOf(edited('comune/feeds/tari.yaml', 'from: all', list))
    expect(found.join('\n')).toMatch(/:7:.*CFG_VALUE.*delivered/)
    expect(found.join('\n')).toMatch(/:7:.*retryHours|:7:.*0/)
    expect(found.join('\n')).toMatch(/:8:.*"to" is missing/)
  })

  it('is a connector that cannot be loaded, for its own feeds alone', async () => {
    expect(await problemsOf(edited('comune/feeds/tari.yaml', ': box', ': broken-box'))).toEqual([
      'comune/feeds/tari.yaml:2:12 CFG_CONNECTOR the connector "broken-box" cannot be loaded: its module has a syntax error (it is the connector’s own fault, not this file’s)',
    ])
  })

  it('is mail to people without a mail server, which is a warning', async () => {
    const notify = edited(
      'comune/institution.yaml',
      'services:',
      'notify: [ced@comune.example]\nservices:',
    )
    expect(await problemsOf(notify)).toEqual([
      'comune/institution.yaml:4:9 warning CFG_VALUE notify has addresses, and the installation has no mail server (add `mail` to staffetta.yaml, or remove the addresses)',
    ])
    expect((await loadWritten(notify)).config).not.toBeNull()
  })
})

describe('secrets', () => {
  const canary = 'canary0123456789'

  it('written out are refused and never shown', async () => {
    const problems = await problemsOf({
      ...edited('comune/institution.yaml', 'file:/dev/null', canary),
      ...edited('comune/feeds/tari.yaml', '/srv/tari', `/srv/tari\n  password: ${canary}`),
    })
    expect(problems).toEqual([
      `comune/feeds/tari.yaml:5:13 CFG_SECRET_LITERAL settings.password is written out: a secret must be a reference ${secretHint}`,
      `comune/institution.yaml:8:10 CFG_SECRET_LITERAL services.tributi.key is written out: a secret must be a reference ${secretHint}`,
    ])
  })

  it('are known by their looks wherever they stand, and said once', async () => {
    const key = '0123456789abcdef0123456789ABCDEF'
    expect(
      await problemsOf({
        ...edited('comune/institution.yaml', 'file:/dev/null', key),
        'staffetta.yaml': `accounts: { conto: {} }\noutbound: { proxy: "http://user:${canary}@proxy.example:3128" }`,
      }),
    ).toEqual([
      `comune/institution.yaml:8:10 CFG_SECRET_LITERAL services.tributi.key is written out: a secret must be a reference ${secretHint}`,
      `staffetta.yaml:2:20 CFG_SECRET_LITERAL outbound.proxy looks like a secret that is written out ${secretHint}`,
    ])
  })

  it('are not shown by problems of the file’s form either', async () => {
    for (const text of [
      `key: |${canary}\n  x`,
      `key: "\\q${canary}"`,
      `key: @${canary}`,
      `[${canary}`,
    ]) {
      const problems = await problemsOf({ 'staffetta.yaml': text })
      expect(problems).not.toEqual([])
      expect(problems.join()).not.toContain(canary)
    }
  })

  it('that are not there are a warning', async () => {
    vi.stubEnv('STAFFETTA_TEST_KEY', '')
    const file = edited('comune/institution.yaml', 'file:/dev/null', 'env:STAFFETTA_TEST_KEY')
    expect(await problemsOf(file)).toEqual([
      'comune/institution.yaml:8:10 warning CFG_SECRET_MISSING services.tributi.key refers to the variable STAFFETTA_TEST_KEY, which is not set (set STAFFETTA_TEST_KEY before it is used)',
    ])
    vi.stubEnv('STAFFETTA_TEST_KEY', canary)
    expect(await problemsOf(file)).toEqual([])
    vi.unstubAllEnvs()
    const path = edited('comune/institution.yaml', 'file:/dev/null', 'file:/nowhere/key')
    expect(await problemsOf(path)).toEqual([
      'comune/institution.yaml:8:10 warning CFG_SECRET_MISSING services.tributi.key refers to the file /nowhere/key, which cannot be read (create it before it is used)',
    ])
  })

  it('never show when the configuration is printed', async () => {
    vi.stubEnv('STAFFETTA_TEST_KEY', canary)
    const { config } = await loadWritten(
      edited('comune/institution.yaml', 'file:/dev/null', 'env:STAFFETTA_TEST_KEY'),
    )
    expect(config?.institutions[0]?.services[0]?.key.reveal()).toBe(canary)
    expect(JSON.stringify(config)).not.toContain(canary)
    vi.unstubAllEnvs()
  })
})

describe('files', () => {
  it('that are missing or misnamed are reported', async () => {
    expect(
      await problemsOf({
        'staffetta.yaml': null,
        'comune/feeds/Nuovo_feed.yaml': '',
        'comune/feeds/vecchio.yml': '',
        'altro/mappings/note.txt': '',
        'Altro/feeds/note.txt': '',
        'schema/feeds/note.txt': '',
      }),
    ).toEqual([
      'Altro:-:- CFG_FILE the folder’s name cannot be used (give it a name of lower-case letters, digits and -)',
      'altro/institution.yaml:-:- CFG_FILE the file cannot be used: it is not there (create it)',
      'comune/feeds/Nuovo_feed.yaml:-:- CFG_FILE the file’s name cannot be used (give it a name of lower-case letters, digits and -)',
      'comune/feeds/vecchio.yml:-:- warning CFG_FILE a file that ends in `.yml` is not read (rename it to `.yaml`)',
      'staffetta.yaml:-:- CFG_FILE the file cannot be used: it is not there (create it, as `staffetta new institution NAME` does; or say where it is with --config)',
    ])
  })
})
