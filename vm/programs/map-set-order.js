// Stresses: Map and Set: insertion order, NaN and -0, objects as keys, changes while they are walked, growth and deletion.
'use strict';

const m = new Map([['a', 1], ['b', 2], ['a', 3]]);
m.set(NaN, 'nan').set(-0, 'zero').set('1', 's').set(1, 'n').set(null, 'null').set(undefined, 'u');
console.log(m, m.size, m.get(NaN), m.get(0), m.get('1'), m.get(1), m.has(undefined), m.get('none'));
console.log(m.delete('a'), m.delete('a'), m.set('a', 'again') === m, [...m.keys()], [...m.values()].length);
m.set('b', 'kept its place');
console.log([...m.entries()][0], [...m][m.size - 1]);

const k1 = {}, k2 = {}, k3 = () => 1, k4 = [1];
const byId = new Map([[k1, 'k1'], [k2, 'k2'], [k3, 'k3'], [k4, 'k4']]);
console.log(byId.get(k1), byId.get(k2), byId.get({}), byId.get(k3), byId.get([1]), byId.get(k4));

const s = new Set([3, 1, 3, 2, '3', NaN, NaN, 0, -0]);
console.log(s, s.size, s.has(NaN), s.has('1'), s.add(4) === s, s.delete(1), [...s]);
s.forEach((v, k, all) => { if (v === '3') console.log(v === k, all === s); });

// Walking sees what is added, does not see what is deleted, and sees again what is deleted and added.
const walk = new Map([[1, 'a'], [2, 'b'], [3, 'c']]);
const seen = [];
for (const [k, v] of walk) {
  seen.push(`${k}${v}`);
  if (k === 1) walk.delete(2);
  if (k === 3 && walk.size < 4) { walk.set(4, 'd'); walk.delete(1); walk.set(1, 'again'); }
}
console.log(seen.join(' '));
const q = new Set([0]);
let visits = 0;
for (const v of q) { visits++; if (v < 200) { q.add(v + 1); q.delete(v); } }
console.log(visits, q);
const cleared = new Map([[1, 1], [2, 2]]);
const log = [];
cleared.forEach((v, k) => { log.push(k); if (k === 1) { cleared.clear(); cleared.set(9, 9); } });
console.log(log, cleared.size);

// Many keys of several kinds, deletions in between.
const big = new Map();
for (let i = 0; i < 3000; i++) { big.set(i, i); big.set('k' + i, i); big.set(i + 0.5, i); }
for (let i = 0; i < 3000; i += 3) { big.delete(i); big.delete('k' + (i + 1)); }
let sum = 0, at = 0;
for (const [k, v] of big) { at++; sum = (sum * 7 + v * at + (typeof k === 'string' ? k.length : 0)) % 1000003; }
console.log(big.size, sum, big.has(3), big.has(4), big.has('k4'), big.has('k5'), big.get(2999.5));
for (const k of [...big.keys()]) big.delete(k);
console.log(big.size, big, [...big]);

const union = (a, b) => new Set([...a, ...b]);
const both = (a, b) => new Set([...a].filter((x) => b.has(x)));
const A = new Set([1, 2, 3]), B = new Set([2, 3, 4]);
console.log(union(A, B), both(A, B), Object.fromEntries(new Map([['x', 1]])), new Map(Object.entries({ p: [1] })), new Map(new Map([[1, 2]])));
const group = ['apple', 'avocado', 'bean', 'corn', 'chard'].reduce((g, w) => g.set(w[0], [...(g.get(w[0]) ?? []), w]), new Map());
console.log(group);
const it = new Set(['p', 'q']).values();
console.log(it.next(), it.next(), it.next(), it.next());
try { new Map([1]); } catch (e) { console.log(e instanceof TypeError); }

// What was large and is nearly empty: iterators that were in the middle go on where they were.
const large = new Map(Array.from({ length: 5000 }, (_, i) => [i, `${i}`]));
const middle = large.keys();
for (let i = 0; i < 2500; i++) middle.next();
let passed = 0;
for (const [key] of large) { passed += key; if (key % 700 !== 0) large.delete(key); if (key === 4000) large.set('late', key); }
console.log(passed, large, [...middle]);
for (const key of large.keys()) { large.delete(key); large.set(`${key}!`, key); if (large.size !== 9 || key === '0!!!') break; }
console.log(large);
