// Stresses: finally against return, throw, break and continue, nested and in loops; values are kept over the finally block.
'use strict';

const log = [];
const say = (x) => { log.push(x); return x; };
const flush = () => console.log(log.splice(0).join(' '));

function returns() { try { return say('try'); } finally { say('finally'); } }
console.log(returns()); flush();

function overrides() { try { return 1; } finally { return 2; } }
function swallows() { try { throw new Error('lost'); } finally { return 'kept'; } }
function replaced() { try { throw new Error('first'); } finally { throw new Error('second'); } }
console.log(overrides(), swallows());
try { replaced(); } catch (e) { console.log(e.message); }

function keepsValue() { let x = 1; try { return x; } finally { x = 2; say(x); } }
console.log(keepsValue()); flush();

function nested(n) {
  try {
    try {
      say('a' + n);
      if (n === 1) throw 'E1';
      if (n === 2) return 'R2';
      say('b' + n);
    } catch (e) {
      say('c' + e);
      if (n === 1) throw e + '!';
    } finally {
      say('f' + n);
      if (n === 3) throw 'F3';
    }
    return 'end' + n;
  } catch (e) {
    return 'caught ' + e;
  } finally {
    say('g' + n);
  }
}
for (let n = 0; n < 4; n++) { console.log(nested(n)); flush(); }

function loops() {
  const out = [];
  for (let i = 0; i < 6; i++) {
    try {
      if (i === 1) continue;
      if (i === 4) break;
      out.push(i);
    } finally {
      out.push('f' + i);
      if (i === 3) continue;
      out.push('e' + i);
    }
    out.push('x' + i);
  }
  return out.join(' ');
}
console.log(loops());

function breakOverThrow() {
  outer: for (const a of [1, 2, 3]) {
    for (const b of [10, 20]) {
      try { if (b === 10) throw new Error('gone'); say(a + b); } finally { if (a === 1) continue outer; if (a === 2) break outer; }
    }
  }
  return 'done';
}
console.log(breakOverThrow()); flush();

function labelled() {
  block: { try { break block; } finally { say('in'); } say('never'); }
  say('out');
  return log.length;
}
console.log(labelled()); flush();

function deep(n) { try { return n === 0 ? 0 : 1 + deep(n - 1); } finally { if (n % 25 === 0) say(n); } }
console.log(deep(100)); flush();

function whileTrue() {
  let i = 0;
  while (true) { try { try { i++; if (i < 3) continue; return i; } finally { say('i' + i); } } finally { say('o' + i); } }
}
console.log(whileTrue()); flush();

const thrown = [1, 'two', null, undefined, { three: 3 }, [4], () => 5].map((v) => { try { throw v; } catch (e) { return e === v; } });
console.log(thrown);
function rethrow() { try { try { throw new TypeError('t'); } catch (e) { if (e instanceof RangeError) return 'r'; throw e; } } catch (e) { return e.name; } }
console.log(rethrow());
function catchless() { for (;;) { try { return 'r'; } finally { break; } } return 'after'; }
console.log(catchless());
function finallyReturnInCatch() { try { throw 1; } catch (e) { return say('c'); } finally { say('f'); } }
console.log(finallyReturnInCatch()); flush();
