// Stresses: an error that nobody catches: what was printed before stays, timers are not reached, the exit code is 1.
// exit: 1
'use strict';

console.log('before');
setTimeout(() => console.log('never'), 50);
Promise.resolve().then(() => console.log('never: the error is thrown before microtasks run'));
const check = (x) => { if (x > 2) throw new RangeError('too large: ' + x); return x; };
try { check(3); } catch (e) { console.log('caught', e.message); }
console.log(check(1), check(2));
check(4);
console.log('never');
