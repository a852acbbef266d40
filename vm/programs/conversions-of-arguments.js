// Arguments that are objects with functions for their primitive value, which change what the method works on.
'use strict';

let log = [];
let effect = () => {};
const o = (value, name = String(value)) => ({
  valueOf() { log.push(`${name}.v`); effect(); return value; },
  toString() { log.push(`${name}.s`); effect(); return value; },
});
const show = (what, f) => {
  log = [];
  let result;
  try { result = f(); } catch (e) { result = `${e.name}: ${e.message}`; }
  effect = () => {};
  console.log(what, result, log.join(' '));
};

// An array that its own arguments change.
const changes = {
  grows: (a) => () => a.push(9),
  shrinks: (a) => () => a.pop(),
  empties: (a) => () => (a.length = 0),
  replaces: (a) => () => (a[0] += 100),
};
const methods = {
  at: [o(-1)],
  copyWithin: [o(1), o(0), o(2)],
  fill: ['f', o(1), o(3)],
  flat: [o(1)],
  includes: [9, o(0)],
  indexOf: [9, o(0)],
  join: [o('-')],
  lastIndexOf: [1, o(3)],
  slice: [o(0), o(4)],
  splice: [o(1), o(1), 'in'],
  toSpliced: [o(1), o(1), 'in'],
  with: [o(1), 'w'],
};
for (const [method, args] of Object.entries(methods)) {
  for (const [change, make] of Object.entries(changes)) {
    show(`${method} ${change}`, () => {
      const a = [1, 2, 3, 4];
      effect = make(a);
      const result = a[method](...args);
      effect = () => {};
      return [result, a];
    });
  }
}
show('splice as it was found', () => {
  const a = [1, 2, 3];
  const removed = a.splice({ valueOf() { a.push(9); return 1; } }, 1);
  return [a, removed];
});
show('spread', () => { const a = [1, 2, 3, 4]; const args = [o(1), o(2)]; effect = () => args.push(7); return [a.splice(...args), a, args.length]; });

// Each is converted once, in order, and only if it is asked for.
show('nothing to find', () => [[].includes(1, o(1)), [].indexOf(1, o(1)), [].lastIndexOf(1, o(1))]);
show('frozen', () => Object.freeze([1]).fill(0, o(0)));
show('the same twice', () => { const twice = o(0); return [twice].indexOf(twice, twice); });
show('pad', () => ['abc'.padEnd(o(2), o('x')), 'abc'.padStart(o(5), o('x'))]);
show('split', () => ['a-b-c'.split(o('-'), o(2)), 'a-b'.split(o('-'), o(0))]);
show('strings', () => ['abcabc'.indexOf(o('c'), o(3)), 'abc'.lastIndexOf(o('c'), o(5)), 'abc'.startsWith(o('b'), o(1)), 'abc'.endsWith(o('b'), o(2))]);
show('cuts', () => ['abcdef'.slice(o(1), o(-1)), 'abcdef'.substring(o(4), o(1)), 'abcdef'.substr(o(-3), o(2)), 'abc'.at(o(-1)), 'abc'.charAt(o(1)), 'abc'.charCodeAt(o(1)), 'abc'.codePointAt(o(1))]);
show('replace', () => ['aXbX'.replace(o('X'), o('$&$&')), 'aXbX'.replaceAll(o('X'), o('-')), 'aXb'.replace(o('X'), (m) => o(`<${m}>`))]);
show('this', () => [String.prototype.slice.call(o('subject'), o(1), o(3)), String.prototype.concat.call(o('a'), o('b'), 'c', o('d'))]);
show('repeat', () => ['ab'.repeat(o(2))]);
show('codes', () => [String.fromCharCode(o(97), 98, o(99)), String.fromCodePoint(o(97), o(-1), o(98))]);
show('max', () => Math.max(o(1), o(NaN), o(3), 'x', o(2)));
show('hypot', () => [Math.hypot(o(3), o(4)), Math.pow(o(2), o(5)), Math.atan2(o(0), o(1)), Math.imul(o(3), o(4)), Math.round(o(2.5))]);
show('numbers', () => [Number(o('12')), String(o('text')), parseInt(o('ff'), o(16)), parseFloat(o('1.5x')), isNaN(o('x')), isFinite(o(1))]);
show('digits', () => [(255).toString(o(16)), (1.005).toFixed(o(1)), (123.456).toPrecision(o(4)), (123.456).toExponential(o(2)), NaN.toPrecision(o(1000)), NaN.toExponential(o(1000))]);
show('out of range', () => (1.5).toFixed(o(101)));
show('keys', () => [Object.hasOwn({ k: 1 }, o('k')), { k: 1 }.hasOwnProperty(o('k')), Object.fromEntries([[o('a'), 1], [o('b'), 2]])]);
show('errors', () => [new Error(o('message')).message, `${Object.assign(new Error('m'), { name: o('Named') })}`, new AggregateError([1], o('many')).message]);
show('aggregate', () => new AggregateError(5, o('many')));
show('parse', () => JSON.parse(o('[1, 2]')));
show('from', () => Array.from({ length: o(2), 0: 'x' }, (value, i) => [value, i]));
show('length', () => { const a = [1, 2, 3]; a.length = { valueOf: () => 1 }; a['length'] = 2; return a; });
show('bound', () => [Math.min.bind(null, o(4), 3)(o(2)), Math.min.call(null, o(5), o(6)), Math.max.apply(null, [o(7), o(8)]), [o(1), o(2)].map(Number), [o(3)].map(String)]);
show('many', () => Math.max(...Array.from({ length: 2000 }, (_, i) => ({ valueOf: () => i }))));
show('throws', () => 'abc'.slice(o(1), { valueOf() { throw new RangeError('thrown'); } }, o(2)));
show('no primitive', () => Math.abs({ valueOf: () => ({}), toString: () => [] }));
show('nested', () => Math.max({ valueOf: () => Math.min(o(3), o(4)) }, o(2)));
show('array', () => [Number([o('5')]), Math.abs([o(-6)]), 'a5,6b'.indexOf([o(5), o(6)])]);
show('format', () => { console.log('%s %d %i %s', o('s'), o(4), o('5.5'), 'end'); });

// Instructions.
show('order', () => [o(1) + o(2), o(3) - o(4), o(5) < o(6), o(7) >= o(8), o('9') == 9, -o(10), ~o(11), +o(12), o(13) ** o(2), o(14) % 4]);
show('jumps', () => { let n = 0; for (let i = o(0); i < o(3); i++) n += i; if (o(2) > 1) n += 10; if (o(1) == 1) n += 100; if (!(o(1) <= 0)) n += 1000; while (o(1) >= 2) n = 0; return n; });
show('keys of objects', () => {
  const object = { [o('k')]: 1 };
  object[o('k')] += 1;
  object[o('l')] = () => 'called';
  const { [o('k')]: k, ...rest } = object;
  return [object[o('l')](), o('k') in object, delete object[o('k')], Object.keys(object), k, Object.keys(rest)];
});
show('object within itself', () => { const self = { toString: () => 'self' }; self[self] = self; return [self[self] === self, Object.keys(self)]; });
show('templates', () => `${o('a')}${o('b')}${[o('c'), [o('d')]]}`);

// As first calls of turns.
setTimeout((...args) => console.log('timeout', args.length, log.splice(0).join(' ')), o(1), o(2));
Promise.resolve(o('text')).then(String).then((text) => console.log(text, log.splice(0).join(' ')));
Promise.resolve(o(5)).then(Math.abs).then(console.log);
Promise.resolve({ valueOf() { throw new Error('refused'); } }).then(Math.abs).catch((e) => console.log(e.message));
