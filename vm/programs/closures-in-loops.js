// Stresses: a fresh binding per iteration, captured variables that are shared and written, closures that outlive their frame.
'use strict';

const fs = [];
for (let i = 0; i < 3; i++) fs.push(() => i);
console.log(fs.map((f) => f()));

// The closure writes the binding of its own iteration; the copy to the next one is made before the update.
const gs = [];
for (let i = 0; i < 6; i++) {
  gs.push(() => i++);
  if (i === 2) i++;
}
console.log(gs.map((g) => [g(), g(), g()].join('')));

// A closure in the head sees the first binding only.
let early;
for (let i = 0, f = () => i; i < 3; i++) early = f;
console.log(early());

const hs = [];
for (const x of ['a', 'b', 'c']) hs.push(() => x + x);
for (const k in { p: 1, q: 2 }) hs.push(() => k);
console.log(hs.map((h) => h()));

let n = 0;
const ws = [];
while (n < 3) {
  const m = n * 10;
  ws.push((d) => m + d + n);
  n++;
}
console.log(ws.map((w) => w(1)));

function counter(start = 0) {
  let count = start;
  return {
    up: (by = 1) => (count += by),
    down: (by = 1) => (count -= by),
    reset() { count = start; return count; },
    get: () => count,
  };
}
const a = counter(5);
const b = counter();
a.up(); a.up(10); b.down(3);
console.log(a.get(), b.get(), a.reset(), b.reset(), a.get());

const adders = Array.from({ length: 4 }, (_, i) => (x) => (y) => x * 100 + y * 10 + i);
console.log(adders.map((f, i) => f(i)(i + 1)));

// Mutual recursion through captured names, and a shadowed parameter.
function parity(n) {
  const even = (k) => (k === 0 ? true : odd(k - 1));
  const odd = (k) => (k === 0 ? false : even(k - 1));
  return even(n) ? 'even' : 'odd';
}
console.log(parity(10), parity(7));

function shadow(x) {
  const outer = () => x;
  {
    let x = 'inner';
    const inner = () => x;
    x += '!';
    return [outer(), inner()];
  }
}
console.log(shadow('outer'));

// Hoisted functions in a block see later bindings.
{
  const early = () => later();
  function later() { return 'later ' + value; }
  const value = 42;
  console.log(early());
}

const compose = (...fns) => (x) => fns.reduceRight((acc, f) => f(acc), x);
console.log(compose((x) => x + 1, (x) => x * 2, (x) => x - 3)(10));

const fact = function self(n) { return n < 2 ? 1 : n * self(n - 1); };
console.log(fact(10), (function () { return typeof this; })());

// What closures of the initialiser share is the variables of no round.
const rounds = [];
for (let i = 0, skip = () => i++, seen = () => i; i < 2; skip(), i++) rounds.push(() => [i, seen()]);
console.log(rounds.map((f) => f()));
