// A mail to the staff, as the event that it tells of writes it. It carries counts, instants and
// names of files and flows, never a person's data.

export interface StaffMail {
  recipients: readonly string[]
  subject: string
  body: string
  /** What stands for `{secret}` in the body when it leaves, such as a link: kept sealed. */
  secret?: string
}
