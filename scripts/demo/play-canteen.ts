// The demo's chapter about the canteen's database: dues are read from a view as they are added or
// changed, the registry and the payments are asked about them, and the column beside each says how
// it ended.
import { contact } from '../samples.ts'
import type { Canteen, Due } from './canteen.ts'
import { type Stage, settledFlow, until } from './follow.ts'

const DUES = 12
/** Of the dues: one has nothing to pay, one a fiscal code with a typing error. */
const FREE = 4
const MISTYPED = 7
/** One parent has died, as the registry says; one has paid at the counter. */
const DECEASED = 9
const PAID = 2
/** The free, the deceased's and the paid due: nothing is told of them. */
const UNTOLD = 3

/** Plays it; false when the database was told something else than it should. */
export async function playCanteen(stage: Stage, canteen: Canteen): Promise<boolean> {
  const { app, playground, screen } = stage
  screen.chapter('5', 'The canteen’s database: dues are read from a view, and told how they ended')
  await canteen.administer(
    `insert into app.anagrafe values ('${dueOf(0).fiscalCode}', null),
       ('${dueOf(DECEASED).fiscalCode}', current_date);
     insert into app.pagamenti values ('${dueOf(PAID).noticeNumber}', 'pagato')`,
  )
  await canteen.add(Array.from({ length: DUES }, (_, n) => dueOf(n)))
  screen.line(`added    ${DUES} rows to app.dovuti; the user that reads may read the view alone`)
  const first = await settledFlow(stage, 'dovuti-mensa', 1)
  const account = await app.store.flows.account(first)
  screen.account(first, account)
  if (account.skipped !== 2 || account.cancelled !== 1) return false
  screen.line(
    'Asked before mapping, anagrafe: 1 has died, and is skipped like 1 with nothing to pay',
  )
  screen.line('Asked before sending, pagamenti: 1 has paid at the counter, and gets no message')
  const told = await until(async () => {
    const states = await canteen.states()
    return states.filter(({ state }) => state !== null).length === DUES - UNTOLD ? states : null
  }, 'the column stato_io of the dues')
  const counts = Map.groupBy(told, ({ state }) => state ?? 'not told')
  const shown = [...counts].map(([state, dues]) => `${dues.length} ${state}`).join(', ')
  screen.line(`Column stato_io of app.dovuti: ${shown}`)

  const reached = told.find(({ state }) => state === 'sent')
  if (reached === undefined) return false
  const before = playground.sandbox.truth.acceptedCount()
  await canteen.administer(
    `update app.dovuti set importo = importo + 10, modificato = now() where id = ${reached.id}`,
  )
  screen.line(`Due ${reached.id} is corrected in the canteen’s program:`)
  const second = await settledFlow(stage, 'dovuti-mensa', 2)
  const { read, sent } = await app.store.flows.account(second)
  const accepted = playground.sandbox.truth.acceptedCount() - before
  screen.line(`The watermark found ${read} row; messages that IO accepted meanwhile: ${accepted}`)
  return read === 1 && sent === 1 && accepted === 1
}

function dueOf(n: number): Due {
  const today = Temporal.Now.plainDateISO('Europe/Rome')
  const { fiscalCode } = contact(6000 + n)
  return {
    id: 4101 + n,
    fiscalCode: n === MISTYPED ? fiscalCode.slice(0, 14) : fiscalCode,
    child: `Alunno ${n + 1}`,
    month: today.toPlainYearMonth().toString(),
    amountCents: n === FREE ? 0 : 3200 + n * 450,
    dueOn: today.add({ days: 20 }).toString(),
    noticeNumber: `303${String(410_100 + n).padStart(15, '0')}`,
  }
}
