// Stresses: sort: stable, by comparators that are consistent or constant, default order by UTF-16 text, undefined last, many equal keys.
'use strict';

let seed = 42;
const rand = (n) => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return Math.floor((seed / 4294967296) * n); };

for (const size of [2, 5, 10, 11, 32, 33, 64, 100, 513, 2000]) {
  const items = Array.from({ length: size }, (_, i) => ({ key: rand(7), id: i }));
  const sorted = [...items].sort((a, b) => a.key - b.key);
  let stable = true, ordered = true;
  for (let i = 1; i < size; i++) {
    if (sorted[i - 1].key > sorted[i].key) ordered = false;
    if (sorted[i - 1].key === sorted[i].key && sorted[i - 1].id > sorted[i].id) stable = false;
  }
  console.log(size, ordered, stable, sorted.slice(0, 5).map((x) => `${x.key}:${x.id}`).join(' '));
}

const byAge = [{ n: 'd', a: 3 }, { n: 'a', a: 1 }, { n: 'c', a: 3 }, { n: 'b', a: 1 }];
console.log(byAge.sort((x, y) => y.a - x.a).map((x) => x.n).join(''), byAge.sort((x, y) => (x.n < y.n ? -1 : 1)).map((x) => x.n).join(''));
console.log([3, undefined, 1, null, NaN, 'b', 10, undefined, true, 'a', 2].sort());
console.log([5, 25, 100, 1, -1, -2, 0].sort(), ['é', 'z', 'a', 'Z', '10', '9', ''].sort());
console.log([3, undefined, 1].sort((a, b) => b - a), [2, 1].sort(undefined));
console.log([[2, 'b'], [1, 'z'], [2, 'a'], [10, 'c']].sort().map(String).join(' '));

// A comparator may throw half way: the error arrives.
let compared = 0;
try { [4, 3, 2, 1].sort(() => { if (++compared === 2) throw new Error('enough'); return 1; }); } catch (e) { console.log(e.message); }

// Merge and heap sort written by hand agree with the built-in one.
const merge = (xs) => {
  if (xs.length < 2) return xs;
  const mid = xs.length >> 1, l = merge(xs.slice(0, mid)), r = merge(xs.slice(mid)), out = [];
  let i = 0, j = 0;
  while (i < l.length && j < r.length) out.push(l[i] <= r[j] ? l[i++] : r[j++]);
  return [...out, ...l.slice(i), ...r.slice(j)];
};
const heap = (input) => {
  const xs = [...input];
  const sift = (i, end) => { for (let c = 2 * i + 1; c < end; i = c, c = 2 * i + 1) { if (c + 1 < end && xs[c + 1] > xs[c]) c++; if (xs[i] >= xs[c]) return; [xs[i], xs[c]] = [xs[c], xs[i]]; } };
  for (let i = (xs.length >> 1) - 1; i >= 0; i--) sift(i, xs.length);
  for (let end = xs.length - 1; end > 0; end--) { [xs[0], xs[end]] = [xs[end], xs[0]]; sift(0, end); }
  return xs;
};
const numbers = Array.from({ length: 400 }, () => rand(1000) - 500);
const want = [...numbers].sort((a, b) => a - b).join();
console.log(merge(numbers).join() === want, heap(numbers).join() === want, want.slice(0, 40));
const words = Array.from({ length: 50 }, () => String.fromCharCode(97 + rand(26), 97 + rand(26)));
console.log([...words].sort().join(' ') === merge(words).join(' '), [...words].sort((a, b) => (a > b ? -1 : a < b ? 1 : 0)).slice(0, 6));
