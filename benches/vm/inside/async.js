// What a task costs, by the program's own clock: a line of a name and nanoseconds for each; the medians of nine rounds,
// after one that does not count.
'use strict';

const MANY = 20000;
const now = () => performance.now();
const times = {};
const note = (name, start, count) => { (times[name] ??= []).push(((now() - start) * 1e6) / count); };

async function ended(n) { return n; }
async function waits(gate) { return (await gate) + 1; }
async function twice(n) { return (await n) + (await n); }

async function round() {
  let sum = 0;
  let start = now();
  for (let i = 0; i < MANY; i++) sum += await ended(i);
  note('call and await of what ends at once', start, MANY);

  start = now();
  for (let i = 0; i < MANY; i++) sum += await twice(i);
  note('call and await of two awaits', start, MANY);

  // A thousand at once: spawned, and waiting; then all are completed, and their results taken.
  let spawn = 0, complete = 0;
  for (let burst = 0; burst < MANY / 1000; burst++) {
    let open;
    const gate = new Promise((resolve) => { open = resolve; });
    const tasks = [];
    start = now();
    for (let i = 0; i < 1000; i++) tasks.push(waits(gate));
    spawn += now() - start;
    start = now();
    open(burst);
    for (let i = 0; i < 1000; i++) sum += await tasks[i];
    complete += now() - start;
  }
  note('spawn, to its first await, 1e3 outstanding', now() - spawn, MANY);
  note('completion to taken result, 1e3 outstanding', now() - complete, MANY);

  let open;
  const gate = new Promise((resolve) => { open = resolve; });
  const tasks = [];
  start = now();
  for (let i = 0; i < 5 * MANY; i++) tasks.push(waits(gate));
  note('spawn, to its first await, 1e5 outstanding', start, 5 * MANY);
  start = now();
  open(1);
  for (const value of await Promise.all(tasks)) sum += value;
  note('completion to taken result, 1e5 outstanding', start, 5 * MANY);

  let chain = Promise.resolve(0);
  start = now();
  for (let i = 0; i < MANY; i++) chain = chain.then((value) => value + 1);
  sum += await chain;
  note('then, of a chain', start, MANY);
  return sum;
}

async function main() {
  let sum = 0;
  for (let i = 0; i < 10; i++) {
    sum += await round();
    if (i === 0) for (const name of Object.keys(times)) times[name] = [];
  }
  for (const name of Object.keys(times)) {
    const all = times[name].sort((a, b) => a - b);
    console.log(name + ': ' + all[all.length >> 1]);
  }
  console.log('sum: ' + sum);
}
main();
