// Stresses: many lines of output, long lines, lines between microtasks and timers; nothing is lost or reordered at the end.
'use strict';

for (let i = 0; i < 2000; i++) console.log('line', i, i % 3 === 0 ? [i] : { i });
console.log('x'.repeat(70000).length, 'y'.repeat(3000));
Promise.resolve().then(() => console.log('micro'));
setTimeout(() => {
  console.log('timer');
  for (let i = 0; i < 100; i++) queueMicrotask(() => console.log('queued', i));
}, 1);
setTimeout(() => console.log('last é€😀'), 30);
console.log('end of script\n\nafter empty lines\n');
