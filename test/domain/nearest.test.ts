// Hints: the name that was meant, or silence.
import { describe, expect, it } from 'vitest'
import { nearest } from '../../src/domain/nearest.ts'

const names = ['importo', 'scadenza', 'codice_fiscale', 'avviso']

describe('the nearest name', () => {
  it.each([
    ['importi', 'importo'],
    ['Importo ', 'importo'],
    ['ipmorto', 'importo'],
    ['scadenze', 'scadenza'],
    ['codicefiscale', 'codice_fiscale'],
    ['aviso', 'avviso'],
    ['indirizzo', null],
    ['x', null],
    ['', null],
    ['importo'.repeat(20), null],
  ])('to %j is %j', (name, expected) => {
    expect(nearest(name, names)).toBe(expected)
  })

  it('is the first of those as near', () => {
    expect(nearest('rata3', ['rata1', 'rata2'])).toBe('rata1')
  })
})
