// Stresses: topics with wildcards, subscriptions that come and go while messages are delivered, async subscribers, an event emitter.
'use strict';

function broker() {
  const root = { subs: new Set(), kids: new Map() };
  let delivered = 0;
  const node = (path) => path.reduce((n, part) => { if (!n.kids.has(part)) n.kids.set(part, { subs: new Set(), kids: new Map() }); return n.kids.get(part); }, root);
  const matching = (n, [part, ...rest], out = []) => {
    for (const s of n.kids.get('#')?.subs ?? []) out.push(s);
    if (part === undefined) { out.push(...n.subs); return out; }
    for (const key of [part, '*']) if (n.kids.has(key)) matching(n.kids.get(key), rest, out);
    return out;
  };
  return {
    subscribe(topic, handler) { const n = node(topic.split('.')); n.subs.add(handler); return () => n.subs.delete(handler); },
    publish(topic, message) { const to = matching(root, topic.split('.')); delivered += to.length; return Promise.allSettled(to.map(async (h) => h(message, topic))); },
    count: () => delivered,
  };
}

function emitter() {
  const handlers = {};
  const on = (name, f) => { (handlers[name] ??= []).push(f); return () => off(name, f); };
  const off = (name, f) => { handlers[name] = (handlers[name] ?? []).filter((g) => g !== f); };
  const once = (name, f) => { const wrapped = (...args) => { off(name, wrapped); f(...args); }; return on(name, wrapped); };
  const emit = (name, ...args) => { const list = handlers[name] ?? []; for (const f of list) f(...args); return list.length > 0; };
  const next = (name) => new Promise((r) => once(name, (...args) => r(args)));
  return { on, off, once, emit, next, names: () => Object.keys(handlers).filter((n) => handlers[n].length > 0) };
}

async function main() {
  const b = broker();
  const log = [];
  const as = (name) => (m, topic) => { log.push(`${name}:${topic}=${m}`); };
  b.subscribe('news.sport', as('sport'));
  b.subscribe('news.*', as('any'));
  b.subscribe('#', as('all'));
  const stop = b.subscribe('news.*.late', as('late'));
  b.subscribe('news.#', async (m) => { await null; log.push('slow=' + m); });
  b.subscribe('errors', () => { throw new Error('bad subscriber'); });
  await b.publish('news.sport', 1);
  await b.publish('news.art.late', 2);
  stop();
  await b.publish('news.art.late', 3);
  const outcome = await b.publish('errors', 4);
  console.log(log.join(' '), outcome.map((o) => o.status), b.count());

  const e = emitter();
  const seen = [];
  const off = e.on('x', (v) => seen.push('on' + v));
  e.once('x', (v) => seen.push('once' + v));
  e.on('x', function again(v) { seen.push('self' + v); if (v === 2) e.off('x', again); });
  e.on('grow', () => e.on('grow', () => seen.push('grown')));
  console.log(e.emit('x', 1), e.emit('x', 2), e.emit('x', 3), off(), e.emit('x', 4), e.emit('none'), seen.join(' '));
  e.emit('grow'); e.emit('grow'); e.emit('grow');
  console.log(seen.filter((s) => s === 'grown').length, e.names());

  const waiting = e.next('ready');
  setTimeout(() => e.emit('ready', 'go', { n: 1 }), 2);
  console.log(await waiting, e.names());

  let sum = 0;
  const counters = Array.from({ length: 200 }, (_, i) => b.subscribe(`load.${i % 10}`, (m) => { sum += m * (i + 1); }));
  for (let round = 0; round < 50; round++) { await b.publish(`load.${round % 10}`, round); if (round % 3 === 0) counters.pop()(); }
  console.log(sum, b.count(), counters.length);
}
main();
