// `staffetta flows recheck`: a flow whose approval has expired, or that was sent back, is checked
// and asked for anew. Who does that has prepared it.
import { ledWords } from './flow-check.ts'
import { plainVerb } from './flow-decided.ts'
import { reasonOption } from './note.ts'

export const recheck = plainVerb({
  name: 'recheck',
  help: `  recheck FLOW   one that has expired, or was sent back, is checked anew, and waits for its approval
                 again. Who rechecks it has prepared it, and does not approve it
    --because TEXT  kept in its history; no person's data`,
  note: reasonOption,
  decide: (app, id, asked) => app.flows.recheck(id, asked),
  done: ({ led }) => ledWords[led],
})
