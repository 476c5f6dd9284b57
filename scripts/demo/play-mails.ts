// The demo's chapter about the mailboxes: a task that a program mails, a forged one, and a summons
// by certified mail. Each mail shows in its mailbox what became of it, and the protocol register
// has the tasks in entry and what was sent for them in exit.
import { contact } from '../samples.ts'
import { type Stage, settledFlow, until } from './follow.ts'
import type { LyingMail, Mailboxes } from './mailbox.ts'
import { summonsMail, taskMail } from './mails.ts'
import { registered } from './play-register.ts'
import type { Register } from './register.ts'

/** Plays it; false when a mail is not where it should be. */
export async function playMails(
  stage: Stage,
  mailboxes: Mailboxes,
  register: Register,
): Promise<boolean> {
  const { app, screen } = stage
  const before = register.entries.length
  screen.chapter(
    '7',
    'The mailboxes: a task by mail, a forged one, and a summons by certified mail',
  )
  const on = Temporal.Now.plainDateISO('Europe/Rome').add({ days: 14 })
  const task = (n: number, what: string) => ({
    file: `${on.year}/0${140 + n}`,
    fiscalCode: contact(8000 + n).fiscalCode,
    what,
    dueOn: on,
  })
  const tasks = [task(2, 'consegnare la planimetria firmata'), task(3, 'pagare i diritti')]
  await mailboxes.put('pratiche', taskMail('compito-1', tasks))
  await mailboxes.put('pratiche', forged(taskMail('compito-2', [task(4, 'telefonare')])))
  const summons = { file: 'MOB-0077', fiscalCode: contact(8010).fiscalCode, on }
  await mailboxes.put(
    'convocazioni',
    summonsMail('convocazione-77', { ...summons, what: 'visita presso la commissione' }),
  )
  const flow = await settledFlow(stage, 'pratiche', 1)
  await settledFlow(stage, 'convocazioni', 1)
  const account = await app.store.flows.account(flow)
  screen.account(flow, account)
  const [pratiche, convocazioni] = await until(async () => {
    const found = [await mailboxes.list('pratiche'), await mailboxes.list('convocazioni')] as const
    return found[0].every(({ mailbox }) => /^(Fatti|Da vedere|Quarantena)$/.test(mailbox)) &&
      found[1].every(({ flags }) => flags.length > 1)
      ? found
      : null
  }, 'the marks on the mails')
  screen.line('What became of each mail, and what it is marked with:')
  showMails(stage, 'pratiche', pratiche)
  showMails(stage, 'convocazioni', convocazioni)
  await registered(stage, register, { before, A: tasks.length, P: account.sent })
  return pratiche.filter(({ mailbox }) => mailbox === 'Quarantena').length === 1
}

/** As somebody writes it who cannot make the mail server vouch for him. */
function forged(mail: Buffer): Buffer {
  return Buffer.from(mail.toString('latin1').replace('dkim=pass', 'dkim=fail'), 'latin1')
}

function showMails({ screen }: Stage, user: string, mails: readonly LyingMail[]): void {
  for (const { mailbox, subject, flags } of mails) {
    screen.line(`  ${`${user}/${mailbox}`.padEnd(24)} ${subject}  ${flags.join(' ')}`)
  }
}
