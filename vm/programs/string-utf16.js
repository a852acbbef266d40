// Stresses: strings as UTF-16: lengths, surrogates, code points, iteration, slicing in the middle of a pair, comparison by units.
'use strict';

const s = 'aé€😀z';
console.log(s.length, [...s].length, s.charCodeAt(3).toString(16), s.codePointAt(3).toString(16), s.codePointAt(4).toString(16));
console.log(Array.from(s, (c) => c.length), s.indexOf('z'), s.at(-1), s[1], s[99], s.charAt(99) === '');
console.log(s.split('').length, s.split('').map((u) => u.charCodeAt(0)));
const high = s[3], low = s[4];
console.log(high.charCodeAt(0), low.charCodeAt(0), high + low === '😀', (high + low).length, [...(high + 'x')].length);
console.log(s.slice(2, 5), s.slice(-3), s.substring(5, 2), s.slice(3, 2) === '');
console.log(String.fromCharCode(0x41, 0xe9, 0x20ac, 0xd83d, 0xde00), String.fromCharCode(65536 + 66));
console.log('\u{1f680}' === '\ud83d\ude80', '\x41\u0042\u{43}', 'tab\tquote\'"`');

// Lone surrogates count and compare, though they are not printed here.
const lone = '\ud800';
console.log(lone.length, lone.charCodeAt(0), lone === '\ud800', lone < '\ue000', (lone + '\udc00').codePointAt(0));
console.log('\uffff' > '😀', ['😀', '\uffff', 'z', 'Z', 'é', ''].sort().map((c) => c.codePointAt(0)));

for (const c of 'x😀\ud83dy') console.log(c.length, c.codePointAt(0));
console.log('ÀÉ straße ǆ'.toUpperCase(), 'ÀÉ İSTANBUL'.toLowerCase().length, 'ὈΔΥΣΣΕΎΣ'.toLowerCase());
console.log('日本語テキスト'.padStart(10, '*'), '日本語'.padEnd(7, 'ab'), 'x'.padStart(4, '😀').length);
console.log('naïve café'.includes('ï'), 'naïve'.indexOf('v'), 'e\u0301'.length, 'e\u0301' === 'é');
console.log('😀😁😂'.lastIndexOf('😁'), '😀😁😂'.indexOf('\ude01'), '😀,😁'.split(','), '😀'.repeat(3));

let acc = '';
for (let i = 0; i < 300; i += 1) acc += String.fromCharCode(i % 2 === 0 ? 97 + (i % 26) : 0x400 + i);
let sum = 0;
for (let i = 0; i < acc.length; i += 1) sum = (sum * 31 + acc.charCodeAt(i)) | 0;
console.log(acc.length, sum, acc.slice(100, 110));

// Small strings, Latin-1 and wide ones are the same to a program.
const five = 'abcde', six = 'abcdef';
console.log(five + 'f' === six, six.slice(0, 5) === five, ('abc€' + 'd').slice(0, 3) === 'abc', 'é'.length, 'ÿ' < 'Ā');
const m = new Map([['key€'.slice(0, 3), 1], ['ключ', 2]]);
console.log(m.get('key'), m.get('кл' + 'юч'), { ['ключ']: 1, 'a b': 2, é: 3, '😀': 4 });
console.log('\u00a0 x \ufeff\u2003'.trim().length, '  y '.trimStart() + '|', '  y '.trimEnd() + '|');
console.log(JSON.stringify('\ud83d\ude00 \ud83d \u2028 \u007f \u0001 "\\/'), JSON.parse('"\\ud83d\\ude00\\u00e9"'));
console.log('a-b-c'.replace('-', '$&$&'), 'aXbX'.replaceAll('X', '[$&]'), 'abc'.replace('', '_'), 'ab'.replaceAll('', '.'));
console.log(['line\nbreak', 'it\'s', 'say "hi"', '`tick` \'both\' "all"', 'back\\slash', '\u0007\u001b\x7f']);

const words = ['résumé', 'Zebra', 'resume', 'Ähre', 'zebra', 'ähnlich', 'azur', 'Résumé', 'nz', 'ñandú', 'nandu', 'co-op', 'coop', 'я', 'Ж', 'ж', 'ά', 'α', '日本', 'あ', '한국', 'Čapek', 'cz', 'čáp', '10', '9', '$5', '€5'];
console.log(words.sort((a, b) => a.localeCompare(b)).join(' '), 'á'.localeCompare('a\u0301'), 'áb'.localeCompare('ab\u0301'), 'É'.localeCompare('éa'));
const forms = ['é', 'e\u0301', 'ﬁ', '한', 'Å', '\ud83d', 'x\u0323\u0307'].map((s) => ['NFC', 'NFD', 'NFKC', 'NFKD'].map((form) => [...s.normalize(form)].map((c) => c.codePointAt(0).toString(16)).join('+')).join(' '));
console.log(forms, 'é'.normalize() === 'e\u0301'.normalize(), 'ascii'.normalize('NFKD'));
try { 'é'.normalize('nfc'); } catch (e) { console.log(String(e)); }
