// Stresses: values that only outstanding tasks hold: in suspended calls, pending joins, timers, closures of handlers, unsettled fetches.
'use strict';

const fetchPage = typeof hostFetch === 'function' ? hostFetch : (url, { delay = 1, fail = false } = {}) => new Promise((resolve, reject) =>
  setTimeout(() => (fail ? reject(new Error('fetch failed: ' + url)) : resolve({ url, status: 200, body: 'page ' + url })), delay));
const churn = (n) => { const kept = []; for (let i = 0; i < n; i++) { kept.push({ i, s: 'x'.repeat(i % 7) }); if (kept.length > 8) kept.shift(); } return kept.length; };
const make = (i) => ({ id: i, list: [i, [i + 1], { deep: 'v' + i }], f: () => i * 2 });
const check = (o, i) => o.id === i && o.list[0] === i && o.list[1][0] === i + 1 && o.list[2].deep === 'v' + i && o.f() === i * 2;
const sleep = (ms, v) => new Promise((r) => setTimeout(r, ms, v));

async function suspended(i, gate) {
  const a = make(i);
  const { list: [, [next]], ...rest } = a;
  try {
    const b = [await gate, make(i + 1), ...(await Promise.all([make(i + 2), sleep(2, make(i + 3))]))];
    return check(a, i) && next === i + 1 && rest.id === i && b.slice(1).every((o, k) => check(o, i + 1 + k)) && b[0] === 'open';
  } finally {
    churn(5);
    if (!check(a, i)) throw new Error('lost over finally');
  }
}

async function main() {
  let open;
  const gate = new Promise((r) => { open = r; });
  const calls = Array.from({ length: 200 }, (_, i) => suspended(i, gate));
  churn(3000);
  open('open');
  console.log((await Promise.all(calls)).every(Boolean));

  const settled = Array.from({ length: 100 }, (_, i) => Promise.resolve(make(i)));
  const failed = Array.from({ length: 100 }, (_, i) => { const p = Promise.reject(Object.assign(new Error('e' + i), { data: make(i) })); p.catch(() => { }); return p; });
  churn(3000);
  await sleep(1);
  console.log((await Promise.all(settled)).every(check), (await Promise.allSettled(failed)).every((s, i) => check(s.reason.data, i) && s.reason.message === 'e' + i));

  const inTimers = Array.from({ length: 60 }, (_, i) => { const held = make(i); return new Promise((r) => setTimeout((extra) => r(check(held, i) && check(extra, i + 1)), 3 + (i % 3), make(i + 1))); });
  churn(3000);
  console.log((await Promise.all(inTimers)).every(Boolean));

  const fetched = Array.from({ length: 300 }, (_, i) => { const held = make(i); return fetchPage('/v/' + i, { delay: 1 + (i % 5), fail: i % 7 === 0 }).then((page) => page.body === 'page /v/' + i && check(held, i), (e) => e.message === 'fetch failed: /v/' + i && check(held, i)); });
  for (let k = 0; k < 10; k++) { churn(200); await null; }
  console.log((await Promise.all(fetched)).every(Boolean));

  let chain = Promise.resolve(make(0));
  for (let i = 0; i < 300; i++) { const held = make(i); chain = chain.then((o) => { if (!check(o, i) || !check(held, i)) throw new Error('lost ' + i); if (i % 10 === 0) churn(20); return make(i + 1); }); }
  console.log(check(await chain, 300));

  const first = await Promise.race([...Array.from({ length: 50 }, (_, i) => sleep(60, make(i))), sleep(1).then(() => make(99))]);
  const any = await Promise.any([Promise.reject(make(1)), new Promise(() => { churn(10); }), sleep(2, make(7))]);
  churn(1000);
  const none = await Promise.any([0, 1, 2].map((i) => Promise.reject(make(i)))).catch((e) => e.errors.every(check));
  console.log(check(first, 99), check(any, 7), none);

  const outer = make(5);
  const nested = async (n) => { const mine = make(n); if (n > 0) { await null; churn(3); const below = await nested(n - 1); return below && check(mine, n) && check(outer, 5); } await sleep(1); churn(100); return check(mine, 0); };
  console.log(await nested(60));
  for (const o of [make(1), Promise.resolve(make(2)), make(3)]) { const got = await o; churn(100); if (!check(got, got.id)) throw new Error('lost in loop'); }
  const kept = { a: await sleep(1, make(1)), b: [await Promise.resolve(make(2)), make(3)], [`k${(await Promise.resolve(make(4))).id}`]: make(4) };
  console.log(check(kept.a, 1), kept.b.every((o, i) => check(o, i + 2)), check(kept.k4, 4));
}
main();
