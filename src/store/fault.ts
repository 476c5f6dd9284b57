// The fault that the embedded database raises: a stable code of `codes.ts`, and a message that an
// operator can act on without reading the code.
import type { StoreCode } from '../domain/codes.ts'

export class StoreFault extends Error {
  readonly code: StoreCode

  constructor(code: StoreCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'StoreFault'
    this.code = code
  }
}
