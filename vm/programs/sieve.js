// Stresses: large arrays of booleans and numbers, loops on int32, growth by push, typed results.
// zeal: one-in=4000
'use strict';

function sieve(limit) {
  const composite = new Array(limit + 1).fill(false);
  const primes = [];
  for (let i = 2; i <= limit; i++) {
    if (composite[i]) continue;
    primes.push(i);
    for (let j = i * i; j <= limit; j += i) composite[j] = true;
  }
  return primes;
}
const primes = sieve(100000);
console.log(primes.length, primes.slice(0, 10), primes.slice(-3), primes.reduce((a, b) => a + b, 0));

// Bits in 32-bit words.
function bitSieve(limit) {
  const words = [];
  for (let i = 0; i <= limit >> 5; i++) words.push(0);
  let count = 0;
  for (let i = 2; i <= limit; i++) {
    if ((words[i >> 5] >>> (i & 31)) & 1) continue;
    count++;
    for (let j = i * 2; j <= limit; j += i) words[j >> 5] |= 1 << (j & 31);
  }
  return [count, words.reduce((a, b) => (Math.imul(a, 31) + b) | 0, 0)];
}
console.log(bitSieve(60000));

// Sieve by closures: each prime is a counter that filters; and by a Map of next multiples.
function byMap(limit) {
  const next = new Map(), found = [];
  for (let n = 2; n < limit; n++) {
    const factors = next.get(n);
    if (factors === undefined) { found.push(n); next.set(n * n, [n]); continue; }
    for (const p of factors) { const m = n + p; if (next.has(m)) next.get(m).push(p); else next.set(m, [p]); }
    next.delete(n);
  }
  return found;
}
const counters = [];
const byClosures = (limit) => {
  const found = [];
  for (let n = 2; found.length < limit; n++) {
    let prime = true;
    for (const hit of counters) if (hit(n)) prime = false;
    if (prime) { found.push(n); let at = n; counters.push((m) => { while (at < m) at += n; return at === m; }); }
  }
  return found;
};
console.log(byMap(3000).length, byMap(3000).join() === sieve(2999).join(), byClosures(60).at(-1));

const set = new Set(primes);
const twins = primes.filter((p) => set.has(p + 2));
let gap = 0, where = 0;
for (let i = 1; i < primes.length; i++) if (primes[i] - primes[i - 1] > gap) { gap = primes[i] - primes[i - 1]; where = primes[i - 1]; }
const goldbach = (n) => primes.find((p) => set.has(n - p));
console.log(twins.length, twins.slice(0, 5), gap, where, goldbach(99998), goldbach(10000));
const factor = (n) => { const out = {}; for (const p of primes) { if (p * p > n) break; while (n % p === 0) { out[p] = (out[p] ?? 0) + 1; n /= p; } } if (n > 1) out[n] = 1; return out; };
console.log(factor(360), factor(999983), factor(1001), factor(2 ** 31), factor(600851475143));
const totient = (n) => Object.keys(factor(n)).reduce((t, p) => (t / p) * (p - 1), n);
console.log(Array.from({ length: 20 }, (_, i) => totient(i + 1)), new Array(5).fill().map((_, i) => i));
const collatz = (n) => { let steps = 0; while (n !== 1) { n = n % 2 ? 3 * n + 1 : n / 2; steps++; } return steps; };
let longest = 1, most = 0;
for (let n = 1; n < 3000; n++) { const s = collatz(n); if (s > most) { most = s; longest = n; } }
console.log(longest, most);
