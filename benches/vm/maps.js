// Maps, Sets and objects as tables: numbers, strings and objects as keys, growth, deletion, iteration.
'use strict';

let checksum = 0;
for (let round = 0; round < 3; round++) {
  const byNumber = new Map(), byText = new Map(), seen = new Set(), byObject = new Map(), table = {};
  const keys = [];
  for (let i = 0; i < 40000; i++) {
    const n = Math.imul(i, 2654435761) >>> 12;
    byNumber.set(n, (byNumber.get(n) ?? 0) + i);
    seen.add(n & 0xfff);
    const text = 'k' + (n % 5000);
    byText.set(text, (byText.get(text) ?? 0) + 1);
    table[text] = (table[text] ?? 0) + (n & 7);
    if (i % 8 === 0) { const key = { i }; keys.push(key); byObject.set(key, i); }
    if (i % 5 === 0) byNumber.delete(n - 1);
  }
  for (const key of keys) checksum = (checksum + byObject.get(key)) % 1000003;
  for (const [k, v] of byText) checksum = (checksum * 3 + k.length + v) % 1000003;
  for (const k in table) checksum = (checksum + table[k]) % 1000003;
  for (let i = 0; i < keys.length; i += 2) byObject.delete(keys[i]);
  byNumber.forEach((v, k) => { checksum = (checksum + v + k) % 1000003; });
  checksum = (checksum + seen.size + byObject.size + byNumber.size + Object.keys(table).length) % 1000003;
}
console.log('maps', checksum);
