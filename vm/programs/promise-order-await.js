// Stresses: the order of await on values, settled and pending promises, async results and thenables, interleaved with then-chains.
'use strict';

const log = [];
const say = (x) => log.push(x);
const clock = (name, n) => { let p = Promise.resolve(); for (let i = 1; i <= n; i++) p = p.then(() => say(name + i)); };

clock('t', 12);
(async () => { say('a0'); await 1; say('a1'); await null; say('a2'); await undefined; say('a3'); })();
(async () => { say('b0'); await Promise.resolve(); say('b1'); await (async () => { say('b-inner'); })(); say('b2'); })();
(async () => { say('c0'); await { then(r) { say('c-then'); r(); } }; say('c1'); await Promise.resolve().then(() => say('c-chain')); say('c2'); })();
(async () => { say('d0'); await new Promise((r) => r(Promise.resolve())); say('d1'); })();
(async () => { say('e0'); await (async () => Promise.resolve())(); say('e1'); })();
(async () => { say('f0'); await (async () => { await null; return 1; })(); say('f1'); })();
(async () => { say('g0'); await Promise.resolve({ then: 5 }); say('g1'); })();
(async () => { say('h0'); try { await Promise.reject(1); } catch { say('h1'); } try { await (async () => { throw 2; })(); } catch { say('h2'); } })();
queueMicrotask(() => say('q1'));
queueMicrotask(() => { say('q2'); queueMicrotask(() => say('q3')); });
say('sync end');

setTimeout(() => {
  console.log(log.splice(0).join(' '));
  clock('t', 10);
  // What an async function returns: a value takes one step to be seen, a promise three.
  (async () => 1)().then(() => say('value'));
  (async () => Promise.resolve(1))().then(() => say('promise'));
  (async () => await Promise.resolve(1))().then(() => say('awaited'));
  (async () => ({ then(r) { r(1); } }))().then(() => say('thenable'));
  Promise.resolve().then(() => Promise.resolve()).then(() => say('then promise'));
  Promise.resolve().then(() => ({ then(r) { r(); } })).then(() => say('then thenable'));
  Promise.resolve(Promise.resolve(Promise.resolve())).then(() => say('resolve is flat'));
  new Promise((r) => r(Promise.resolve())).then(() => say('new with promise'));
  (async () => { throw 1; })().catch(() => say('thrown'));
  (async () => Promise.reject(1))().catch(() => say('returned rejection'));
  Promise.reject(1).then(() => say('never')).catch(() => say('late catch'));
  (async () => { try { return await Promise.reject(1); } catch { return 'r'; } })().then(() => say('caught inside'));
}, 20);

setTimeout(() => {
  console.log(log.splice(0).join(' '));
  // Many awaits of one pending promise continue in the order in which they began, then-callbacks among them.
  let open;
  const gate = new Promise((r) => { open = r; });
  for (let i = 0; i < 3; i++) {
    (async () => { await gate; say('await' + i); await gate; say('again' + i); })();
    gate.then(() => say('then' + i));
  }
  gate.finally(() => say('finally')).then(() => say('after finally'));
  Promise.resolve(gate).then(() => say('same'));
  new Promise((r) => r(gate)).then(() => say('wrapped'));
  say('opening');
  open();
  say('opened');
  open('twice');
}, 40);

// Whatever has properties can have a function `then`.
for (const [name, value] of Object.entries({ arrow: () => 1, list: [1], map: new Map() })) {
  value.then = (resolve) => resolve(name);
  Promise.resolve(value).then(say);
  (async () => say('awaited ' + await value))();
  (async () => value)().then((got) => say('returned ' + got));
  Promise.all([value]).then(([got]) => say('joined ' + got));
}

setTimeout(() => console.log(log.splice(0).join(' ')), 60);
