// Ticks: awaits, returned promises and thenables, then-chains; joins between waiters that registered before and after.
const log = [];
const clock = (name, n) => { let p = Promise.resolve(); for (let i = 1; i <= n; i++) p = p.then(() => log.push(name + i)); };
async function main() {
  // 1: await in various
  clock('c', 12);
  (async () => { await 1; log.push('a1'); await Promise.resolve(2); log.push('a2'); await (async () => { })(); log.push('a3'); await (async () => { await 0; })(); log.push('a4'); })();
  (async () => { const r = await (async () => Promise.resolve(5))(); log.push('ret promise ' + r); })();
  (async () => { const r = await (async () => { await 0; return Promise.resolve(5); })(); log.push('ret promise late ' + r); })();
  (async () => { try { await (async () => { await 0; return Promise.reject(6); })(); } catch (e) { log.push('rej late ' + e); } })();
  (async () => { const r = await { then(f) { log.push('then called'); f(7); log.push('after f'); } }; log.push('thenable ' + r); })();
  (async () => { const r = await (async () => { await 0; return { then(f) { log.push('then2 called'); f(8); Promise.resolve().then(() => log.push('x after')); } }; })(); log.push('thenable ret ' + r); })();
  (async () => { const r = await (async () => { await 0; return { then(f) { setTimeout(() => { f(9); Promise.resolve().then(() => log.push('y after')); }, 1); } }; })(); log.push('thenable ret timer ' + r); })();
  Promise.resolve().then(() => ({ then(f) { setTimeout(() => { f(9); Promise.resolve().then(() => log.push('z after')); }, 2); } })).then((r) => log.push('then thenable timer ' + r));
  new Promise((r) => r(Promise.resolve(1))).then(() => log.push('resolve(promise)'));
  const p = Promise.resolve(0);
  p.then(() => p).then(() => log.push('then returns p'));
  p.then(() => Promise.reject(1)).catch(() => log.push('then returns rejected'));
  p.finally(() => log.push('finally')).then(() => log.push('after finally'));
  Promise.reject(3).finally(() => {}).catch(() => log.push('after rej finally'));
  queueMicrotask(() => log.push('qm'));
  await new Promise((r) => setTimeout(r, 10));
  console.log(log.splice(0).join('\n'));
  // 2: joins vs waiters placed before and after
  for (const kind of ['all', 'allSettled', 'any', 'race']) {
    let res; const d = new Promise((r) => { res = r; });
    let res2; const d2 = new Promise((r) => { res2 = r; });
    d.then(() => log.push('before')).then(() => log.push('before 2')).then(() => log.push('before 3'));
    Promise[kind]([d, d2]).then((v) => log.push(kind + ' ' + JSON.stringify(v))).then(() => log.push(kind + ' 2'));
    d.then(() => log.push('after')).then(() => log.push('after 2')).then(() => log.push('after 3'));
    Promise[kind]([d2, Promise.resolve(9), 4]).then((v) => log.push(kind + '# ' + JSON.stringify(v))).then(() => log.push(kind + '# 2'));
    (async () => { log.push('w ' + JSON.stringify(await Promise[kind]([d, d2, d]))); })();
    clock('k', 7);
    res(1); log.push('-'); res2(2);
    await new Promise((r) => setTimeout(r, 10));
    console.log(log.splice(0).join('\n'));
  }
  for (const kind of ['all', 'allSettled', 'any', 'race']) {
    let res; const d = new Promise((_, r) => { res = r; });
    let res2; const d2 = new Promise((_, r) => { res2 = r; });
    const s = (e) => log.push(kind + '! ' + (e.errors ?? e));
    d.catch(() => log.push('before')).then(() => log.push('before 2')).then(() => log.push('before 3'));
    Promise[kind]([d, d2]).then((v) => log.push(kind + ' ' + JSON.stringify(v)), s).then(() => log.push(kind + ' 2'));
    d.catch(() => log.push('after')).then(() => log.push('after 2')).then(() => log.push('after 3'));
    Promise[kind]([d2, Promise.reject(9), 4]).then((v) => log.push(kind + '# ' + JSON.stringify(v)), s).then(() => log.push(kind + '# 2'));
    (async () => { try { log.push('w ' + JSON.stringify(await Promise[kind]([d, d2, d]))); } catch (e) { s(e); } })();
    clock('k', 7);
    res(1); log.push('-'); res2(2);
    await new Promise((r) => setTimeout(r, 10));
    console.log(log.splice(0).join('\n'));
  }
  // thenables in all
  Promise.all([{ then(f) { log.push('t1'); f(1); } }, (async () => 2)(), new Promise((r) => setTimeout(r, 1, 3)), { then(f, g) { log.push('t2'); setTimeout(f, 2, 4); } }]).then((v) => log.push('all ' + v));
  clock('m', 6);
  await new Promise((r) => setTimeout(r, 10));
  console.log(log.splice(0).join('\n'));
}
main().then(() => console.log('done'));
