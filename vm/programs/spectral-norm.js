// Stresses: calls in inner loops, arrays of doubles, integer division, square roots.
'use strict';

const a = (i, j) => 1 / (((i + j) * (i + j + 1)) / 2 + i + 1);
const times = (v, entry) => v.map((_, i) => { let s = 0; for (let j = 0; j < v.length; j++) s += entry(i, j) * v[j]; return s; });
const atav = (v) => times(times(v, a), (i, j) => a(j, i));
function norm(n) {
  let u = new Array(n).fill(1), v = [];
  for (let i = 0; i < 10; i++) { v = atav(u); u = atav(v); }
  let vbv = 0, vv = 0;
  for (let i = 0; i < n; i++) { vbv += u[i] * v[i]; vv += v[i] ** 2; }
  return Math.sqrt(vbv / vv);
}
for (const n of [1, 10, 60]) console.log(n, norm(n).toFixed(9));

// The power method on other matrices: a stochastic one, and a graph's.
const stationary = (m, steps) => { let v = m.map(() => 1 / m.length); for (let k = 0; k < steps; k++) v = v.map((_, j) => v.reduce((s, x, i) => s + x * m[i][j], 0)); return v; };
console.log(stationary([[0.9, 0.1, 0], [0.5, 0.25, 0.25], [0, 0.5, 0.5]], 200).map((x) => x.toFixed(8)));
const rank = (links, damping = 0.85) => {
  const names = Object.keys(links);
  let r = Object.fromEntries(names.map((n) => [n, 1 / names.length]));
  for (let k = 0; k < 60; k++) {
    const next = Object.fromEntries(names.map((n) => [n, (1 - damping) / names.length]));
    for (const n of names) for (const to of links[n]) next[to] += (damping * r[n]) / links[n].length;
    r = next;
  }
  return Object.entries(r).sort(([, x], [, y]) => y - x).map(([n, x]) => `${n} ${x.toFixed(6)}`);
};
console.log(rank({ a: ['b', 'c'], b: ['c'], c: ['a'], d: ['c', 'a'], e: ['d', 'a', 'b'] }));
const simpson = (f, from, to, n) => { const h = (to - from) / n; let s = f(from) + f(to); for (let i = 1; i < n; i++) s += f(from + i * h) * (i % 2 ? 4 : 2); return (s * h) / 3; };
console.log(simpson((x) => x * x, 0, 3, 100).toFixed(10), simpson((x) => 1 / x, 1, 2, 1000).toFixed(10), simpson(Math.sqrt, 0, 1, 2000).toFixed(6));
