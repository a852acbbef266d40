// Stresses: the order in which all, race, any and allSettled deliver, against chains of then that count microtasks.
'use strict';

const log = [];
const say = (x) => log.push(x);
const clock = (name, n) => { let p = Promise.resolve(); for (let i = 1; i <= n; i++) p = p.then(() => say(name + i)); };
const flush = (title) => { console.log(title + ':', log.splice(0).join(' ')); };
const steps = [];
const step = (title, f) => steps.push([title, f]);

step('resolved inputs', () => {
  clock('t', 8);
  Promise.all([1, Promise.resolve(2), Promise.resolve(3)]).then((v) => say('all=' + v));
  Promise.race([1, Promise.resolve(2)]).then((v) => say('race=' + v));
  Promise.any([Promise.reject(0), Promise.resolve(2)]).then((v) => say('any=' + v));
  Promise.allSettled([1, Promise.reject(2)]).then((v) => say('settled=' + v.map((s) => s.status[0] + (s.value ?? s.reason))));
});
step('empty inputs', () => {
  clock('t', 5);
  Promise.all([]).then((v) => say('all' + v.length));
  Promise.any([]).catch((e) => say('any ' + e.name + e.errors.length));
  Promise.allSettled([]).then((v) => say('settled' + v.length));
  Promise.race([]).then(() => say('never'));
  (async () => { await Promise.all([]); say('await all'); })();
});
step('rejections', () => {
  clock('t', 8);
  Promise.all([Promise.resolve(1), Promise.reject('x'), Promise.reject('y')]).then(() => say('never'), (e) => say('all!' + e));
  Promise.race([Promise.reject('r'), Promise.resolve(1)]).catch((e) => say('race!' + e));
  Promise.any([Promise.reject('p'), Promise.reject('q')]).catch((e) => say('any!' + e.errors + ' ' + e.message));
  Promise.allSettled([Promise.reject('s')]).then((v) => say('settled' + JSON.stringify(v)));
});
step('nested', () => {
  clock('t', 14);
  Promise.all([Promise.all([1, 2]), Promise.race([Promise.any([3]), 9]), (async () => { await null; return 4; })()]).then((v) => say('nested=' + JSON.stringify(v)));
  Promise.all([Promise.all([]), [], { then(r) { say('then called'); r('thenable'); } }]).then((v) => say('mixed=' + JSON.stringify(v)));
  Promise.race([Promise.all([Promise.resolve(1)]), Promise.resolve().then(() => {}).then(() => {}).then(() => 'chain')]).then((v) => say('race=' + v));
});
step('late settling', () => {
  const rs = [];
  const ps = Array.from({ length: 4 }, (_, i) => new Promise((res, rej) => rs.push({ res, rej, i })));
  Promise.all(ps).then((v) => say('all=' + v), (e) => say('all!' + e));
  Promise.allSettled(ps).then((v) => say('settled=' + v.map((s) => s.value ?? s.reason)));
  Promise.any(ps).then((v) => say('any=' + v));
  Promise.race(ps).then((v) => say('race=' + v), (e) => say('race!' + e));
  ps.forEach((p, i) => p.then(() => say('p' + i), () => say('p!' + i)));
  rs[2].rej('two'); rs[3].res('three'); rs[0].res('zero'); rs[1].rej('one'); rs[1].res('ignored');
  say('sync');
});
step('the same promise twice', () => {
  const p = Promise.resolve('p');
  Promise.all([p, p, p]).then((v) => say(v.join('')));
  Promise.race([p, p]).then((v) => say(v));
  Promise.all(new Set([p, 1])).then((v) => say(v.length));
  Promise.all('ab').then((v) => say(v.join('+')));
  Promise.all(new Map([[1, 2]]).values()).then((v) => say(v[0]));
  Promise.all(5).catch((e) => say(e.name));
});
step('awaiting joins', () => {
  clock('t', 9);
  (async () => { const [a, b] = await Promise.all([(async () => 1)(), 2]); say(`a${a}b${b}`); await Promise.allSettled([]); say('s'); })();
  (async () => { try { await Promise.any([Promise.reject(1)]); } catch (e) { say(e instanceof AggregateError); } say(await Promise.race([new Promise(() => {}), null])); })();
  (async () => { const rs = await Promise.allSettled([1, 2, 3].map(async (n) => { await null; if (n === 2) throw n; return n; })); say(rs.map((r) => r.status.slice(0, 3)).join()); })();
});
step('thenables beside one that decides', () => {
  const thenable = (name, value) => ({ then(resolve) { say(name); resolve(value); } });
  clock('t', 5);
  Promise.race([Promise.resolve(1), thenable('a', thenable('b', 2))]).then((v) => say('race=' + v));
  Promise.race([thenable('c', thenable('d', 3)), Promise.resolve(4)]).then((v) => say('race=' + v));
  Promise.all([thenable('e', thenable('f', 5)), Promise.reject(6), thenable('g', thenable('h', 7))]).catch((e) => say('all=' + e));
  Promise.any([Promise.reject(8), thenable('i', thenable('j', 9)), Promise.resolve(10)]).then((v) => say('any=' + v));
});

(async () => {
  for (const [title, f] of steps) {
    f();
    await new Promise((r) => setTimeout(r, 2));
    flush(title);
  }
  await Promise.any([Promise.reject(1), Promise.reject('two')]).catch((e) => console.log(e, [e]));
  await Promise.any([]).catch((e) => console.log(e, e.stack));
})();
