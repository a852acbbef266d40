// Stresses: a million promises: fan-out over Promise.all, chains, async calls that all wait for one gate.
// zeal: one-in=400000
'use strict';

const total = 1000000, batch = 50000;

async function main() {
  let sum = 0, batches = 0;
  const twice = async (n) => n * 2;
  for (let start = 0; start < 400000; start += batch) {
    const values = await Promise.all(Array.from({ length: batch }, (_, i) => twice(start + i)));
    for (const v of values) sum += v;
    batches++;
  }
  console.log('fan-out', batches, sum);

  let open;
  const gate = new Promise((r) => { open = r; });
  let passed = 0;
  const waiters = [];
  for (let i = 0; i < 200000; i++) waiters.push((async () => { const v = await gate; passed += v; return i & 1; })());
  open(1);
  const odd = (await Promise.all(waiters)).reduce((a, b) => a + b, 0);
  console.log('gate', passed, odd);

  let chain = Promise.resolve(0);
  for (let i = 0; i < 100000; i++) chain = chain.then((v) => v + 1);
  console.log('chain', await chain);

  const resolvers = [];
  const pending = Array.from({ length: 100000 }, () => new Promise((r) => resolvers.push(r)));
  const settled = Promise.allSettled(pending);
  for (let i = resolvers.length - 1; i >= 0; i--) resolvers[i](i);
  const all = await settled;
  console.log('late', all.length, all[99999].value, all.every((s, i) => s.value === i && s.status === 'fulfilled'));

  let ticks = 0;
  const runner = async (n) => { while (ticks + n <= total / 5) { ticks++; await null; } };
  await Promise.all([1, 2, 3, 4].map(runner));
  console.log('ticks', ticks);
  console.log('race', await Promise.race(Array.from({ length: 1000 }, (_, i) => (i === 700 ? Promise.resolve('first settled') : new Promise(() => { })))));
}
main();
