// Closures, spread, destructuring, try and switch: what everyday code is made of.
'use strict';

const ops = [['push', 3], ['push', 4], ['add'], ['dup'], ['mul'], ['push', 7], ['sub'], ['store', 'x'], ['load', 'x'], ['load', 'x'], ['add'], ['drop']];
function machine() {
  const stack = [], vars = {};
  let steps = 0;
  const binary = (f) => () => { const b = stack.pop(), a = stack.pop(); stack.push(f(a, b)); };
  const table = { add: binary((a, b) => (a + b) | 0), sub: binary((a, b) => (a - b) | 0), mul: binary((a, b) => Math.imul(a, b)) };
  const step = ([op, ...args]) => {
    steps++;
    switch (op) {
      case 'push': stack.push(...args); break;
      case 'dup': stack.push(stack[stack.length - 1]); break;
      case 'drop': stack.pop(); break;
      case 'store': { const [name] = args; vars[name] = stack.pop(); break; }
      case 'load': stack.push(vars[args[0]] ?? 0); break;
      default: {
        const f = table[op];
        if (f === undefined) throw new TypeError('no op ' + op);
        f();
      }
    }
  };
  return { run(program) { try { for (const op of program) step(op); } finally { vars.runs = (vars.runs ?? 0) + 1; } return this; }, state: () => ({ steps, depth: stack.length, ...vars }) };
}
const m = machine();
let failures = 0, checksum = 0;
for (let i = 0; i < 50000; i++) {
  try { m.run(i % 50 === 0 ? [...ops, ['nope']] : ops); } catch (e) { if (!(e instanceof TypeError)) throw e; failures++; }
  const { steps, depth, x, runs = 0 } = m.state();
  checksum = (checksum * 31 + steps + depth + x + runs) % 1000003;
}
const compose = (...fs) => (x) => fs.reduce((acc, f) => f(acc), x);
const pipeline = compose(...Array.from({ length: 10 }, (_, i) => (x) => (x * 3 + i) & 0xffff));
for (let i = 0; i < 40000; i++) checksum = (checksum + pipeline(i)) % 1000003;
console.log('closures', checksum, failures);
