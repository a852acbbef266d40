// Calls methods of the library with random receivers and arguments, sensible and not, and prints what comes of it.
// `seed` and `rounds` are declared before this text.
const random = (n) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 4294967296) * n);
};
const pick = (list) => list[random(list.length)];
const times = (n, f) => Array.from({ length: n }, f);

const pieces = ['', 'a', 'b', 'ab', 'B', 'abc', ' ', 'x'.repeat(9), 'é', 'ß', 'İ', 'Σ', 'ς', '日本', '😀', '\ud83d', '\ude00', '\n', '\u00a0', '0', '12', '-7.5', '$&', '$$', "$'", '$`', '.', ',', 'aa', 'undefined', 'null'];
const text = () => times(random(5), () => pick(pieces)).join('');
const word = () => times(random(4), () => pick(['a', 'e', 'E', 'é', 'É', 'e\u0301', 'è', 'ê', 'z', 'Z', 'ž', 'ñ', 'n', 'ж', 'Ж', 'я', 'α', 'ά', '日', '-', ' ', '1'])).join('');
const number = () => pick([0, -0, 1, -1, 2, 3, 5, 7, -2, -3, 10, 0.5, -1.5, 2.5, 99, -99, NaN, Infinity, -Infinity, 1e21, 1e-7, 123.456, 2147483648, 4294967296, random(20) - 10, random(1000) / 8]);
const primitive = () => pick([text, text, number, number, () => true, () => false, () => null, () => undefined])();
const list = () => {
  const result = times(random(7), () => (random(4) === 0 ? pick([[1, [2]], [], 'ab', { k: 1 }]) : primitive()));
  if (random(4) === 0) result[result.length + random(3)] = primitive();
  if (random(5) === 0) delete result[random(3)];
  return result;
};
const object = () => Object.fromEntries(times(random(5), () => [pick(['a', 'b', '1', '0', 'c', text()]), primitive()]));
const anything = () => pick([primitive, primitive, primitive, list, object])();
const index = () => pick([number, number, () => undefined, () => random(8) - 3, () => pick(['1', '-2', 'x', null, true])])();

const strings = {
  at: [index], charAt: [index], charCodeAt: [index], codePointAt: [index], concat: [primitive, primitive], endsWith: [text, index],
  includes: [text, index], indexOf: [text, index], lastIndexOf: [text, index], startsWith: [text, index], slice: [index, index],
  substring: [index, index], substr: [index, index], padStart: [() => random(30), text], padEnd: [() => random(30), primitive],
  repeat: [() => random(4) - (random(9) === 0 ? 5 : 0)], split: [() => pick([text(), undefined, '', pick(pieces)]), () => pick([undefined, random(4), -1])],
  trim: [], trimStart: [], trimEnd: [], toUpperCase: [], toLowerCase: [], toString: [], valueOf: [],
  replace: [() => pick(pieces), text], replaceAll: [() => pick(pieces), text], normalize: [() => pick(['NFC', 'NFD', 'NFKC', 'NFKD', undefined, 'nfc', null])],
};
const predicates = [(x) => x > 1, (x, i) => i % 2, () => true, () => false, (x) => typeof x === 'string', Boolean];
const predicate = () => pick(random(12) === 0 ? [undefined, 5, null, 'f', {}, [1]] : predicates);
const arrays = {
  at: [index], concat: [anything, list], copyWithin: [index, index, index], fill: [primitive, index, index], flat: [() => pick([undefined, 0, 1, 2, Infinity])],
  includes: [primitive, index], indexOf: [primitive, index], lastIndexOf: [primitive, index], join: [() => pick([undefined, '-', '', null, 1])], pop: [],
  push: [anything, anything], reverse: [], shift: [], slice: [index, index], splice: [index, index, anything, anything], toReversed: [],
  toSpliced: [index, index, anything], toString: [], unshift: [anything, anything], with: [index, primitive], sort: [], toSorted: [],
  map: [() => pick([(x) => [x], String, (x, i) => i, 7])], filter: [predicate], find: [predicate], findIndex: [predicate], findLast: [predicate],
  findLastIndex: [predicate], some: [predicate], every: [predicate], flatMap: [() => pick([(x) => [x, [x]], (x) => x, undefined])],
  reduce: [() => pick([(a, b) => a + '|' + b, undefined])], reduceRight: [() => pick([(a, b) => a + '|' + b, {}]), primitive],
};
const numbers = {
  toString: [() => pick([undefined, 2, 8, 10, 16, 36, 3, 1, 37])], toFixed: [() => pick([undefined, 0, 1, 2, 5, 10, 20, 100, -1, 101])],
  toPrecision: [() => pick([undefined, 1, 2, 5, 10, 21, 100, 0, 101])], toExponential: [() => pick([undefined, 0, 1, 5, 20, 100, -1, 101])], valueOf: [],
};
const calls = [
  () => parseInt(text(), pick([undefined, 10, 16, 2, 36, 0, 1, 37])), () => parseFloat(text()), () => Number(anything()), () => String(anything()), () => isNaN(anything()),
  () => isFinite(anything()), () => Number.isInteger(anything()), () => Number.isSafeInteger(anything()), () => Boolean(anything()),
  () => Object.keys(anything()), () => Object.values(anything()), () => Object.entries(anything()), () => Object.assign({}, anything(), anything()),
  () => Object.fromEntries(times(random(4), () => [primitive(), primitive()])), () => Object.is(primitive(), primitive()), () => Object.hasOwn(anything(), primitive()),
  () => Array.from(anything()), () => Array.of(anything(), anything()), () => Array(pick([0, 1, 3, -1, 1.5, 'x'])),
  () => Array.from({ length: pick([0, 3, -1, 2.7, 'x', NaN]) }, (_, i) => i * 2), () => String.fromCharCode(number(), random(70000)), () => String.fromCodePoint(random(1200000)),
  () => new Map(times(random(4), () => [primitive(), anything()])), () => new Set(list()), () => new Map(anything()), () => new Set(anything()),
  () => Object.fromEntries(anything()), () => Math.max(primitive(), primitive()), () => Math.min(...list()), () => Math.round(number()), () => Math.sign(primitive()),
  () => `${anything()}`, () => text() + anything(), () => anything() == anything(), () => [1, 2, 3, anything()].includes(anything()), () => [list(), list()].flat(2).length,
  () => { const m = new Map(times(random(6), () => [pick(['a', 'b', 1, NaN, -0]), primitive()])); m.delete(pick(['a', 1, NaN])); m.set('z', 1); return [...m.keys(), ...m.values(), m.size, m.has(0), m.get(NaN)]; },
  () => { const s = new Set(list()); const seen = []; for (const v of s) { seen.push(v); if (seen.length < 4) s.add(pick(['q', 'r', 1])); s.delete(seen[0]); } return [seen, s]; },
  () => { const a = list(); const before = a.length; a.length = random(6); return [before, a, a.length]; },
  () => times(random(40), () => random(pick([5, 1000]))).sort((a, b) => a - b), () => times(random(90), (_, i) => ({ k: random(6), i })).sort((a, b) => a.k - b.k).map((x) => x.i),
  () => { const log = []; times(random(30), () => random(50)).sort((a, b) => { log.push(a, b); return a - b; }); return log; },
  () => times(random(30), text).sort(), () => times(random(8), anything).sort(), () => list().toSorted((a, b) => (a < b ? -1 : 1)),
  () => Object.freeze(times(random(4), primitive)).push(1), () => { const a = Object.freeze(times(random(4), primitive)); a.sort(); return a; }, () => Object.isFrozen(anything()), 
  () => text().replace(pick(pieces), (m, at, all) => `<${m}@${at}/${all.length}>`), () => text().replaceAll(pick(pieces), (m, at) => m + at), () => [...text()], () => text().split('').reverse().join(''),
  () => word().localeCompare(word()),
  () => pick(['a', 'B', 'ab', 'A1', '1', '10', '', 'b', 'z', 'Zz', '_', '-a']).localeCompare(pick(['a', 'B', 'ab', 'A1', '1', '10', '', 'b', 'z', 'Zz', '_', '-a'])),
  () => [...list().entries()], () => [...new Map([[1, 2]]).entries()], () => list().keys().next(), () => [].concat(...times(3, list)), () => Array.isArray(anything()),
];

// Those whose last bit is V8's.
const functions = ['abs', 'acos', 'asin', 'atan', 'ceil', 'clz32', 'expm1', 'floor', 'fround', 'log2', 'round', 'sign', 'sqrt', 'tan', 'trunc'];
const real = () => pick([number, () => (random(1e9) / 1e9 - 0.5) * pick([1, 10, 1000, 1e6, 0.01, 1e-5])])();

const show = (f) => {
  try {
    console.log(f());
  } catch (error) {
    console.log(`${error.name}: ${error.message}`);
  }
};
for (let round = 0; round < rounds; round++) {
  const kind = random(6);
  if (kind === 5) {
    const [x, y] = [real(), real()];
    const name = pick(functions);
    console.log(name, x, y, Math[name](x), Math.hypot(x, y), Math.imul(x, y), x % y, x * y, x / y, x ** 2, y ** 0.5);
  } else if (kind < 3) {
    const table = [strings, arrays, numbers][kind];
    const name = pick(Object.keys(table));
    if (table[name] === undefined) continue;
    const args = table[name].map((make) => make());
    args.length = random(args.length + 1);
    const receiver = [text, list, number][kind]();
    show(() => {
      const result = receiver[name](...args);
      return kind === 1 ? [name, result, receiver] : [name, result];
    });
  } else {
    show(pick(calls));
  }
}
