// Stresses: spread in calls, arrays and objects; rest parameters; defaults; many arguments; order of evaluation.
'use strict';

const sum = (...xs) => xs.reduce((a, b) => a + b, 0);
console.log(sum(), sum(1), sum(...[1, 2, 3]), sum(...[1], 2, ...new Set([3, 3, 4]), ...[]), Math.max(...[5, 9, 2]), Math.min());
console.log([...'héy', ...[1, [2]], ...new Map([['k', 'v']]), ...[undefined, null]]);
console.log([...[3, 4].keys()], [...[3, 4].entries()], [...new Map([[1, 2]]).values()], [...new Set('aab')]);

function f(a, b = a + 1, ...rest) { return { a, b, rest, n: rest.length }; }
console.log(f(), f(1), f(1, undefined, 3), f(1, null, ...'xy'), f(...[1, 2, 3], 4));

const base = { a: 1, b: { c: 2 } };
const copy = { ...base, a: 2, d: 3 };
copy.b.c = 'shared';
console.log(base, copy, { ...base, ...copy, ...null, ...undefined }, { ...[7, 8] }, { ...'hi' }, { ...5, ...true });
console.log({ a: 0, ...base }, { ...base, a: 0 }, Object.keys({ z: 1, ...{ 1: 1, a: 1 }, 0: 1 }));
const { a, ...others } = copy;
console.log(a, others);

const log = [];
const t = (x) => { log.push(x); return x; };
f(t(1), ...t([2, 3]), t(4));
void [t('x'), ...t(['y']), t('z')];
console.log(log.flat().join(' '));

const big = Array.from({ length: 5000 }, (_, i) => i);
console.log(sum(...big), Math.max(...big), ((...r) => r.length)(...big, ...big), [...big, ...big].length);
const pushed = [];
pushed.push(...big.slice(0, 10), ...'ab');
console.log(pushed.length, pushed.join(''));

const apply = (g, args) => g(...args);
const curry = (g, n, ...got) => (...more) => (got.length + more.length >= n ? g(...got, ...more) : curry(g, n, ...got, ...more));
console.log(apply(curry((x, y, z) => `${x}${y}${z}`, 3), [1])(2)(3), curry(sum, 4)(1, 2)(3)(4));

let made = 0;
const fresh = (list = [], id = ++made) => { list.push(id); return list; };
console.log(fresh(), fresh(), fresh([0]), fresh([], 9), made);

const tryIt = (g) => { try { return g(); } catch (e) { return e instanceof TypeError ? 'TypeError' : e; } };
console.log(tryIt(() => [...undefined]), tryIt(() => sum(...{})), tryIt(() => [...5]), tryIt(() => ({ ...5 })), tryIt(() => new Set(7)));
const o = { m(...xs) { return [this === o, ...xs]; } };
console.log(o.m(...'12'), o['m'](...[]), (o.m)(...[3]));
console.log(((x, [y, ...ys] = [2, 3], { z, ...zs } = { z: 4, w: 5 }, ...r) => [x, y, ys, z, zs, r])(1));

// How what is not iterable is named.
const u = undefined, n = null, five = 5, ob = {}, has = { u, n, five, f() { } };
const message = (g) => { try { return g(); } catch (e) { return e.message; } };
for (const g of [() => sum(...u), () => sum(1, ...n), () => sum(...has.u), () => sum(...has.f()), () => sum(...five), () => sum(...ob), () => sum(...u, 1), () => sum(...five, ...u)]) console.log(message(g));
for (const g of [() => [...u], () => [...has.n], () => [...{ a: 1 }], () => [...has.f()], () => { for (const x of { a: 1 }); }]) console.log(message(g));
for (const g of [() => { const [x] = {}; }, () => { const [x] = { u }; }, () => { const [[x]] = [n]; }, () => { let x; [x] = five; }, () => { const [x] = has.u; }]) console.log(message(g));
for (const v of [u, n, five, true, ob, sum]) console.log(message(() => (([x]) => x)(v)));
for (const g of [() => ({ a: 1, b: ob }).x(), () => [five, ['s'], , ...'ab'].x(), () => ({}).x(), () => [{ u }].x()]) console.log(message(g));
