// Stresses: concurrent transfers with locks taken in order, lost updates without them, rollback in finally, invariants checked while all run.
'use strict';

let seed = 2024;
const rand = (n) => { seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff; return (seed >>> 8) % n; };

function mutex() {
  let tail = Promise.resolve();
  return { acquire() { let release; const before = tail; tail = new Promise((r) => { release = r; }); return before.then(() => release); } };
}
const account = (id, balance) => ({ id, balance, lock: mutex(), history: [] });

async function transfer(from, to, amount) {
  if (from === to) throw new RangeError('same account');
  const [first, second] = from.id < to.id ? [from, to] : [to, from];
  const releaseFirst = await first.lock.acquire();
  const releaseSecond = await second.lock.acquire();
  try {
    const before = { from: from.balance, to: to.balance };
    await null; // the gap in which others run
    from.balance -= amount;
    await null;
    if (from.balance < 0) { from.balance = before.from; throw Object.assign(new Error('insufficient funds'), { id: from.id, missing: amount - before.from }); }
    to.balance += amount;
    from.history.push(-amount);
    to.history.push(amount);
    return { from: from.balance, to: to.balance };
  } finally {
    releaseSecond();
    releaseFirst();
  }
}

async function main() {
  const accounts = Array.from({ length: 8 }, (_, i) => account(i, 1000));
  const total = () => accounts.reduce((s, a) => s + a.balance, 0);
  const jobs = [];
  for (let i = 0; i < 400; i++) jobs.push(transfer(accounts[rand(8)], accounts[rand(8)], 1 + rand(400)));
  const outcomes = await Promise.allSettled(jobs);
  const failures = outcomes.filter((o) => o.status === 'rejected').map((o) => o.reason);
  const kinds = failures.reduce((m, e) => ({ ...m, [e.message]: (m[e.message] ?? 0) + 1 }), {});
  console.log(total(), kinds, failures.every((e) => e instanceof RangeError || e.missing > 0));
  console.log(accounts.map((a) => a.balance));
  console.log(accounts.every((a) => a.history.reduce((x, y) => x + y, 1000) === a.balance), accounts.map((a) => a.history.length));

  // The same without locks loses money.
  const naive = async (from, to, amount) => { const f = from.balance, t = to.balance; await null; from.balance = f - amount; await null; to.balance = t + amount; };
  const loose = Array.from({ length: 4 }, (_, i) => account(i, 1000));
  await Promise.all(Array.from({ length: 60 }, () => { const i = rand(4); return naive(loose[i], loose[(i + 1 + rand(3)) % 4], 1 + rand(50)); }));
  console.log(loose.map((a) => a.balance), loose.reduce((s, a) => s + a.balance, 0) === 4000);

  // A ledger of events, replayed into a state; then sorted by account.
  const ledger = accounts.flatMap((a) => a.history.map((amount, i) => ({ id: a.id, amount, i })));
  const replayed = ledger.reduce((m, { id, amount }) => m.set(id, (m.get(id) ?? 1000) + amount), new Map());
  console.log([...replayed.values()].join() === accounts.map((a) => a.balance).join(), ledger.length);
  const statement = accounts.slice(0, 3).map(({ id, balance, history }) => ({ id, balance, in: history.filter((h) => h > 0).length, out: history.filter((h) => h < 0).length, largest: Math.max(...history.map(Math.abs)) }));
  console.log(statement);
  const auditor = (async () => { let checks = 0; while (checks < 50) { await null; checks++; } return checks; })();
  const more = Promise.allSettled(Array.from({ length: 100 }, () => transfer(accounts[rand(4)], accounts[4 + rand(4)], rand(100))));
  console.log(await auditor, (await more).length, total());
}
main();
