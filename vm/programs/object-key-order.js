// Stresses: the order of object keys (integers first, then insertion), deletion and re-insertion, many keys, freeze, Object.* functions.
'use strict';

const o = { z: 1, 10: 'ten', a: 2, 2: 'two', '01': 'text', [-1]: 'neg', 2147483647: 'index', 4294967295: 'not index', 1.5: 'frac' };
console.log(Object.keys(o), o);
delete o.z; o.z = 'back'; o.a = 'updated'; delete o[10]; o[10] = 'ten again'; o[1] = 'one';
console.log(Object.keys(o).join(' '), JSON.stringify(o));
for (const k in o) if (typeof k !== 'string') console.log('never');
console.log(Object.entries({ b: 1, a: [2], 0: null }), Object.values({ x: 'y', 3: 4 }), Object.fromEntries([['p', 1], [2, 'q'], ['p', 3]]));
console.log(Object.assign({ a: 1, b: 2 }, { b: 3, c: 4 }, null, { 0: 'zero' }, 'hi'), Object.keys([7, 8]), Object.keys('ab'));

const counts = {};
for (const c of 'mississippi river') counts[c] = (counts[c] ?? 0) + 1;
console.log(counts, 'm' in counts, counts.q, Object.entries(counts).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, 3));

// The same shape made in two orders prints in two orders, and both are equal as data.
const p = { x: 1 }; p.y = 2; p.w = 3;
const r = { w: 3 }; r.y = 2; r.x = 1;
console.log(p, r, Object.keys(p).every((k) => p[k] === r[k]));

const many = {};
for (let i = 0; i < 500; i++) many['key' + ((i * 7) % 500)] = i;
for (let i = 0; i < 500; i += 2) delete many['key' + i];
for (let i = 0; i < 10; i++) many['new' + i] = i;
const keys = Object.keys(many);
console.log(keys.length, keys.slice(0, 4), keys.slice(-3), many.key7, many.key8, many.key497);
let hash = 0;
for (const k in many) hash = (hash * 31 + many[k] + k.length) % 1000003;
console.log(hash);

// for-in over arrays and strings, and over an object that loses keys meanwhile.
const seen = [];
for (const i in ['a', 'b']) seen.push(i, typeof i);
for (const i in 'xy') seen.push(i);
const dying = { a: 1, b: 2, c: 3 };
for (const k in dying) { seen.push(k); delete dying.b; }
for (const k in null) seen.push('never');
for (const k in undefined) seen.push('never');
console.log(seen.join(' '));

const frozen = Object.freeze({ a: 1, deep: { b: 2 } });
const attempt = (f) => { try { f(); return 'ok'; } catch (e) { return e.name; } };
console.log(attempt(() => { frozen.a = 2; }), attempt(() => { frozen.c = 3; }), attempt(() => { delete frozen.a; }), attempt(() => { frozen.deep.b = 3; }), Object.isFrozen(frozen), frozen);
const list = Object.freeze([1, 2]);
console.log(attempt(() => list.push(3)), attempt(() => { list[0] = 9; }), attempt(() => list.pop()), list);

const computed = { ['a' + 1]: 1, [`b${2}`]: 2, [3 + 4]: 7, [null]: 'n', [[1, 2]]: 'arr', 'with space': 1, 'valid_id': 2, '2x': 3, '': 'empty' };
console.log(computed);
const x = 1, y = 2;
const short = { x, y, sum() { return this.x + this.y; }, 'quoted method'() { return 'q'; }, async later() { return 1; }, 5() { return 5; } };
console.log(short.sum(), short['quoted method'](), short[5](), short);
