// Stresses: a rejection that nobody handles: microtasks of the turn still run, then the program ends with exit code 1.
// exit: 1
'use strict';

console.log('start');
setTimeout(() => console.log('never'), 50);
async function work() { await null; console.log('working'); throw new Error('nobody listens'); }
work();
(async () => { for (let i = 0; i < 5; i++) { await null; console.log('micro', i); } })();
const handled = Promise.reject(new Error('handled in time'));
handled.catch((e) => console.log(e.message));
console.log('end of script');
