// The roles of somebody in one institution, as fields of a form: each with the services for which
// it counts, none meaning all.
import { type ConsoleRole, consoleRoles, consoleRoleWords } from '../../domain/access.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import type { Visit } from '../visit.ts'
import { roleHints, settingsWords as words } from './settings-words.ts'

export interface OwnGrant {
  role: ConsoleRole
  services: readonly string[] | null
}

export function grantFields(visit: Visit, grants: readonly OwnGrant[], fault?: string): Html {
  const { language } = visit
  const shown = consoleRoles.map((role) => {
    const grant = grants.find((one) => one.role === role) ?? null
    return roleField(visit, role, grant)
  })
  const wrong =
    fault === undefined ? null : html`<span class="fault" id="roles-fault">${fault}</span>`
  return html`<fieldset class="field" id="roles"><legend>${words.roles[language]}</legend>${wrong}
${shown}</fieldset>`
}

function roleField(visit: Visit, role: ConsoleRole, grant: OwnGrant | null): Html {
  const { language } = visit
  const checked = grant === null ? null : html` checked`
  const name = consoleRoleWords[role][language]
  const services = servicesOf(visit)
  const few = grant?.services ?? []
  const boxes = services.map((id) => {
    const on = few.includes(id) ? html` checked` : null
    return html`<div class="form-check"><input type="checkbox" id="services-${role}-${id}" name="services-${role}" value="${id}"${on}>
<label for="services-${role}-${id}">${id}</label></div>
`
  })
  const open = few.length > 0 ? html` open` : null
  const only =
    services.length < 2
      ? null
      : html`<details${open}><summary>${fill(words.someServices, language, { role: name })}</summary>
<p class="form-text">${words.onlyServices[language]}</p>
${boxes}</details>`
  return html`<div class="role-choice"><div class="form-check">
<input type="checkbox" id="role-${role}" name="role" value="${role}"${checked} aria-describedby="role-${role}-hint">
<label for="role-${role}">${name}</label>
<span class="form-text" id="role-${role}-hint">${roleHints[role][language]}</span></div>
${only}</div>
`
}

/** Of the form that `grantFields` made: what is no role or service of the institution is left. */
export function readGrants(visit: Visit): OwnGrant[] {
  const { form } = visit
  const known = servicesOf(visit)
  return consoleRoles
    .filter((role) => form.getAll('role').includes(role))
    .flatMap((role) => {
      const asked = form.getAll(`services-${role}`)
      const few = asked.filter((id) => known.includes(id))
      // A service that is gone meanwhile must not become all of them.
      if (asked.length > 0 && few.length === 0) return []
      return [{ role, services: few.length === 0 ? null : few }]
    })
}

function servicesOf({ app, place }: Visit): string[] {
  const institution = app.config.institutions.find(({ id }) => id === place.id)
  return (institution?.services ?? []).map(({ name }) => name)
}
