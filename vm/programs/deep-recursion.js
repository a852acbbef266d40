// Stresses: deep but legal recursion, endless recursion that ends in a RangeError which can be caught, many times over, also in callbacks.
// zeal: one-in=20000
'use strict';

const depthOf = (n) => (n === 0 ? 0 : 1 + depthOf(n - 1));
console.log(depthOf(5000));
function sumTo(n, acc = 0) { return n === 0 ? acc : sumTo(n - 1, acc + n); }
console.log(sumTo(4000));

let levels = 0;
function forever() { levels++; return 1 + forever(); }
for (let round = 0; round < 3; round++) {
  levels = 0;
  try { forever(); console.log('never'); } catch (e) { console.log(e instanceof RangeError, e.name, e.message, levels > 1000); }
}

const ping = (n) => pong(n + 1), pong = (n) => ping(n + 1);
try { ping(0); } catch (e) { console.log('mutual', e.name); }
const viaMap = (x) => [x].map((y) => viaMap(y + 1))[0];
try { viaMap(0); } catch (e) { console.log('map', e.name); }
const viaSort = () => [2, 1].sort(() => viaSort());
try { viaSort(); } catch (e) { console.log('sort', e.name); }
const viaMethod = { go(k) { return this.go(k + 1); } };
try { viaMethod.go(0); } catch (e) { console.log('method', e.name); }
const defaults = (a = defaults()) => a;
try { defaults(); } catch (e) { console.log('default', e.name); }

let cleanups = 0;
function cleaned(n) { try { return cleaned(n + 1); } finally { cleanups++; } }
try { cleaned(0); } catch (e) { console.log('finally', e.name, cleanups > 500); }

// A frame in the middle recovers, and goes on.
function recover(n) { if (n === 0) { try { forever(); } catch (e) { return 'recovered'; } } return recover(n - 1); }
console.log(recover(100));
async function endless() { return forever(); }
endless().then(() => console.log('never'), (e) => console.log('async', e.name));
async function awaiting(n) { if (n === 0) return 0; await null; return 1 + await awaiting(n - 1); }
awaiting(3000).then((n) => console.log('awaits do not nest', n));

// Data that is deep rather than calls.
let list = null;
for (let i = 0; i < 20000; i++) list = { i, next: list };
let length = 0;
for (let at = list; at; at = at.next) length++;
let nested = [];
for (let i = 0; i < 20000; i++) nested = [nested];
let layers = 0;
for (let at = nested; at.length; at = at[0]) layers++;
console.log(length, layers);
const ackermann = (m, n) => (m === 0 ? n + 1 : n === 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1)));
console.log(ackermann(2, 9), ackermann(3, 4));
