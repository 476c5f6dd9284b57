// How a rehearsal's page looks, on screen and on paper. Invariant: nothing is loaded from anywhere,
// and every text has a contrast of at least 4.5 to what is behind it.
import { Html } from '../html.ts'

export const pageStyle = new Html(`
:root { color-scheme: light; --ink: #17202b; --soft: #4d5866; --line: #cfd6de; --accent: #124a86 }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: #fff; color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif }
header p:first-child { margin: 0; color: var(--soft) }
h1 { margin: .2rem 0 .6rem; font-size: 1.9rem; line-height: 1.2 }
h2 { margin: 2.4rem 0 .8rem; padding-bottom: .3rem; border-bottom: 2px solid var(--accent);
  font-size: 1.35rem }
h3 { margin: 1.6rem 0 .3rem; font-size: 1.1rem }
p { max-width: 60rem }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr));
  gap: .75rem; margin: 1.5rem 0 }
.figures div { display: flex; flex-direction: column; padding: .8rem; border: 1px solid var(--line);
  border-radius: .4rem }
.figures dd { margin: 0; font-size: 1.7rem; font-weight: 650; font-variant-numeric: tabular-nums }
.figures dt { color: var(--soft); font-size: .9rem; line-height: 1.3 }
.table { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
caption { padding: .3rem 0; text-align: left; font-weight: 650 }
th, td { padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line);
  text-align: left; vertical-align: top }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom }
tbody th { font-weight: 500; overflow-wrap: anywhere }
.n { text-align: right; font-variant-numeric: tabular-nums }
figure { margin: 1rem 0 }
figure svg { display: block; width: 100%; height: auto }
figure text { font-size: 11px; fill: var(--soft) }
figcaption, .note { color: var(--soft); font-size: .9rem }
.bar { width: 15rem; max-width: 100%; height: 14px }
.key { display: inline-block; width: 12px; height: 12px; border-radius: 2px; vertical-align: -1px }
.l0 { fill: #edf0f3; background: #edf0f3 } .l1 { fill: #c4daf2; background: #c4daf2 }
.l2 { fill: #8db8e8; background: #8db8e8 } .l3 { fill: #4a8bd0; background: #4a8bd0 }
.l4 { fill: #1f63a8; background: #1f63a8 } .l5 { fill: #0d3a6e; background: #0d3a6e }
.first { fill: #124a86; background: #124a86 } .reminder { fill: #d9822b; background: #d9822b }
.campaign { fill: #3c8d5a; background: #3c8d5a }
.warning { padding: .6rem .8rem; border-left: 4px solid #b35a00; background: #fdf3e4 }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt }
  h2, h3, caption, thead { break-after: avoid }
  tr, figure, .figures div { break-inside: avoid }
  .table { overflow: visible }
  svg, .key { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  @page { margin: 15mm; size: a4 landscape }
}
`)
