// Objects with functions `toString` and `valueOf`, in instructions and natives that are executed again with what they gave.
const log = [];
const o = (n) => ({ toString() { log.push('s' + n); return 's' + n; }, valueOf() { log.push('v' + n); return n; } });
console.log(o(1) + o(2), o(3) * o(4), `${o(5)}${o(6)}`, [o(7), [o(8)]].join('-'), o(9) < o(10), o(11) == 11, String(o(12)), +o(13), -o(14), ~o(15));
console.log({ s7: 1 }[o(7)], ({ [o(8)]: 4 }), 's9' in { s9: 1 }, o(9) in { s9: 2 });
const same = o(20); console.log([same, same, same].join(), same + same);
let x = o(21); x += o(22); let y = o(23); y++; console.log(x, y);
try { ({ toString() { return {}; }, valueOf() { return []; } }) + ''; } catch (e) { console.log(e.message); }
try { ({ toString() { throw new Error('boom'); } }) + ''; } catch (e) { console.log(e.message); }
for (let i = 0; i < 3; i++) { const r = o(i); console.log(`${r}` + r); }
console.log(Math.max(o(30), o(31)), 'abc'.slice(o(1)), parseInt(o(5)), [1, 2, 3].indexOf(2, o(1)), 'x'.repeat(o(3)), 'abc'.padEnd(o(5), o(6)));
setTimeout((a) => console.log('t', a), o(1), 5);
setTimeout(String, 0, o(40));
Promise.resolve(o(41)).then(String).then(console.log);
console.log('%s', 'q', [3, 1, 2].sort((a, b) => o(a) - o(b)), new Error(o(50)).message);
const deep = { toString() { return `<${inner}>`; } }; const inner = { toString() { return [nested, nested] + '!'; } }; const nested = { toString() { return 'n'; } };
console.log(deep + deep, [deep, inner, nested].join('|'));
const f = (...a) => a.join('+'); console.log(f.apply(null, [o(60), o(61)]), f.call(null, o(62)), String.prototype.concat.call(o(63), o(64)));
const rec = { toString() { return `${this}`; } }; try { String(rec); } catch (e) { console.log(e.name); }
queueMicrotask(() => console.log(log.join(' ')));
