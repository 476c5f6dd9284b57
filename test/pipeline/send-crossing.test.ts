import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { contact } from '../../scripts/samples.ts'
import { getFeed } from '../../src/config/config.ts'
import type { SandboxService } from '../../src/sandbox/services.ts'
import {
  configure,
  type Installation,
  leaveCanteenFile,
  openInstallation,
} from '../installation.ts'

const INSTITUTIONS = 20
const ACCOUNTS = 4
const MESSAGES = 10_000
const EACH = MESSAGES / INSTITUTIONS

const nameOf = (n: number) => `comune-${n}`
const accountOf = (n: number) => `conto-${n % ACCOUNTS}`
const keyOf = (n: number) => `key-of-${nameOf(n)}`
const numbers = Array.from({ length: INSTITUTIONS }, (_, n) => n)
const accounts = [...new Set(numbers.map(accountOf))]

/** Each key is known to IO as one service of one account, as on IO's portal. */
const keys: Record<string, SandboxService> = Object.fromEntries(
  numbers.map((n) => [
    keyOf(n),
    { service: nameOf(n), account: accountOf(n), maxAllowedPaymentAmount: 1_000_000 },
  ]),
)

/** Institutions with services of the same names, each with a key of its own. */
async function addInstitutions(here: Installation): Promise<void> {
  const { configDirectory, directory, sandbox } = here.playground
  for (const account of accounts) {
    await configure(configDirectory, {
      'staffetta.yaml': {
        [`accounts.${account}`]: { baseUrl: sandbox.url, callsPerWindow: 0, connections: 8 },
      },
    })
  }
  for (const n of numbers) {
    const variable = `STAFFETTA_KEY_COMUNE_${n}`
    process.env[variable] = keyOf(n)
    const folder = join(configDirectory, nameOf(n))
    await cp(join(configDirectory, 'comune-di-esempio'), folder, { recursive: true })
    await mkdir(join(directory, nameOf(n)))
    await configure(configDirectory, {
      [`${nameOf(n)}/institution.yaml`]: {
        'services.mensa.key': `env:${variable}`,
        'services.mensa.account': accountOf(n),
      },
      [`${nameOf(n)}/feeds/mensa.yaml`]: { 'settings.directory': join(directory, nameOf(n)) },
    })
  }
  await here.reopen()
}

/** The notice number says whose it is. */
function rowsOf(institution: number): string[] {
  return Array.from({ length: EACH }, (_, row) => {
    const notice = `30${String(institution).padStart(2, '0')}${String(row).padStart(14, '0')}`
    const { fiscalCode } = contact(institution * EACH + row)
    return ['MENSA', row, fiscalCode, '2026-03', 10, 4500, '2099-04-30', notice].join(',')
  }).map((row) => row.replace(',', '-'))
}

async function dropEverywhere({ app, playground, query }: Installation): Promise<void> {
  for (const n of numbers) {
    await leaveCanteenFile(join(playground.directory, nameOf(n)), rowsOf(n), 'mensa-2026-03.csv')
    const feed = getFeed(app.config, nameOf(n), 'mensa')
    const summary = await app.collect(feed, new AbortController().signal)
    await app.map(summary?.drops[0]?.id as number)
  }
  for (const { id } of await query<{ id: string }>('select id from flows')) {
    await app.release(Number(id))
  }
}

it(`${MESSAGES} messages of ${INSTITUTIONS} institutions leave each by its own key`, async () => {
  await using here = await openInstallation({ sandbox: { keys, anyKey: false } })
  await addInstitutions(here)
  await dropEverywhere(here)
  const order: string[] = []
  here.answer(({ body, path }) => {
    if (path === '/messages') order.push(JSON.parse(body).content.payment_data.notice_number)
    return null
  })
  const { signal } = new AbortController()
  await Promise.all(accounts.map((account) => here.app.send(account, signal)))

  const accepted = [...here.playground.sandbox.truth.accepted()]
  const whose = (notice: string | null) => nameOf(Number(notice?.slice(2, 4)))
  expect(accepted).toHaveLength(MESSAGES)
  expect(accepted.filter((one) => one.service !== whose(one.noticeNumber))).toEqual([])
  const attempts = await here.query<{ institution: string; account: string; n: string }>(
    `select i.name as institution, a.account, count(*) as n from attempts a
     join institutions i on i.id = a.institution_id group by 1, 2`,
  )
  expect(new Set(attempts.map(({ institution, account }) => `${institution} ${account}`))).toEqual(
    new Set(numbers.map((n) => `${nameOf(n)} ${accountOf(n)}`)),
  )
  // Fair shares mix them: within any thousand, every institution has its turn.
  const first = new Set(order.slice(0, 1000).map(whose))
  expect(first.size).toBe(INSTITUTIONS)
}, 120_000)
