// Stresses: the everyday methods of strings with odd arguments: negative, beyond the end, missing, not numbers, not strings.
'use strict';

const s = 'The quick brown fox';
console.log(s.slice(4, 9), s.slice(-3), s.slice(-99, 3), s.slice(9, 4) === '', s.slice('4', 9.9), s.slice(NaN, 3), s.slice(undefined, undefined).length);
console.log(s.substring(9, 4), s.substring(-5, 3), s.substring(16), s.substring(NaN, 2), s.charAt(4), s.charAt(-1) === '', s.at(-3), s.at(99), s[4], s['length'], s[-1]);
console.log(s.indexOf('quick'), s.indexOf('q', 5), s.indexOf(''), s.indexOf('', 99), s.lastIndexOf('o'), s.lastIndexOf('o', 12), s.lastIndexOf('T', -5), s.lastIndexOf(''), s.indexOf('fox', -10));
console.log(s.includes('brown'), s.includes('brown', 11), s.startsWith('The'), s.startsWith('quick', 4), s.endsWith('fox'), s.endsWith('quick', 9), s.includes(''), 'null!'.includes(null), '5'.startsWith(5));
console.log(s.split(' '), s.split(), s.split(' ', 2), 'abc'.split(''), ''.split(''), ''.split(','), ',a,,b,'.split(','), 'aXXbXXc'.split('XX'), 'abc'.split('abc'));
console.log('-'.repeat(10), 'ab'.repeat(0) === '', 'ab'.repeat(2.9), '7'.padStart(3, '0'), '7'.padEnd(3), '|', 'abc'.padStart(2), 'x'.padStart(6, 'abc'), 'x'.padEnd(6, ''), 'x'.padStart(5, 12));
console.log(' \t\n trim me \r\n'.trim(), '  left'.trimStart(), 'right  '.trimEnd() + '|', ''.trim() === '', 'no'.trim());
console.log('MiXed'.toUpperCase(), 'MiXed'.toLowerCase(), 'a-b-a'.replace('a', 'x'), 'a-b-a'.replaceAll('a', 'x'), 'abc'.replace('z', 'y'), 'aaa'.replaceAll('aa', 'b'), 'x.y.z'.replaceAll('.', ''));
console.log('abc'.replace('b', '[$&]'), 'abc'.replace('b', '$$'), 'abc'.replace('b', "$`$'"), 'a.b'.replace('.', () => '!'));
console.log('a'.concat('b', 1, null), 'abc'.charCodeAt(1), 'abc'.charCodeAt(9), 'abc'.codePointAt(0), 'abc'.codePointAt(3), String.fromCharCode(72, 105), 'b'.concat());
console.log('a' < 'b', 'a' < 'B', 'apple' < 'apple pie', '' < 'a', 'Z' < 'a', '2' > '12', 'abc' === 'ab' + 'c', 'a' === "a");
console.log([...'bca'].sort().join(''), Array.from('xyz', (c, i) => c + i), Object.keys('ab'), Object.entries('hi'), 'x' in { x: 1 });
console.log(String(null), String([1, [2, 3]]), String({}), String(true), String(12.50), String('s'), [String(undefined)], (12).toString(), true.toString(), [1, 2].toString(), 'q'.toString());

const tryIt = (f) => { try { return f(); } catch (e) { return e.name; } };
console.log(tryIt(() => 'x'.repeat(-1)), tryIt(() => 'x'.repeat(Infinity)), tryIt(() => (1).toFixed(101)), tryIt(() => (1).toString(1)), tryIt(() => 'x'.nothing()), tryIt(() => { 'use strict'; 'abc'.length = 1; }));

const words = 'it was the best of times it was the worst of times'.split(' ');
const counts = words.reduce((m, w) => { m[w] = (m[w] ?? 0) + 1; return m; }, {});
console.log(counts);
console.log(words.map((w) => w[0].toUpperCase() + w.slice(1)).join(''), words.map((w) => w.length).join(''));

const caesar = (text, k) => [...text].map((c) => {
  const code = c.charCodeAt(0);
  const base = c >= 'a' && c <= 'z' ? 97 : c >= 'A' && c <= 'Z' ? 65 : null;
  return base === null ? c : String.fromCharCode((code - base + k + 26) % 26 + base);
}).join('');
console.log(caesar('Hello, World!', 3), caesar(caesar('Hello, World!', 3), -3));
const isPalindrome = (t) => { const u = [...t.toLowerCase()].filter((c) => c >= 'a' && c <= 'z'); return u.join('') === [...u].reverse().join(''); };
console.log(isPalindrome('A man, a plan, a canal: Panama'), isPalindrome('nope'));
