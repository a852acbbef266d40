// Stresses: strings of arrays whose elements have functions for theirs, when each is called, and what those change.
'use strict';

const log = [];
const named = (name, value = name) => ({
  toString() { log.push(`${name}.s`); return value; },
  valueOf() { log.push(`${name}.v`); return value; },
});
const show = (what, f) => {
  log.length = 0;
  let result;
  try { result = f(); } catch (e) { result = `${e.name}: ${e.message}`; }
  console.log(what, typeof result, result, log.join(' '));
};
const a = named('a', 3), b = named('b', 2);
show('sum', () => [a, [b, [a]]] + 1);
show('join', () => [a, null, b, undefined].join(b));
show('sort', () => [a, b, a, '25', 1].sort().map(Number).join());
show('sorted', () => Array.from({ length: 40 }, (_, i) => named(`${(i * 79) % 40}`)).toSorted().map(String).slice(5, 10));
show('pad', () => 'abc'.padEnd(a, b) + 'abc'.padEnd(named('c', 5), b));
show('error', () => `${Object.assign(new Error('m'), { toString() { return 'own'; } })} ${Object.assign(new Error('m'), { message: a })}`);
show('bare', () => Object.assign(Object.create(null), { valueOf() { return 4; } }) * a);
show('bare without', () => `${Object.create(null)}`);
console.log('%s and %d', a, b);

// A template makes each string before it evaluates what follows.
const list = [3, 1, 2];
show('template', () => `${list} sorted ${list.sort()} ${list.push(4)} ${list}`);
show('key', () => { const { [a]: first, ...rest } = { 3: 'three', z: 1 }; return [first, Object.keys(rest)]; });

// What changes while it becomes a string.
const shrinking = [];
shrinking.push({ toString() { shrinking.shift(); return 'x'; } }, 'y', 'z');
show('shrinks', () => shrinking.join());
const growing = [{ toString() { growing.push('more'); return 'x'; } }, 'y'];
show('grows', () => `${growing}, ${growing}`);
const within = [1, { toString() { return `<${within}>`; } }, 2];
show('within itself', () => `${within}`);
const deep = [1, [2, [named('d')]]];
deep.push(deep);
show('cycle', () => `${deep} ${[deep].join('-')}`);
const throwing = [1, { toString() { throw new RangeError('thrown'); } }];
for (let i = 0; i < 2; i++) show('throws', () => throwing.join());
show('afterwards', () => [throwing[0], a].join());

async function rejects() { return a + throwing; }
async function waits() { return `${await 'w'} ${[a, await b]} ${await null}`; }
const rejected = rejects();
show('other', () => +b);
rejected.catch((e) => console.log('rejected', e.message, +b));
waits().then((text) => console.log(text));
const many = Array.from({ length: 300 }, (_, i) => ({ toString: () => `${i % 10}` }));
show('many', () => [many.join('').length, `${many}`.length, [...many].sort()[299] + '']);
