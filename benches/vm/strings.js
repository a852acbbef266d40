// Strings: built piece by piece, split, joined, searched, cut, compared.
'use strict';

let checksum = 0;
const add = (s) => { for (let i = 0; i < s.length; i += 7) checksum = (Math.imul(checksum, 31) + s.charCodeAt(i)) | 0; };

for (let round = 0; round < 8; round++) {
  let text = '';
  for (let i = 0; i < 12000; i++) text += (i * 7 + round) % 1000 + (i % 11 === 0 ? '\n' : ' ');
  const lines = text.split('\n');
  const words = lines.map((line) => line.trim().split(' ')).flat();
  const shouted = words.map((w, i) => (i % 3 === 0 ? `<${w.padStart(5, '0')}>` : w.toUpperCase())).join('|');
  add(shouted);
  let found = 0;
  for (let i = 0; i < 1000; i++) if (text.indexOf(String(i * 3) + ' ') >= 0) found++;
  let at = -1, hits = 0;
  while ((at = shouted.indexOf('|7', at + 1)) >= 0) hits++;
  const pieces = [];
  for (let i = 0; i + 20 < text.length; i += 13) pieces.push(text.slice(i, i + 20));
  pieces.sort();
  add(pieces[0] + pieces[pieces.length >> 1] + pieces[pieces.length - 1]);
  checksum = (checksum + found * 1000 + hits + text.replaceAll(' ', '').length) | 0;
}
let palindromes = 0;
for (let i = 0; i < 60000; i++) { const s = String(i); let same = true; for (let a = 0, b = s.length - 1; a < b; a++, b--) if (s[a] !== s[b]) { same = false; break; } if (same) palindromes++; }
console.log('strings', checksum, palindromes);
