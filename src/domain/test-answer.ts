// What colleagues say of the test messages that they were sent, and what that makes of a batch.
// Invariant: of each message the last answer of each tester counts, and silence is no consent.

/** `ok`: *Tutto corretto* · `problem`: *Segnala*. */
export type TestAnswer = 'ok' | 'problem'

/** A note of more UTF-16 units is cut. */
export const NOTE_LENGTH = 500

/** What a tester says of one message. */
export interface TestSaid {
  item: number
  answer: TestAnswer
  /** What is wrong, in their words; it may quote a citizen’s data. */
  note: string | null
}

/** Of the last batch of a flow. `confirmed` and `reported` never sum to more than `messages`. */
export interface TestCounts {
  /** Records and texts, times testers. */
  messages: number
  confirmed: number
  reported: number
}

/** Counts the last answers; null stands for none. */
export function countAnswers(answers: readonly (TestAnswer | null)[]): TestCounts {
  const count = (answer: TestAnswer) => answers.filter((one) => one === answer).length
  return { messages: answers.length, confirmed: count('ok'), reported: count('problem') }
}
