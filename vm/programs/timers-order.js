// Stresses: timers: order by delay and by age, against microtasks; clearing, nesting, arguments, delays that are not numbers.
'use strict';

const log = [];
const say = (x) => log.push(x);

// Made in the order in which they fire, or far apart; and what is made later is not compared with them: so a pause of the
// machine changes nothing.
setTimeout(() => say('t620'), 620);
setTimeout(() => say('t20 a'), 20);
setTimeout(() => { say('t20 b'); Promise.resolve().then(() => say('micro of b')); queueMicrotask(() => say('second micro of b')); }, 20);
setTimeout(() => say('t20 c'), 20);
setTimeout(() => say('t70'), 70);
setTimeout((a, b) => say(`args ${a} ${b}`), 170, 'x', 2);
for (let i = 0; i < 5; i++) setTimeout(() => say('loop' + i), 220);

const cleared = setTimeout(() => say('never'), 30);
clearTimeout(cleared);
clearTimeout(cleared);
clearTimeout(undefined);
clearTimeout(null);
setTimeout(() => { clearTimeout(later); say('cleared the later one'); }, 270);
const later = setTimeout(() => say('never either'), 320);
setTimeout(() => clearTimeout(twin), 370);
const twin = setTimeout(() => say('twin is cleared by its elder'), 420);

const nested = [];
const tick = () => { nested.push('tick' + nested.length); setTimeout(nested.length < 3 ? tick : last, 16); };
const last = async () => { nested.push('async timer'); await null; nested.push('after its await'); await sleep(15); nested.push('after its sleep'); };
setTimeout(tick, 20);

Promise.resolve().then(() => say('micro 1')).then(() => say('micro 2'));
queueMicrotask(() => say('micro 3'));
say('sync');

const sleep = (ms, v) => new Promise((r) => setTimeout(r, ms, v));
(async () => {
  const started = performance.now();
  const order = [];
  const all = sleep(670);
  await Promise.all([450, 50, 250, 650].map((ms) => sleep(ms, ms).then((v) => order.push(v))));
  const winner = await Promise.race([sleep(420, 'slow'), sleep(20, 'fast')]);
  const took = performance.now() - started;
  await all;
  while (nested.at(-1) !== 'after its sleep') await sleep(20);
  console.log(log.join('\n'));
  console.log(nested);
  console.log(order, winner, took >= 668, took < 5000);
  const zero = [];
  setTimeout(() => zero.push('0 first'), 0);
  setTimeout(() => zero.push('missing'));
  setTimeout(() => zero.push('negative'), -5);
  setTimeout(() => zero.push('one'), 1);
  setTimeout(() => zero.push('NaN'), NaN);
  await sleep(30);
  console.log(zero, typeof performance.now());
  const isPending = async (p) => { const mark = {}; return (await Promise.race([p, mark])) === mark; };
  console.log(await isPending(sleep(15)), await isPending(Promise.resolve()), await isPending(sleep(1).then(() => sleep(1))));
  for (const odd of [undefined, null, 5, 'code', {}, [], new Map(), true]) {
    for (const f of [setTimeout, queueMicrotask]) try { f(odd); } catch (e) { console.log(e.name, e.message); }
  }
})();
