// Stresses: console.log of Map, Set, promises, functions, iterators, several arguments and format strings.
'use strict';

console.log(new Map(), new Set(), new Map([['a', 1]]), new Set(['a', 1, null]), new Map([[{ k: 1 }, [1]], [[2], new Map([[3, 4]])]]));
console.log(new Map(Array.from({ length: 10 }, (_, i) => ['key' + i, i * i])), new Set(Array.from({ length: 10 }, (_, i) => i)), new Set(Array.from({ length: 30 }, (_, i) => 'item ' + i)));
console.log({ m: new Map([['x', { y: { z: { w: 1 } } }]]), s: new Set([[1, [2, [3, [4]]]]]) }, [new Map([[1, new Set([2])]])], new Map([['long key '.repeat(5), 'long value '.repeat(4)]]));
console.log(new Set([new Set([new Set([new Set([1])])])]), new Map([[1, new Map([[2, new Map([[3, new Map([[4, 5]])]])]])]]));
const loop = new Map([['n', 1]]);
loop.set('self', loop).set('set', new Set([loop, 'x']));
console.log(loop, { loop });
console.log(new Map([[undefined, null], [NaN, -0], ['quote\'s', "it's"]]), new Set(['a\nb', '']));
console.log(new Set(Array.from({ length: 101 }, (_, i) => i)).size, [new Set([1, 2]), new Set('hello')], { set: new Set([{ a: 1, b: 2 }]) });

console.log(Promise.resolve(1), Promise.resolve({ a: [1] }), new Promise(() => { }), [Promise.resolve('x')], { p: Promise.resolve() }, Promise.resolve([1, 2]));
const failed = Promise.reject('reason');
failed.catch(() => { });
console.log(failed, (async () => 'async')(), (async () => { await null; })(), Promise.all([1]), Promise.resolve(7).then((x) => x));
Promise.resolve(Promise.resolve(5)).then((v) => console.log('then', v, failed));

function declared(a, b) { return a + b; }
const arrow = (x) => x, expression = function () { }, named = function inner() { };
async function asyncDeclared() { }
console.log(declared, arrow, expression, named, asyncDeclared, async () => { }, () => { }, [(x) => x, declared], { arrow, m() { }, c1: () => 1 });
let later;
later = () => 2;
const { d = () => 3 } = {};
const [e = function () { }] = [];
console.log(later, d, e, ((f = () => 1) => f)(), [function () { }][0]);

console.log('%s is %d years and %i, %f, %j %% %x', 'Ada', 36.5, 36.9, '1.5', { a: 1 });
console.log('%s %s', 'one', 'two', 'three', { four: 4 }, '%s', 'five');
console.log('%s|%s|%s|%s', null, undefined, 12, true, '100%', '%');
console.log('no format', '%s', 'x', 5, '5', [5, '5']);
console.log();
console.log('');
console.log(' ', '', '|', 'a\tb', -0, [-0], '-0', true, null, undefined, NaN, 1e21, 0.1);
console.log([['a', 1], ['b', { c: [] }]], { 'x y': [new Map([['k', new Set()]])] }, [[new Map([['a', { b: 1 }]])]], { a: { b: new Set([{ c: { d: 1 } }]) } });
console.error('this goes to the other stream');
