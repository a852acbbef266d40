// Stresses: labelled break and continue through nested loops of every kind, blocks and switches.
'use strict';

const out = [];
const flush = () => console.log(out.splice(0).join(' '));

outer: for (let i = 0; i < 4; i++) {
  inner: for (let j = 0; j < 4; j++) {
    if (j === 2) continue outer;
    if (i === 3) break outer;
    if (i === j) continue inner;
    out.push(`${i}${j}`);
  }
}
flush();

let n = 0;
a: while (true) {
  b: do {
    n++;
    for (const x of [1, 2, 3]) {
      for (const k in { p: 1, q: 2 }) {
        out.push(`${n}${x}${k}`);
        if (x === 1) break;
        if (n === 1) continue b;
        if (n === 2) continue a;
        if (n >= 3) break a;
      }
    }
  } while (n < 2);
  out.push('w');
}
flush();

found: {
  for (const row of [[1, 2], [3, 4], [5, 6]]) for (const cell of row) if (cell === 4) { out.push('found'); break found; }
  out.push('not found');
}
block: { if (out.length) break block; out.push('skipped'); }
l1: l2: for (;;) { l3: { break l3; } out.push('l'); break l1; }
flush();

// Closures made before a continue keep their own bindings.
const fs = [];
rows: for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) {
  fs.push(() => i * 10 + j);
  if (j === i) continue rows;
}
console.log(fs.map((f) => f()));

sw: switch (1) {
  case 1:
    for (let i = 0; ; i++) { if (i === 3) break sw; out.push('i' + i); }
  case 2: out.push('never');
}
flush();

function primes(max) {
  const found = [];
  next: for (let i = 2; found.length < max; i++) {
    for (const p of found) { if (p * p > i) break; if (i % p === 0) continue next; }
    found.push(i);
  }
  return found;
}
console.log(primes(12));

function returns() { deep: for (const a of [1, 2]) { try { for (;;) { try { if (a === 1) continue deep; return 'r' + a; } finally { out.push('f' + a); } } } finally { out.push('g' + a); } } }
console.log(returns()); flush();
let spins = 0;
top: do { spins++; if (spins < 5) continue top; break top; } while (true);
label: for (let x = 10; x; x -= 3) { if (x < 0) break label; spins += x; continue label; }
console.log(spins);
