// Stresses: numbers to text and back: shortest round trips, exponents, radixes, toFixed, parsing, zeros, integer boundaries.
'use strict';

console.log(0.1 + 0.2, 1 / 3, 100, 1e21, 1e20, 123456789012345680000, 1e-6, 1e-7, 1.5e-10, 5e-324, 1.7976931348623157e308);
console.log(-0, [-0, 0], String(-0), `${-0}`, JSON.stringify(-0), 0 === -0, 1 / -0, (-0).toFixed(1), -0 + '');
console.log(NaN, Infinity, -Infinity, [NaN, -Infinity], 2 ** 53, 2 ** 53 + 1, -(2 ** 31), 2 ** 31, 2 ** 32 - 1, 0xffffffff | 0);
console.log(4.35, 4.349999999999999, 0.000001234, 1234567.891, 1e100, 1.0, 1.10, 9007199254740993, 0.1 * 3, 4.9e-324);
for (const radix of [2, 3, 8, 16, 32, 36]) console.log(radix, (255).toString(radix), (-1000000).toString(radix), (0.5).toString(radix), (2 ** 40).toString(radix));
console.log((0.1).toString(2), (255.75).toString(16), (1e21).toString(36), (-7.25).toString(4), NaN.toString(2), (0).toString(8));
console.log((1.005).toFixed(2), (1.45).toFixed(1), (2.5).toFixed(0), (-1.5).toFixed(0), (1e21).toFixed(2), (0).toFixed(3), (123.456).toFixed(10), (0.000001).toFixed(7));
console.log((0.5).toFixed(0), (1.5).toFixed(0), (8.345).toFixed(2), (1234.5678).toFixed(), (10).toFixed(20), (-0.0000001).toFixed(2));
console.log(['42', ' 42\n', '', ' ', '0x1F', '0b101', '0o17', '1e3', '.5', '5.', '-.5e-2', '+7', '1_000', '12px', 'Infinity', '-Infinity', 'infinity', '0x', '--1', '1e', '1e400'].map(Number));
console.log([parseInt('42px'), parseInt('  -17.9'), parseInt('0x1f'), parseInt('1f', 16), parseInt('101', 2), parseInt('z', 36), parseInt(''), parseInt('9', 8), parseInt('1e3'), parseInt('123', 37), parseInt(null, 36), parseInt('-0')]);
console.log([parseFloat('3.14abc'), parseFloat('.5.5'), parseFloat('-1e-2x'), parseFloat('e5'), parseFloat('  7 8'), parseFloat('Infinityx'), parseFloat('1e'), parseFloat('-')]);
console.log([undefined, null, true, false, [], [7], [1, 2], {}, '7', () => 1].map(Number));
console.log(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, Number.EPSILON, Number.MAX_VALUE, Number.MIN_VALUE);
console.log([1, 1.5, -0, NaN, Infinity, '1', 2 ** 53].map((v) => [Number.isInteger(v), Number.isSafeInteger(v), Number.isFinite(v), Number.isNaN(v)].map(Number).join('')));
console.log(isNaN('x'), isNaN('1'), isNaN(undefined), isFinite('12'), isFinite(null), isFinite('1e999'));

// Numbers as keys.
const o = {};
for (const k of [1.5, -0, 1e21, 0.1, 1e-7, 255, '255', NaN]) o[k] = (o[k] ?? 0) + 1;
console.log(o);

// Powers of ten and of two, there and back.
let bad = 0;
for (let e = -320; e <= 308; e++) { const t = Number('1e' + e); if (Number(String(t)) !== t) bad++; }
for (let e = -1074; e <= 1023; e++) { const t = 2 ** e; if (parseFloat(`${t}`) !== t || -t !== Number('-' + t)) bad++; }
let seed = 1;
const next = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 4294967296;
let text = 0;
for (let i = 0; i < 2000; i++) {
  const v = (next() - 0.5) * Number('1e' + Math.floor(next() * 40 - 20));
  const str = String(v);
  if (Number(str) !== v || JSON.parse(JSON.stringify(v)) !== v) bad++;
  for (let j = 0; j < str.length; j++) text = (Math.imul(text, 31) + str.charCodeAt(j)) | 0;
}
console.log(bad, text);
console.log(parseInt('0b600b668a65623224621b5230c828795544', 13), parseInt('00zyxwvutsrqponmlkj', 36), parseInt('222222222222222222222222222222222222222', 3), parseInt('-99999999999999999999999', 11));
