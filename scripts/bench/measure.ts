// One measurement in a process of its own, so that none sees the garbage or the warm code of
// another: the parent forks it with a task and gets its result; what it throws ends the parent's
// wait.
import { fork } from 'node:child_process'
import { once } from 'node:events'

/** The longest that one measurement may take. */
const TIMEOUT_MS = 30 * 60_000

/** Runs `scripts/bench/NAME.ts` with the task and answers what it measured. */
export async function measure<Task, Result>(
  name: string,
  task: Task,
  signal: AbortSignal,
  nodeOptions: readonly string[] = [],
): Promise<Result> {
  const child = fork(new URL(`./${name}.ts`, import.meta.url), {
    execArgv: ['--expose-gc', ...nodeOptions],
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  })
  let result: Result | undefined
  child.on('message', (message) => {
    result = message as Result
  })
  child.send(task as object)
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code === 0 && result !== undefined) return result
  throw new Error(`the measurement ${name} ended with ${code ?? 'a signal'}`)
}

/** In the forked process: takes the task, measures, answers, and leaves. */
export async function answerMeasure<Task, Result>(
  work: (task: Task) => Promise<Result>,
): Promise<void> {
  const [task] = (await once(process, 'message')) as [Task]
  const result = await work(task)
  await new Promise((resolve) => process.send?.(result, resolve))
  process.disconnect?.()
}
