import { expect, it } from 'vitest'
import type { SandboxFault } from '../../src/sandbox/fault.ts'
import type { SandboxCall } from '../../src/sandbox/gateway.ts'
import { child, type Installation, openInstallation, parent } from '../installation.ts'

const NAME = 'Canarina Rossi'

/** What IO says of a payload: its whole text, with the recipient, in every place that has words. */
function echo(status: number, title: string, call: SandboxCall, detail = ''): SandboxFault {
  const echoed = `value ${call.body || call.path} of ${NAME} at root.content is not a valid [string]`
  const headers = {
    'content-type': 'application/problem+json',
    'x-rate-limit-retry-after': NAME,
    location: `http://127.0.0.1:1/${parent(0)}`,
  }
  const body = JSON.stringify({
    ...{ status, statusCode: status, title: title || echoed },
    ...{ detail: `${echoed} ${detail}`, message: echoed, id: `${parent(0)} ${NAME}` },
  })
  return { answer: { status, headers, body } }
}

const isSubmit = ({ path }: SandboxCall) => path === '/messages'

/** Every row of every table, as text. */
async function wholeDatabase({ query }: Installation): Promise<string> {
  const tables = await query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const texts: string[] = []
  for (const { name } of tables) {
    const rows = await query<{ row: string }>(`select t::text as row from ${name} t`)
    texts.push(...rows.map(({ row }) => `${name}: ${row}`))
  }
  return texts.join('\n')
}

const rows = Array.from({ length: 3 }, (_, n) => child(n))

it.each<[string, string, (call: SandboxCall) => SandboxFault | null]>([
  ['a refused payload', 'IO_PAYLOAD', (call) => (isSubmit(call) ? echo(400, '', call) : null)],
  [
    'a refused recipient',
    'IO_RECIPIENT_FORBIDDEN',
    (call) => (isSubmit(call) ? echo(403, 'Recipient forbidden', call) : null),
  ],
  [
    'a fault while taking it',
    'IO_SUBMIT_FAULT',
    (call) => (isSubmit(call) ? echo(500, '', call) : null),
  ],
  ['an odd answer', 'IO_ANSWER_ODD', (call) => (isSubmit(call) ? echo(307, '', call) : null)],
  [
    'an acceptance without an id',
    'IO_ANSWER_ODD',
    (call) => (isSubmit(call) ? echo(201, '', call) : null),
  ],
  ['a fault of the profile', 'IO_PROFILE_FAULT', (call) => echo(500, '', call)],
  ['a refused key', 'IO_KEY', (call) => echo(401, '', call)],
  [
    'a service that may not send',
    'IO_FORBIDDEN',
    (call) => (isSubmit(call) ? echo(403, '', call) : null),
  ],
  [
    'an amount above the ceiling',
    'IO_AMOUNT_CEILING',
    (call) => (isSubmit(call) ? echo(400, 'Error while sending payment metadata', call) : null),
  ],
  [
    'a feature that the key lacks',
    'IO_FEATURE',
    (call) =>
      isSubmit(call) ? echo(403, '', call, 'permissions to send a Premium message') : null,
  ],
])(
  'what IO says of %s (%s) is kept and mailed without a word of the citizen',
  async (_, code, fault) => {
    await using here = await openInstallation()
    const flow = await here.drop(rows)
    here.answer(fault)
    await here.send()
    await here.pass('1 hour')
    await here.app.probePaused()
    await here.send()
    await here.app.mail()
    const codes = (await here.firsts(flow)).map((message) => message.code)
    expect(codes).toContain(code)
    const kept = await wholeDatabase(here)
    const mailed = here.playground.mails.map(({ subject, text }) => `${subject} ${text}`).join('\n')
    for (const secret of [NAME, 'Canarina', ...[0, 1, 2].map(parent)]) {
      expect(kept).not.toContain(secret)
      expect(mailed).not.toContain(secret)
    }
  },
)
