// Nothing: what starting and ending cost.
'use strict';

console.log('start');
