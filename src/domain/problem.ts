// A problem: something wrong with the configuration, with its place and its remedy.
// Problems are collected and shown all at once; they are values, never thrown one by one.

export interface Problem {
  /** Stable code of `codes.ts`, for example `CFG_UNKNOWN_KEY`. */
  code: string
  /** `warning` does not stop anything. */
  severity: 'error' | 'warning'
  /** File as the user named it, relative to where the command runs. */
  file: string
  /** 1-based; null when the problem concerns the file as a whole. */
  line: number | null
  column: number | null
  /** What is wrong, in one sentence, with the offending name quoted. */
  message: string
  /** What to do about it; empty when the message says it all. */
  hint: string
}
