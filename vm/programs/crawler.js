// Stresses: thousands of outstanding external completions: a crawler over a simulated site, with a limit, retries and dead links.
// zeal: one-in=4000
'use strict';

const fetchPage = typeof hostFetch === 'function' ? hostFetch : (url, { delay = 1, fail = false } = {}) => new Promise((resolve, reject) =>
  setTimeout(() => (fail ? reject(new Error('fetch failed: ' + url)) : resolve({ url, status: 200, body: 'page ' + url })), delay));

// The site: page n links to a few others; every 13th page is dead, every 10th fails at first.
const pages = 1500;
const links = (n) => [n * 2 + 1, n * 2 + 2, (n * 7 + 3) % pages, (n * n + 11) % pages].filter((m) => m < pages);
const tries = new Map();
async function load(n) {
  const count = (tries.get(n) ?? 0) + 1;
  tries.set(n, count);
  const { url, status, body } = await fetchPage('/' + n, { delay: (n * 17) % 9 + 1, fail: n % 13 === 12 || (n % 10 === 9 && count === 1) });
  return { n, status, title: body.slice(5), size: url.length + body.length, links: links(n) };
}

async function crawl({ start, limit, retries }) {
  const seen = new Set([start]), found = [], dead = [];
  let running = 0, most = 0;
  const waiting = [];
  const enter = async () => { if (running >= limit) await new Promise((r) => waiting.push(r)); else most = Math.max(most, ++running); };
  const leave = () => { if (waiting.length > 0) waiting.shift()(); else running--; };
  const visit = async (n) => {
    let page;
    for (let attempt = 0; ; attempt++) {
      await enter();
      try { page = await load(n); break; } catch (e) { if (attempt === retries) { dead.push(`${n} (${e.message})`); return; } } finally { leave(); }
    }
    found.push(page);
    await Promise.all(page.links.filter((m) => !seen.has(m) && seen.add(m)).map(visit));
  };
  await visit(start);
  return { found, dead, most };
}

async function main() {
  const { found, dead, most } = await crawl({ start: 0, limit: 100, retries: 1 });
  found.sort((a, b) => a.n - b.n);
  dead.sort();
  console.log(found.length, dead.length, most <= 100, found.reduce((s, p) => s + p.size, 0));
  console.log(found.slice(0, 3), dead.slice(0, 3));
  const incoming = new Map();
  for (const p of found) for (const m of p.links) incoming.set(m, (incoming.get(m) ?? 0) + 1);
  console.log([...incoming].sort(([a, x], [b, y]) => y - x || a - b).slice(0, 5));
  console.log([...tries.values()].reduce((a, b) => a + b, 0), found.every((p) => p.title === '/' + p.n));

  // All at once, without a limit: every request is outstanding at the same time.
  const at = performance.now();
  const statuses = await Promise.allSettled(Array.from({ length: 2000 }, (_, i) => fetchPage('/bulk/' + i, { delay: 5, fail: i % 100 === 0 })));
  console.log(statuses.filter((s) => s.status === 'fulfilled').length, statuses[100].reason.message, statuses[101].value, performance.now() - at < 3000);
}
main();
