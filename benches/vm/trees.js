// Allocation: binary trees that die soon beside one that lives.
'use strict';

const make = (depth) => (depth === 0 ? { left: null, right: null } : { left: make(depth - 1), right: make(depth - 1) });
const check = (tree) => (tree.left === null ? 1 : 1 + check(tree.left) + check(tree.right));
const max = 15;
let total = check(make(max + 1));
const longLived = make(max);
for (let depth = 4; depth <= max; depth += 4) {
  const iterations = 1 << (max - depth + 3);
  for (let i = 0; i < iterations; i++) total += check(make(depth));
}
console.log('trees', total, check(longLived));
