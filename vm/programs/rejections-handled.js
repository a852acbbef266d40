// Stresses: rejections that are handled at the last moment, error paths through many layers, aggregates; nothing stays unhandled.
'use strict';

const results = [];
const note = (label) => (v) => results.push(`${label}: ${v instanceof Error ? v.name + ' ' + v.message : v}`);

async function layer(n) { if (n === 0) throw new Error('bottom'); try { return await layer(n - 1); } catch (e) { throw new Error(`layer ${n}`, { cause: e }); } }

async function main() {
  await layer(5).catch((e) => { let depth = 0; for (let at = e; at; at = at.cause) depth++; note('layers')(`${e.message} over ${depth - 1}`); });

  // A handler that is attached in the same turn, or before the microtasks are done, is in time.
  const early = Promise.reject(new TypeError('early'));
  early.catch(note('early'));
  const delayed = Promise.reject('delayed');
  queueMicrotask(() => delayed.catch(note('delayed')));
  await null; await null;

  const parts = [1, 2, 3, 4].map(async (n) => { await null; if (n % 2) throw new RangeError('odd ' + n); return n; });
  const settled = await Promise.allSettled(parts);
  note('settled')(settled.map((s) => (s.status === 'fulfilled' ? s.value : s.reason.message)).join(', '));
  await Promise.any(parts.filter((_, i) => i % 2 === 0)).catch((e) => note('any')(`${e.name} of ${e.errors.length}: ${e.errors.map((x) => x.message)}`));
  await Promise.all(parts).catch(note('all'));
  await Promise.race([new Promise(() => { }), ...parts]).catch(note('race'));

  const boundary = (name, f) => f().then(note(name), (e) => { note(name + ' failed')(e); return null; });
  await boundary('ok', async () => 'fine');
  await boundary('null access', async () => { const o = {}; await null; return o.a.b; });
  await boundary('not a function', async () => { const o = {}; return o.nope(); });
  await boundary('in then', () => Promise.resolve().then(() => { throw new SyntaxError('in then'); }));
  await boundary('in finally', () => Promise.resolve(1).finally(() => { throw new Error('in finally'); }));
  await boundary('string', async () => { throw 'just text'; });
  await boundary('undefined', async () => { throw undefined; });
  await boundary('nested all', () => Promise.all([Promise.all([Promise.reject(new Error('inner'))])]));

  const retry = async (f, n) => { const errors = []; for (let i = 0; i < n; i++) { try { return await f(i); } catch (e) { errors.push(e); } } throw new AggregateError(errors, `gave up after ${n}`); };
  note('retry')(await retry(async (i) => { if (i < 2) throw new Error('no'); return 'attempt ' + i; }, 5));
  await retry(async (i) => { throw new Error('e' + i); }, 3).catch((e) => note('retry')(`${e.message} [${e.errors.map((x) => x.message)}] ${e instanceof AggregateError}`));

  const timeout = (ms) => new Promise((_, reject) => setTimeout(() => reject(new Error(`timeout of ${ms}`)), ms));
  await Promise.race([new Promise(() => { }), timeout(5)]).catch(note('timeout'));
  let cancelled = false;
  const worker = (async () => { for (let i = 0; ; i++) { if (cancelled) throw new Error(`cancelled`); await new Promise((r) => setTimeout(r, 1)); } })();
  setTimeout(() => { cancelled = true; }, 10);
  await worker.catch(note('worker'));
}

main().then(() => note('end')('reached'), note('main failed')).finally(() => console.log(results.join('\n')));
