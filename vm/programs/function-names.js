// Stresses: functions are named after what they are assigned to, where that is written down.
'use strict';

const o = { arrow: () => 1, method() { }, async sleeper() { }, async: async () => { }, 2: () => 2, own: function inner() { }, 'two words': () => 3 };
console.log(o);
let later, nothing = null;
later = function () { };
nothing ??= () => 1;
const { a = () => 1, b: c = () => 2 } = {};
const [d = async () => 3] = [];
const f = (g = () => 4, { h = () => 5 } = {}) => [g, h];
console.log(later, nothing, a, c, d, f(), [() => 6, function () { }], (() => 7), (0, () => 8));
o.assigned = () => 9;
o['assigned too'] = function () { };
console.log(o.assigned, o['assigned too'], { ...{ spread: () => 10 } });
