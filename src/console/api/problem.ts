// What the API says when it does not do something: RFC 9457, with a stable code, in the caller's
// language. Invariant: nothing of what was sent is quoted, so that nobody's data comes back in a
// log.
import type { ApiCode } from '../../domain/codes.ts'
import type { StaffLanguage, Words } from '../../domain/words.ts'

export interface FaultyPart {
  /** `body.payment.amountCents`, `query.limit`, `header.content-type`. */
  in: string
  detail: string
}

export class ApiProblem extends Error {
  readonly code: ApiCode
  readonly more: ProblemMore

  constructor(code: ApiCode, more: ProblemMore = {}) {
    super(code)
    this.code = code
    this.more = more
  }
}

interface ProblemMore {
  /** In place of the usual sentence, in the caller's language. */
  detail?: string
  status?: number
  errors?: readonly FaultyPart[]
  /** What it is about: `drop`, `flow`. */
  about?: Readonly<Record<string, number | null>>
  /** Seconds after which it may be asked again. */
  retryAfter?: number
}

export function problemBody({ code, more }: ApiProblem, language: StaffLanguage) {
  const { status, title, detail } = problems[code]
  return {
    type: `urn:staffetta:problem:${code}`,
    title: title[language],
    status: more.status ?? status,
    code,
    detail: more.detail ?? detail[language],
    ...(more.errors && { errors: more.errors }),
    ...more.about,
  }
}

export function problemStatus({ code, more }: ApiProblem): number {
  return more.status ?? problems[code].status
}

const problems: Record<ApiCode, { status: number; title: Words; detail: Words }> = {
  API_TOKEN: {
    status: 401,
    title: { it: 'Chiave API mancante o non valida', en: 'No token, or none that counts' },
    detail: {
      it: 'Manda Authorization: Bearer con una chiave che non sia scaduta né revocata.',
      en: 'Send Authorization: Bearer with a token that is neither expired nor revoked.',
    },
  },
  API_PERMISSION: {
    status: 403,
    title: { it: 'La chiave non può farlo', en: 'The token may not do this' },
    detail: {
      it: 'Crea una chiave con il permesso che serve.',
      en: 'Make a token that has the permission.',
    },
  },
  API_NOT_FOUND: {
    status: 404,
    title: { it: 'Non c’è', en: 'Not found' },
    detail: {
      it: 'Non esiste, o non è per questa chiave.',
      en: 'There is no such thing, or it is not for this token.',
    },
  },
  API_INVALID: {
    status: 422,
    title: { it: 'Richiesta non valida', en: 'The call is not valid' },
    detail: {
      it: 'Non corrisponde alla descrizione in /api/v1/openapi.json.',
      en: 'It is not as /api/v1/openapi.json says.',
    },
  },
  API_KEY_MISSING: {
    status: 400,
    title: { it: 'Manca Idempotency-Key', en: 'Idempotency-Key is missing' },
    detail: {
      it: 'Da 1 a 255 caratteri ASCII senza spazi, per esempio un UUID.',
      en: '1 to 255 ASCII characters without blanks, such as a UUID.',
    },
  },
  API_KEY_USED: {
    status: 422,
    title: { it: 'Idempotency-Key già usata', en: 'Idempotency-Key was used' },
    detail: {
      it: 'È servita per un’altra richiesta: prendine una nuova.',
      en: 'It was sent with another call: take a new one.',
    },
  },
  API_KEY_BUSY: {
    status: 409,
    title: { it: 'Richiesta in corso', en: 'The call is being done' },
    detail: {
      it: 'La stessa richiesta non è ancora finita: riprova fra poco con la stessa chiave.',
      en: 'The same call has not ended yet: ask again in a moment with the same key.',
    },
  },
  API_REFUSED: {
    status: 409,
    title: { it: 'Adesso non si può', en: 'It cannot be done now' },
    detail: { it: 'Lo stato non lo permette.', en: 'Its state does not allow it.' },
  },
  API_TOO_LARGE: {
    status: 413,
    title: { it: 'Troppo grande', en: 'Too large' },
    detail: { it: 'Supera il limite.', en: 'It is over the bound.' },
  },
  API_RATE: {
    status: 429,
    title: { it: 'Troppe richieste', en: 'Too many calls' },
    detail: { it: 'Aspetta un minuto.', en: 'Wait a minute.' },
  },
  API_BUSY: {
    status: 503,
    title: { it: 'Troppo lavoro in corso', en: 'Too much is being done' },
    detail: { it: 'Riprova fra poco.', en: 'Ask again in a moment.' },
  },
  API_FAILED: {
    status: 500,
    title: { it: 'Qualcosa non ha funzionato', en: 'Something went wrong' },
    detail: {
      it: 'Riprova, con la stessa Idempotency-Key se ce n’era una.',
      en: 'Ask again, with the same Idempotency-Key if there was one.',
    },
  },
}
