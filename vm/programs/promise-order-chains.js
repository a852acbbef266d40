// Stresses: then, catch and finally: order, ticks of finally, values that pass through, handlers that throw, late handlers, chains that fork.
'use strict';

const log = [];
const say = (x) => { log.push(x); return x; };
const clock = (name, n) => { let p = Promise.resolve(); for (let i = 1; i <= n; i++) p = p.then(() => say(name + i)); };

function round1() {
  clock('t', 10);
  Promise.resolve('v').finally(() => say('f1')).then((v) => say('after ' + v));
  Promise.reject('r').finally(() => say('f2')).catch((v) => say('caught ' + v));
  Promise.resolve('v').finally(() => Promise.resolve('ignored')).then((v) => say('slow ' + v));
  Promise.resolve('v').finally(() => { throw 'from finally'; }).catch((v) => say('fthrow ' + v));
  Promise.resolve('v').finally(() => Promise.reject('rejected in finally')).catch((v) => say('freject ' + v));
  Promise.resolve(1).then(2).then(null).then(undefined, () => say('never')).then((v) => say('passed ' + v));
  Promise.reject(3).then(() => say('never')).then(() => say('never')).catch((v) => say('down ' + v)).then((v) => say('up ' + v));
}

function round2() {
  const root = Promise.resolve(0);
  const left = root.then((v) => say('l' + (v + 1)));
  const right = root.then((v) => say('r' + (v + 2)));
  left.then(() => say('ll')); right.then(() => say('rr')); left.then(() => say('lr')); root.then(() => say('root again'));
  Promise.all([left, right]).then((v) => say(v.join('&')));
  new Promise((resolve) => { say('executor'); resolve(say('resolved')); say('after resolve'); }).then(say);
  new Promise((resolve, reject) => { resolve('first'); reject('second'); throw 'third'; }).then(say, () => say('never'));
  new Promise((_, reject) => { reject('only'); throw 'ignored'; }).catch(say);
  new Promise(() => { throw 'thrown in executor'; }).catch(say);
  let self;
  self = root.then(() => self);
  self.catch((e) => say(e.name));
}

function round3() {
  // A thenable is called a tick later; what it does twice counts once.
  clock('t', 6);
  const thenable = { then(res, rej) { say('called'); res('one'); res('two'); rej('three'); throw 'four'; } };
  Promise.resolve(thenable).then((v) => say('thenable ' + v));
  Promise.resolve().then(() => thenable).then((v) => say('returned ' + v));
  Promise.resolve({ then() { throw 'bad'; } }).catch((v) => say('thrower ' + v));
  Promise.resolve({ then(res) { res({ then(r) { r('deep'); } }); } }).then((v) => say(v));
  Promise.resolve({ then: 'not callable' }).then((v) => say(typeof v.then));
  Promise.reject({ then(r) { r('never'); } }).catch((v) => say('kept ' + typeof v.then));
}

function round4() {
  // Handlers that are attached while others run, and long after.
  const p = Promise.resolve('p');
  p.then(() => { say('a'); p.then(() => say('c')); queueMicrotask(() => say('d')); }).then(() => say('e'));
  p.then(() => say('b'));
  const chain = (n) => (n === 0 ? Promise.resolve(say('bottom')) : chain(n - 1).then(() => say('c' + n)));
  chain(4).then(() => say('top'));
  (async () => { for (let i = 0; i < 3; i++) { await p; say('i' + i); } })();
  (async () => { for (const x of [p, Promise.resolve('q'), 'plain']) say('x' + (await x)); })();
}

function round5() {
  const order = (name) => (v) => { say(name + ':' + v); return v + 1; };
  Promise.resolve(1).then(order('a')).then(order('a')).then(order('a'));
  Promise.resolve(10).then(order('b')).then((v) => Promise.resolve(v)).then(order('b'));
  (async () => order('c')(await order('c')(await 100)))();
  [3, 1, 2].reduce((acc, n) => acc.then(() => say('n' + n)), Promise.resolve());
  [3, 1, 2].forEach(async (n) => { for (let i = 0; i < n; i++) await null; say('w' + n); });
}

(async () => {
  let n = 0;
  for (const round of [round1, round2, round3, round4, round5]) {
    round();
    await new Promise((r) => setTimeout(r, 2));
    console.log(`round ${++n}:`, log.splice(0).join(' | '));
  }
})();
