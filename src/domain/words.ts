// The two languages in which people who work with Staffetta read it, words and numbers. Citizens’
// languages are others: see `language.ts`.

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

/** `12.345` or `12,345`, as the language writes it. */
export function countIn(language: StaffLanguage, count: number): string {
  const separator = language === 'it' ? '.' : ','
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, separator)
}

/** So many decimals: `12,5` or `12.5`, as the language writes it. */
export function decimalIn(language: StaffLanguage, value: number, decimals: number): string {
  const text = value.toFixed(decimals)
  return language === 'it' ? text.replace('.', ',') : text
}

/** A count, or a number with one decimal. */
export function numberIn(language: StaffLanguage, value: number): string {
  return Number.isInteger(value) ? countIn(language, value) : decimalIn(language, value, 1)
}
