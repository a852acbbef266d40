// Stresses: the everyday methods of arrays: arguments, negative indices, callbacks, results, and what is mutated.
'use strict';

const a = [5, 1, 4];
console.log(a.push(2, 3), a.pop(), a.shift(), a.unshift(9, 8), a, a.length);
console.log(a.slice(), a.slice(1, -1), a.slice(-2), a.slice(3, 1), a.slice(99), a.at(-1), a.at(0), a.at(9));
console.log(a.splice(1, 2), a, a.splice(-1), a, a.splice(0, 0, 'x', 'y'), a, a.splice(1), a, a.splice());
console.log([1, 2, 3, 4].fill(0, 1, -1), Array(3).fill('z'), new Array(4).length, Array.of(7), Array.from('abc'), Array.from({ length: 3 }, (_, i) => i * i), Array.from(new Map([[1, 2]])));
console.log([1, [2, [3, [4]]]].flat(), [1, [2, [3, [4]]]].flat(Infinity), [1, 2].flatMap((x) => [x, [x * 10]]), [[]].flat());
console.log([1, 2].concat(3, [4, [5]], []), [3, 1, 2].reverse(), ['a', null, undefined, [1, [2]], 'b'].join('-'), [].join(), [null].join());
console.log([1, 2, 1, NaN].indexOf(1, 1), [1, 2, 1].lastIndexOf(1), [NaN].indexOf(NaN), [NaN].includes(NaN), [1, 2].indexOf('1'), [1, 2, 3].includes(3, -1), [1].lastIndexOf(2));

const people = [{ n: 'Bo', age: 30 }, { n: 'Al', age: 25 }, { n: 'Cy', age: 30 }];
console.log(people.find((p) => p.age === 30).n, people.findIndex((p) => p.n === 'Cy'), people.findLast((p) => p.age === 30).n, people.find((p) => p.age > 90), people.findIndex(() => false));
console.log(people.filter((p) => p.age === 30).map((p) => p.n), people.some((p) => p.age < 26), people.every((p) => p.age < 26), [].every(() => false), [].some(() => true));
console.log([1, 2, 3].reduce((x, y) => x + y), [1, 2, 3].reduceRight((x, y) => x + '-' + y), [].reduce((x) => x, 'init'), [[1, 2], [3]].reduce((acc, v) => [...acc, ...v], []));
const seen = [];
['x', 'y'].forEach((v, i, arr) => seen.push(v, i, arr.length));
console.log(seen, ['1', '2', '3'].map(Number), ['1', '2', '3'].map(parseInt), [0, 1, '', 'a', null].filter(Boolean));

console.log([10, 9, 1, 2].sort(), [10, 9, 1, 2].sort((x, y) => x - y), ['b', undefined, 'a', 'B'].sort(), [true, false, null].sort(), [3, 2, 1].sort(() => 0));
console.log([..."hello"].reverse().join(''), [...['p', 'q'].entries()], [...['p', 'q'].keys()], Array.isArray([]), Array.isArray('x'), Array.isArray({ length: 0 }));

// Length is writable, and writing beyond the end grows the array.
const g = [1, 2, 3];
g.length = 1; g[2] = 'two'; g[1] = 'one';
console.log(g, g.length, g['1'], 3 in g);
g.length = 0; g[0] = 0;
console.log(g, Object.keys(g), g.length);

// Callbacks that change the array while it is walked.
const grow = [1, 2, 3];
let steps = 0;
grow.forEach((v) => { steps++; if (steps < 10) grow.push(v * 10); });
console.log(grow, steps);
const shrink = [1, 2, 3, 4, 5, 6];
const visited = [];
for (const v of shrink) { visited.push(v); if (v % 2) shrink.pop(); }
console.log(visited, shrink);
const live = [1];
for (const v of live) if (v < 5) live.push(v + 1);
console.log(live, live.map((v, i, all) => all.length - i));
const tryIt = (f) => { try { return f(); } catch (e) { return e.name; } };
console.log(tryIt(() => [].reduce((x, y) => x + y)), tryIt(() => [1].map(5)), tryIt(() => new Array(-1)), tryIt(() => { [].length = 1.5; }), tryIt(() => [2, 1].sort(7)));
const matrix = Array.from({ length: 3 }, (_, r) => Array.from({ length: 3 }, (_, c) => r * 3 + c));
console.log(matrix[0].map((_, c) => matrix.map((row) => row[c])), matrix.flat().reduce((m, v) => Math.max(m, v), -Infinity));
