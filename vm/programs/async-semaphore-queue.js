// Stresses: semaphores, an async queue with many consumers, a barrier, a read-write lock: promises that wait in lines in the heap.
'use strict';

function semaphore(n) {
  const line = [];
  return {
    async with(f) {
      if (n > 0) n--; else await new Promise((r) => line.push(r));
      try { return await f(); } finally { if (line.length > 0) line.shift()(); else n++; }
    },
    free: () => n,
  };
}
function asyncQueue() {
  const items = [], takers = [];
  let closed = false;
  return {
    put(x) { if (closed) throw new Error('queue is closed'); if (takers.length) takers.shift()({ value: x, done: false }); else items.push(x); },
    take() { if (items.length) return Promise.resolve({ value: items.shift(), done: false }); if (closed) return Promise.resolve({ done: true }); return new Promise((r) => takers.push(r)); },
    close() { closed = true; for (const t of takers.splice(0)) t({ done: true }); },
    size: () => items.length,
  };
}
function barrier(n) {
  let waiting = [], generation = 0;
  return async () => {
    const mine = generation;
    if (waiting.length + 1 === n) { generation++; const all = waiting; waiting = []; all.forEach((r) => r(mine)); return mine; }
    return new Promise((r) => waiting.push(r));
  };
}
function rwLock() {
  let readers = 0, writing = false;
  const line = [];
  const pump = () => {
    while (line.length > 0) {
      const [kind, go] = line[0];
      if (kind === 'r' ? writing : writing || readers > 0) return;
      line.shift();
      if (kind === 'r') readers++; else writing = true;
      go();
    }
  };
  const enter = (kind) => new Promise((go) => { line.push([kind, go]); pump(); });
  return {
    async read(f) { await enter('r'); try { return await f(); } finally { readers--; pump(); } },
    async write(f) { await enter('w'); try { return await f(); } finally { writing = false; pump(); } },
  };
}
const pause = async (n) => { for (let i = 0; i < n; i++) await null; };

async function main() {
  const sem = semaphore(3);
  let inside = 0, most = 0;
  const done = await Promise.all(Array.from({ length: 12 }, (_, i) => sem.with(async () => { most = Math.max(most, ++inside); await pause(i % 4); inside--; if (i === 5) throw new Error('five'); return i; }).catch((e) => e.message)));
  console.log(done, most, sem.free());

  const q = asyncQueue(), got = [[], [], []];
  const consumers = got.map(async (mine, who) => { for (;;) { const { value, done: end } = await q.take(); if (end) return mine.length; mine.push(value); await pause(who); } });
  for (let i = 0; i < 20; i++) { q.put(i); if (i % 5 === 4) await pause(4); }
  q.close();
  console.log(await Promise.all(consumers), got.flat().sort((a, b) => a - b).join(), q.size());
  try { q.put('late'); } catch (e) { console.log(e.message); }

  const wait = barrier(4), phases = [];
  await Promise.all([0, 1, 2, 3].map(async (id) => { for (let p = 0; p < 3; p++) { await pause(id * 2); phases.push(p); const g = await wait(); if (g !== p) throw new Error('wrong phase'); } }));
  console.log(phases.join(''));

  const lock = rwLock(), trace = [];
  let value = 0;
  const ops = Array.from({ length: 14 }, (_, i) => (i % 4 === 2
    ? lock.write(async () => { const v = value; await pause(2); value = v + 1; trace.push('w' + value); })
    : lock.read(async () => { const before = value; await pause(i % 3); if (before !== value) throw new Error('torn read'); trace.push('r' + value); })));
  await Promise.all(ops);
  console.log(trace.join(' '), value);

  const heavy = semaphore(10), results = new Map();
  await Promise.all(Array.from({ length: 1500 }, (_, i) => heavy.with(async () => { await pause(i % 3); results.set(i % 50, (results.get(i % 50) ?? 0) + i); })));
  console.log(results.size, [...results.values()].reduce((a, b) => a + b, 0), heavy.free());
}
main();
