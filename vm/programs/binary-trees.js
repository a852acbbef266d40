// Stresses: allocation and collection: many short-lived trees beside a long-lived one.
// zeal: one-in=20000
'use strict';

const make = (depth) => (depth === 0 ? { left: null, right: null } : { left: make(depth - 1), right: make(depth - 1) });
const check = (tree) => (tree.left === null ? 1 : 1 + check(tree.left) + check(tree.right));

const min = 4, max = 11;
console.log(`stretch tree of depth ${max + 1}\t check: ${check(make(max + 1))}`);
const longLived = make(max);
for (let depth = min; depth <= max; depth += 2) {
  const iterations = 1 << (max - depth + min);
  let sum = 0;
  for (let i = 0; i < iterations; i++) sum += check(make(depth));
  console.log(`${iterations}\t trees of depth ${depth}\t check: ${sum}`);
}
console.log(`long lived tree of depth ${max}\t check: ${check(longLived)}`);

// A search tree that is grown and pruned.
let root = null, size = 0;
const insert = (t, k) => { if (!t) { size++; return { k, l: null, r: null }; } if (k < t.k) t.l = insert(t.l, k); else if (k > t.k) t.r = insert(t.r, k); return t; };
const smallest = (t) => (t.l ? smallest(t.l) : t.k);
const remove = (t, k) => {
  if (!t) return null;
  if (k < t.k) t.l = remove(t.l, k);
  else if (k > t.k) t.r = remove(t.r, k);
  else { size--; if (!t.l) return t.r; if (!t.r) return t.l; size++; t.k = smallest(t.r); t.r = remove(t.r, t.k); }
  return t;
};
const walk = (t, out = []) => { if (t) { walk(t.l, out); out.push(t.k); walk(t.r, out); } return out; };
const height = (t) => (t ? 1 + Math.max(height(t.l), height(t.r)) : 0);
let seed = 99;
const rand = (n) => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed % n; };
for (let i = 0; i < 2000; i++) root = insert(root, rand(5000));
console.log(size, height(root) < 40);
for (let i = 0; i < 3000; i++) root = remove(root, rand(5000));
const left = walk(root);
console.log(size, left.length === size, left.slice(0, 8), left.every((k, i) => i === 0 || left[i - 1] < k));
