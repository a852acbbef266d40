// Stresses: every operator over every pair of kinds of values, with the language's conversions; int32 overflow into doubles.
'use strict';

const values = [0, -0, 1, -7, 2.5, NaN, Infinity, 2147483647, -2147483648, 4294967296, '', '0', ' 12 ', 'abc', '-7', true, false, null, undefined, [], [5], [1, 2], {}];
// Powers that are rounded differ in the last digit from one engine to the next.
const exact = (v) => (Number.isSafeInteger(v) || !Number.isFinite(v) ? v : 'rounded');
const binary = {
  '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b, '**': (a, b) => exact(a ** b),
  '&': (a, b) => a & b, '|': (a, b) => a | b, '^': (a, b) => a ^ b, '<<': (a, b) => a << b, '>>': (a, b) => a >> b, '>>>': (a, b) => a >>> b,
  '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b,
  '==': (a, b) => a == b, '!=': (a, b) => a != b, '===': (a, b) => a === b, '!==': (a, b) => a !== b,
  '&&': (a, b) => a && b, '||': (a, b) => a || b, '??': (a, b) => a ?? b, ',': (a, b) => (a, b),
};
const show = (v) => (v === 0 && 1 / v < 0 ? '-0' : typeof v === 'string' ? `'${v}'` : String(v));
for (const [name, op] of Object.entries(binary)) {
  let hash = 0, sample = '';
  for (const a of values) for (const b of values) {
    const text = show(op(a, b));
    for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 33) + text.charCodeAt(i)) | 0;
    if (sample.length < 60) sample += text + ' ';
  }
  console.log(name.padEnd(4), String(hash).padStart(11), sample.trim());
}
console.log(values.map((v) => show(-v)).join(' '));
console.log(values.map((v) => show(+v)).join(' '));
console.log(values.map((v) => show(~v)).join(' '));
console.log(values.map((v) => show(!v)).join(' '));
console.log(values.map((v) => typeof v).join(' '));

console.log(2147483647 + 1, -2147483648 - 1, 65536 * 65536, 2147483647 * 2147483647, -2147483648 / -1, 7 % -3, -7 % 3, -4 % 2, 5.5 % 2, 1 % 0);
console.log(1 << 31, 1 << 32, 1 << -1, -1 >>> 0, -1 >>> 31, -5 >> 1, 2 ** 31 | 0, 2 ** 32 + 5 | 0, 1e20 | 0, -1.9 | 0, ~~-1.9, NaN | 0);
console.log(2 ** 10, 2 ** -1, (-2) ** 3, 2 ** 3 ** 2, (-8) ** 0.5, 0 ** 0, NaN ** 0, 1 ** Infinity);
let i = 2147483647;
console.log(i++, i, ++i, i--, --i, -i);
let m = -2147483648;
console.log(--m, -m, Math.abs(m), m | 0);
let x = 5;
x += 2; x -= 1; x *= 3; x /= 2; x %= 5; x **= 3; x <<= 2; x >>= 1; x >>>= 0; x &= 0xff; x |= 1024; x ^= 3;
console.log(x);
let n = null, t = 1, z = 0;
n ??= 'set'; n ??= 'again'; t &&= 'and'; t ||= 'no'; z ||= 'or'; z &&= z + '!';
console.log(n, t, z);
let s = '5';
s++; console.log(s, typeof s);
s = 'a'; s += 1; s += null; s += [1, [2]]; s += {}; console.log(s, s - 1);
console.log('b' + 'a' + +'a' + 'a', [] + {}, [] + [], 1 + '2' - 1, '3' * '4', null + 1, undefined + 1, true + true, '' + null, 1 + [2, 3]);
console.log('10' < '9', 10 < 9, '10' < 9, 'a' < 'b', 'a' < 'B', null >= 0, undefined == 0, null == undefined, NaN != NaN, '1' == 1, [1] == 1, 'a' == ['a']);
console.log(void 0, typeof void 0, typeof null, typeof (() => 1), typeof [], typeof 'x', (1, 2, 3));
const obj = { a: 1, b: { c: 2 } };
console.log('a' in obj, 'z' in obj, 1 in [5, 6], 2 in [5, 6], delete obj.a, delete obj.none, delete obj.b.c, obj);
const behind = (f) => { try { return {} instanceof f; } catch (e) { return e.message; } };
const odd = function () {}, fine = () => 1; odd.prototype = 3; fine.prototype = {};
for (const f of [() => 1, async () => 1, async function () {}, ({ m() {} }).m, ({ m: function () {} }).m, function () {}, odd, fine, Math.max, [].push, [].map, odd.bind(null), fine.bind(null), Object.bind(null), setTimeout, {}, 'x']) console.log(behind(f));
console.log(5 instanceof (() => 1), 5 instanceof odd, [] instanceof Array.bind(null));
console.log([] instanceof Array, {} instanceof Object, [] instanceof Object, (() => 1) instanceof Function, 5 instanceof Object, new Map() instanceof Map, new TypeError('t') instanceof Error);
const order = [];
const at = (k, v) => { order.push(k); return v; };
const target = { v: 1 };
at('object', target)[at('key', 'v')] += at('value', 4);
console.log(order.join(), target.v, at('l', 1) + at('m', 2) * at('r', 3), order.slice(3).join());

const zeros = [-0, 0].map((zero) => [zero - 0, zero + 0, zero - -0, zero * 1, zero % 5, -zero]);
console.log(zeros);
