// Stresses: objects, functions, arrays and promises as keys of Maps and Sets while the heap moves them: identity is not an address.
'use strict';

const churn = (n) => { let junk = null; for (let i = 0; i < n; i++) junk = { i, junk: i % 5 ? null : junk, text: 'j' + i }; return junk.i; };

const keys = [], byKey = new Map(), members = new Set();
for (let i = 0; i < 600; i++) {
  const key = i % 4 === 0 ? { i } : i % 4 === 1 ? [i] : i % 4 === 2 ? () => i : Promise.resolve(i);
  keys.push(key);
  byKey.set(key, i);
  if (i % 3 === 0) members.add(key);
  if (i % 20 === 0) churn(50);
}
churn(2000);
console.log(byKey.size, members.size, keys.every((k, i) => byKey.get(k) === i), keys.filter((k) => members.has(k)).length);

let removed = 0;
for (let i = 0; i < keys.length; i += 2) { if (byKey.delete(keys[i])) removed++; if (i % 50 === 0) churn(30); }
for (let i = 0; i < keys.length; i += 4) byKey.set(keys[i], -i);
console.log(removed, byKey.size, keys.map((k) => byKey.get(k) ?? 'x').slice(0, 12).join(' '), byKey.has({ i: 0 }), byKey.has([1]));
console.log([...byKey.keys()].slice(0, 3).map((k) => keys.indexOf(k)), [...byKey.values()].slice(-3));

// Objects as keys of keys: a graph in Maps of Maps, walked by identity.
const nodes = Array.from({ length: 120 }, (_, id) => ({ id }));
const edges = new Map(nodes.map((n) => [n, new Map()]));
nodes.forEach((n, i) => { for (const k of [1, 7, 31]) edges.get(n).set(nodes[(i * k + k) % nodes.length], k); });
const distance = new Map([[nodes[0], 0]]);
for (const n of distance.keys()) { churn(5); for (const [to] of edges.get(n)) if (!distance.has(to)) distance.set(to, distance.get(n) + 1); }
console.log(distance.size, Math.max(...distance.values()), [...distance].slice(-2).map(([n, d]) => [n.id, d]));

// A registry by object, with what dies taken out by hand.
const registry = new Map();
const register = (name) => { const handle = { name }; registry.set(handle, { name, log: [] }); return handle; };
const handles = [];
for (let i = 0; i < 300; i++) { handles.push(register('h' + i)); if (handles.length > 20) registry.delete(handles.shift()); if (i % 10 === 0) churn(20); for (const h of handles) registry.get(h).log.push(i); }
console.log(registry.size, [...registry.values()].map((r) => r.log.length).reduce((a, b) => a + b, 0), handles[0].name);

const cyclic = { name: 'a' };
cyclic.self = cyclic;
const pair = [cyclic, { back: cyclic }];
pair[1].pair = pair;
const seen = new Set();
const walk = (v) => { if (typeof v !== 'object' || v === null || seen.has(v)) return; seen.add(v); churn(3); Object.values(v).forEach(walk); };
walk(pair);
console.log(seen.size, pair[1].pair[0].self.self === cyclic, [...seen].map((v) => Array.isArray(v)));
const dedupe = (xs) => [...new Set(xs)];
const shared = nodes.slice(0, 5);
console.log(dedupe([...shared, ...shared, ...nodes.slice(3, 8)]).map((n) => n.id));
async function later() {
  const tokens = new Map();
  await Promise.all(nodes.map(async (n, i) => { tokens.set(n, i); for (let k = 0; k < i % 5; k++) { await null; churn(2); } if (tokens.get(n) !== i) throw new Error('lost ' + i); tokens.delete(n); }));
  console.log(tokens.size);
}
later();
