// Stresses: console.log of arrays: grouping in columns over six elements, number alignment, more than a hundred elements, mixed contents.
'use strict';

const range = (n, f = (i) => i) => Array.from({ length: n }, (_, i) => f(i));
for (const n of [0, 1, 5, 6, 7, 8, 10, 16, 17, 26, 27, 50, 100, 101, 102, 150]) console.log(range(n));
console.log(range(30, (i) => i * i * i), range(20, (i) => i / 3), range(12, (i) => -i * 1000), range(7, (i) => 10 ** i));
console.log(range(26, (i) => String.fromCharCode(97 + i)), range(10, (i) => 'word' + 'x'.repeat(i)), range(7, () => 'a fairly long string that takes some room'));
console.log(range(8, (i) => i % 2 === 0), range(9, () => null), range(7, (i) => (i % 2 ? 'odd' : i)), range(7, () => undefined), range(10, () => NaN));
console.log(range(7, (i) => [i]), range(7, (i) => ({ i })), range(8, () => []), range(6, (i) => [i, i * 2]));
console.log(range(3, () => range(8)), [range(7), range(7)], range(10, (i) => range(i)));
console.log(['a', 'b'], ['it\'s', "q\"q"], [''], ['multi\nline', 'x'], ['long'.repeat(30)], ['long'.repeat(20), 1, 2]);
console.log(range(6, () => 'exactly twelve'), range(6, (i) => 'x'.repeat(10 + i)), range(4, () => 'y'.repeat(15)), range(4, () => 'y'.repeat(16)));
console.log([1.5, 22.25, -333.125, 4, 5, 6, 7], [1, 'two', 3, 'four', 5, 'six', 7], [-0, 0, 1, -1, 10, -10, 100]);
console.log({ list: range(7), more: range(40, (i) => i * 100) }, [range(101)], { deep: { deeper: { list: range(7), deepest: [range(3)] } } });
console.log(range(110, (i) => 'n' + i), range(7, (i) => 'é'.repeat(i)), range(12, (i) => '日本'.repeat(i % 3)));
console.log([undefined, null, true, 'x', 1, {}, [], () => 1, new Map(), new Set()]);
console.log(range(7, () => 'x'.repeat(20)), range(20, (i) => 'id-' + i * 37), range(16, (i) => 1 / (i + 1)));
console.log([[1, 2, [3, 4, [5, [6]]]], { a: [1, { b: [2, { c: 3 }] }] }], [[[range(7)]]]);
console.log(range(8, (i) => 'k'.repeat((i * 5) % 13 + 1)), range(25, (i) => 'm'.repeat((i * 7) % 5 + 1)), range(9, (i) => 2 ** (i * 4)));
console.log(range(6, (i) => 'abcdefghij' + i), range(7, (i) => 'abcdefghij' + i), 'after', range(13, (i) => (i * 7919) % 1000));
console.log(Array.from({ length: 3 }, () => Array.from({ length: 3 }, () => 'cell')), [['name', 'qty'], ['apples', 10], ['pears', 7]]);
