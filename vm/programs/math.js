// Stresses: Math: rounding, signs, integer multiplication, roots, logarithms and angles where the result is exact, and special values.
'use strict';

const xs = [0, -0, 0.5, -0.5, 1.5, 2.5, -1.5, -2.5, 0.49999999999999994, 4503599627370497.5, NaN, Infinity, -Infinity];
const show = (v) => (v === 0 && 1 / v < 0 ? '-0' : String(v));
for (const f of ['round', 'floor', 'ceil', 'trunc', 'abs', 'sign', 'sqrt', 'fround']) console.log(f.padEnd(6), xs.map((x) => show(Math[f](x))).join(' '));
console.log(Math.max(), Math.min(), Math.max(1, NaN), Math.max(-0, 0), show(Math.min(0, -0)), Math.max('3', [2], null), Math.min(...[3, 1, 2]));
console.log(Math.pow(2, 0.5), Math.pow(-8, 1 / 3), Math.hypot(3, 4), Math.hypot(), Math.cbrt(27), Math.imul(0xffffffff, 5), Math.imul(123456789, 987654321), Math.clz32(1), Math.clz32(0), Math.clz32(-1));
console.log(Math.PI, Math.E, Math.LN2, Math.LN10, Math.SQRT2, Math.LOG2E, Math.LOG10E, Math.SQRT1_2);
console.log(Math.log(1), Math.log(0), Math.log(-1), Math.log2(1024), Math.log10(1000), Math.log1p(0), Math.exp(0), Math.exp(-Infinity), Math.expm1(0));
console.log(Math.sin(0), Math.cos(0), Math.tan(0), Math.atan(0), Math.atan2(0, -1) === Math.PI, Math.atan2(1, 1) === Math.PI / 4, Math.asin(2), Math.acos(1));
const near = (a, b) => Math.abs(a - b) < 1e-12;
console.log(near(Math.sin(1) ** 2 + Math.cos(1) ** 2, 1), near(Math.exp(Math.log(10)), 10), near(Math.tan(0.7), Math.sin(0.7) / Math.cos(0.7)), near(Math.sinh(1), (Math.E - 1 / Math.E) / 2), near(Math.tanh(50), 1));
const r = Math.random();
console.log(r >= 0 && r < 1, typeof r, Math.round(-0.2) === 0, Math.round(2 ** 31 - 0.5), Math.floor(-2147483648.5), Math.trunc(2 ** 40 + 0.5));

const gcd = (a, b) => (b ? gcd(b, a % b) : Math.abs(a));
const isPrime = (n) => { for (let i = 2; i * i <= n; i++) if (n % i === 0) return false; return n > 1; };
const modpow = (b, e, m) => { let r = 1; for (b %= m; e > 0; e = Math.floor(e / 2)) { if (e % 2) r = (r * b) % m; b = (b * b) % m; } return r; };
console.log(gcd(1071, 462), gcd(-12, 18), Array.from({ length: 30 }, (_, i) => i).filter(isPrime), modpow(3, 1000000, 1000003), modpow(2, 30, 1e6 + 3));
let pi = 0;
for (let k = 0; k < 100000; k++) pi += (k % 2 ? -4 : 4) / (2 * k + 1);
console.log(pi, Math.round(pi * 1e4) / 1e4);
const newton = (v) => { let x = v; for (let i = 0; i < 60; i++) x = (x + v / x) / 2; return x; };
console.log(newton(2) === Math.SQRT2, newton(144), newton(1e-10));
let state = 2463534242;
const xorshift = () => { state ^= state << 13; state ^= state >>> 17; state ^= state << 5; return state >>> 0; };
const draws = Array.from({ length: 10000 }, xorshift);
console.log(draws.slice(0, 4), draws.reduce((a, b) => a + b, 0), draws.reduce((a, b) => a ^ b, 0), Math.max(...draws));
const mean = draws.reduce((a, b) => a + b / 4294967296, 0) / draws.length;
console.log(mean.toFixed(6), (draws.reduce((a, b) => a + (b / 4294967296 - mean) ** 2, 0) / draws.length).toFixed(6));
let h = 0x811c9dc5;
for (const c of 'the quick brown fox') h = Math.imul(h ^ c.charCodeAt(0), 0x01000193);
console.log((h >>> 0).toString(16), (-1 >>> 0) * 2, 0x7fffffff + 1 | 0, 1e10 % 7, -1e10 % 7, 5.5 % -2);
