// Writes random values as JSON, reads them, and reads texts that are broken in random places; prints what comes of it.
// `seed` and `rounds` are declared before this text.
const random = (n) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 4294967296) * n);
};
const pick = (list) => list[random(list.length)];
const times = (n, f) => Array.from({ length: n }, f);
const units = [34, 92, 47, 8, 9, 10, 12, 13, 0, 31, 32, 65, 97, 127, 233, 255, 256, 0x2028, 0x20ac, 0xd83d, 0xde00, 0xdfff];
const text = () => String.fromCharCode(...times(random(6), () => pick(units)));
const number = () => pick([0, -0, 1, -1, 0.1, 1e21, -1e-7, 1e300, 5e-324, NaN, Infinity, 123456789012, random(2000) - 1000, random(100000) / 128]);
const value = (depth) => {
  switch (random(depth > 0 ? 12 : 7)) {
    case 0: return number();
    case 1: case 2: return text();
    case 3: return pick([true, false]);
    case 4: return null;
    case 5: return pick([undefined, () => 1, new Map([[1, 2]]), new Set([1]), new Error('e'), Object.create(null)]);
    case 6: return random(5) === 0 ? { toJSON: (key) => 'json of ' + key } : 'k' + random(9);
    case 7: case 8: case 9: return times(random(5), () => value(depth - 1));
    default: return Object.fromEntries(times(random(5), () => [pick(['a', 'b', 'c', '1', '0', '', text()]), value(depth - 1)]));
  }
};
const show = (f) => {
  try {
    console.log(f());
  } catch (error) {
    console.log(`${error.name}: ${error.message}`);
  }
};
const replacers = [(k, v) => (typeof v === 'number' ? v + 1 : v), (k, v) => (k === 'a' ? undefined : v), ['a', 'b', 1, 'a'], [], () => 'all', function (k, v) { return Array.isArray(this) ? [v] : v; }];
const gaps = [undefined, 0, 1, 2, 10, 99, '', '\t', '--', 'more than ten units', null];
const damage = ['', ' ', '"', '\\', '{', '}', '[', ']', ',', ':', '1', '-', '.', 'e', 'x', 't', 'null', 'true', '\n', '\u0001', 'é', '\ud83d', '\\u12', '\\x', '01', '"a"', '"a":1'];
const broken = () => {
  let json = JSON.stringify(value(3), null, pick([0, 1])) ?? 'nothing';
  for (let n = random(3); n >= 0; n--) {
    const at = random(json.length + 1);
    json = json.slice(0, at) + pick(damage) + json.slice(at + random(3));
  }
  return json;
};
const cycle = () => {
  const levels = times(1 + random(6), () => pick([{}, [], { k: 1 }, [0]]));
  levels.forEach((level, i) => {
    const inner = levels[i + 1] ?? levels[random(levels.length)];
    if (Array.isArray(level)) level.push(inner);
    else level[pick(['a', 'b c', '7', "q'"])] = inner;
  });
  return pick([levels[0], { outer: levels[0] }, [1, levels[0]]]);
};
for (let round = 0; round < rounds; round++) {
  switch (random(6)) {
    case 0: show(() => JSON.stringify(value(4), random(3) === 0 ? pick(replacers) : undefined, pick(gaps))); break;
    case 1: { const json = JSON.stringify(value(4)) ?? 'null'; show(() => JSON.parse(json)); show(() => JSON.stringify(JSON.parse(json)) === json); break; }
    case 2: show(() => JSON.parse(JSON.stringify(value(3)) ?? '0', (k, v) => (typeof v === 'number' ? -v : Array.isArray(v) ? v.concat(k) : k === 'a' ? undefined : v))); break;
    case 3: if (random(4) === 0) show(() => JSON.stringify(cycle())); else show(() => JSON.parse(pick([undefined, null, 5, '', [], [1], {}, 'NaN', ' 1 ', '"\ud83d"', true]))); break;
    default: { const json = broken(); show(() => JSON.parse(json)); }
  }
}
