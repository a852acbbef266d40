// Stresses: mutexes made of promises, fairness, two strategies against deadlock, a deadlock that is detected by the program itself.
'use strict';

function mutex(name) {
  let held = null;
  const line = [];
  return {
    name,
    holder: () => held,
    waiting: () => line.map(([who]) => who),
    lock(who) { if (held === null) { held = who; return Promise.resolve(); } return new Promise((yes, no) => line.push([who, yes, no])); },
    unlock() { const next = line.shift(); held = next ? next[0] : null; next?.[1](); },
    refuse() { for (const [, , no] of line.splice(0)) no(new Error('no ' + name)); },
  };
}
const pause = async (n) => { for (let i = 0; i < n; i++) await null; };

async function dinner(n, meals, strategy) {
  const forks = Array.from({ length: n }, (_, i) => mutex('f' + i));
  const eaten = Array(n).fill(0), log = [];
  let eating = 0, most = 0;
  const seats = mutex('waiter');
  let seated = 0;
  const queue = [];
  const sit = async () => { if (seated === n - 1) await new Promise((r) => queue.push(r)); else seated++; };
  const rise = () => { const next = queue.shift(); if (next) next(); else seated--; };
  const philosopher = async (i) => {
    const left = forks[i], right = forks[(i + 1) % n];
    const [first, second] = strategy === 'ordered' && i === n - 1 ? [right, left] : [left, right];
    for (let m = 0; m < meals; m++) {
      await pause((i * 3 + m) % 5);
      if (strategy === 'waiter') await sit();
      await first.lock(i);
      await pause(1);
      await second.lock(i);
      try {
        most = Math.max(most, ++eating);
        if (left.holder() !== i || right.holder() !== i) throw new Error('fork stolen');
        await pause(2);
        eaten[i]++;
        if (m === 0) log.push(i);
        eating--;
      } finally {
        second.unlock();
        first.unlock();
        if (strategy === 'waiter') rise();
      }
    }
  };
  await Promise.all(Array.from({ length: n }, (_, i) => philosopher(i)));
  return { eaten, most, log, free: forks.every((f) => f.holder() === null) && seats.holder() === null };
}

async function deadlock(n) {
  const forks = Array.from({ length: n }, (_, i) => mutex('f' + i));
  const seats = Promise.allSettled(forks.map(async (fork, i) => { await fork.lock(i); await pause(1); await forks[(i + 1) % n].lock(i); console.log('never'); }));
  await pause(10);
  const waitsFor = new Map(forks.flatMap((f) => f.waiting().map((w) => [w, f.holder()])));
  const cycle = [0];
  while (waitsFor.has(cycle.at(-1))) { const next = waitsFor.get(cycle.at(-1)); cycle.push(next); if (next === cycle[0]) break; }
  for (const f of forks) f.refuse();
  return [cycle, (await seats).map((s) => s.reason.message)];
}

(async () => {
  for (const strategy of ['ordered', 'waiter']) for (const n of [2, 3, 5]) {
    const r = await dinner(n, 6, strategy);
    console.log(strategy, n, r);
  }
  const [cycle, ends] = await deadlock(5);
  console.log('deadlock', cycle.join(' -> '), ends);
  const big = await dinner(40, 20, 'ordered');
  console.log(big.eaten.every((e) => e === 20), big.most <= 20, big.log.length);
})();
