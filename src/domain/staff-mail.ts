// A mail to the staff, as the event that it tells of writes it. It carries counts, instants and
// names of files and flows, never a person's data.

export interface StaffMail {
  recipients: readonly string[]
  subject: string
  body: string
  /** What stands for `{secret}` in the body when it leaves, such as a link: kept sealed. */
  secret?: string
}

/** A flow of which a mail tells: of a feed, of a campaign, or of neither. */
export interface NamedFlow {
  id: number
  feed: string | null
  campaign: string | null
}

/** What the offices call it. */
export function nameInMail({ id, feed, campaign }: NamedFlow): string {
  return feed ?? campaign ?? `flusso ${id}`
}
