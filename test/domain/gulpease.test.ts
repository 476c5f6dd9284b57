// The index of readability: values worked out by hand, and what of a template is not read.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readabilityOf, readabilityWords } from '../../src/domain/gulpease.ts'

/** `[sentences, words, letters]`. */
function counts(template: string): number[] | null {
  const read = readabilityOf(template)
  return read && [read.sentences, read.words, read.letters]
}

describe('the index', () => {
  it('is 89 + (300 × sentences − 10 × letters) / words', () => {
    // 12 words of 70 letters: 89 + (300 − 700) / 12 = 55.67.
    const one = 'Il Comune comunica che la procedura amministrativa è terminata con esito positivo'
    expect(counts(one)).toEqual([1, 12, 70])
    expect(readabilityOf(one)?.index).toBe(55.7)
    // The same words in three sentences: 89 + (900 − 700) / 12.
    const three =
      'Il Comune comunica. Che la procedura amministrativa è terminata. Con esito positivo'
    expect(readabilityOf(three)?.index).toBe(100)
  })

  it('is never less than 0, nor more than 100', () => {
    expect(readabilityOf('precipitevolissimevolmente precipitevolissimevolmente')?.index).toBe(0)
    expect(readabilityOf('Ciao.')?.index).toBe(100)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const { index = 0, words = 1, letters = 1, sentences = 1 } = readabilityOf(text) ?? {}
        expect(index >= 0 && index <= 100).toBe(true)
        expect(words >= sentences && letters >= words).toBe(true)
      }),
    )
  })

  it('is not there where nothing is read', () => {
    for (const nothing of ['', ' \n\n', '---', '{% if a %}{% endif %}', '**…**']) {
      expect(readabilityOf(nothing)).toBeNull()
    }
  })

  it('says for whom a text is easy', () => {
    expect([100, 79.9, 60, 59.9, 39.9].map(readabilityWords)).toEqual([
      'easy with the primary school',
      'easy with the middle school, hard with the primary',
      'easy with the middle school, hard with the primary',
      'easy with the high school, hard with the middle school',
      'hard even with the high school',
    ])
  })
})

describe('what is read of a template', () => {
  it('counts an output as one plain word, whatever its filters', () => {
    expect(counts('Paga {{ importo | euro }} entro {{ scadenza | date_it }}.')).toEqual([1, 4, 21])
  })

  it('reads each branch of a condition, and no comment', () => {
    const text =
      'Paga {% if a %}oggi{% else %}domani{% endif %}.{% comment %}No no.{% endcomment %}'
    expect(counts(text)).toEqual([1, 3, 14])
  })

  it('leaves the buttons of the front matter out', () => {
    const text = '---\nit:\n  cta_1:\n    text: "Vai"\n    action: "ioit://x"\n---\nVai oggi.'
    expect(counts(text)).toEqual([1, 2, 7])
  })

  it('takes the marks of Markdown away, and an address for one word', () => {
    expect(counts('# Titolo\n\nVai **subito** su [questa pagina](https://a.example/b).')).toEqual([
      ...[2, 6, 29],
    ])
    expect(counts('Scrivi a ced@comune.example o vai su https://a.example/b?c=1.')).toEqual([
      ...[1, 7, 25],
    ])
  })

  it('ends a sentence at a paragraph and at each point of a list', () => {
    expect(counts('Porta con te\n\n- la carta\n- due foto\n1. la ricevuta')?.[0]).toBe(4)
    expect(counts('Porta con te\nla carta')?.[0]).toBe(1)
  })

  it('ends no sentence at the dot of a number, of a name or of a word that it shortens', () => {
    expect(counts('Paga 1.450,00 € per l’avviso n. 12 su www.comune.example')?.[0]).toBe(1)
    expect(counts('Vai su https://a.example/b. Vedi l’art. 5. Poi paga!')?.[0]).toBe(3)
    expect(counts('Hai pagato? Bene… Grazie!')?.[0]).toBe(3)
  })

  it('takes an apostrophe for the end of a word', () => {
    expect(counts("l'avviso dell’acqua")).toEqual([1, 4, 16])
  })
})
