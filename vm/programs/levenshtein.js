// Stresses: dynamic programming over strings: edit distance, common subsequence, diff, knapsack, parenthesisations.
'use strict';

function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}
for (const [a, b] of [['kitten', 'sitting'], ['', 'abc'], ['flaw', 'lawn'], ['same', 'same'], ['über', 'uber'], ['intention', 'execution'], ['😀a', 'a😀']]) console.log(a, b, distance(a, b));

function diff(a, b) {
  const n = a.length, m = b.length;
  const t = Array.from({ length: n + 1 }, () => new Array(m + 1).fill(0));
  for (let i = n - 1; i >= 0; i--) for (let j = m - 1; j >= 0; j--) t[i][j] = a[i] === b[j] ? t[i + 1][j + 1] + 1 : Math.max(t[i + 1][j], t[i][j + 1]);
  const out = [];
  let i = 0, j = 0;
  while (i < n || j < m) {
    if (i < n && j < m && a[i] === b[j]) { out.push(['=', a[i]]); i++; j++; } else if (i < n && (j === m || t[i + 1][j] >= t[i][j + 1])) out.push(['-', a[i++]]); else out.push(['+', b[j++]]);
  }
  return out;
}
const show = (d) => d.map(([op, x]) => (op === '=' ? ' ' : op) + x).join('\n');
console.log(show(diff('function add ( a , b ) { return a + b ; }'.split(' '), 'const add = ( a , b , c ) => a + b + c ;'.split(' '))));
const patch = (d) => d.filter(([op]) => op !== '-').map(([, x]) => x).join('');
console.log(patch(diff('ABCABBA', 'CBABAC')), diff('ABCABBA', 'CBABAC').filter(([op]) => op === '=').length);

const dictionary = 'apple apply ape maple ample staple people purple ripple dapple sample simple temple'.split(' ');
const suggest = (w) => dictionary.map((d) => [d, distance(w, d)]).sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1)).slice(0, 3).map(([d, n]) => `${d}(${n})`);
console.log(['aple', 'smaple', 'purpel', 'tempel'].map((w) => `${w}: ${suggest(w).join(' ')}`));

const knapsack = (items, room) => {
  const best = Array.from({ length: room + 1 }, () => ({ value: 0, picked: [] }));
  for (const { name, weight, value } of items) for (let r = room; r >= weight; r--) {
    const with_ = best[r - weight].value + value;
    if (with_ > best[r].value) best[r] = { value: with_, picked: [...best[r - weight].picked, name] };
  }
  return best[room];
};
console.log(knapsack([{ name: 'map', weight: 9, value: 150 }, { name: 'water', weight: 153, value: 200 }, { name: 'sandwich', weight: 50, value: 160 }, { name: 'tin', weight: 68, value: 45 }, { name: 'banana', weight: 27, value: 60 }, { name: 'apple', weight: 39, value: 40 }, { name: 'cheese', weight: 23, value: 30 }, { name: 'beer', weight: 52, value: 10 }], 250));

const increasing = (xs) => { const tails = [], at = [], prev = []; xs.forEach((x, i) => { let lo = 0, hi = tails.length; while (lo < hi) { const mid = (lo + hi) >> 1; if (xs[tails[mid]] < x) lo = mid + 1; else hi = mid; } prev[i] = lo > 0 ? tails[lo - 1] : -1; tails[lo] = i; at[lo] = x; }); const out = []; for (let i = tails.at(-1); i !== undefined && i >= 0; i = prev[i]) out.unshift(xs[i]); return out; };
console.log(increasing([10, 9, 2, 5, 3, 7, 101, 18, 4, 20]), increasing([3, 2, 1]), increasing([]));
const parens = (n) => (n === 0 ? [''] : Array.from({ length: n }, (_, k) => parens(k).flatMap((l) => parens(n - 1 - k).map((r) => `(${l})${r}`))).flat());
console.log(parens(4).join(' '), parens(7).length);
const longText = (k) => Array.from({ length: 300 }, (_, i) => 'acgt'[(i * i + k * i) % 4 ^ (i % 3 === k ? 1 : 0)]).join('');
console.log(distance(longText(0), longText(1)), distance(longText(1), longText(2)), diff(longText(0), longText(2)).filter(([op]) => op === '=').length);
