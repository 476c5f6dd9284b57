// The demo's chapter about the protocol register: it is polled by days for what came in over the
// counter, each citizen hears the number, and the register has each message as what left.
import { contact } from '../samples.ts'
import { type Stage, settledFlow, until } from './follow.ts'
import type { Register, Registration } from './register.ts'

const APPLICATIONS = [
  'Occupazione di suolo pubblico',
  'Passo carrabile',
  'Insegna di esercizio',
  'Rilascio di copia conforme',
]

/** Plays it; false when the accounts say something else than the register. */
export async function playRegister(stage: Stage, register: Register): Promise<boolean> {
  const { app, screen } = stage
  screen.chapter('6', 'The protocol register: who applied at the counter hears the number')
  const data = Temporal.Now.plainDateISO('Europe/Rome').toString()
  for (const [n, oggetto] of APPLICATIONS.entries()) {
    const { fiscalCode: codiceFiscale } = contact(7000 + n)
    register.enter({
      ...{ verso: 'A', data, ufficio: 'SPORTELLO', oggetto, codiceFiscale, riferimento: '' },
    })
  }
  screen.line('The register before:')
  const before = register.entries.length
  showRegister(stage, register.entries)
  const flow = await settledFlow(stage, 'protocollo', 1)
  const account = await app.store.flows.account(flow)
  screen.account(flow, account)
  await registered(stage, register, { before, A: 0, P: account.sent })
  return account.read === APPLICATIONS.length && account.sent > 0
}

/** Waits until the register has so many more each way than `before`, and shows them. */
export async function registered(
  stage: Stage,
  { entries }: Register,
  wanted: { before: number } & Record<Registration['verso'], number>,
): Promise<void> {
  const made = await until(async () => {
    const since = entries.slice(wanted.before)
    const count = (verso: string) => since.filter((entry) => entry.verso === verso).length
    return count('A') >= wanted.A && count('P') >= wanted.P ? since : null
  }, 'the registrations')
  stage.screen.line('The register since, with the numbers that it gave:')
  showRegister(stage, made)
}

/** The lines of the register, but for the citizens. */
function showRegister({ screen }: Stage, entries: readonly Registration[]): void {
  for (const { anno, numero, verso, ufficio, oggetto } of entries) {
    const way = verso === 'A' ? 'in ' : 'out'
    screen.line(`  ${String(numero).padStart(4)}/${anno}  ${way}  ${ufficio.padEnd(10)} ${oggetto}`)
  }
}
