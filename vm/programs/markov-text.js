// Stresses: Maps of arrays keyed by joined words, generators of random text from a seed, weighted choice.
'use strict';

const lcg = (seed) => () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 4294967296; };
const source = `the moon rose over the river and the river rose over the field and the field was silver under the moon
the fox ran over the field and under the moon and the dog slept by the river and the dog dreamt of the fox
the fox dreamt of the moon and the moon slept under the field and the river ran silver to the sea
the sea rose under the moon and the fox slept by the sea and the dog ran to the river`;

function train(text, order) {
  const chain = new Map(), starts = [];
  for (const line of text.split('\n')) {
    const words = line.split(' ');
    starts.push(words.slice(0, order));
    for (let i = 0; i + order <= words.length; i++) {
      const key = words.slice(i, i + order).join(' ');
      const next = words[i + order] ?? null;
      if (!chain.has(key)) chain.set(key, []);
      chain.get(key).push(next);
    }
  }
  return { chain, starts, order };
}
const pick = (xs, random) => xs[Math.floor(random() * xs.length)];
function speak({ chain, starts, order }, random, limit = 40) {
  const out = [...pick(starts, random)];
  while (out.length < limit) {
    const next = pick(chain.get(out.slice(-order).join(' ')), random);
    if (next === null) break;
    out.push(next);
  }
  return out.join(' ');
}

for (const order of [1, 2, 3]) {
  const model = train(source, order), random = lcg(order * 17);
  const sizes = [...model.chain.values()].map((v) => v.length);
  console.log(`order ${order}: ${model.chain.size} states, ${Math.max(...sizes)} at most, ${sizes.filter((n) => n > 1).length} with a choice`);
  for (let i = 0; i < 3; i++) console.log(' ', speak(model, random));
}

// Names by letters, and how likely the model finds them.
const names = 'anna hanna joanna johan johanna hannes anton antonia tony ronja sonja sofia sofie olaf ole lena helena'.split(' ');
const letters = new Map();
for (const n of names) for (let i = 0, t = `^${n}$`; i < t.length - 1; i++) { const m = letters.get(t[i]) ?? new Map(); m.set(t[i + 1], (m.get(t[i + 1]) ?? 0) + 1); letters.set(t[i], m); }
const weighted = (m, random) => { let at = random() * [...m.values()].reduce((a, b) => a + b, 0); for (const [k, w] of m) { at -= w; if (at < 0) return k; } };
const random = lcg(7);
const invented = new Set();
while (invented.size < 12) { let n = '', c = '^'; while ((c = weighted(letters.get(c), random)) !== '$' && n.length < 12) n += c; if (n.length > 2 && !names.includes(n)) invented.add(n[0].toUpperCase() + n.slice(1)); }
console.log([...invented]);
const score = (n) => [...`${n}$`].reduce(([s, prev], c) => { const m = letters.get(prev); return [s + Math.log2((m?.get(c) ?? 0.01) / [...(m ?? new Map([['', 1]])).values()].reduce((a, b) => a + b, 0)), c]; }, [0, '^'])[0].toFixed(4);
console.log(['anna', 'sonja', 'zoe', 'hann'].map((n) => `${n} ${score(n)}`));

const rolls = {};
const dice = lcg(1);
for (let i = 0; i < 6000; i++) { const n = 2 + Math.floor(dice() * 6) + Math.floor(dice() * 6); rolls[n] = (rolls[n] ?? 0) + 1; }
console.log(rolls);
const shuffle = (xs, r) => { const a = [...xs]; for (let i = a.length - 1; i > 0; i--) { const j = Math.floor(r() * (i + 1)); [a[i], a[j]] = [a[j], a[i]]; } return a; };
console.log(shuffle('abcdefghij', lcg(3)).join(''), shuffle(Array.from({ length: 10 }, (_, i) => i), lcg(4)).join(''));
