// Two hundred strings that want to become more than text: markup, handlers, links, styles, front
// matter, templates; each plain and in seven disguises. What they call for is on the loopback,
// where nobody answers: a request for it is seen by whoever watches.

const NOWHERE = 'http://127.0.0.1:9'

const plain: readonly string[] = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '"><svg onload=alert(1)>',
  "' autofocus onfocus='alert(1)",
  '" autofocus onfocus="alert(1)',
  '</textarea><script>alert(1)</script>',
  '</title><script>alert(1)</script>',
  '</option></select><img src=x onerror=alert(1)>',
  `<iframe src="${NOWHERE}/frame"></iframe>`,
  `<link rel=stylesheet href="${NOWHERE}/style.css">`,
  `<style>@import '${NOWHERE}/import.css';</style>`,
  `<img src="${NOWHERE}/picture.png">`,
  `<meta http-equiv=refresh content="0;url=${NOWHERE}/away">`,
  `<base href="${NOWHERE}/">`,
  `<form action="${NOWHERE}/form"><button autofocus>x</button></form>`,
  `<object data="${NOWHERE}/object"></object>`,
  '<details open ontoggle=alert(1)>x</details>',
  '<video><source onerror=alert(1)></video>',
  '<a href="javascript:alert(1)">x</a>',
  '[x](javascript:alert(1))',
  `![x](${NOWHERE}/markdown.png)`,
  `[x](${NOWHERE}/link "title")`,
  `<div hx-get="${NOWHERE}/hx" hx-trigger="load">x</div>`,
  `---\nit:\n  cta_1:\n    text: "x"\n    action: "iohandledlink://${NOWHERE}"\n---\nx`,
  '{{ "x" | append: "y" }}{% raw %}<b>x</b><%= 7 %>',
]

const encoded = (text: string) => text.replace(/[<>"'&]/g, (letter) => `&#${letter.charCodeAt(0)};`)

const disguises: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.toUpperCase(),
  (text) => text.replaceAll('<', '<\u0000'),
  encoded,
  encodeURIComponent,
  (text) => text.replace(/ /, '\t').replaceAll('on', 'on\u200b'),
  (text) => `\u202e'">-->]]>${text}`,
  (text) => `＜${text}＞<<${text}>>`,
]

export const hostileStrings: readonly string[] = plain.flatMap((text) =>
  disguises.map((disguise) => disguise(text)),
)
