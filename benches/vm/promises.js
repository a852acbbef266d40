// Tasks: async calls, awaits, then-chains, joins, and many that wait at once.
'use strict';

async function leaf(n) { return n & 7; }
async function work(n) {
  let sum = 0;
  for (let i = 0; i < 4; i++) sum += await leaf(n + i);
  return sum;
}
async function main() {
  let total = 0;
  for (let batch = 0; batch < 20; batch++) {
    const results = await Promise.all(Array.from({ length: 2000 }, (_, i) => work(batch * 2000 + i)));
    for (const r of results) total += r;
  }
  let chain = Promise.resolve(0);
  for (let i = 0; i < 40000; i++) chain = chain.then((v) => v + 1);
  total += await chain;
  let open;
  const gate = new Promise((r) => { open = r; });
  const waiting = [];
  for (let i = 0; i < 30000; i++) waiting.push((async () => (await gate) + i)());
  open(1);
  for (const v of await Promise.all(waiting)) total = (total + v) % 1000000007;
  const settled = await Promise.allSettled(Array.from({ length: 20000 }, async (_, i) => { if (i % 3 === 0) throw i; return i; }));
  total += settled.filter((s) => s.status === 'rejected').length;
  for (let i = 0; i < 3000; i++) total += await Promise.race([leaf(i), gate]);
  console.log('promises', total);
}
main();
