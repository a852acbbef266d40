// Stresses: backtracking with closures, arrays as stacks, sets of integers, bit operations on int32.
'use strict';

function bySets(n) {
  const cols = new Set(), up = new Set(), down = new Set(), board = [], solutions = [];
  const place = (row) => {
    if (row === n) { solutions.push(board.join('')); return; }
    for (let c = 0; c < n; c++) {
      if (cols.has(c) || up.has(row + c) || down.has(row - c)) continue;
      cols.add(c); up.add(row + c); down.add(row - c); board.push(c);
      place(row + 1);
      cols.delete(c); up.delete(row + c); down.delete(row - c); board.pop();
    }
  };
  place(0);
  return solutions;
}

function byBits(n) {
  const all = (1 << n) - 1;
  let count = 0;
  const place = (cols, up, down) => {
    if (cols === all) { count++; return; }
    for (let free = all & ~(cols | up | down); free; free &= free - 1) {
      const bit = free & -free;
      place(cols | bit, (up | bit) << 1, (down | bit) >> 1);
    }
  };
  place(0, 0, 0);
  return count;
}

const byLists = (n) => Array.from({ length: n }).reduce(
  (boards) => boards.flatMap((b) => Array.from({ length: n }, (_, c) => c)
    .filter((c) => b.every((q, i) => q !== c && Math.abs(q - c) !== b.length - i))
    .map((c) => [...b, c])),
  [[]]);

for (let n = 1; n <= 6; n++) console.log(n, bySets(n).length, byBits(n), byLists(n).length);
console.log('8 by bits', byBits(8), '9 by bits', byBits(9));
const six = bySets(6);
console.log(six);
console.log([...six[0]].map((c) => '.'.repeat(+c) + 'Q' + '.'.repeat(5 - c)).join('\n'));

// Unique solutions under the eight symmetries.
const variants = (s) => {
  const n = s.length, q = [...s].map(Number);
  const turn = (p) => { const r = Array(n).fill(0); p.forEach((c, i) => { r[c] = n - 1 - i; }); return r; };
  const out = [];
  for (let p = q, i = 0; i < 4; i++, p = turn(p)) out.push(p.join(''), [...p].reverse().join(''));
  return out;
};
const unique = new Set(bySets(7).map((s) => variants(s).sort()[0]));
console.log(unique.size, [...unique].sort());
