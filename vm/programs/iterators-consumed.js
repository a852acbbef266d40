// What takes all that an iterator gives takes it once, however often memory runs out on the way; and nothing is lost.

const map = new Map();
for (let i = 0; i < 20; i++) map.set(i, `value ${i}`);

let wrong = 0;
const expect = (count, iterator) => {
  if (count !== 20 || iterator.next().done !== true) wrong += 1;
};
for (let round = 0; round < 400; round++) {
  let it = map.keys();
  expect(Array.from(it).length, it);
  it = map.values();
  expect(new Set(it).size, it);
  it = map.entries();
  expect(new Map(it).size, it);
  it = map.entries();
  expect(Object.keys(Object.fromEntries(it)).length, it);
  it = map.values();
  expect([...it].length, it);
  it = map.keys();
  const [first, ...rest] = it;
  expect(rest.length + 1, it);
  it = map.values();
  expect(new AggregateError(it).errors.length, it);
}
console.log('wrong:', wrong);

// One place that asks for much, again and again: what it was refused long ago does not count.
let sum = 0;
for (let i = 0; i < 3000; i++) sum += new Array(20000).length + 'ab'.repeat(5000).length;
console.log(sum);

const it = map.values();
Promise.all(it).then((values) => console.log(values.length, it.next()));
