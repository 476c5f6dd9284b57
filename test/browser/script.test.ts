import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openChromium, type Watched, watch } from '../../scripts/browser/chromium.ts'
import { openVisited, type Visited } from '../console/visiting.ts'
import { children, INSTITUTION, type Installation, openInstallation } from '../installation.ts'

// What the script adds to pages that work without it, under the policy that every page has.

let here: Installation
let visited: Visited
let browser: Browser
let watched: Watched
let page: Page

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  browser = await openChromium()
  await here.drop(children(20), 'mensa-2026-03.csv')
  const { cookie } = await visited.as(['operator', 'configurator'])
  const [name = '', value = ''] = cookie.split('=')
  const context = await browser.newContext({
    locale: 'it-IT',
    viewport: { width: 1366, height: 900 },
  })
  await context.addCookies([{ name, value, url: visited.url }])
  watched = await watch(context, visited.url)
  page = await context.newPage()
})
afterAll(async () => {
  await browser.close()
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const open = (path: string) => page.goto(`${visited.url}/${INSTITUTION}${path}`)

it('a part that is live renews itself, until somebody stops it', async () => {
  await open('/')
  const renewed = (reply: { url(): string }) => reply.url().endsWith('/dashboard/sending')
  expect((await page.waitForResponse(renewed)).status()).toBe(200)
  await page.getByRole('button', { name: 'Ferma l’aggiornamento' }).click()
  expect(await page.locator('.live').getAttribute('data-paused')).toBe('')
  await page.getByRole('button', { name: 'Riprendi l’aggiornamento' }).click()
  expect((await page.waitForResponse(renewed)).status()).toBe(200)
})

it('the first key leads past the menu', async () => {
  await open('/feeds')
  await page.keyboard.press('Tab')
  expect(await page.locator(':focus').innerText()).toBe('Vai al contenuto')
  await page.keyboard.press('Enter')
  expect(await page.locator(':focus').getAttribute('id')).toBe('main')
})

it('a double click opens a row, as its link does', async () => {
  await open('/feeds')
  await page.locator('tr[data-href]', { hasText: 'mensa' }).locator('td').nth(1).dblclick()
  await page.waitForURL(/\/feeds\/mensa$/)
})

it('a menu that is folded stays so on the next page', async () => {
  await open('/feeds')
  await page.locator('.side summary').click()
  await open('/services')
  expect(await page.locator('.side nav').isVisible()).toBe(false)
  await page.locator('.side summary').click()
  await open('/services')
  expect(await page.locator('.side nav').isVisible()).toBe(true)
})

it('a session that is about to end says so, and goes on', async () => {
  await page.clock.install()
  await open('/services')
  await page.clock.fastForward('27:05')
  expect(await page.locator('.session-end').innerText()).toContain('sta per finire')
  const asked = page.waitForResponse((reply) => reply.url().endsWith('/account/alive'))
  await page.getByRole('button', { name: 'Continua a lavorare' }).click()
  expect((await asked).status()).toBe(200)
  await page.locator('.session-end').waitFor({ state: 'detached' })
})

it('none of it did what a page must not do', () => {
  expect(watched.faults).toEqual([])
})
