// What walks have in common: waiting for what a page says, and moving by the keyboard. Pages are
// named as people name what they see on them.
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** What the page says, menu and frame left out. */
export const textOf = (page: Page) => page.locator('main').innerText()

/** Waits until the page shows this. */
export async function sees(page: Page, text: string | RegExp): Promise<void> {
  const shown = page.locator('main').getByText(text).filter({ visible: true })
  await shown.first().waitFor({ timeout: 15_000 })
}

/** What it says once it is loaded anew. */
export async function again(page: Page, look: (page: Page) => Promise<string>): Promise<string> {
  await page.reload()
  return look(page)
}

/** From the page of a drop, or of its flow: the flow that it has become. */
export async function becomesFlow(page: Page): Promise<number> {
  await page.waitForURL(/\/(drops|flows)\/\d+/)
  await expect
    .poll(() => again(page, async () => page.url()), { timeout: 60_000 })
    .toMatch(/\/flows\/\d+/)
  return Number(/\/flows\/(\d+)/.exec(page.url())?.[1])
}

/** Presses Tab until the focus stands on what has this name; it must be seen there. */
export async function reach(page: Page, name: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press('Tab')
    const focused = (await page.evaluate(FOCUSED)) as { name: string; isSeen: boolean }
    const isIt = typeof name === 'string' ? focused.name.startsWith(name) : name.test(focused.name)
    if (!isIt) continue
    expect(focused, 'the focus is seen').toMatchObject({ isSeen: true })
    return
  }
  throw new Error(`Tab does not come to ${name} on ${page.url()}`)
}

const FOCUSED = `(() => {
  const one = document.activeElement
  const label = one.labels?.[0]?.textContent ?? one.textContent
  const { outlineStyle, boxShadow } = getComputedStyle(one)
  return { name: label.replace(/\\s+/g, ' ').trim(), isSeen: outlineStyle !== 'none' || boxShadow !== 'none' }
})()`
