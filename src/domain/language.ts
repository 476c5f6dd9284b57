// The languages in which a message may be written. Italian is always there; a citizen whose app is
// in another language gets that one where the mapping has it.

export const languages = ['it', 'en', 'de'] as const

export type Language = (typeof languages)[number]
