// Stresses: a pool of workers over a queue: bounded concurrency, results in order, jobs that fail, jobs that spawn jobs.
'use strict';

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

async function pool(jobs, limit) {
  const results = [];
  let next = 0, running = 0, most = 0;
  const worker = async () => {
    while (next < jobs.length) {
      const i = next++;
      most = Math.max(most, ++running);
      try { results[i] = { ok: await jobs[i]() }; } catch (e) { results[i] = { error: e.message }; } finally { running--; }
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return { results, most };
}

function queue(limit) {
  const waiting = [];
  let running = 0, done = 0;
  let drained = () => { };
  const pump = () => {
    while (running < limit && waiting.length > 0) {
      const { job, resolve, reject } = waiting.shift();
      running++;
      job().then(resolve, reject).finally(() => { running--; done++; if (running === 0 && waiting.length === 0) drained(); else pump(); });
    }
  };
  return {
    add: (job) => new Promise((resolve, reject) => { waiting.push({ job, resolve, reject }); pump(); }),
    idle: () => new Promise((r) => { drained = () => r(done); }),
  };
}

async function main() {
  const jobs = Array.from({ length: 20 }, (_, i) => async () => {
    await sleep(1 + (i % 3));
    if (i % 7 === 3) throw new Error(`job ${i} failed`);
    return i * i;
  });
  const { results, most } = await pool(jobs, 4);
  console.log(results.map((r) => r.ok ?? r.error), most);

  const q = queue(3);
  const order = [];
  const idle = q.idle();
  const spawn = (name, depth) => q.add(async () => {
    order.push(name);
    await null;
    if (depth > 0) { spawn(name + 'l', depth - 1); spawn(name + 'r', depth - 1); }
    return name;
  });
  const first = await Promise.all(['a', 'b'].map((n) => spawn(n, 2)));
  console.log(first, await idle, order.sort().join(' '));
  console.log(await q.add(async () => 'again'), await q.add(async () => { throw new Error('rejected'); }).catch((e) => e.message));

  const many = await pool(Array.from({ length: 3000 }, (_, i) => async () => { if (i % 2) await null; return { i, square: i * i }; }), 16);
  console.log(many.results.length, many.results.reduce((s, r) => s + r.ok.square, 0), many.most);
}
main();
