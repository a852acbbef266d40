// Stresses: integer keys up to 2 ** 32 - 2 come first and in order; larger ones are names.
'use strict';

const o = { 3000000000: 'a', 5: 'b', x: 1, 2147483648: 'c', 2147483647: 'd', 4294967295: 'name', 4294967294: 'e' };
console.log(Object.keys(o), o);
const hashes = {};
for (const word of ['tree', 'root', 'leaf', 'bark', 'seed', 'ash', 'oak', 'elm', 'fir', 'yew']) {
  let h = 0x811c9dc5;
  for (const c of word) h = Math.imul(h ^ c.charCodeAt(0), 0x01000193);
  hashes[h >>> 0] = word;
}
console.log(hashes, Object.values(hashes).join(' '), JSON.stringify(hashes));
for (const k in hashes) if (k > '2147483647') delete hashes[k];
console.log(Object.keys(hashes).length);
