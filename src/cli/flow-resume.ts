// `staffetta flows resume`: a flow that a person, or the installation itself, has suspended goes on
// from where it was.
import { plainVerb } from './flow-decided.ts'
import { reasonOption } from './note.ts'

const resumed = {
  it: 'Il flusso {flow} riprende.',
  en: 'Flow {flow} goes on.',
}

export const resume = plainVerb({
  name: 'resume',
  help: `  resume FLOW    a suspended flow goes on, also one that was suspended by itself: mend its cause first
    --because TEXT  why, kept in its history; no person's data`,
  note: reasonOption,
  decide: (app, id, asked) => app.flows.resume(id, asked),
  done: () => resumed,
})
