import { describe, expect, it } from 'vitest'
import { SourceError } from '../../../src/connector.ts'
import { describeFailure } from '../../../src/pipeline/connector/source-failure.ts'

const coded = (code: unknown) => Object.assign(new Error('said'), { code })

describe('a failure', () => {
  it('of a connector is told in its own words, and may need a person', () => {
    const error = new SourceError('SRC_TLS', 'the certificate is over', { retry: false })
    const said = { code: 'SRC_TLS', message: 'the certificate is over', retry: false }
    expect(describeFailure(error)).toEqual(said)
  })

  it('of saving what a source gave has the code of sources that it carries', () => {
    const said = { code: 'SRC_DISK_FULL', message: 'said', retry: true }
    expect(describeFailure(coded('SRC_DISK_FULL'))).toEqual(said)
  })

  it('of a database without room is a full disk', () => {
    expect(describeFailure(coded('53100')).code).toBe('SRC_DISK_FULL')
  })

  it.each([[coded('ECONNRESET')], [coded('constructor')], [coded(undefined)], [new Error('said')]])(
    'that nobody foresaw may pass: %s',
    (error) => {
      const said = { code: 'SRC_UNEXPECTED', message: 'said', retry: true }
      expect(describeFailure(error)).toEqual(said)
    },
  )

  it('may be no error at all', () => {
    expect(describeFailure('said').message).toBe('said')
  })
})
