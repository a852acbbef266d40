// Stresses: small integer arrays that are swapped and reversed without end.
'use strict';

function fannkuch(n) {
  const perm = new Array(n), start = Array.from({ length: n }, (_, i) => i), count = new Array(n).fill(0);
  let most = 0, checksum = 0, index = 0, r = n;
  for (;;) {
    while (r !== 1) { count[r - 1] = r; r -= 1; }
    for (let i = 0; i < n; i += 1) perm[i] = start[i];
    let flips = 0;
    for (let k = perm[0]; k !== 0; k = perm[0]) {
      const half = (k + 1) >> 1;
      for (let i = 0; i < half; i += 1) { const t = perm[i]; perm[i] = perm[k - i]; perm[k - i] = t; }
      flips += 1;
    }
    most = Math.max(most, flips);
    checksum += index % 2 === 0 ? flips : -flips;
    for (;;) {
      if (r === n) return `${checksum}\nPfannkuchen(${n}) = ${most}`;
      const first = start[0];
      for (let i = 0; i < r; i += 1) start[i] = start[i + 1];
      start[r] = first;
      count[r] -= 1;
      if (count[r] > 0) break;
      r += 1;
    }
    index += 1;
  }
}
for (const n of [3, 5, 7]) console.log(fannkuch(n));

// Permutations in order, and where each is in that order.
const next = (p) => {
  let i = p.length - 2;
  while (i >= 0 && p[i] >= p[i + 1]) i--;
  if (i < 0) return false;
  let j = p.length - 1;
  while (p[j] <= p[i]) j--;
  [p[i], p[j]] = [p[j], p[i]];
  for (let a = i + 1, b = p.length - 1; a < b; a++, b--) [p[a], p[b]] = [p[b], p[a]];
  return true;
};
const factorial = (n) => (n < 2 ? 1 : n * factorial(n - 1));
const rank = (p) => p.reduce((s, x, i) => s + p.slice(i + 1).filter((y) => y < x).length * factorial(p.length - 1 - i), 0);
const p = [1, 2, 3, 4, 5, 6];
let seen = 0, inOrder = true;
do { if (rank(p) !== seen) inOrder = false; seen++; } while (next(p));
console.log(seen, inOrder, p);
const heaps = (xs, n = xs.length, out = []) => { if (n === 1) out.push(xs.join('')); else for (let i = 0; i < n; i++) { heaps(xs, n - 1, out); const j = n % 2 ? 0 : i; [xs[j], xs[n - 1]] = [xs[n - 1], xs[j]]; } return out; };
console.log(heaps(['a', 'b', 'c']), new Set(heaps([...'abcdef'])).size);
let josephus = Array.from({ length: 41 }, (_, i) => i + 1), at = 0;
const out = [];
while (josephus.length > 1) { at = (at + 2) % josephus.length; out.push(...josephus.splice(at, 1)); }
console.log(josephus, out.slice(0, 10));
