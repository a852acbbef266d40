// Stresses: error kinds: name, message, cause, errors, instanceof, properties, errors made by the engine, errors that are thrown again.
'use strict';

const kinds = [new Error('plain'), new TypeError('type'), new RangeError('range'), new SyntaxError('syntax'), new ReferenceError('reference'), new AggregateError([new Error('x'), 2], 'many')];
for (const e of kinds) console.log(e.name, e.message, e instanceof Error, e instanceof TypeError, e instanceof RangeError, e instanceof AggregateError, String(e), typeof e);
console.log(kinds[5].errors.length, kinds[5].errors[0].message, kinds[5].errors[1]);
const cause = new Error('root cause', { cause: { code: 42 } });
const outer = new TypeError('outer', { cause });
console.log(outer.cause === cause, outer.cause.cause.code, 'cause' in cause, 'cause' in new Error('none'), new Error('u', { cause: undefined }).cause);
console.log(new Error().message === '', String(new Error()), new Error(undefined).message === '', new Error(null).message, new Error(12).message, Error('without new').message, String(TypeError('t')));

const custom = (code, message) => Object.assign(new Error(message), { code, name: 'CustomError' });
const c = custom(7, 'mine');
console.log(c.code, c.name, String(c), c instanceof Error, Object.keys(c), JSON.stringify(c), JSON.stringify(new Error('x')));
c.message = 'changed';
console.log(`${c}`, c + '', Object.keys(new Error('x')).length);

const attempt = (f) => { try { return f(); } catch (e) { return `${e.name}: ${e.message}`; } };
const undef = undefined, obj = { a: { b: 1 }, s: 'text', list: [1] };
console.log(attempt(() => undef.x), attempt(() => null.y), attempt(() => obj.q.z), attempt(() => obj.a.b.c.d));
console.log(attempt(() => undef()), attempt(() => obj.f()), attempt(() => obj.a.b()), attempt(() => obj.list.nope()));
console.log(attempt(() => nope), attempt(() => nope()), attempt(() => { undef.x = 1; }), attempt(() => obj.list[5].x));
console.log(attempt(() => 'x' in 'str'), attempt(() => 1 in undef), attempt(() => 5 instanceof 5));
console.log(attempt(() => 'x'.repeat(-1)), attempt(() => new Array(-5)), attempt(() => (1.5).toFixed(200)), attempt(() => (5).toString(99)));
console.log(attempt(() => [].reduce((a) => a)), attempt(() => { throw custom(1, 'thrown'); }), attempt(() => { throw 'text'; }), attempt(() => { throw { name: 'N', message: 'M' }; }));

function wrap(f, what) { try { return f(); } catch (e) { throw new Error(`while ${what}`, { cause: e }); } }
try { wrap(() => wrap(() => wrap(() => JSON.parse('{'), 'parsing'), 'reading'), 'starting'); } catch (e) {
  const chain = [];
  for (let at = e; at; at = at.cause) chain.push(at.cause ? at.message : at.name);
  console.log(chain.join(' <- '));
}

const retry = (f, times) => { for (let i = 1; ; i++) { try { return f(i); } catch (e) { if (i === times || e instanceof TypeError) throw e; } } };
console.log(attempt(() => retry((i) => { if (i < 3) throw new Error('try ' + i); return 'ok at ' + i; }, 5)));
console.log(attempt(() => retry((i) => { throw new Error('try ' + i); }, 4)), attempt(() => retry((i) => { if (i === 2) throw new TypeError('stop'); throw new Error(); }, 9)));
let depth = 0;
const dive = () => { depth++; dive(); };
console.log(attempt(() => dive()), depth > 500, attempt(() => { throw Object.freeze(new Error('frozen')); }));
console.log([new Error('in array')].length, Object.entries({ e: new RangeError('r') }).map(([k, v]) => k + v.message));

// The first line of a stack is made when the stack is read first.
const first = (e) => e.stack.split('\n')[0];
const named = (name, message) => Object.assign(new RangeError(message), { name });
console.log(first(named('Timeout', 'after 5 ms')), first(named('Timeout', '')), first(Object.assign(new Error('old'), { message: 'new' })));
const kept = new Error('kept');
console.log(first(kept), (kept.name = 'Other'), first(kept), String(kept), Object.keys(kept));
for (const e of [named('A', 'b'), named('TypeError', 'c')]) console.log(Object.hasOwn(e, 'stack'), 'stack' in e, first(e), delete e.stack, e.stack);
const { stack } = Object.freeze(named('Frozen', 'x'));
console.log(stack.split('\n')[0]);
