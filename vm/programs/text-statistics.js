// Stresses: splitting and joining text, counting in Maps and objects, sorting entries, formatting columns.
'use strict';

const text = `It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness,
it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of Darkness,
it was the spring of hope, it was the winter of despair, we had everything before us, we had nothing before us,
we were all going direct to Heaven, we were all going direct the other way.`;

const isLetter = (c) => c.toLowerCase() !== c.toUpperCase();
const words = [];
let word = '';
for (const c of text + ' ') {
  if (isLetter(c)) word += c;
  else if (word) { words.push(word); word = ''; }
}
const lower = words.map((w) => w.toLowerCase());
const counts = lower.reduce((m, w) => m.set(w, (m.get(w) ?? 0) + 1), new Map());
const top = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, 8);
for (const [w, n] of top) console.log(w.padEnd(10, '.') + String(n).padStart(3), '*'.repeat(n));

console.log({ characters: text.length, lines: text.split('\n').length, sentences: text.split('.').length - 1, clauses: text.split(',').map((s) => s.trim()).filter(Boolean).length, words: words.length, unique: counts.size });
const lengths = lower.map((w) => w.length).sort((a, b) => a - b);
const mean = lengths.reduce((a, b) => a + b, 0) / lengths.length;
console.log(mean.toFixed(3), lengths[lengths.length >> 1], Math.max(...lengths), Math.sqrt(lengths.reduce((s, l) => s + (l - mean) ** 2, 0) / lengths.length).toFixed(4));

const letters = {};
for (const c of text.toLowerCase()) if (isLetter(c)) letters[c] = (letters[c] || 0) + 1;
console.log(Object.entries(letters).sort(([a], [b]) => (a < b ? -1 : 1)).map(([c, n]) => c + n).join(' '));
const total = Object.values(letters).reduce((a, b) => a + b);
console.log((-Object.values(letters).reduce((h, n) => h + (n / total) * Math.log2(n / total), 0)).toFixed(6));

const byLength = {};
for (const w of counts.keys()) (byLength[w.length] ??= []).push(w);
console.log(byLength);

const wrap = (t, width) => t.split('\n').join(' ').split(' ').reduce((lines, w) => {
  const last = lines[lines.length - 1];
  if (last.length + 1 + w.length > width && last) lines.push(w); else lines[lines.length - 1] = last ? `${last} ${w}` : w;
  return lines;
}, ['']);
const justify = (line, width) => { const ws = line.split(' '); for (let i = 0, left = width - line.length; left > 0 && ws.length > 1; left--, i = (i + 1) % (ws.length - 1)) ws[i] += ' '; return ws.join(' '); };
const wrapped = wrap(text, 34);
console.log(wrapped.slice(0, 6).map((l) => `|${justify(l, 34)}|`).join('\n'));
console.log(wrapped.length, Math.max(...wrapped.map((l) => l.length)), lower.map((w) => w[0]).join('').slice(0, 40));
const grams = new Map();
for (let i = 0; i + 1 < lower.length; i++) { const g = `${lower[i]} ${lower[i + 1]}`; grams.set(g, (grams.get(g) ?? 0) + 1); }
console.log([...grams].filter(([, n]) => n > 3), [...grams.keys()].filter((g) => g.endsWith('us')));
