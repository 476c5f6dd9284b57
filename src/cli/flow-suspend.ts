// `staffetta flows suspend`: nothing of the flow leaves until somebody resumes it, whether it waits
// for its approval, is being sent, or has reminders left.
import { plainVerb } from './flow-decided.ts'
import { reasonOption } from './note.ts'

const suspended = {
  it: 'Il flusso {flow} è sospeso: `staffetta flows resume {flow}` lo fa ripartire.',
  en: 'Flow {flow} is suspended: `staffetta flows resume {flow}` lets it go on.',
}

export const suspend = plainVerb({
  name: 'suspend',
  help: `  suspend FLOW   nothing of it leaves any more, its reminders neither, until it is resumed; within two
                 seconds, but for what is in flight
    --because TEXT  why, kept in its history; no person's data`,
  note: reasonOption,
  decide: (app, id, asked) => app.flows.suspend(id, asked),
  done: () => suspended,
})
