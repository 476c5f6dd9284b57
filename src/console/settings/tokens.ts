// Tokens of programs: listed, made, revoked. Invariants: a token is on the page that made it and
// on no other; making one asks for a proof of who asks; all of it is for who administers all
// services.
import {
  isTokenName,
  type TokenPermission,
  tokenPermissionHints,
  tokenPermissions,
  tokenPermissionWords,
} from '../../domain/api-token.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { badge } from '../parts/badge.ts'
import { dayFrom } from '../parts/day-filter.ts'
import {
  button,
  checkField,
  type Fault,
  faultOf,
  faultSummary,
  postForm,
  textField,
} from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { callout, day, time } from '../parts/show.ts'
import { requireProof } from '../people/proof.ts'
import { PROOF_MINUTES } from '../people/second-factor.ts'
import { type Answer, missing, type Visit } from '../visit.ts'
import { settingsPage } from './pages.ts'
import { words } from './words.ts'

type Tokens = Visit['app']['store']['apiTokens']
type Token = Awaited<ReturnType<Tokens['list']>>[number]

export const LIST = '/settings/tokens'

/** A program of some services only would be a way around the grants of who makes it. */
export function wholly(page: (visit: Visit) => Promise<Answer>) {
  return async (visit: Visit) => (visit.services('administer') === null ? page(visit) : missing)
}

export async function tokensPage(visit: Visit): Promise<Answer> {
  const { app, language, place, to, toRoot } = visit
  const tokens = await app.store.apiTokens.list(place.id)
  const columns = ['name', 'may', 'services', 'used', 'expires', 'state'] as const
  const table = listTable({
    caption: words.tokens[language],
    columns: columns.map((name) => ({ title: words[name][language] })),
    rows: tokens.map((token) => ({ href: null, cells: cellsOf(visit, token) })),
    empty: words.noTokens[language],
  })
  const make = html`<a class="btn btn-primary" href="${to(`${LIST}/new`)}">${words.make[language]}</a>`
  const content = html`<p>${make}</p>
${table}
<p><a href="${toRoot('/api/v1/openapi.json')}">${words.docs[language]}</a></p>`
  return settingsPage(visit, words.tokens[language], content)
}

function cellsOf(visit: Visit, token: Token): Piece[] {
  const { language, to } = visit
  const { name, ending, permissions, services, usedAt, expiresAt, id } = token
  const may = permissions.map((one) => tokenPermissionWords[one][language]).join(', ')
  const state = stateOf(visit, token)
  const revoke =
    token.revokedAt === null
      ? html` <a href="${to(`${LIST}/${id}/revoke`)}">${words.revoke[language]}<span class="visually-hidden"> ${name}</span></a>`
      : null
  return [
    html`${name} <span class="reason">…${ending}</span>`,
    may,
    services === null ? words.allServices[language] : services.join(', '),
    time(visit, usedAt) ?? words.never[language],
    // It ends with its day.
    day(visit, expiresAt?.subtract({ seconds: 1 }) ?? null) ?? words.noExpiry[language],
    html`${state}${revoke}`,
  ]
}

function stateOf(visit: Visit, { revokedAt, revokedBy, expiresAt }: Token): Html {
  const { language, now } = visit
  if (revokedAt !== null) {
    const said = badge('grey', '◌', words.revokedAt[language])
    return html`${said} ${time(visit, revokedAt)} (${revokedBy})`
  }
  const isOver = expiresAt !== null && Temporal.Instant.compare(expiresAt, now) <= 0
  return isOver
    ? badge('orange', '!', words.expired[language])
    : badge('green', '✓', words.active[language])
}

export async function newTokenPage(visit: Visit, faults: Fault[] = []): Promise<Answer> {
  const { language, to, form } = visit
  const needed = requireProof(visit, PROOF_MINUTES, `${LIST}/new`)
  if (needed !== null) return needed
  const fault = (name: string) => faultOf(faults, name)
  const chosen = new Set(form.getAll('permission'))
  const permissions = tokenPermissions.map((one) =>
    checkField({
      ...{ name: 'permission', id: `permission-${one}`, value: one, checked: chosen.has(one) },
      label: `${tokenPermissionWords[one][language]}: ${tokenPermissionHints[one][language]}`,
    }),
  )
  const services = servicesOf(visit).map((one) =>
    checkField({
      ...{ name: 'service', id: `service-${one}`, value: one, label: one },
      checked: form.getAll('service').includes(one),
    }),
  )
  const wrong = fault('permissions')
  const told = wrong === undefined ? null : html`<span class="fault">${wrong}</span>`
  const fields = html`${textField({
    ...{ name: 'name', label: words.tokenName[language], hint: words.tokenNameHint[language] },
    ...{ value: form.get('name') ?? '', fault: fault('name'), required: true },
    attributes: { autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: 40 },
  })}
<fieldset class="field" id="permissions"><legend>${words.permissions[language]}</legend>${told}
${permissions}</fieldset>
<fieldset class="field"><legend>${words.onlyServices[language]}</legend>
${services}</fieldset>
${textField({
  ...{ name: 'expires', label: words.expires[language], hint: words.expiryHint[language] },
  ...{ type: 'date', value: form.get('expires') ?? '', fault: fault('expires') },
})}
<div class="actions">${button(words.make[language])} <a href="${to(LIST)}">${words.back[language]}</a></div>`
  const content = html`${faultSummary(faults, language)}
${postForm(visit, to(`${LIST}/new`), fields)}`
  return settingsPage(visit, words.make[language], content, faults.length > 0 ? 422 : 200)
}

export async function makeToken(visit: Visit): Promise<Answer> {
  const { app, form, language, now, place, to } = visit
  const needed = requireProof(visit, PROOF_MINUTES, `${LIST}/new`)
  if (needed !== null) return needed
  const faults: Fault[] = []
  const name = (form.get('name') ?? '').trim()
  if (!isTokenName(name)) faults.push({ field: 'name', text: words.badName[language] })
  const permissions = tokenPermissions.filter((one) => form.getAll('permission').includes(one))
  if (permissions.length === 0) {
    faults.push({ field: 'permissions', text: words.noPermission[language] })
  }
  const asked = form.getAll('service')
  const known = servicesOf(visit).filter((one) => asked.includes(one))
  // A service that is gone meanwhile must not become all of them.
  if (asked.length !== known.length) return missing
  const expiresAt = expiryOf(visit, faults)
  if (faults.length > 0) return newTokenPage(visit, faults)
  const services = known.length === 0 ? null : known
  const { actor, origin } = visit.asked(null)
  const wish = { institution: place.id, name, services, expiresAt }
  const token = await app.store.apiTokens.add(
    { ...wish, permissions: permissions as TokenPermission[] },
    { actor, origin },
    now,
  )
  if (token === null) {
    return newTokenPage(visit, [{ field: 'name', text: words.taken[language] }])
  }
  const field = textField({
    ...{ name: 'token', label: words.token[language], value: token },
    attributes: { readonly: true, autocomplete: 'off' },
  })
  const content = html`${callout('success', null, words.shownOnce[language])}
${field}
<p><a class="btn btn-primary" href="${to(LIST)}">${words.back[language]}</a></p>`
  return settingsPage(visit, fill(words.shown, language, { name }), content)
}

/** The end of the day that was typed; null: none was. */
function expiryOf({ form, place, now, language }: Visit, faults: Fault[]): Temporal.Instant | null {
  const typed = form.get('expires') ?? ''
  if (typed === '') return null
  const last = dayFrom(typed)
  const end = last?.add({ days: 1 }).toZonedDateTime(place.timeZone).toInstant() ?? null
  if (end === null || Temporal.Instant.compare(end, now) <= 0) {
    faults.push({ field: 'expires', text: words.badDay[language] })
  }
  return end
}

async function findActive({ app, place, params }: Visit): Promise<Token | null> {
  const tokens = await app.store.apiTokens.list(place.id)
  const found = tokens.find(({ id }) => String(id) === params['token'])
  return found?.revokedAt === null ? found : null
}

export async function revokePage(visit: Visit): Promise<Answer> {
  const { language, to } = visit
  const token = await findActive(visit)
  if (token === null) return missing
  const { name, id } = token
  const sure = html`<div class="actions">${button(words.revokeNow[language], { tone: 'danger' })} <a href="${to(LIST)}">${words.cancel[language]}</a></div>`
  const content = html`${callout('warning', null, fill(words.sure, language, { name }))}
${postForm(visit, to(`${LIST}/${id}/revoke`), sure)}`
  return settingsPage(visit, fill(words.revokeTitle, language, { name }), content)
}

export async function revokeToken(visit: Visit): Promise<Answer> {
  const { app, language, now, place, to } = visit
  const token = await findActive(visit)
  if (token === null) return missing
  const { actor, origin } = visit.asked(null)
  await app.store.apiTokens.revoke(place.id, token.id, { actor, origin }, now)
  return {
    ...{ kind: 'redirect', to: to(LIST) },
    said: fill(words.revoked, language, { name: token.name }),
  }
}

function servicesOf({ app, place }: Visit): string[] {
  const institution = app.config.institutions.find(({ id }) => id === place.id)
  return (institution?.services ?? []).map(({ name }) => name)
}
