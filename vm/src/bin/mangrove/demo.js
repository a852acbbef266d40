'use strict';
// What `mangrove` runs when it is given no command: a crawler, a pipeline, a race with a timeout and a survey, with more
// than a thousand tasks outstanding that wait for fetches, for each other and for the clock. Node prints the same.

const fetchPage = typeof hostFetch === 'function' ? hostFetch : (url, { delay = 1, fail = false } = {}) =>
  new Promise((resolve, reject) => setTimeout(() => {
    if (fail) reject(new Error('fetch failed: ' + url));
    else resolve({ url, status: 200, body: 'page ' + url });
  }, delay));

const PAGES = 1000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const report = { pages: 0, retried: 0, lost: [] };

// A page has links to two others, and its visit ends when theirs have: so all visits are outstanding at once, each
// waiting for a fetch or in a join. One page in forty fails the first time, one in three hundred always.
async function visit(n) {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const fail = n % 300 === 299 || (n % 40 === 7 && attempt === 0);
      const page = await fetchPage(`https://site/${n}`, { delay: 1 + n % 7, fail });
      report.pages++;
      if (attempt > 0) report.retried++;
      const left = 2 * n + 1;
      if (left + 1 >= PAGES) return page.body.length;
      const [a, b] = await Promise.all([visit(left), visit(left + 1)]);
      return page.body.length + a + b;
    } catch (error) {
      if (attempt === 2) report.lost.push(`${error.name}: ${error.message}`);
      else await sleep(1 << attempt);
    }
  }
  return 0;
}

// Three stages, each a task for each batch.
const parse = async (batch) => ({ batch, text: await fetchPage(`https://batch/${batch}`) });
const count = async ({ batch, text }) => batch * text.body.length;
const stage = (batch) => parse(batch).then(count).then((words) => words % 1000);

async function main() {
  const crawl = visit(0);
  const pipeline = Promise.all([...'abcdefghijklmnopqrst'].map((_, batch) => stage(batch)));
  console.log('characters:', await crawl);
  console.log(`pages: ${report.pages}, retried: ${report.retried}, lost:`, report.lost.sort());
  console.log('pipeline:', await pipeline);

  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, 60_000, { body: 'nothing in time' }); });
  const first = await Promise.race([late, fetchPage('https://far', { delay: 40 }), fetchPage('https://near', { delay: 5 })]);
  clearTimeout(timer);
  console.log('race:', first.body);

  const survey = await Promise.allSettled([3, 1, 4, 1, 5, 9, 2, 6].map((n) => fetchPage(`https://${n}`, { fail: n % 3 === 0 })));
  console.log('survey:', survey.map(({ status }) => status[0]).join(''));
  try {
    await Promise.any([1, 2, 3].map((n) => fetchPage(`https://down/${n}`, { delay: n, fail: true })));
  } catch (error) {
    console.log(`${error.name}: ${error.errors.map(({ message }) => message).join(', ')}`);
  }
}

main();
