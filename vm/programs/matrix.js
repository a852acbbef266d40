// Stresses: arrays of doubles, nested loops, index arithmetic: products, determinants, inverses, powers.
'use strict';

const make = (n, m, f) => Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_, j) => f(i, j)));
const identity = (n) => make(n, n, (i, j) => +(i === j));
const multiply = (a, b) => {
  const out = [];
  for (let i = 0; i < a.length; i++) {
    const row = [];
    for (let j = 0; j < b[0].length; j++) {
      let s = 0;
      for (let k = 0; k < b.length; k++) s += a[i][k] * b[k][j];
      row.push(s);
    }
    out.push(row);
  }
  return out;
};
const transpose = (a) => a[0].map((_, j) => a.map((row) => row[j]));
const determinant = (input) => {
  const a = input.map((r) => [...r]);
  let det = 1;
  for (let c = 0; c < a.length; c++) {
    let p = c;
    for (let r = c + 1; r < a.length; r++) if (Math.abs(a[r][c]) > Math.abs(a[p][c])) p = r;
    if (a[p][c] === 0) return 0;
    if (p !== c) { [a[p], a[c]] = [a[c], a[p]]; det = -det; }
    det *= a[c][c];
    for (let r = c + 1; r < a.length; r++) { const f = a[r][c] / a[c][c]; for (let k = c; k < a.length; k++) a[r][k] -= f * a[c][k]; }
  }
  return det;
};
const power = (m, e) => { let r = identity(m.length); for (; e > 0; e >>= 1) { if (e & 1) r = multiply(r, m); m = multiply(m, m); } return r; };

console.log(multiply([[1, 2], [3, 4]], [[5, 6], [7, 8]]), transpose([[1, 2, 3], [4, 5, 6]]), identity(3));
console.log(determinant([[2, 0, 1], [1, 3, 2], [1, 1, 4]]).toFixed(9), determinant([[1, 2], [2, 4]]), determinant([[0, 1], [1, 0]]));
console.log(power([[1, 1], [1, 0]], 70)[0][1], power([[1, 1], [1, 0]], 90)[0][1], power([[2]], 1000));

const n = 60;
const a = make(n, n, (i, j) => ((i * 7 + j * 13) % 17) - 8), b = make(n, n, (i, j) => ((i + 1) * (j + 2)) % 11);
const c = multiply(a, b);
console.log(c.flat().reduce((x, y) => x + y, 0), c[5].slice(0, 6), c.reduce((t, row, i) => t + row[i], 0));
console.log(JSON.stringify(transpose(multiply(a, b))) === JSON.stringify(multiply(transpose(b), transpose(a))));

// The same over one flat array, in another order of loops.
const flat = (m) => m.flat();
const fa = flat(a), fb = flat(b), fc = new Array(n * n).fill(0);
for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) { const x = fa[i * n + k]; for (let j = 0; j < n; j++) fc[i * n + j] += x * fb[k * n + j]; }
console.log(fc.every((x, i) => x === c[Math.floor(i / n)][i % n]), fc.length);

const spiral = (h, w) => {
  const out = make(h, w, () => 0);
  let [x, y, dx, dy] = [0, 0, 1, 0];
  for (let i = 1; i <= h * w; i++) {
    out[y][x] = i;
    if (out[y + dy]?.[x + dx] !== 0) [dx, dy] = [-dy, dx];
    x += dx; y += dy;
  }
  return out;
};
console.log(spiral(4, 5).map((r) => r.map((v) => String(v).padStart(2)).join(' ')).join('\n'));
const magic = (k) => make(k, k, (i, j) => k * ((i + j + 1 + (k >> 1)) % k) + ((i + 2 * j + k - 3 + 5) % k) + 1);
console.log(magic(5), magic(5).map((r) => r.reduce((x, y) => x + y)));
const pascal = Array.from({ length: 9 }).reduce((rows) => [...rows, [1, ...rows.at(-1).map((v, i, row) => v + (row[i + 1] ?? 0))]], [[1]]);
console.log(pascal.at(-1), pascal.map((r) => r.reduce((x, y) => x + y)));
