// Many runs: how often a comparator is called grows as n log n.
// zeal: one-in=20000

const random = (seed) => () => (seed = (seed * 1103515245 + 12345) % 2147483648);

for (const [name, make] of [
  ['random', (n, next) => Array.from({ length: n }, next)],
  ['few values', (n, next) => Array.from({ length: n }, () => next() % 7)],
  ['ascending', (n) => Array.from({ length: n }, (_, i) => i)],
  ['descending', (n) => Array.from({ length: n }, (_, i) => n - i)],
  ['equal', (n) => new Array(n).fill(1)],
  ['teeth', (n) => Array.from({ length: n }, (_, i) => (i * 7919) % 1000003)],
  ['runs', (n) => Array.from({ length: n }, (_, i) => i % Math.floor(Math.sqrt(i + 1)))],
]) {
  for (const n of [100, 3000, 20000]) {
    let calls = 0;
    const list = make(n, random(n)).map((key, place) => ({ key, place }));
    list.sort((a, b) => {
      calls += 1;
      return a.key - b.key;
    });
    const sorted = list.every((item, i) => {
      if (i === 0) return true;
      const before = list[i - 1];
      return before.key < item.key || (before.key === item.key && before.place < item.place);
    });
    console.log(name, n, sorted, calls <= 1.1 * n * Math.log2(n));
  }
}
