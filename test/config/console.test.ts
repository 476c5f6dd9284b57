// What `staffetta.yaml` says of the console, beside the institutions that it names.
import { describe, expect, it } from 'vitest'
import { loadWritten, problemsOf } from './written-config.ts'

const withConsole = (lines: string) => ({
  'staffetta.yaml': `
accounts:
  conto: {}
console:
  url: https://staffetta.comune.example
${lines}`,
})

const withGroup = (grant: string) =>
  withConsole(`  oidc:
    issuer: https://accesso.comune.example/realms/comune
    clientId: staffetta
    clientSecret: file:/dev/null
    name: Accesso unico
    groups:
      grants:
        - ${grant}
`)

describe('the console', () => {
  it('wants a second factor unless it is said to be optional', async () => {
    const { config } = await loadWritten(withConsole(''))
    expect(config?.installation.console?.secondFactor).toBe('required')
  })

  it('gives roles by groups in institutions, and for services, that are there', async () => {
    const good = '{ group: tributi, institution: comune, role: operator, services: [tributi] }'
    expect(await problemsOf(withGroup(good))).toEqual([])
    const wrong = '{ group: tributi, institution: comun, role: operator }'
    expect(await problemsOf(withGroup(wrong))).toEqual([
      'staffetta.yaml:13:42 CFG_UNKNOWN_NAME there is no institution "comun" (did you mean "comune"?)',
    ])
    const other = '{ group: tributi, institution: comune, role: operator, services: [tributo] }'
    expect(await problemsOf(withGroup(other))).toEqual([
      'staffetta.yaml:13:77 CFG_UNKNOWN_NAME there is no service "tributo" (did you mean "tributi"?)',
    ])
  })

  it('is not hidden by an institution, and finds its list of stolen passwords', async () => {
    const institution = 'name: Prova\nfiscalCode: "00000000000"\n'
    const hidden = { ...withConsole(''), 'account/institution.yaml': institution }
    expect((await problemsOf(hidden)).join()).toContain(
      'the console has pages of its own at "/account"',
    )
    expect(await problemsOf(withConsole('  breachedPasswords: file:/nowhere.txt\n'))).toEqual([
      'staffetta.yaml:6:22 CFG_FILE the file /nowhere.txt cannot be read: nobody could choose a ' +
        'password (name a list that the daemon’s user may read, or remove the key)',
    ])
  })

  it('knows no role but those of the console', async () => {
    const wrong = '{ group: tributi, institution: comune, role: boss }'
    expect((await problemsOf(withGroup(wrong)))[0]).toContain('CFG_VALUE')
  })

  it('is warned of where passwords would travel without TLS, but not on this machine', async () => {
    const plain = (url: string) => ({
      'staffetta.yaml': `accounts:\n  conto: {}\nconsole:\n  url: ${url}\n`,
    })
    expect(await problemsOf(plain('http://staffetta.comune.example'))).toEqual([
      'staffetta.yaml:4:8 warning CFG_VALUE passwords and codes would travel to ' +
        'staffetta.comune.example without TLS (put a proxy with TLS before the console, and ' +
        'write its https address)',
    ])
    expect(await problemsOf(plain('http://127.0.0.1:8080'))).toEqual([])
  })
})
