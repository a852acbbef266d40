// Stresses: a token bucket and a sliding window over a clock of the program's own, promises that wait in line.
'use strict';

// A virtual clock: timers in a sorted list, run by hand, so that times are exact.
function virtualClock() {
  let now = 0, serial = 0;
  const timers = [];
  return {
    now: () => now,
    sleep: (ms) => new Promise((wake) => { timers.push({ at: now + ms, id: serial++, wake }); timers.sort((a, b) => a.at - b.at || a.id - b.id); }),
    async run() {
      for (;;) {
        for (let i = 0; i < 30; i++) await null; // let everything that can go on do so
        if (timers.length === 0) return now;
        const { at, wake } = timers.shift();
        now = at;
        wake();
      }
    },
  };
}

function bucket(clock, { capacity, perSecond }) {
  let tokens = capacity, last = 0;
  const line = [];
  let pumping = false;
  const refill = () => { const t = clock.now(); tokens = Math.min(capacity, tokens + ((t - last) * perSecond) / 1000); last = t; };
  const pump = async () => {
    if (pumping) return;
    pumping = true;
    while (line.length > 0) {
      refill();
      if (tokens >= 1 - 1e-9) { tokens -= 1; line.shift()(clock.now()); } else await clock.sleep(Math.ceil(((1 - tokens) * 1000) / perSecond));
    }
    pumping = false;
  };
  return { take: () => new Promise((go) => { line.push(go); pump(); }) };
}

function sliding(clock, limit, ms) {
  const stamps = [];
  return { allow() { const t = clock.now(); while (stamps.length && stamps[0] <= t - ms) stamps.shift(); if (stamps.length >= limit) return false; stamps.push(t); return true; } };
}

async function main() {
  const clock = virtualClock();
  const b = bucket(clock, { capacity: 3, perSecond: 10 });
  const times = [];
  const work = Promise.all(Array.from({ length: 10 }, async (_, i) => { const at = await b.take(); times.push(`${i}@${at}`); }));
  console.log(await clock.run());
  await work;
  console.log(times.join(' '));

  const c2 = virtualClock();
  const w = sliding(c2, 5, 1000);
  const seen = [];
  const callers = [100, 150, 330].map(async (gap, who) => { for (let i = 0; i < 12; i++) { await c2.sleep(gap); seen.push(w.allow() ? 'ABC'[who] : 'abc'[who]); } });
  console.log(await c2.run());
  await Promise.all(callers);
  console.log(seen.join(''), seen.filter((s) => s < 'a').length);

  // Debounce and throttle on the same clock.
  const c3 = virtualClock();
  const out = [];
  const debounce = (f, ms) => { let serial = 0; return async (x) => { const mine = ++serial; await c3.sleep(ms); if (mine === serial) f(x); }; };
  const throttle = (f, ms) => { let until = -1; return (x) => { if (c3.now() < until) return; until = c3.now() + ms; f(x); }; };
  const d = debounce((x) => out.push(`d${x}@${c3.now()}`), 50), t = throttle((x) => out.push(`t${x}@${c3.now()}`), 100);
  (async () => { for (let i = 0; i < 12; i++) { d(i); t(i); await c3.sleep(i % 4 === 3 ? 70 : 20); } })();
  await c3.run();
  console.log(out.join(' '));
}
main();
