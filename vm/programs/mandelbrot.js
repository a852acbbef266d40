// Stresses: double arithmetic in tight loops, strings that are built line by line.
'use strict';

const shades = ' .:-=+*#%@';
function escape(cr, ci, limit) {
  let zr = 0, zi = 0, i = 0;
  for (; i < limit; i++) {
    const r2 = zr * zr, i2 = zi * zi;
    if (r2 + i2 > 4) break;
    zi = 2 * zr * zi + ci;
    zr = r2 - i2 + cr;
  }
  return i;
}

const width = 64, height = 24, limit = 50;
let total = 0;
for (let y = 0; y < height; y++) {
  let line = '';
  for (let x = 0; x < width; x++) {
    const n = escape((x / width) * 3 - 2.2, (y / height) * 2.4 - 1.2, limit);
    total += n;
    line += shades[n === limit ? shades.length - 1 : n % (shades.length - 1)];
  }
  console.log(line.trimEnd());
}
console.log(total);

// The same in objects: a complex number is allocated for each operation.
const add = (a, b) => ({ re: a.re + b.re, im: a.im + b.im });
const mul = (a, b) => ({ re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re });
const abs2 = ({ re, im }) => re * re + im * im;
const steps = (c) => { let z = { re: 0, im: 0 }, n = 0; while (n < limit && abs2(z) <= 4) { z = add(mul(z, z), c); n++; } return n; };
let same = 0;
for (let y = 0; y < height; y += 3) for (let x = 0; x < width; x += 3) {
  const c = { re: (x / width) * 3 - 2.2, im: (y / height) * 2.4 - 1.2 };
  if (steps(c) === escape(c.re, c.im, limit)) same++;
}
console.log(same);
