// Stresses: console.log of objects: depth, line breaking at 72 and 76 columns, quotes, keys, functions, circular references.
'use strict';

console.log({}, { a: 1 }, { a: { b: { c: {} } } }, { a: { b: { c: { d: 1 } } } }, { a: { b: { c: [] } } }, { a: { b: { c: [1] } } });
console.log([[[]]], [[[[]]]], [[[[1]]]], [[[{}]]], [[[{ a: 1 }]]], { x: [[{ y: 1 }]] }, [{ a: { b: { c: 1 } } }]);
for (const n of [55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77]) console.log({ k: 'x'.repeat(n) });
for (let n = 10; n < 22; n++) console.log({ alpha: 'a'.repeat(n), beta: 'b'.repeat(n), gamma: 'c'.repeat(n) });
for (let n = 5; n < 16; n++) console.log({ outer: { first: 'a'.repeat(n), second: { third: 'b'.repeat(n) } }, tail: n });
console.log({ one: 1, two: 'two', three: [1, 2, 3], four: { five: 5 }, six: null, seven: undefined, eight: true, nine: -0 });
console.log({ 'needs-quotes': 1, valid_1: 2, $dollar: 3, 'it\'s': 4, 'say "x"': 5, 'both \'"': 6, 'ünï': 7, 'new\nline': 8, '1a': 9 });
console.log({ f() { }, g: function () { }, h: () => { }, i: async () => { }, j: function named() { }, k: async function () { }, log: [() => 1, function z() { }] });
console.log({ s: 'single \' quote', d: 'double " quote', b: 'both \' and "', t: 'all \' " `', n: 'new\nline', u: 'é😀' });
console.log('top', ['nested'], 'new\nline', ['new\nline'], '', [''], undefined, null, [undefined, null]);

const self = { name: 'self' };
self.me = self;
self.list = [self, { again: self }];
console.log(self);
const a = { id: 'a' }, b = { id: 'b', a };
a.b = b;
console.log(a, b, [a, b]);
const tree = { v: 1, kids: [{ v: 2, kids: [] }, { v: 3, kids: [{ v: 4, kids: [{ v: 5, kids: [] }] }] }] };
tree.kids[0].parent = tree;
console.log(tree);

console.log(Array.from({ length: 3 }, (_, i) => ({ id: i, name: 'item' + i, tags: ['x', 'y'] })));
console.log({ users: [{ name: 'Ada Lovelace', email: 'ada@example.org', roles: ['admin', 'author'] }, { name: 'Grace Hopper', email: 'grace@example.org', roles: [] }], total: 2 });
console.log({ matrix: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], vector: [1, 2, 3], m: new Map([['k', { deep: { deeper: { deepest: 1 } } }]]) });
console.log({ text: 'a long line of text that goes on for more than seventy-six columns, so that it stands alone' }, 1, { a: 1 });
console.log([{ a: 1, b: { c: { d: { e: 1 } } } }, [[1, [2, [3]]]]], { level1: { level2: { level3: [Array.from({ length: 3 })] } } });
console.log({ a: 'x'.repeat(30), b: ['y'.repeat(30), 'z'.repeat(30)], c: { d: 'w'.repeat(60) } });
console.log({ a: { b: 1, c: { d: 2 } }, e: 'short' }, [{ a: { b: { c: 1 } } }, 2, 'three']);
console.log('%o %o', { a: { b: { c: { d: { e: {} } } } }, f: (x) => x, s: 'x' }, [1, [2, [3, [4, []]]]]); console.log('%o %O', 'text', -0);
