// Stresses: for-of over arrays, strings, Maps, Sets and their iterators, with breaks; iterators that are shared, spread and destructured.
'use strict';

const out = [];
const flush = () => console.log(out.splice(0).join(' '));
for (const x of [1, 2, 3]) out.push(x);
for (const c of 'a😀b') out.push(c);
for (const [i, x] of ['p', 'q'].entries()) out.push(i + x);
for (const k of ['p', 'q'].keys()) out.push(k);
for (const v of ['p', 'q'].values()) out.push(v);
for (const [k, v] of new Map([['k', 1], ['l', 2]])) out.push(k + v);
for (const k of new Map([['k', 1]]).keys()) out.push(k);
for (const s of new Set([5, 6]).entries()) out.push(s.join('='));
for (const [k, v] of Object.entries({ a: 1 })) out.push(k + v);
flush();

// One iterator, continued by several loops.
const it = new Map([['a', 1], ['b', 2], ['c', 3], ['d', 4]]).entries();
for (const [k] of it) { out.push(k); if (k === 'a') break; }
const [second] = it;
out.push(second.join(''));
const rest = [...it];
out.push(rest.length, [...it].length, it.next().done);
flush();

const set = new Set('hello');
const values = set.values();
console.log(values.next(), [...values], values.next(), Array.from(set.keys()), Math.max(...new Set([3, 9, 4])));
const [x, y = 'none', ...more] = new Set(['only']);
console.log(x, y, more);

// Iterators see what is added while they walk, and end for good.
const grow = new Set([1]);
const walk = grow.values();
const seen = [walk.next().value];
grow.add(2);
seen.push(walk.next().value, walk.next().done);
grow.add(3);
seen.push(walk.next().done);
console.log(seen);

const list = [1, 2, 3], iter = list.values();
iter.next();
list.push(4); list[1] = 'changed';
console.log([...iter]);
list.push(5);
console.log(iter.next());

const zip = (...xs) => { const its = xs.map((x) => new Set(x).values()), rows = []; for (;;) { const row = its.map((i) => i.next()); if (row.some((r) => r.done)) return rows; rows.push(row.map((r) => r.value)); } };
console.log(zip('abc', [1, 2, 3, 4], new Set([true, false, null])));
const chunks = (xs, n) => { const parts = []; let part = []; for (const v of xs) { part.push(v); if (part.length === n) { parts.push(part); part = []; } } return part.length ? [...parts, part] : parts; };
console.log(chunks('abcdefgh', 3), chunks(new Map([[1, 2], [3, 4], [5, 6]]), 2));

function find(xs, test) { for (const v of xs) { try { if (test(v)) return v; } finally { out.push('t' + v); } } return null; }
console.log(find(new Set([1, 2, 3]), (v) => v === 2), find([], () => true)); flush();
outer: for (const a of 'xyz') for (const b of new Set([1, 2])) { if (b === 2) continue outer; if (a === 'z') break outer; out.push(a + b); }
flush();
for (const { id, tags: [first = 'none', ...others] = [] } of [{ id: 1, tags: ['a', 'b', 'c'] }, { id: 2, tags: [] }, { id: 3 }]) out.push(id, first, others.length);
flush();
let y2, z;
for (y2 of [1, 2]) out.push(y2);
for (z in { k: 1, l: 2 });
flush();
console.log(y2, z);
const bad = (f) => { try { f(); return 'ok'; } catch (e) { return e.name; } };
console.log(bad(() => { for (const v of 5) out.push(v); }), bad(() => { for (const v of { a: 1 }) out.push(v); }), bad(() => { for (const v of null) out.push(v); }), bad(() => { const [a] = 1; return a; }));
async function later() { for (const p of [Promise.resolve('r'), 2, (async () => 's')()]) out.push(await p); for (const [k, v] of new Map([['k', Promise.resolve('v')]])) out.push(k, await v); flush(); }
later();
