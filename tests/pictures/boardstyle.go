package main

// colours is how many series of a graph have a colour of their own.
const colours = 5

// boardStyle is the dashboard's. Whoever reads in the dark gets dark pictures.
const boardStyle = `:root { --page: #f3f5f7; --card: #fff; --line: #d5dae0; --grid: #e7eaee; --ink: #16191f; --soft: #59636e; --bad: #d13212; --good: #1d8102; --badcard: #fdf3f1;
  --s0: #1f77b4; --s1: #e07b00; --s2: #2ca02c; --s3: #9467bd; --s4: #d62728; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0f141a; --card: #192029; --line: #39424e; --grid: #2a323c; --ink: #e4e9ee; --soft: #9aa7b4; --bad: #ff7a66; --good: #5fcf80; --badcard: #33201d;
    --s0: #5aa9e6; --s1: #ffa44f; --s2: #67c967; --s3: #b794e0; --s4: #ff6f70; }
}
text { font: 12px ` + sans + `; fill: var(--ink); }
.page { fill: var(--page); } .card { fill: var(--card); stroke: var(--line); } .badcard { fill: var(--badcard); stroke: var(--bad); }
.h1 { font-size: 19px; font-weight: bold; } .h2 { font-size: 16px; font-weight: bold; } .title, .head { font-size: 13px; font-weight: bold; } .head { font-size: 11px; }
.soft { fill: var(--soft); } .small { font-size: 11px; fill: var(--soft); } .cell { font-size: 11px; } .code { font-family: ` + mono + `; font-size: 11px; } .strong { font-weight: bold; } .slant { font-style: italic; }
.end { text-anchor: end; } .middle { text-anchor: middle; } .value { font-size: 34px; } .bad { fill: var(--bad); } .good { fill: var(--good); }
.grid { stroke: var(--grid); } .rule { stroke: var(--line); } .limit { stroke: var(--bad); stroke-dasharray: 5 3; } .limitname { font-size: 11px; fill: var(--bad); }
.l0, .l1, .l2, .l3, .l4 { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
.l0 { stroke: var(--s0); } .l1 { stroke: var(--s1); } .l2 { stroke: var(--s2); } .l3 { stroke: var(--s3); } .l4 { stroke: var(--s4); }
.f0 { fill: var(--s0); } .f1 { fill: var(--s1); } .f2 { fill: var(--s2); } .f3 { fill: var(--s3); } .f4 { fill: var(--s4); }
`
