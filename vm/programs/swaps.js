// Stresses: array patterns that are assigned arrays written beside them: swaps, the order of evaluation, what is used of both, errors.
'use strict';

const log = []; const t = (n, v) => { log.push(n); return v; };
let a = 1, b = 2, c = 3; [a, b] = [b, a];
console.log(a, b); [a, b, c] = [c, a, b]; console.log(a, b, c);
const o = { x: 1, y: [1, 2, 3] };
[t('o1', o)[t('k1', 'x')], t('o2', o).y[t('k2', 0)]] = [t('v1', 10), t('v2', 20)];
console.log(o, log.splice(0));
[o.y[0], o.y[1], o.y[2]] = [o.y[2], o.y[0], o.y[1]];
console.log(o);
let i = 0; [i, o.y[i]] = [2, 'at i'];
console.log(i, o);
[a = t('d1', 5), b = t('d2', 6)] = [undefined, 7];
console.log(a, b, log.splice(0));
[[a, b], { x: c }] = [[b, a], { x: 9 }];
console.log(a, b, c);
const r = [a, b] = [b, a];
console.log(r, a, b);
const f = () => { [a, b] = [b, a]; return a; };
console.log(f(), f());
let [p, q] = [1, () => p];
console.log(p, q()); const [u, v = 4, w] = [1, undefined, () => u]; console.log(u, v, w.name, w());
try { let [m, n] = [n, 1]; } catch (e) { console.log(String(e)); }
try { const z = 1; [z, a] = [t('z', 3), t('a', 4)]; } catch (e) { console.log(String(e), a, log.splice(0)); }
try { [a, [b]] = [8, 9]; } catch (e) { console.log(e.name, a); }
try { [undefined.x, a] = [t('v', 1), 2]; } catch (e) { console.log(e.name, log.splice(0)); }
(async () => { let k = 1, l = 2; [k, l] = [await l, await k];
console.log(k, l); [k, o.x] = [l, await (async () => { k = 'x'; return k; })()]; console.log(k, l, o.x); })();
for (let [x, y] = [0, 10]; x < y; [x, y] = [x + 1, y - 2]) console.log(x, y);
const fs = []; for (let [x, y] = [0, 1]; x < 3; [x, y] = [y, x + y]) fs.push(() => x + y);
console.log(fs.map((f) => f()));
[[a], [b]] = [[1], [2]];
console.log(a, b);
let named; [named] = [() => 1];
console.log(named.name === '', [(() => 1)][0].name === ''); let [nm2] = [function () {}]; console.log(nm2.name === '');
const swap = (arr, i, j) => { [arr[i], arr[j]] = [arr[j], arr[i]]; return arr; };
console.log(swap([1, 2, 3], 0, 2));
const conv = { toString() { log.push('conv'); return 'x'; } }; [o[conv], o[conv]] = [t('1', 1), t('2', 2)];
console.log(o.x, log.splice(0));
