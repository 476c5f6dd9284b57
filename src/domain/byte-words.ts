// Amounts of bytes as people read them: in units of a thousand, as disks are sold. Three digits or
// so, since nobody acts on more.
import { decimalIn, type StaffLanguage } from './words.ts'

const units = ['byte', 'kB', 'MB', 'GB', 'TB'] as const

/** `12,4 GB`: three digits or so. */
export function bytesIn(language: StaffLanguage, bytes: number): string {
  const power = Math.min(
    units.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)),
  )
  const value = bytes / 1000 ** power
  const text = decimalIn(language, value, power === 0 || value >= 100 ? 0 : 1)
  return `${text} ${units[power]}`
}
