// JSON: text of nested data and back.
'use strict';

const record = (i) => ({ id: i, name: 'record ' + i, active: i % 3 === 0, score: i / 7, tags: ['a' + (i % 10), 'b\n"' + (i % 7)], nested: { x: i, y: [i, i + 1, null], z: { deep: true } } });
let checksum = 0;
for (let round = 0; round < 30; round++) {
  const data = Array.from({ length: 2500 }, (_, i) => record(i + round));
  const text = JSON.stringify(data);
  const back = JSON.parse(text);
  let sum = 0;
  for (const r of back) sum += r.nested.y[1] + r.tags[0].length + (r.active ? 1 : 0);
  const pretty = JSON.stringify(back.slice(0, 300), null, 2);
  checksum = (checksum * 31 + text.length + pretty.length + sum) % 1000000007;
}
console.log('json', checksum);
