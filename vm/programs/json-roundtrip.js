// Stresses: JSON both ways: escapes, indents, replacers, revivers, toJSON, what is left out, errors, deep and wide data.
'use strict';

const data = { s: 'tab\t"q" \\ \u0007 é 😀', n: [0, -0, 1.5, -2e-7, 1e21, NaN, Infinity], b: [true, false, null], u: undefined, f: () => 1, deep: { a: [[], {}, [{}]], e: '' }, 2: 'two' };
console.log(JSON.stringify(data));
console.log(JSON.stringify(data, null, 2));
console.log(JSON.stringify([undefined, () => 1, new Map([[1, 2]]), new Set([1])], null, '--'), JSON.stringify({ a: [1, { b: 2 }] }, null, '\t'), JSON.stringify([[]], null, 20), JSON.stringify({}, null, 4));
console.log(JSON.stringify(undefined), JSON.stringify(() => 1), JSON.stringify(null), JSON.stringify('x'), JSON.stringify(NaN), JSON.stringify(true));
console.log(JSON.stringify(data, ['n', 'deep', 'e', '2']), JSON.stringify({ a: 1, b: { a: 2, c: 3 } }, ['a', 'b']));
console.log(JSON.stringify({ a: 1, b: 'x', c: [1, 'y'] }, (k, v) => (typeof v === 'number' ? v * 10 : k === 'b' ? undefined : v)));
console.log(JSON.stringify({ a: 1, nested: { b: 2 } }, function (k, v) { return k === '' ? v : typeof v === 'object' ? { ...v, path: k } : `${k}=${v}`; }));
console.log(JSON.stringify({ when: { toJSON(key) { return `json of ${key}`; } }, list: [{ toJSON: () => undefined }] }));

const text = ' { "a" : [ 1 , -2.5e+3, true , null, "\\u0041\\n\\/" ] , "b" : { "" : { } }, "a2":"é", "10":1, "9":2 } ';
console.log(JSON.parse(text), JSON.parse('"x"'), JSON.parse(' 12 '), JSON.parse('null'), JSON.parse('[]'), JSON.parse('{"k":1,"k":2}'));
console.log(JSON.parse('{"a":[1,2,{"b":3}],"c":"4"}', (k, v) => (typeof v === 'number' ? v + 100 : v)));
console.log(JSON.parse('{"a":1,"drop":2,"list":[1,2,3]}', (k, v) => (k === 'drop' ? undefined : Array.isArray(v) ? v.length : v)));
const visited = [];
JSON.parse('{"x":{"y":[true]},"z":0}', (k, v) => { visited.push(k); return v; });
console.log(visited);

const bad = ['', '{', '[1,]', '{"a":1,}', "{'a':1}", '01', '1.', '.5', '+1', 'tru', 'nul', '"\n"', '"\\x41"', '"\\u12"', '[1 2]', '{"a" 1}', '{a:1}', '1 1', 'NaN', '"', '[', '-', '1e', '\u00a01', 'undefined'];
console.log(bad.map((t) => { try { return JSON.stringify(JSON.parse(t)); } catch (e) { return e.name === 'SyntaxError' && e instanceof SyntaxError ? 'S' : e.name; } }).join(''));
const cyclic = { name: 'c' };
cyclic.list = [cyclic];
try { JSON.stringify(cyclic); } catch (e) { console.log(e.name, e.message.startsWith('Converting circular structure to JSON')); }

let deep = null;
for (let i = 0; i < 500; i++) deep = i % 2 ? [deep] : { d: deep };
const deepText = JSON.stringify(deep);
console.log(deepText.length, JSON.stringify(JSON.parse(deepText)) === deepText);

let seed = 7;
const rand = (n) => { seed = (Math.imul(seed, 1103515245) + 12345) >>> 0; return (seed >>> 8) % n; };
const make = (d) => {
  switch (d === 0 ? rand(6) : rand(8)) {
    case 0: return rand(2000) - 1000;
    case 1: return (rand(100000) - 50000) / 128;
    case 2: return String.fromCharCode(...Array.from({ length: rand(6) }, () => [34, 92, 10, 65, 233, 8364, 0x2028, 31][rand(8)]));
    case 3: return rand(2) === 0;
    case 4: return null;
    case 5: return 'k' + rand(10);
    case 6: return Array.from({ length: rand(4) }, () => make(d - 1));
    default: return Object.fromEntries(Array.from({ length: rand(4) }, () => ['p' + rand(20), make(d - 1)]));
  }
};
let hash = 0, chars = 0, same = 0;
for (let i = 0; i < 300; i++) {
  const t = JSON.stringify(make(4), null, i % 3);
  if (JSON.stringify(JSON.parse(t), null, i % 3) === t) same++;
  chars += t.length;
  for (let j = 0; j < t.length; j++) hash = (Math.imul(hash, 31) + t.charCodeAt(j)) | 0;
}
console.log(same, chars, hash);
