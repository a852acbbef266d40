'use strict';
// What `mangrove` runs when it is given no command: a crawler, a pipeline, a race and a survey, with thousands of
// fetches outstanding that background threads complete. Under Node it prints the same.

const fetchPage = typeof hostFetch === 'function' ? hostFetch : (url, { delay = 1, fail = false } = {}) =>
  new Promise((resolve, reject) => setTimeout(() => {
    if (fail) reject(new Error('fetch failed: ' + url));
    else resolve({ url, status: 200, body: 'page ' + url });
  }, delay));

const PAGES = 1500;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const hash = (n) => (Math.imul(n + 1, 2654435761) >>> 8) % 1000;

// The site: page n links to three others; one page in ten fails the first time, one in fifty always.
const links = (n) => [(n * 7 + 1) % PAGES, (n * 13 + 5) % PAGES, (n + 1) % PAGES];
const fails = (n, attempt) => hash(n) % 50 === 0 || (hash(n) % 10 === 1 && attempt === 0);

async function fetchWithRetries(n, attempts = 3) {
  for (let attempt = 0; ; attempt++) {
    try {
      const page = await fetchPage(`https://site/${n}`, { delay: 1 + hash(n) % 9, fail: fails(n, attempt) });
      return { ...page, number: n, attempt };
    } catch (error) {
      if (attempt + 1 === attempts) throw new Error(`gave up on ${n}: ${error.message}`);
      await sleep(1 << attempt);
    }
  }
}

// Every link that is found is fetched at once: what is outstanding grows to the width of the site.
async function crawl() {
  const pages = new Map();
  const failures = [];
  let outstanding = 0;
  let most = 0;
  async function visit(n) {
    if (pages.has(n)) return;
    pages.set(n, null);
    most = Math.max(most, ++outstanding);
    try {
      pages.set(n, await fetchWithRetries(n));
    } catch (error) {
      failures.push(error.message);
    } finally {
      outstanding--;
    }
    await Promise.all(links(n).map(visit));
  }
  await Promise.all(Array.from({ length: PAGES }, (_, n) => visit(n)));
  return { pages, failures, most };
}

// Three stages that hand on batches.
async function pipeline(pages) {
  const batches = [];
  for (let i = 0; i < pages.length; i += 100) batches.push(pages.slice(i, i + 100));
  const parse = async (batch) => batch.map(({ number, body }) => ({ number, words: body.split('/').length + number % 5 }));
  const count = async (batch) => batch.reduce((sum, { words }) => sum + words, 0);
  const totals = await Promise.all(batches.map((batch) => parse(batch).then(count)));
  return totals.reduce((a, b) => a + b, 0);
}

async function main() {
  const { pages, failures, most } = await crawl();
  const found = [...pages.values()].filter((page) => page !== null).sort((a, b) => a.number - b.number);
  console.log(`crawled ${found.length} of ${pages.size} pages, at most ${most} outstanding`);
  console.log(`retried ${found.filter((page) => page.attempt > 0).length}, gave up on ${failures.length}`);
  console.log('words:', await pipeline(found));

  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(() => resolve('timeout'), 5000); });
  const first = await Promise.race([fetchPage('https://mirror/near', { delay: 5 }), late]);
  clearTimeout(timer);
  console.log('race:', first.body ?? first);

  const surveyed = await Promise.allSettled(Array.from({ length: 40 }, (_, n) =>
    fetchPage(`https://survey/${n}`, { delay: 1 + n % 7, fail: n % 8 === 3 })));
  const byStatus = {};
  for (const { status } of surveyed) byStatus[status] = (byStatus[status] ?? 0) + 1;
  console.log('survey:', byStatus);

  try {
    await Promise.any([1, 2, 3].map((n) => fetchPage(`https://down/${n}`, { delay: n, fail: true })));
  } catch (error) {
    console.log(`${error.name}: ${error.errors.map((e) => e.message).join(', ')}`);
  }
}

main();
