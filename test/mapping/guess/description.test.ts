// The sentence, read back: what it says is taken, what it does not know is named.
import { describe, expect, it } from 'vitest'
import { readSentence } from '../../../src/mapping/guess/description.ts'

const sentence =
  'Read as CSV, windows-1252, separated by ";", header on line 1, 42 records, each a notice: ' +
  'key NUM_BOLLETTA + RATA, recipient COD_FISCALE, € IMPORTO (comma), due SCADENZA (dd/MM/yyyy), ' +
  'notice number COD_AVVISO.'

describe('a sentence', () => {
  it('says everything that it names', () => {
    expect(readSentence(sentence)).toEqual({
      encoding: 'windows-1252',
      delimiter: ';',
      header: 1,
      footerRows: 0,
      groups: null,
      shape: 'notice',
      key: ['NUM_BOLLETTA', 'RATA'],
      recipient: 'COD_FISCALE',
      amount: 'IMPORTO',
      decimals: 'comma',
      due: 'SCADENZA',
      formats: ['dd/MM/yyyy'],
      noticeNumber: 'COD_AVVISO',
      group: null,
    })
  })

  it('may be pasted with the # of the comment', () => {
    expect(readSentence(`# ${sentence}`)).toEqual(readSentence(sentence))
  })

  it('leaves out of the mapping what it leaves out', () => {
    const short = sentence.replace(', due SCADENZA (dd/MM/yyyy)', '')
    expect(readSentence(short).due).toBeNull()
  })

  it('may say none of what there is not', () => {
    const none = sentence.replace('due SCADENZA (dd/MM/yyyy)', 'due none')
    expect(readSentence(none).due).toBeNull()
  })

  it('may say that the last rows are no records', () => {
    const footed = (words: string) => readSentence(sentence.replace('42 records', words)).footerRows
    expect(footed('the last row is no record')).toBe(1)
    expect(footed('the last 3 rows are no records')).toBe(3)
  })

  it('has names with commas in quotes', () => {
    const odd = sentence.replace('IMPORTO', '"Importo, in €: totale"')
    expect(readSentence(odd).amount).toBe('Importo, in €: totale')
  })

  it('may be separated by a comma, a tab or a pipe', () => {
    const by = (mark: string) => readSentence(sentence.replace('";"', mark)).delimiter
    expect([by('","'), by('tab'), by('|')]).toEqual([',', '\t', '|'])
  })

  it.each([
    [sentence.replace('windows-1252', 'windows-1253'), '"windows-1253"'],
    [sentence.replace('header on line 1', 'headre on line 1'), 'did you mean header on line 1?'],
    [sentence.replace('due SCADENZA', 'until SCADENZA'), '"until SCADENZA (dd/MM/yyyy)"'],
    [sentence.replace('(comma)', '(virgola)'), '"€ IMPORTO (virgola)"'],
    [sentence.replace('(dd/MM/yyyy)', '(gg/mm/aaaa)'), 'no date format gg/mm/aaaa'],
    [sentence.replace('Read as', 'Letto come'), 'begins with "Read as"'],
    [sentence.replace(/: key.*/, '.'), 'one colon'],
    [sentence.replace('key NUM_BOLLETTA + RATA, ', ''), 'names no key'],
  ])('with a part that is not understood is refused: %s', (text, message) => {
    expect(() => readSentence(text)).toThrow(message)
  })
})
