// Arrays: map, filter, reduce, sort, index loops, growth and splices.
'use strict';

let seed = 1;
const rand = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 4294967296;
let checksum = 0;
for (let round = 0; round < 8; round++) {
  const xs = [];
  for (let i = 0; i < 30000; i++) xs.push(Math.floor(rand() * 100000));
  const squares = xs.map((x) => x * 2).filter((x) => x % 3 !== 0);
  const sum = squares.reduce((a, b) => a + b, 0);
  const sorted = squares.slice().sort((a, b) => a - b);
  let inversions = 0;
  for (let i = 1; i < xs.length; i++) if (xs[i - 1] > xs[i]) inversions++;
  const objects = xs.slice(0, 4000).map((x, i) => ({ x, i, group: x % 7 }));
  objects.sort((a, b) => a.group - b.group || b.x - a.x);
  const grouped = objects.reduce((acc, o) => { (acc[o.group] ??= []).push(o.i); return acc; }, []);
  const queue = [];
  for (let i = 0; i < 20000; i++) { queue.push(i); if (i % 3 === 0) queue.pop(); if (i % 100 === 0) queue.splice(queue.length >> 1, 2, i, i, i); }
  const found = sorted.findIndex((x) => x > 100000) + sorted.indexOf(sorted[sorted.length - 10]) + (xs.includes(-1) ? 1 : 0);
  checksum = (checksum * 31 + sum + inversions + grouped.map((g) => g.length).join('').length + queue.length + found + sorted[sorted.length >> 1]) % 1000000007;
}
console.log('arrays', checksum);
