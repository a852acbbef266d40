// Stresses: arrays of arrays made anew each generation, Sets of keys, string rows.
'use strict';

const grid = (rows) => rows.map((r) => [...r].map((c) => (c === '#' ? 1 : 0)));
const text = (g) => g.map((r) => r.map((c) => (c ? '#' : '.')).join('')).join('\n');
const next = (g) => g.map((row, y) => row.map((cell, x) => {
  let n = 0;
  for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) {
    if (dx === 0 && dy === 0) continue;
    n += g[(y + dy + g.length) % g.length][(x + dx + row.length) % row.length];
  }
  return n === 3 || (cell && n === 2) ? 1 : 0;
}));

let g = grid(['.#........', '..#.......', '###.......', '..........', '..........', '......###.', '..........', '..........']);
for (let i = 0; i < 8; i++) g = next(g);
console.log(text(g));
for (let i = 0; i < 24; i++) g = next(g);
console.log(text(g));

// Without borders: a Set of "x,y", and neighbours counted in a Map.
const step = (alive) => {
  const counts = new Map();
  for (const key of alive) {
    const [x, y] = key.split(',').map(Number);
    for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) if (dx || dy) {
      const k = `${x + dx},${y + dy}`;
      counts.set(k, (counts.get(k) ?? 0) + 1);
    }
  }
  const born = new Set();
  for (const [k, n] of counts) if (n === 3 || (n === 2 && alive.has(k))) born.add(k);
  return born;
};
let alive = new Set(['1,0', '2,0', '0,1', '1,1', '1,2']); // the R-pentomino
const sizes = [];
for (let i = 0; i < 60; i++) { alive = step(alive); if (i % 6 === 5) sizes.push(alive.size); }
console.log(sizes);
const cells = [...alive].map((k) => k.split(',').map(Number)).sort(([ax, ay], [bx, by]) => ay - by || ax - bx);
console.log(cells.slice(0, 6), cells.length);

// Patterns of rule 110 in one dimension, as bits of a number.
let row = 1;
for (let i = 0; i < 12; i++) {
  console.log((row >>> 0).toString(2).padStart(32, '0').replaceAll('0', '.').replaceAll('1', '#'));
  let made = 0;
  for (let b = 0; b < 32; b++) { const p = ((row >>> (b + 1)) & 1) * 4 + ((row >>> b) & 1) * 2 + (b ? (row >>> (b - 1)) & 1 : 0); if ((110 >> p) & 1) made |= 1 << b; }
  row = made;
}
