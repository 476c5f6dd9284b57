// What a soak run is: one promise of the sender, put to the proof with real faults. Each run is one
// file of this folder (`t01-….ts` exports the `run` named `T1`); `scripts/soak.ts` calls them one
// by one, the test suite with a small share of their size. A run passes only when nothing was lost,
// nothing was doubled and it has nothing to complain about.

export interface SoakRun {
  /** `T1` … as in the file's name. */
  name: string
  /** What happens, in one line. */
  title: string
  /** Set when `--plant` means something to this run: the judge then has something to catch. */
  plantable?: true
  run(options: SoakOptions): Promise<SoakResult>
}

/** A fault by configuration: feeds say `whenUncertain: resend`, the judge expects a hold. */
export type Plant = 'resend-uncertain'

export interface SoakOptions {
  /** Whatever is drawn is drawn from it. */
  seed: number
  /** 1: the full size; the suite asks for less. See `sized`. */
  share: number
  plant: Plant | null
  /** A running server on which the run may create databases of its own: `freshDatabase`. */
  databaseUrl: string
  /** Progress, for whoever watches: one short line, and how much of the run is done, 0 to 1. */
  note(text: string, done?: number): void
  /** Aborted when the run is to be given up: it cleans up and rejects. */
  signal: AbortSignal
}

export interface SoakResult {
  /** Records of the source without exactly one visible state, or called sent that IO never had. */
  lost: number
  /** Acceptances by IO of what it had accepted already, unless the institution chose that. */
  duplicated: number
  uncertain: number
  /** The most submissions that were under way at IO at once. */
  inFlightMax: number
  /** What the run wants known: sizes, faults, times. */
  counts: Record<string, number | string>
  /** What went wrong, each a sentence; empty: nothing did. */
  failures: string[]
}

/** The size of a run of so many at full share: never below `least`, so that it still means much. */
export function sized(full: number, share: number, least: number): number {
  return Math.max(least, Math.round(full * share))
}

export function hasPassed({ lost, duplicated, failures }: SoakResult): boolean {
  return lost === 0 && duplicated === 0 && failures.length === 0
}

/** The last line of a run, for people and for machines that grep. */
export function lastLine(name: string, seed: number, result: SoakResult): string {
  const { lost, duplicated, uncertain, inFlightMax, counts } = result
  const own = Object.entries(counts).map(([key, value]) => `${key}=${value}`)
  const kept = `lost=${lost} duplicated=${duplicated} uncertain=${uncertain}`
  return [name, `seed=${seed}`, kept, `in-flight-max=${inFlightMax}`, ...own].join(' ')
}
