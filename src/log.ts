// The log: pino JSON lines on standard error. A line is a fixed past-tense phrase with its values
// in fields. No person's data ever: where one must be told apart, its keyed hash stands.
import { pino } from 'pino'

export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** `level` as pino knows it; `silent` for commands that speak for themselves. */
export function openLog(level: string): Log {
  return pino(
    { level, base: { app: 'staffetta' }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  )
}

/** An error as fields: stable code, message and stack; the causes below it by message. */
export function errorFields(error: unknown): object {
  if (!(error instanceof Error)) return { error: String(error) }
  const code = (error as { code?: unknown }).code
  const causes: string[] = []
  for (let cause = error.cause; cause instanceof Error && causes.length < 5; cause = cause.cause) {
    causes.push(cause.message)
  }
  return { error: error.message, code, causes, stack: error.stack }
}
