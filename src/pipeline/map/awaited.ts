// What a drop waits for before it is mapped: the drops before it, its companions, room on the disk.
// Each answers when to ask again, or null when it waits no longer. Invariant: a companion is
// awaited for so long as the feed says and no longer, the others for as long as it takes.

export interface AwaitingDrop {
  institution: string
  receivedAt: Temporal.Instant
}

export interface AwaitedPorts<Drop extends AwaitingDrop> {
  drops: {
    companionReady(institution: string, feed: string, since: Temporal.Instant): Promise<boolean>
    /** Whether an older drop of the same feed is not mapped yet. */
    isBehind(drop: Drop): Promise<boolean>
  }
  /** Whether the disk takes what a drop becomes: about as much again. */
  hasRoom(): Promise<boolean>
  now(): Temporal.Instant
}

/** How long before a drop its companion may have come to count as belonging to it. */
const COMPANION_REACH = { hours: 72 }
/** How soon to ask again for what is awaited. */
const RETRY = { seconds: 15 }

/** When to ask again for whatever a drop waits for; null when it can be mapped. */
export async function findAwaited<Drop extends AwaitingDrop>(
  drop: Drop,
  companions: readonly { feed: string; waitMinutes: number }[],
  ports: AwaitedPorts<Drop>,
): Promise<Temporal.Instant | null> {
  // What a source said last must hold, so its drops are mapped in the order they came.
  if (await ports.drops.isBehind(drop)) return ports.now().add(RETRY)
  const until = await awaitedCompanion(drop, companions, ports)
  if (until !== null) return until
  return (await ports.hasRoom()) ? null : ports.now().add(RETRY)
}

async function awaitedCompanion<Drop extends AwaitingDrop>(
  drop: Drop,
  companions: readonly { feed: string; waitMinutes: number }[],
  ports: AwaitedPorts<Drop>,
): Promise<Temporal.Instant | null> {
  const now = ports.now()
  const since = drop.receivedAt.subtract(COMPANION_REACH)
  for (const companion of companions) {
    const end = drop.receivedAt.add({ minutes: companion.waitMinutes })
    if (Temporal.Instant.compare(now, end) >= 0) continue
    if (await ports.drops.companionReady(drop.institution, companion.feed, since)) continue
    const next = now.add(RETRY)
    return Temporal.Instant.compare(next, end) < 0 ? next : end
  }
  return null
}
