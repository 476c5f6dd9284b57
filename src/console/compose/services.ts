// What the forms of this folder share: the services with which a visitor may write, those of the
// institution that their grants name, and what Enter does. Pages that send ask again here.
import { type Html, html } from '../../html.ts'
import type { Visit } from '../visit.ts'

export function servicesOf(visit: Visit) {
  const { app, place } = visit
  const allowed = visit.services('prepare')
  const { services = [] } = app.config.institutions.find(({ id }) => id === place.id) ?? {}
  return services.filter(({ name }) => allowed === null || allowed.includes(name))
}

/** What Enter does in a form of several buttons: the first of them, which nobody sees. */
export function enterDoes(act: string): Html {
  const hidden = html`class="visually-hidden" tabindex="-1" aria-hidden="true"`
  return html`<button name="act" value="${act}" ${hidden}></button>`
}
