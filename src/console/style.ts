// How the pages look: one column that fits a telephone of 320 px, and a screen enlarged four times.
// Invariant: every text has a contrast of at least 4.5, controls are at least 44 px high, and
// nothing is told by colour alone, so that forced colours lose nothing.

export const consoleStyle = `:root { color-scheme: light; --ink: #17202b; --soft: #4d5866;
  --line: #6b7683; --accent: #124a86; --wrong: #a3161a; --right: #1c6b36 }
* { box-sizing: border-box }
body { margin: 0; background: #fff; color: var(--ink);
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif }
main { max-width: 44rem; margin: 0 auto; padding: 1rem }
h1 { margin: .5rem 0 1rem; font-size: 1.6rem; line-height: 1.25 }
h2, legend { font-size: 1.1rem; font-weight: 650 }
p, li, legend { overflow-wrap: anywhere }
fieldset { margin: 1.2rem 0; padding: .6rem 1rem 1rem; border: 1px solid var(--line);
  border-radius: .4rem; min-width: 0 }
legend { padding: 0 .4rem }
.soft { color: var(--soft) }
.choice { display: flex; align-items: center; gap: .6rem; min-height: 2.75rem }
.choice input { width: 1.4rem; height: 1.4rem; flex: none; accent-color: var(--accent) }
label { cursor: pointer }
textarea { display: block; width: 100%; min-height: 5.5rem; margin-top: .2rem; padding: .5rem;
  font: inherit; color: inherit; background: #fff; border: 1px solid var(--line);
  border-radius: .3rem }
button { display: block; width: 100%; min-height: 2.9rem; margin: .8rem 0; padding: .6rem 1rem;
  font: inherit; font-weight: 650; color: #fff; background: var(--accent);
  border: 2px solid var(--accent); border-radius: .4rem; cursor: pointer }
button.second { color: var(--accent); background: #fff }
:focus-visible { outline: 3px solid #b35a00; outline-offset: 2px }
.said { padding: .6rem .9rem; border: 1px solid var(--line); border-left: .4rem solid var(--right) }
.wrong { padding: .6rem .9rem; border: 1px solid var(--line); border-left: .4rem solid var(--wrong) }
.wrong a { color: inherit }
.error { color: var(--wrong); font-weight: 650 }
@media (forced-colors: active) {
  fieldset, textarea, button, .said, .wrong { border-color: CanvasText }
}
@media (prefers-reduced-motion: no-preference) {
  button { transition: background-color .1s }
}
`
