// Stresses: retries with backoff, timeouts by race, a circuit breaker, a deadline over all; failures are errors with causes.
'use strict';

const fetchPage = typeof hostFetch === 'function' ? hostFetch : (url, { delay = 1, fail = false } = {}) => new Promise((resolve, reject) =>
  setTimeout(() => (fail ? reject(new Error('fetch failed: ' + url)) : resolve({ url, status: 200, body: 'page ' + url })), delay));
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

async function withRetries(f, { times, base, factor = 2, log }) {
  let wait = base;
  const errors = [];
  for (let attempt = 1; ; attempt++) {
    try { return await f(attempt); } catch (e) {
      errors.push(e);
      log.push(`${attempt}:${e.message}`);
      if (attempt === times) throw new AggregateError(errors, `gave up after ${times} attempts`, { cause: e });
      await sleep(wait);
      log.push(`waited ${wait}`);
      wait *= factor;
    }
  }
}

const timeout = (promise, ms, what) => {
  let timer;
  return Promise.race([promise, new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what} timed out`)), ms); })]).finally(() => clearTimeout(timer));
};

function breaker(f, threshold) {
  let failures = 0, open = false;
  return async (...args) => {
    if (open) throw new Error('circuit is open');
    try { const r = await f(...args); failures = 0; return r; } catch (e) { if (++failures >= threshold) open = true; throw e; }
  };
}

async function main() {
  const log = [];
  const page = await withRetries((n) => fetchPage('/a?' + n, { delay: 1, fail: n < 3 }), { times: 5, base: 2, log });
  console.log(page, log.splice(0));

  try { await withRetries((n) => fetchPage('/never', { delay: 1, fail: true }), { times: 3, base: 1, factor: 3, log }); } catch (e) {
    console.log(e.name, e.message, e.errors.length, e.cause.message, e.errors.every((x) => x instanceof Error), log.splice(0));
  }

  console.log(await timeout(fetchPage('/fast', { delay: 2 }), 200, 'fast').then((p) => p.status));
  console.log(await timeout(fetchPage('/slow', { delay: 150 }), 20, 'slow').catch((e) => e.message));
  console.log(await timeout(fetchPage('/broken', { delay: 1, fail: true }), 200, 'broken').catch((e) => e.message));

  const guarded = breaker((url, fail) => fetchPage(url, { delay: 1, fail }), 3);
  const outcomes = [];
  for (const fail of [false, true, true, false, true, true, true, false, false]) outcomes.push(await guarded('/g', fail).then((p) => p.status, (e) => e.message));
  console.log(outcomes);

  // The quickest of several mirrors, where some fail.
  const mirror = await Promise.any([fetchPage('/m1', { delay: 1, fail: true }), fetchPage('/m2', { delay: 60 }), fetchPage('/m3', { delay: 5 })]);
  console.log(mirror.url, await Promise.any([1, 2].map((n) => fetchPage('/x' + n, { delay: n, fail: true }))).catch((e) => e.errors.map((x) => x.message)));

  const all = await Promise.allSettled(Array.from({ length: 40 }, (_, i) => withRetries((n) => fetchPage('/p' + i, { delay: (i * 7) % 5 + 1, fail: (i + n) % 3 === 0 }), { times: 1 + (i % 2), base: 1, log: [] })));
  console.log(all.map((r) => (r.status === 'fulfilled' ? '+' : '-')).join(''), all.filter((r) => r.status === 'rejected').map((r) => r.reason.errors.length).reduce((a, b) => a + b, 0));
}
main();
