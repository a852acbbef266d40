// Stresses: ?. on properties, elements and calls with short circuits, ??, delete, and what stays unevaluated.
'use strict';

const user = { name: 'Ada', address: { city: 'London', zip: null }, tags: ['x'], greet(w) { return `${w}, ${this.name}`; }, zero: 0, empty: '' };
const nobody = null;
let missing;

console.log(user?.name, user?.address?.city, user.address?.street?.length, nobody?.name, missing?.a.b.c.d, nobody?.[0][1]);
console.log(user.tags?.[0], user.none?.[0], user.greet?.('Hi'), user.shout?.('Hi'), user?.['greet']?.('Yo'), nobody?.greet('x'));
console.log(user.address.zip ?? 'no zip', user.zero ?? 1, user.empty ?? 'e', user.none ?? missing ?? nobody ?? 'last', user.zero || 'or', false ?? 'f');

let calls = 0;
const count = () => { calls++; return 'name'; };
console.log(nobody?.[count()], nobody?.f(count()), nobody?.a[count()].b(count()), calls, user?.[count()], calls);
console.log(delete user?.zero, delete nobody?.x, 'zero' in user, user.zero);

const tryIt = (f) => { try { return f(); } catch (e) { return e.name + ': ' + e.message; } };
console.log(tryIt(() => (nobody?.a).b));
console.log(tryIt(() => user.none.x));
console.log(tryIt(() => nobody.x), '|', tryIt(() => missing[0]), '|', tryIt(() => { nobody.x = 1; }));
console.log(tryIt(() => user.name?.()), '|', tryIt(() => user.nothing()), '|', tryIt(() => user.address.city()));

const fs = { f: null, g: undefined, h: () => 'h', deep: { k() { return this.v; }, v: 'this kept' } };
console.log(fs.f?.(), fs.g?.(), fs.h?.(), fs.deep?.k(), fs?.deep.k?.());
console.log(tryIt(() => { const k = fs.deep.k; return k?.(); }));

console.log(true ? .5 : 1, user ?.5 : 0, (nobody ?? user).name, nobody?.x ?? 'dflt', `${nobody?.x}`, [nobody?.x, ...(missing?.list ?? [1])]);
console.log(typeof nobody?.x, !nobody?.x, -missing?.n, 'abc'?.length, (5)?.toFixed(1), [1, 2]?.map?.((x) => x * 2));
let a = null;
a ??= { b: 1 };
a.c ??= a.d ?? a.b + 1;
a.b ??= count();
console.log(a, calls);

const path = (o, ...keys) => keys.reduce((acc, k) => acc?.[k], o);
console.log(path(user, 'address', 'city', 'length'), path(user, 'a', 'b', 'c'), path(null), path([[1, [2]]], 0, 1, 0));
async function g() { return (await nobody?.x) ?? (await Promise.resolve(user)?.then?.((u) => u.name)); }
g().then((v) => console.log(v));
try { ({})?.['missing'](); } catch (e) { console.log(e.message); }
try { const none = {}; none?.['missing'](1); } catch (e) { console.log(e.message); }
