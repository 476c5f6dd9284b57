// Forms of pages before the sign-in, and the fields that several of them have. Invariants: each
// form carries the token of its browser; a password is never written back into a page.
import type { StaffLanguage, Words } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { textField } from '../parts/form.ts'
import type { Asking } from '../visit.ts'

export function askingForm({ csrf }: Pick<Asking, 'csrf'>, action: string, content: Piece): Html {
  return html`<form method="post" action="${action}" accept-charset="utf-8">
<input type="hidden" name="csrf" value="${csrf}">
${content}
</form>`
}

/** A link that looks like what one presses: it leads on. */
export function linkButton(href: string, text: string): Html {
  return html`<p><a class="btn btn-primary" href="${href}">${text}</a></p>`
}

/** A path of this console, without its prefix: anything else leads to its root. */
export function localPath(text: string | null): string {
  return text !== null && /^\/(?![/\\])[^\\\p{Cc}]{0,2000}$/u.test(text) ? text : '/'
}

const fieldWords = {
  login: { it: 'Nome utente', en: 'User name' },
  name: { it: 'Nome e cognome', en: 'Name' },
  password: { it: 'Password', en: 'Password' },
  newPassword: { it: 'Nuova password', en: 'New password' },
  again: { it: 'Ripeti la password', en: 'Repeat the password' },
  code: { it: 'Codice', en: 'Code' },
  passwordHint: {
    it: 'Almeno 14 caratteri. Va bene una frase che ricordi, senza il tuo nome e quello dell’ente.',
    en: '14 characters at least. A phrase that you remember will do, without your name or your institution’s.',
  },
} satisfies Record<string, Words>

export function loginField(language: StaffLanguage, value: string, fault?: string): Html {
  const attributes = { autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false' }
  const label = fieldWords.login[language]
  return textField({ name: 'login', label, value, fault, required: true, attributes })
}

export function nameField(language: StaffLanguage, value: string, fault?: string): Html {
  const attributes = { autocomplete: 'name', maxlength: 200 }
  const label = fieldWords.name[language]
  return textField({ name: 'name', label, value, fault, required: true, attributes })
}

export function passwordField(language: StaffLanguage, fault?: string): Html {
  return textField({
    ...{ name: 'password', label: fieldWords.password[language], type: 'password', fault },
    ...{ required: true, attributes: { autocomplete: 'current-password' } },
  })
}

export function currentPasswordField(label: string, fault?: string): Html {
  return textField({
    ...{ name: 'current', label, type: 'password', fault, required: true },
    attributes: { autocomplete: 'current-password' },
  })
}

/** Twice, so that nobody shuts themselves out by a wrong key. */
export function newPasswordFields(
  language: StaffLanguage,
  faults: { password?: string | undefined; again?: string | undefined },
): Html {
  const attributes = { autocomplete: 'new-password', minlength: 14, maxlength: 200 }
  const same = { type: 'password', required: true, attributes }
  const hint = fieldWords.passwordHint[language]
  const first = { name: 'password', label: fieldWords.newPassword[language], hint }
  const second = { name: 'again', label: fieldWords.again[language] }
  return html`${textField({ ...same, ...first, fault: faults.password })}
${textField({ ...same, ...second, fault: faults.again })}`
}

/** `isDigits`: no code on paper will do. */
export function codeField(
  language: StaffLanguage,
  hint: string,
  { fault, isDigits = false }: { fault?: string | undefined; isDigits?: boolean } = {},
): Html {
  const inputmode = isDigits ? 'numeric' : 'text'
  return textField({
    ...{ name: 'code', label: fieldWords.code[language], hint, fault, required: true },
    attributes: { autocomplete: 'one-time-code', inputmode, autocapitalize: 'none' },
  })
}

export const againFault: Words = {
  it: 'Le due password non sono uguali.',
  en: 'The two passwords are not the same.',
}
