// The form of the names that the configuration gives: folders, files, services and accounts.
// They stand in URLs, file names and columns, so they are short and lower-case.

/** Lower-case letters, digits and `-`; begins with a letter or a digit; at most 63 characters. */
export const slug = /^[a-z0-9][a-z0-9-]{0,62}$/

/** What a message calls this form. */
export const slugForm = 'a name of lower-case letters, digits and -'
