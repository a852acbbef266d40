// Stresses: try, catch and finally around await: returns and throws that wait in finally, breaks from async loops, nested async cleanup.
'use strict';

const log = [];
const say = (x) => { log.push(x); return x; };
const tick = async (v) => { await null; return v; };
const fail = async (v) => { await null; throw v; };

async function returnsOverAwait() { try { return say('try'); } finally { await tick(); say('finally'); } }
async function throwsOverAwait() { try { throw say('thrown'); } finally { await tick(); say('cleanup'); } }
async function overridden() { try { await fail('lost'); } finally { return await tick('kept'); } }
async function replaced() { try { await fail('first'); } catch (e) { throw e + '+second'; } finally { say(await tick('in between')); } }
async function returnAwait() { try { return await fail('inside'); } catch (e) { return 'caught ' + e; } }
async function returnPlain() { try { return fail('outside'); } catch (e) { return 'never ' + e; } finally { say('too early'); } }
async function loop() {
  const out = [];
  for (let i = 0; i < 5; i++) {
    try { if (i === 1) continue; if (i === 3) break; out.push(await tick(i)); } finally { out.push('f' + (await tick(i))); }
  }
  return out.join(' ');
}
async function nested() {
  try {
    try { await fail('A'); } catch (e) { say('c' + e); await fail('B'); } finally { say('f1'); await tick(); say('f2'); }
  } catch (e) { say('c' + e); return await tick('n'); } finally { say('f3'); }
}
async function labelled() {
  outer: for (const a of [1, 2, 3]) {
    for (const b of [1, 2]) {
      try { await null; if (a === b) continue outer; if (a === 3) break outer; say(`${a}${b}`); } finally { say(`/${await tick(a)}`); }
    }
  }
  return 'labelled';
}
async function keepsResult() { let x = 'before'; try { return x; } finally { x = await tick('after'); say(x); } }
async function withResource(name, body) {
  say('open ' + name);
  try { return await body(name); } finally { await tick(); say('close ' + name); }
}
async function destructured({ a = 1, ...rest } = {}, [b, c = a] = []) { await null; const { d = await tick('D') } = rest; return [a, b, c, d].join(); }
async function paramThrows(x = (() => { throw 'param'; })()) { return x; }

const cases = {
  returnsOverAwait, throwsOverAwait, overridden, replaced, returnAwait, returnPlain, loop, nested, labelled, keepsResult, paramThrows,
  resources: () => withResource('a', () => withResource('b', async (n) => { await tick(); throw 'error in ' + n; })),
  destructured: () => destructured({ a: 5, z: 1 }, 'x'),
  shortCircuit: async () => (await tick(0)) || (await tick('')) || ((await tick(null)) ?? 'dflt'),
  conditional: async () => ((await tick(true)) ? [await tick(1), ...(await tick([2, 3]))] : await fail()).length,
  operands: async () => (await tick(1)) + (await tick(2)) * (await tick(3)) + `${await tick('t')}`,
  leftFirst: async () => { let x = 1; const add = async () => { x += 10; return 5; }; x += await add(); return x; },
  swallow: async () => { try { await Promise.all([fail('one'), fail('two'), tick()]); } catch (e) { return e; } },
  whileAwait: async () => { let n = 0; while ((await tick(n)) < 4) { n++; if (n === 2) continue; say('n' + n); } return n; },
  switchAwait: async () => { switch (await tick(2)) { case await tick(1): return 'one'; case await tick(2): say('two'); default: return 'fell'; } },
};
(async () => {
  for (const [name, f] of Object.entries(cases)) {
    let end;
    try { end = 'returned ' + (await f()); } catch (e) { end = 'threw ' + e; }
    await new Promise((r) => setTimeout(r, 1));
    console.log(`${name}: ${log.splice(0).join(' ')} => ${end}`);
  }
})();
