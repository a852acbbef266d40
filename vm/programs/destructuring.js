// Stresses: patterns in declarations, parameters, assignments and loops: defaults, nesting, rest, holes, order of evaluation.
'use strict';

const [a, , b = 10, [c, d = a + 1] = [5], ...rest] = [1, 2, undefined, undefined, 6, 7, 8];
console.log(a, b, c, d, rest);

const { x, y: { z = 3, w: [p, q] = ['p'] } = {}, ['com' + 'puted']: k, 'quoted key': s = 's', ...others } =
  { x: 1, computed: 'K', y: { w: ['P', 'Q'] }, m: 1, n: 2 };
console.log(x, z, p, q, k, s, others);

let i = 1, j = 2;
[i, j] = [j, i];
console.log(i, j);
const o = { list: [] };
({ i, j: o.j, ...o.more } = { i: 'I', j: 'J', t: 1, u: 2 });
[o.list[0], [o.list[1]], ...o.tail] = 'xyz!';
console.log(i, o);

function f({ a, b = a * 2, ...r } = { a: 7 }, [first = 'none', ...more] = [], ...last) {
  return [a, b, r, first, more, last];
}
console.log(f());
console.log(f({ a: 1, b: null, c: 3 }, 'héy', 1, [2]));
console.log(f({ a: 2, b: undefined }, [undefined, 0], undefined));

const log = [];
const note = (v) => { log.push(v); return v; };
const { [note('k1')]: v1 = note('d1'), [note('k2')]: v2 = note('d2') } = { k2: 0 };
console.log(log, v1, v2);

for (const [key, { n, m = n + 1 }] of Object.entries({ one: { n: 1 }, two: { n: 2, m: 0 } })) console.log(key, n, m);
for (const [key, value] of new Map([['k', [1]], ['l', [2]]])) console.log(key, value);
for (let [h, ...t] of [[1, 2, 3], 'ab', new Set([7, 8])]) console.log(h, t);

const swap = ([l, r]) => [r, l];
const point = ({ x = 0, y = 0 } = {}) => `(${x}, ${y})`;
console.log(swap([1, 2]), point(), point({ y: 2 }), point({ x: null }));

const { length } = 'four';
const { length: size, 0: head, [1]: second } = ['A', 'B'];
console.log(length, size, head, second);

const tryIt = (g) => { try { return g(); } catch (e) { return e.name; } };
console.log(tryIt(() => { const { q } = null; return q; }), tryIt(() => { const [q] = undefined; return q; }));
console.log(tryIt(() => { const [q] = {}; return q; }), tryIt(() => { const { q } = 5; return q; }));
console.log(tryIt(() => { const { a: { b } } = { a: undefined }; return b; }));

// The value of an assignment is its right side.
let u, v;
const whole = ([u, v] = [1, 2, 3]);
console.log(whole, u, v, ({ u, v = 9 } = { u: 4 }).u, v);

let m0 = 0, m1 = 0, m2 = 0;
[m0 = 1, [m1 = 2] = [], { deep: m2 = 3 } = {}] = [];
console.log(m0, m1, m2);

const nested = { users: [{ id: 1, tags: ['a', 'b'] }, { id: 2, tags: [] }] };
const { users: [{ tags: [, tag] }, { id: second2, tags: [none = 'none'] }] } = nested;
console.log(tag, second2, none);
for (const thrown of [null, undefined]) try { try { throw thrown; } catch ({ message }) { console.log(message); } } catch (e) { console.log(e.message); }
