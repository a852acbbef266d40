// Stresses: conversions of objects that have toString and valueOf of their own: functions of the script run inside operators.
'use strict';

const log = [];
const t = (name, v = name) => { log.push(name); return v; };
const show = (label, v) => console.log(label.padEnd(10), log.splice(0).join(' '), '=>', v);
const both = { toString() { return t('text'); }, valueOf() { return t('value', 7); } };
const text = { toString() { return t('own text'); } };
const number = { valueOf() { return t('number', 42); } };

show('template', `${both} ${text} ${number}`);
show('concat', text + '!' + text);
show('add', number + 1);
show('both', both + '');
show('arithmetic', both * 2 - number / 2);
show('compare', number < { valueOf() { return t('right', 43); } });
show('equal', [number == 42, text == 'own text', both == 7, text == text]);
show('key', { text: 5 }[both]);
show('array', [1, text, [number]] + '');
show('join', [text, both].join('-'));
show('String', [String(text), String(number), Number(number), Number(text)]);
show('unary', [-number, +both, ~number, !text]);
show('throws', (() => { try { return `${{ toString() { throw new RangeError('no text'); } }}`; } catch (e) { return e.message; } })());
show('no value', (() => { try { return 1 + { toString() { return {}; }, valueOf() { return []; } }; } catch (e) { return e.name; } })());
show('includes', 'an own text here'.includes(text));
const deep = { toString() { return `${this}`; } };
try { String(deep); } catch (e) { console.log(e.name); }
