// Stresses: switch: strict comparison, fall-through, default in the middle, returns and continues inside, cases that are computed.
'use strict';

function kind(v) {
  switch (v) {
    case 1: return 'one';
    case '1': return 'string one';
    case null: return 'null';
    case undefined: return 'undefined';
    case true: return 'true';
    case NaN: return 'never';
    default: return typeof v;
  }
}
console.log([1, '1', null, undefined, true, NaN, 1.0, -0, false, {}, 'x'].map(kind));

function fall(n) {
  const out = [];
  switch (n) {
    case 1: out.push('1');
    case 2: out.push('2'); break;
    default: out.push('d');
    case 3: out.push('3');
    case 4: { out.push('4'); break; }
    case 5:
  }
  return out.join('');
}
console.log([1, 2, 3, 4, 5, 6].map(fall));

const log = [];
const at = (v) => { log.push(v); return v; };
switch (at(2)) {
  default: log.push('default');
  case at(1): log.push('one'); break;
  case at(3): log.push('three');
}
console.log(log);

function loops() {
  const out = [];
  outer: for (let i = 0; i < 10; i++) {
    switch (i % 5) {
      case 0: continue;
      case 1: out.push('a' + i); break;
      case 2:
        for (;;) { if (out.length > 3) break outer; break; }
      case 3: out.push('b' + i); continue outer;
      default: out.push('c' + i);
    }
    out.push('|');
  }
  return out.join(' ');
}
console.log(loops());

function scoped(v) {
  let x = 'outer';
  switch (v) {
    case 0: { let x = 'zero'; return x; }
    case 1: let y = 'one'; return y + x;
    case 2: y = 'two'; return y;
  }
  return x;
}
console.log(scoped(0), scoped(1), scoped(3));
try { scoped(2); } catch (e) { console.log(e.name); }

const range = (n) => {
  switch (true) {
    case n < 0: return 'negative';
    case n === 0: return 'zero';
    case n < 10: return 'small';
    case n < Infinity: return 'large';
  }
};
console.log([-1, 0, 5, 50, NaN].map(range));

const fns = [];
for (let i = 0; i < 3; i++) {
  switch (i) {
    case 1: { const local = i * 10; fns.push(() => local); break; }
    default: fns.push(() => i);
  }
}
console.log(fns.map((f) => f()));
switch (0) { }
switch (at('empty')) { case 'empty': }
console.log(log.length);
