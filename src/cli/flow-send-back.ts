// `staffetta flows send-back`: who was to approve a flow wants it changed. Nothing of it leaves
// until it is checked anew, or its drop is mapped again.
import { plainVerb } from './flow-decided.ts'
import { becauseOption } from './note.ts'

const sentBack = {
  it: 'Il flusso {flow} è rimandato a chi lo prepara: non parte.',
  en: 'Flow {flow} is sent back to who prepares it: it does not leave.',
}

export const sendBack = plainVerb({
  name: 'send-back',
  help: `  send-back FLOW   back to who prepares it, with a mail: it does not leave, and what was approved
                 of it holds no more. \`recheck\` or \`redo\` begin anew
    --because TEXT  what is to be changed; no person's data`,
  note: becauseOption,
  decide: (app, id, asked) => app.flows.sendBack(id, asked),
  done: () => sentBack,
})
