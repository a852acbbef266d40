// Stresses: plain recursion, memo tables in Maps, objects and closures, fixed points, higher-order functions.
'use strict';

const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
console.log(fib(20), Array.from({ length: 15 }, (_, i) => fib(i)));

let calls = 0;
const memo = (f, key = (...args) => args.join()) => {
  const cache = new Map();
  return (...args) => {
    const k = key(...args);
    if (!cache.has(k)) { calls++; cache.set(k, f(...args)); }
    return cache.get(k);
  };
};
const fast = memo((n) => (n < 2 ? n : fast(n - 1) + fast(n - 2)));
console.log(fast(80), calls, fast(90), calls, fast(1000));

const paths = memo((r, c) => (r === 0 || c === 0 ? 1 : paths(r - 1, c) + paths(r, c - 1)));
const binomial = memo((n, k) => (k === 0 || k === n ? 1 : binomial(n - 1, k - 1) + binomial(n - 1, k)));
console.log(paths(12, 12), binomial(40, 20), calls);

const change = memo((amount, coins) => (amount === 0 ? 1 : amount < 0 || coins.length === 0 ? 0 : change(amount - coins[0], coins) + change(amount, coins.slice(1))), (a, c) => a + ':' + c);
console.log(change(100, [50, 25, 10, 5, 1]), change(250, [200, 100, 50, 20, 10, 5, 2, 1]));

// A fixed point combinator, and the same with a table.
const Y = (f) => ((x) => f((v) => x(x)(v)))((x) => f((v) => x(x)(v)));
const fact = Y((self) => (n) => (n === 0 ? 1 : n * self(n - 1)));
const table = {};
const fibY = Y((self) => (n) => (table[n] ??= n < 2 ? n : self(n - 1) + self(n - 2)));
console.log(fact(20), fact(25), fibY(60), Object.keys(table).length);

const pair = (n) => { if (n === 0) return [0, 1]; const [a, b] = pair(n >> 1), c = a * (2 * b - a), d = a * a + b * b; return n & 1 ? [d, c + d] : [c, d]; };
let [a, b] = [0, 1];
for (let i = 0; i < 75; i++) [a, b] = [b, a + b];
console.log(pair(75)[0], a, pair(75)[0] === a);

// Big numbers as arrays of digits.
const addBig = (x, y) => { const out = []; for (let i = 0, carry = 0; i < Math.max(x.length, y.length) || carry; i++) { const d = (x[i] ?? 0) + (y[i] ?? 0) + carry; out.push(d % 10); carry = d > 9 ? 1 : 0; } return out; };
let [p, q] = [[0], [1]];
for (let i = 0; i < 300; i++) [p, q] = [q, addBig(p, q)];
console.log([...p].reverse().join(''));
let big = [1];
for (let n = 2; n <= 40; n++) { let carry = 0; big = big.map((d) => { const v = d * n + carry; carry = Math.floor(v / 10); return v % 10; }); while (carry) { big.push(carry % 10); carry = Math.floor(carry / 10); } }
console.log([...big].reverse().join(''));

const lazy = (f) => { let done = false, value; return () => (done ? value : ((done = true), (value = f()))); };
let forced = 0;
const stream = (n) => ({ head: n, tail: lazy(() => { forced++; return stream(n + 1); }) });
const take = (s, k) => { const out = []; for (; k > 0; k--, s = s.tail()) out.push(s.head); return out; };
const nat = stream(0);
console.log(take(nat, 5), take(nat, 8), forced);
const hanoi = (n, from = 'A', to = 'C', via = 'B') => (n === 0 ? [] : [...hanoi(n - 1, from, via, to), from + to, ...hanoi(n - 1, via, to, from)]);
console.log(hanoi(4).join(' '), hanoi(8).length);
const permutations = ([x, ...xs]) => (x === undefined ? [[]] : permutations(xs).flatMap((ps) => Array.from({ length: ps.length + 1 }, (_, i) => [...ps.slice(0, i), x, ...ps.slice(i)])));
console.log(permutations('abc').map((ps) => ps.join('')), permutations([1, 2, 3, 4, 5]).length, new Set(permutations('aab').map((ps) => ps.join(''))));
