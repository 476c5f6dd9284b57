// The two languages in which people who work with Staffetta read it. Citizens’ languages are
// others: see `language.ts`.

export type Words = Readonly<Record<'it' | 'en', string>>

/** What who works with it reads: `--lang`, else the terminal’s. */
export type StaffLanguage = keyof Words

type Figures = Readonly<Record<string, string | number | null>>

/** `{name}` in the words is replaced by its value; null is shown as a dash. */
export function fill(words: Words, language: StaffLanguage, figures: Figures): string {
  return fillText(words[language], figures)
}

/** The same in a text that has its language already. */
export function fillText(text: string, figures: Figures): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(figures, name) ? String(figures[name] ?? '–') : whole,
  )
}
