// Stresses: long strings built by concatenation in every direction, joins, slices of slices, comparison and hashing of equal strings made differently.
'use strict';

const hash = (s) => { let h = 0; for (let i = 0; i < s.length; i++) h = (Math.imul(h, 31) + s.charCodeAt(i)) | 0; return h; };

let right = '', left = '';
const parts = [];
for (let i = 0; i < 4000; i++) {
  const piece = `${i},`;
  right += piece;
  left = piece + left;
  parts.push(piece);
}
console.log(right.length, left.length, hash(right), hash(left), right === parts.join(''), left === parts.reverse().join(''));

const doubled = (() => { let s = 'ab'; while (s.length < 60000) s += s; return s; })();
console.log(doubled.length, hash(doubled), doubled === 'ab'.repeat(32768), doubled.slice(777, 790));
const mixed = (() => { let s = ''; for (let i = 0; i < 1000; i++) s = i % 2 ? s + '€' : 'é' + s; return s; })();
console.log(mixed.length, mixed.indexOf('€'), mixed.lastIndexOf('é'), hash(mixed));

// A slice of a slice of a long string keeps only what it shows.
let slices = [];
for (let i = 0; i < 500; i++) slices.push(right.slice(i * 3, i * 3 + 100).slice(10, 40).slice(5, -5));
console.log(slices.length, slices[100], hash(slices.join('|')), slices.filter((s, i) => slices.indexOf(s) === i).length);
slices = null;

// Equal strings from different makings are equal as keys.
const ways = ['abcdefgh', 'abcd' + 'efgh', ['ab', 'cd', 'ef', 'gh'].join(''), 'xabcdefghx'.slice(1, -1), `a${'b'}c${'defgh'}`, 'ABCDEFGH'.toLowerCase(), JSON.parse('"abcdefgh"'), [...'hgfedcba'].reverse().join(''), String.fromCharCode(97, 98, 99, 100, 101, 102, 103, 104), 'abcdXefgh'.replace('X', '')];
const o = {}, m = new Map(), s = new Set();
for (const w of ways) { o[w] = (o[w] ?? 0) + 1; m.set(w, (m.get(w) ?? 0) + 1); s.add(w); }
console.log(o, m, s.size, ways.every((w) => w === ways[0]));

const csv = Array.from({ length: 200 }, (_, r) => Array.from({ length: 8 }, (_, c) => (r * 31 + c * 17) % 97).join(',')).join('\n');
const rows = csv.split('\n').map((line) => line.split(',').map(Number));
console.log(csv.length, rows.length, rows.flat().reduce((a, b) => a + b, 0), rows.map((r) => r.join(',')).join('\n') === csv);
const report = rows.slice(0, 4).map((r, i) => `${String(i).padStart(3, '0')}: ${r.map((v) => String(v).padStart(3)).join('')} = ${r.reduce((a, b) => a + b)}`).join('\n');
console.log(report);
const rle = (t) => { let out = ''; for (let i = 0; i < t.length;) { let j = i; while (t[j] === t[i]) j++; out += (j - i > 1 ? j - i : '') + t[i]; i = j; } return out; };
const unrle = (t) => { let out = '', n = ''; for (const c of t) { if (c >= '0' && c <= '9') n += c; else { out += c.repeat(+n || 1); n = ''; } } return out; };
const look = ['1'];
while (look.length < 8) look.push([...look.at(-1)].reduce((runs, c) => { const last = runs.at(-1); if (last?.[0] === c) last[1]++; else runs.push([c, 1]); return runs; }, []).map(([c, n]) => n + c).join(''));
console.log(rle('aaabccddddde'), unrle(rle('wwwwwbbbwwwwx')) === 'wwwwwbbbwwwwx', look);
const reversed = right.split('').reverse().join('');
console.log(reversed.slice(0, 20), hash(reversed), reversed < right, right.toUpperCase() === right);
