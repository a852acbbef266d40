// Prints random values, nested in all ways. `seed` and `rounds` are declared before this text.
const random = (n) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 4294967296) * n);
};
const pick = (list) => list[random(list.length)];
const times = (n, f) => Array.from({ length: n }, f);

const texts = ['', 'a', 'ab', "it's", 'say "x"', 'both \' "', 'all \' " `', 'new\nline', 'tab\t', 'é', '日本語', '😀', '\u0007', '\ud800', 'x\udc00y', 'x'.repeat(15), 'y'.repeat(17), 'word '.repeat(4), 'z'.repeat(40), 'l'.repeat(76), 'lines\nof text that is longer than sixteen', 'k\\b', '\x7f\x85', '${x}', "'${x}\"", 'a\nb\nc '.repeat(12), '－全角', 'e\u0301', '\u200b', '\u00ad', 'q'.repeat(10001)];
const numbers = [0, -0, 1, -1, 42, 3.14, 1e21, -1e-7, NaN, Infinity, 123456789, 0.1, 1000, -500.25, 7, 99];
const keys = ['a', 'b', 'key', 'longer_key', 'with space', "it's", '1', '42', '', 'é', '$d', '_u', 'a-b', 'name', 'message', 'nl\n', 'x'.repeat(20), '1a', 'constructor'];
const primitive = () => pick([() => pick(texts.slice(0, -1)), () => pick(texts), () => pick(numbers), () => pick(numbers), () => pick([true, false, null, undefined])])();

function named() {}
const arrow = (x) => x;
const bound = named.bind(null, 1);
const functions = [() => 1, function () {}, function inner() {}, async () => 1, async function waits() {}, named, arrow, bound, Math.max, Array, RangeError, Map, parseInt, [].push, ''.trim, Object.keys, new Map().get, [].map, JSON.stringify, Promise.resolve];
const rejected = (value) => {
  const promise = Promise.reject(value);
  promise.catch(() => {});
  return promise;
};
const bare = (error) => {
  error.stack = error.stack.split('\n    at')[0];
  return error;
};
const self = [1, { k: 2 }];
self[1].up = self;
const around = new Map();
around.set('s', { around });

const rings = [
  (v) => { const o = { v }; o.me = o; return o; },
  (v) => { const o = { a: { v, list: [] } }; o.a.list.push(o, o.a); return o; },
  (v) => { const m = new Map([['v', v]]); m.set('m', m); m.set(m, 1); return [m, new Set([m])]; },
  (v) => { const e = bare(new Error('ring')); e.self = e; e.v = v; return e; },
];
const errors = [
  (v) => Object.assign(bare(new TypeError('bad thing')), { v }),
  (v) => bare(new Error('outer\nsecond line', { cause: v })),
  (v) => Object.assign(bare(new AggregateError([1, v], 'many')), { code: 5 }),
  () => bare(new RangeError()),
  (v) => Object.assign(bare(new Error('x')), { message: 'x', name: 'Error', v }),
  (v) => Object.assign(bare(new Error('x')), { stack: v }),
];
const odd = [
  (v) => Promise.resolve(v), () => new Promise(() => {}), rejected, (v) => new Map([[v, 1], [2, v]]).keys(), (v) => new Map([[v, 1], [2, v]]).entries(),
  (v) => new Set([1, v]).values(), (v) => new Set([1, v]).entries(), () => [1, 2].values(), () => new Map().entries(), () => new Set().values(), (v) => new Map([[1, v]]).values(),
  (v) => Object.assign(Object.create(null), { v }), () => Object.create(null), (v) => Object.freeze([v]), () => JSON, () => Math, () => self, () => around,
  (v) => { const list = [v]; list[random(5) + 1] = 1; list.length = random(5) + 6; return list; }, () => new Array(random(3) + 1), () => times(random(4), () => []),
];

const value = (depth) => {
  if (depth <= 0) return primitive();
  const inner = () => value(depth - 1);
  switch (random(14)) {
    case 0: case 1: return primitive();
    case 2: case 3: return times(random(9), inner);
    case 4: { const kind = pick([() => pick(numbers), () => pick(texts), () => random(10 ** (1 + random(7))), () => 'w'.repeat(random(9)), primitive]); return times(7 + random(45), kind); }
    case 5: return times(pick([99, 100, 101, 102, 150]), pick([(_, i) => i, (_, i) => i * i * 1.5, (_, i) => 's' + i]));
    case 6: case 7: case 8: return Object.fromEntries(times(random(6), () => [pick(keys), inner()]));
    case 9: return new Map(times(random(5), () => [inner(), inner()]));
    case 10: return new Set(times(random(5), inner));
    case 11: return pick(functions);
    case 12: return pick(odd)(inner());
    default: return pick([pick(rings), pick(errors)])(inner());
  }
};
const formats = ['%s', '%d', '%i', '%f', '%j', '%O', '%c', '%%', '%x', 'a %s b %s', '%s%d%%', '100%', '%', '%s %O', '%i|%f|%s|%s'];
for (let round = 0; round < rounds; round++) {
  const depth = 1 + random(5);
  switch (random(8)) {
    case 0: console.log(value(depth), value(depth - 1), primitive()); break;
    case 1: console.log(pick(formats), pick([primitive, primitive, () => times(3, primitive)])(), primitive()); break;
    case 2: console.log('%s and %O', value(2), value(3), value(1)); break;
    default: console.log(value(depth));
  }
}
