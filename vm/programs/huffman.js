// Stresses: a priority queue of trees, codes as strings of bits, bytes and back, canonical codes.
'use strict';

function tree(text) {
  const counts = new Map();
  for (const c of text) counts.set(c, (counts.get(c) ?? 0) + 1);
  let order = 0;
  const queue = [...counts].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1)).map(([char, weight]) => ({ char, weight, order: order++ }));
  const insert = (node) => { let i = queue.length; while (i > 0 && (queue[i - 1].weight > node.weight)) i--; queue.splice(i, 0, node); };
  while (queue.length > 1) {
    const [left, right] = queue.splice(0, 2);
    insert({ left, right, weight: left.weight + right.weight, order: order++ });
  }
  return queue[0];
}
const codes = (node, prefix = '', out = {}) => {
  if (node.char !== undefined) out[node.char] = prefix || '0';
  else { codes(node.left, prefix + '0', out); codes(node.right, prefix + '1', out); }
  return out;
};
const encode = (text, table) => [...text].map((c) => table[c]).join('');
const decode = (bits, root) => {
  let out = '', node = root;
  for (const b of bits) {
    if (node.char === undefined) node = b === '0' ? node.left : node.right;
    if (node.char !== undefined) { out += node.char; node = root; }
  }
  return out;
};
const toBytes = (bits) => { const out = []; for (let i = 0; i < bits.length; i += 8) out.push(parseInt(bits.slice(i, i + 8).padEnd(8, '0'), 2)); return out; };
const fromBytes = (bytes, n) => bytes.map((b) => b.toString(2).padStart(8, '0')).join('').slice(0, n);

const canonical = (table) => {
  const sorted = Object.entries(table).map(([c, code]) => [c, code.length]).sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  let code = 0, last = sorted[0][1];
  const out = {};
  for (const [c, n] of sorted) { code <<= n - last; last = n; out[c] = code.toString(2).padStart(n, '0'); code++; }
  return out;
};

for (const text of ['abracadabra', 'aaaa', 'mississippi', 'héllo wörld 😀😀']) {
  const root = tree(text), table = codes(root), bits = encode(text, table);
  console.log(text, table, bits, bits.length, decode(bits, root) === text);
}
const long = Array.from({ length: 400 }, (_, i) => 'etaoin shrdlu'[Math.floor(((i * i * 7 + i * 3) % 169) / 13) % 13] + (i % 9 === 0 ? 'qz'[i & 1] : '')).join('');
const root = tree(long), table = codes(root), bits = encode(long, table), bytes = toBytes(bits);
console.log(long.length, bits.length, bytes.length, decode(fromBytes(bytes, bits.length), root) === long, bytes.slice(0, 10));
const c = canonical(table);
console.log(c);
const kraft = Object.values(c).reduce((s, code) => s + 2 ** -code.length, 0);
const back = new Map(Object.entries(c).map(([char, code]) => [code, char]));
let out = '', at = '';
for (const b of encode(long, c)) { at += b; if (back.has(at)) { out += back.get(at); at = ''; } }
console.log(kraft, out === long, Object.values(c).every((x, i, all) => all.every((y, j) => i === j || !y.startsWith(x))));
const freq = Object.entries(table).map(([char, code]) => ({ char, n: long.split(char).length - 1, bits: code.length })).sort((a, b) => b.n - a.n || (a.char < b.char ? -1 : 1));
console.log(freq.slice(0, 4), freq.reduce((s, f) => s + f.n * f.bits, 0) === bits.length);
