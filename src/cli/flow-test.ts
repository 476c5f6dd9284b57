// `staffetta flows test`: a few records of a flow, sent to colleagues before anybody approves it,
// and what these say. Without an option it shows where the last batch stands.
import { maskFiscalCode } from '../domain/fiscal-code.ts'
import { NOTE_LENGTH, type TestAnswer } from '../domain/test-answer.ts'
import { MOST_SAMPLED } from '../domain/test-sample.ts'
import { testRemedy } from '../domain/test-words.ts'
import { type App, type Given, textOption, UsageError, zoneOf } from './command.ts'
import { askedBy, tellDecided } from './flow-decided.ts'
import { sampleText, stateText, testWords } from './flow-test-text.ts'
import type { FlowContext, FlowVerb } from './flow-verb.ts'
import { becauseOption, reasonOption } from './note.ts'
import { numberOf } from './number.ts'
import { formatLocal } from './table.ts'

const help = `  test FLOW      where its last test batch stands: who says what of which message
    --show          which records would be tried, and why; nothing is sent
    --send          sends them to the institution's testers, with “[PROVA]” before the title; each
                    gets a mail with a personal link to answer
    --tester NAME   only this one; may be repeated
    --random N      how many are drawn by chance, 0 to ${MOST_SAMPLED} (default 2)   --seed TEXT  by which chance
    --no-answers    although none of them has a mail to answer by
    --answer NAME   writes down what this tester said by voice, with --as ok|problem and
                    --because TEXT; --message N: of this message, else of all`

export const test: FlowVerb = {
  name: 'test',
  help,
  options: {
    show: { type: 'boolean' },
    send: { type: 'boolean' },
    tester: { type: 'string', multiple: true },
    random: { type: 'string' },
    seed: { type: 'string' },
    'no-answers': { type: 'boolean' },
    answer: { type: 'string' },
    as: { type: 'string' },
    message: { type: 'string' },
    because: { type: 'string' },
  },
  read(given) {
    const isShown = given.values['show'] === true
    const isSent = given.values['send'] === true
    const tester = textOption(given, 'answer')
    if ([isShown, isSent, tester !== null].filter(Boolean).length > 1) {
      throw new UsageError('one of --show, --send and --answer')
    }
    const wish = wishOf(given)
    if (isShown) return (app, id, context) => show(app, id, wish, context)
    if (isSent) return (app, id, context) => send(app, id, wish, reasonOption(given), context)
    if (tester !== null) {
      const voiced = { tester, ...voicedOf(given) }
      return (app, id, context) => writeDown(app, id, voiced, context)
    }
    return look
  },
}

interface Wish {
  testers: string[]
  random?: number
  seed?: string
  noAnswers: boolean
}

/** What was typed of the choice. Throws `UsageError`. */
function wishOf(given: Given): Wish {
  const named = given.values['tester']
  const typed = textOption(given, 'random')
  const random = typed === null ? null : Number(typed)
  if (random !== null && !(Number.isInteger(random) && random >= 0 && random <= MOST_SAMPLED)) {
    throw new UsageError(`--random is a number from 0 to ${MOST_SAMPLED}`)
  }
  const seed = textOption(given, 'seed')
  return {
    testers: Array.isArray(named) ? named.map(String) : [],
    ...(random !== null && { random }),
    ...(seed !== null && { seed }),
    noAnswers: given.values['no-answers'] === true,
  }
}

interface Said {
  answer: TestAnswer
  item: number | null
  note: string
}

function voicedOf(given: Given): Said {
  const answer = textOption(given, 'as')
  if (answer !== 'ok' && answer !== 'problem') {
    throw new UsageError('say what they said: --as ok, or --as problem')
  }
  const typed = textOption(given, 'message')
  const item = typed === null ? null : numberOf(typed, 'a message’s number')
  return { answer, item, note: becauseOption(given).slice(0, NOTE_LENGTH) }
}

async function look(app: App, id: number, context: FlowContext): Promise<number> {
  const { institution } = await app.store.flows.get(id)
  const state = await app.flows.testState(id)
  const zone = zoneOf(app.config, institution)
  if (context.json) await context.out(`${JSON.stringify(state, null, 2)}\n`)
  else await context.out(stateText(id, state, zone, context.language))
  return 0
}

async function show(app: App, id: number, wish: Wish, context: FlowContext): Promise<number> {
  const sample = await app.flows.testSample(id, wish)
  const masked = sample.map(({ fiscalCode, ...item }) => ({
    ...item,
    fiscalCode: maskFiscalCode(fiscalCode),
  }))
  if (context.json) await context.out(`${JSON.stringify(masked, null, 2)}\n`)
  else await context.out(sampleText(id, masked, context.language))
  return masked.length === 0 ? 1 : 0
}

async function send(
  app: App,
  id: number,
  wish: Wish,
  note: string | null,
  context: FlowContext,
): Promise<number> {
  const { institution } = await app.store.flows.get(id)
  const asked = await askedBy('operator', app, id, note, context.language)
  const zone = zoneOf(app.config, institution)
  const known = app.config.institutions.find((one) => one.id === institution)?.testers ?? []
  const unknown = wish.testers.find((name) => !known.some((tester) => tester.name === name))
  if (unknown !== undefined) {
    const names = known.map(({ name }) => `"${name}"`).join(', ')
    throw new UsageError(`${institution} has no tester "${unknown}": ${names || 'it has none'}`)
  }
  const decided = await app.flows.sendTest(id, asked, wish)
  const code = await tellDecided(
    id,
    decided,
    ({ messages, testers, leavesAt }) => ({
      words: testWords.sent,
      figures: { messages, testers: testers.join(', '), at: formatLocal(leavesAt, zone) },
    }),
    context,
  )
  const remedy = decided.kind === 'refused' ? testRemedy(decided, context.language) : null
  if (remedy !== null && !context.json) context.note(`${remedy}\n`)
  return code
}

async function writeDown(
  app: App,
  id: number,
  { tester, answer, item, note }: Said & { tester: string },
  context: FlowContext,
): Promise<number> {
  const asked = await askedBy('operator', app, id, note, context.language)
  const state = await app.flows.testState(id)
  if (state !== null && !state.testers.some((one) => one.tester === tester)) {
    const names = state.testers.map((one) => `"${one.tester}"`).join(', ')
    throw new UsageError(`"${tester}" is no tester of this batch: ${names}`)
  }
  if (item !== null && !state?.items.some((one) => one.item === item)) {
    throw new UsageError(`the batch has no message ${item}`)
  }
  const decided = await app.flows.writeTestAnswer(id, { tester, answer, item, asked })
  return tellDecided(
    id,
    decided,
    ({ counts }) => ({ words: testWords.written, figures: { tester, ...counts } }),
    context,
  )
}
