// The branches of one mapping and which of them some record has taken. A branch is declared once,
// when the mapping is looked at, and marked as records pass.
import type { YamlPath } from '../fault.ts'

/** A way that a record may take through a mapping. */
export interface Branch {
  /** Where it stands in the mapping's document. */
  path: YamlPath
  /** 1-based place inside the text at `path`, when it is part of a template. */
  line?: number
  column?: number
  /** As the mapping words it: `if nota`, `value "01"`, `contatto is missing`. */
  what: string
  /** What no case shows, while it is not reached: completes "no case …". */
  wanted: string
}

export interface Ledger {
  /** Answers what marks the branch as reached. */
  declare(branch: Branch): () => void
  /** All of them, in the order of their declaration. */
  branches(): WatchedBranch[]
}

export interface WatchedBranch extends Branch {
  isReached: boolean
}

/** A ledger without branches. */
export function createLedger(): Ledger {
  const declared: Branch[] = []
  const reached = new Set<number>()
  return {
    declare(branch) {
      const index = declared.push(branch) - 1
      return () => void reached.add(index)
    },
    branches: () => declared.map((one, index) => ({ ...one, isReached: reached.has(index) })),
  }
}
