// Stresses: template literals: nesting, conversions inside, escapes, line breaks, evaluation order, long results.
'use strict';

const name = 'World', n = 3;
console.log(`Hello, ${name}!`, `${n} + ${n} = ${n + n}`, ``, `${''}`, `${name}${n}`);
console.log(`line 1
line 2
  indented \
joined`);
console.log(`a${`b${`c${n}`}d`}e`, `${[1, [2, 3]]}`, `${{}}`, `${null} ${undefined} ${true} ${-0} ${1e21}`);
console.log(`\`escaped\` \${not} $notEither $ { } \u{1f600} \x41 \t|`, `$${n}`, `${'$'}{x}`);
console.log(`${n > 2 ? `big ${n}` : 'small'}`, `${(() => { const t = `in ${name}`; return `${t}!`; })()}`);
console.log(`${{ a: 1, b: { c: `}` } }.b.c} and ${'}'}`, `${function () { return '}'; }()}`);

const order = [];
const f = (x) => { order.push(x); return x; };
console.log(`${f(1)}-${f(`${f(2)}${f(3)}`)}-${f(4)}`, order);

const rows = [['id', 'name', 'score'], [1, 'Ada', 99.5], [2, 'Grace', 87]];
const width = rows[0].map((_, c) => Math.max(...rows.map((r) => `${r[c]}`.length)));
for (const row of rows) console.log(`| ${row.map((cell, c) => (typeof cell === 'number' ? `${cell}`.padStart(width[c]) : cell.padEnd(width[c]))).join(' | ')} |`);

const html = ({ title, items }) => `<h1>${title}</h1>
<ul>${items.map((item, i) => `
  <li class="${i % 2 ? 'odd' : 'even'}">${item}</li>`).join('')}
</ul>`;
console.log(html({ title: 'List', items: ['x', 'y', 'z'] }));

let acc = '';
for (let i = 0; i < 500; i++) acc = `${acc}${i % 10}`;
console.log(acc.length, acc.slice(-15), `${acc.slice(0, 5)}…${acc.length > 100 ? `(${acc.length})` : ''}`);
