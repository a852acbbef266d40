// Stresses: stages joined by bounded channels: producers wait for consumers, errors and ends travel through, merge and split.
'use strict';

function channel(capacity) {
  const buffer = [], senders = [], receivers = [];
  let closed = false, most = 0;
  return {
    async send(value) {
      if (closed) throw new Error('send on closed channel');
      if (receivers.length) { receivers.shift()({ value, done: false }); return; }
      if (buffer.length >= capacity) { await new Promise((r) => senders.push(r)); if (closed) throw new Error('send on closed channel'); }
      buffer.push(value);
      most = Math.max(most, buffer.length);
      if (receivers.length) receivers.shift()({ value: buffer.shift(), done: false });
    },
    async receive() {
      if (buffer.length) { const value = buffer.shift(); senders.shift()?.(); return { value, done: false }; }
      if (closed) return { value: undefined, done: true };
      return new Promise((r) => receivers.push(r));
    },
    close() { closed = true; for (const r of receivers.splice(0)) r({ value: undefined, done: true }); for (const s of senders.splice(0)) s(); },
    most: () => most,
  };
}

const each = async (input, f) => { for (;;) { const { value, done } = await input.receive(); if (done) return; await f(value); } };
const stage = (input, output, f) => each(input, async (v) => { for (const out of await f(v)) await output.send(out); }).finally(() => output.close());
const source = async (output, n) => { for (let i = 0; i < n; i++) await output.send(i); output.close(); };
const collect = async (input) => { const out = []; await each(input, (v) => { out.push(v); }); return out; };

async function main() {
  const [a, b, c] = [channel(2), channel(3), channel(1)];
  const running = [source(a, 30), stage(a, b, async (n) => (n % 3 === 0 ? [] : [n, n * 10])), stage(b, c, async (n) => { await null; return [`<${n}>`]; })];
  const out = await collect(c);
  await Promise.all(running);
  console.log(out.join(''), [a.most(), b.most(), c.most()].map((m, i) => m <= [2, 3, 1][i] + 1));

  // Fan out to workers over one channel, and in again; the sum does not depend on who took what.
  const jobs = channel(4), results = channel(4);
  const worker = (id) => each(jobs, async (n) => { for (let i = 0; i < (n + id) % 4; i++) await null; await results.send(n * n); });
  const workers = Promise.all([1, 2, 3, 4, 5].map(worker)).then(() => results.close());
  const sum = collect(results).then((r) => [r.length, r.reduce((x, y) => x + y, 0)]);
  await source(jobs, 1000);
  await workers;
  console.log(await sum);

  // An error in a stage ends the pipeline, and is told at its end.
  const [p, q] = [channel(1), channel(1)];
  const failing = stage(p, q, async (n) => { if (n === 7) throw new RangeError('bad item ' + n); return [n]; });
  const produced = (async () => { let n = 0; try { for (;; n++) await p.send(n); } catch (e) { return `${e.message} after ${n > 7 && n < 12}`; } })();
  failing.catch(() => p.close());
  console.log(await collect(q), await failing.catch((e) => `${e.name}: ${e.message}`), await produced);

  // A slow consumer: the producer is never more than the capacity ahead.
  const slow = channel(3);
  let sent = 0, taken = 0, ahead = 0;
  const producer = (async () => { for (let i = 0; i < 50; i++) { await slow.send({ i, payload: 'x'.repeat(i) }); sent++; ahead = Math.max(ahead, sent - taken); } slow.close(); })();
  let bytes = 0;
  await each(slow, async ({ payload }) => { taken++; bytes += payload.length; for (let k = 0; k < 6; k++) await null; });
  await producer;
  console.log(sent, taken, bytes, ahead <= 5);

  const chain = Array.from({ length: 30 }, () => channel(1));
  source(chain[0], 40);
  for (let i = 1; i < chain.length; i++) stage(chain[i - 1], chain[i], async (v) => [v + 1]);
  const last = await collect(chain.at(-1));
  console.log(last.length, last[0], last[39]);
}
main();
