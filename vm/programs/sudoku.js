// Stresses: constraint search on int32 bit masks with copies of state, undo by values, strings as boards.
'use strict';

const peers = Array.from({ length: 81 }, (_, i) => {
  const r = Math.floor(i / 9), c = i % 9, out = new Set();
  for (let k = 0; k < 9; k++) { out.add(r * 9 + k); out.add(k * 9 + c); out.add((r - (r % 3) + Math.floor(k / 3)) * 9 + (c - (c % 3) + (k % 3))); }
  out.delete(i);
  return [...out];
});
const bits = (m) => { let n = 0; while (m) { m &= m - 1; n++; } return n; };

function solve(board) {
  let nodes = 0;
  const assign = (state, at, digit) => {
    if (!(state[at] & (1 << digit))) return false;
    return [1, 2, 3, 4, 5, 6, 7, 8, 9].every((d) => d === digit || eliminate(state, at, d));
  };
  const eliminate = (state, at, digit) => {
    const bit = 1 << digit;
    if (!(state[at] & bit)) return true;
    state[at] &= ~bit;
    const left = state[at];
    if (left === 0) return false;
    if (bits(left) === 1) { const d = 31 - Math.clz32(left); if (!peers[at].every((p) => eliminate(state, p, d))) return false; }
    return true;
  };
  const search = (state) => {
    nodes++;
    let best = -1, fewest = 10;
    for (let i = 0; i < 81; i++) { const n = bits(state[i]); if (n > 1 && n < fewest) { fewest = n; best = i; } }
    if (best < 0) return state;
    for (let d = 1; d <= 9; d++) {
      if (!(state[best] & (1 << d))) continue;
      const copy = [...state];
      if (assign(copy, best, d)) { const found = search(copy); if (found) return found; }
    }
    return null;
  };
  const start = Array(81).fill(0x3fe);
  for (let i = 0; i < 81; i++) if (board[i] !== '.') if (!assign(start, i, +board[i])) return { nodes, text: null };
  const end = search(start);
  return { nodes, text: end && end.map((m) => 31 - Math.clz32(m)).join('') };
}

const boards = [
  '53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79',
  '..9748...7.........2.1.9.....7...24..64.1.59..98...3.....8.3.2.........6...2759..',
  '4.....8.5.3..........7......2.....6.....8.4......1.......6.3.7.5..2.....1.4......',
  '55.......'.padEnd(81, '.'),
];
const valid = (t) => [...t].every((d, i) => peers[i].every((p) => t[p] !== d));
for (const b of boards) {
  const { nodes, text } = solve(b);
  console.log(nodes, text, text && valid(text) && [...b].every((c, i) => c === '.' || c === text[i]));
}
const pretty = (t) => Array.from({ length: 9 }, (_, r) => [0, 3, 6].map((c) => [...t.slice(r * 9 + c, r * 9 + c + 3)].join(' ')).join(' | ')).map((l, i) => (i % 3 === 2 && i < 8 ? `${l}\n------+-------+------` : l)).join('\n');
console.log(pretty(solve(boards[0]).text));
