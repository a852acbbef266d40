// Stresses: a tokenizer and a recursive descent parser: strings by index, trees of objects, closures, errors with positions.
'use strict';

function tokenize(text) {
  const tokens = [];
  let i = 0;
  const isDigit = (c) => c >= '0' && c <= '9';
  const isLetter = (c) => (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c === '_';
  while (i < text.length) {
    const c = text[i], at = i;
    if (c === ' ') { i++; continue; }
    if (isDigit(c) || (c === '.' && isDigit(text[i + 1] ?? ''))) {
      while (i < text.length && (isDigit(text[i]) || text[i] === '.')) i++;
      tokens.push({ kind: 'number', value: Number(text.slice(at, i)), at });
    } else if (isLetter(c)) {
      while (i < text.length && (isLetter(text[i]) || isDigit(text[i]))) i++;
      tokens.push({ kind: 'name', value: text.slice(at, i), at });
    } else if ('+-*/%^(),='.includes(c)) { tokens.push({ kind: c, at }); i++; } else throw new SyntaxError(`unexpected '${c}' at ${i}`);
  }
  tokens.push({ kind: 'end', at: i });
  return tokens;
}

function parse(text) {
  const tokens = tokenize(text);
  let pos = 0;
  const peek = () => tokens[pos].kind;
  const take = (kind) => { if (peek() !== kind) throw new SyntaxError(`expected ${kind} but found ${peek()} at ${tokens[pos].at}`); return tokens[pos++]; };
  const binary = (next, ...ops) => () => { let left = next(); while (ops.includes(peek())) { const op = tokens[pos++].kind; left = { op, left, right: next() }; } return left; };
  const primary = () => {
    switch (peek()) {
      case 'number': return { op: 'number', value: take('number').value };
      case '(': { take('('); const inner = expression(); take(')'); return inner; }
      case 'name': {
        const { value: name } = take('name');
        if (peek() !== '(') return { op: 'name', name };
        take('(');
        const args = [];
        if (peek() !== ')') { do args.push(expression()); while (peek() === ',' && take(',')); }
        take(')');
        return { op: 'call', name, args };
      }
      default: throw new SyntaxError(`unexpected ${peek()} at ${tokens[pos].at}`);
    }
  };
  const power = () => { const base = primary(); if (peek() !== '^') return base; take('^'); return { op: '^', left: base, right: unary() }; };
  const unary = () => { if (peek() === '-') { take('-'); return { op: 'neg', arg: unary() }; } return power(); };
  const product = binary(unary, '*', '/', '%');
  const expression = binary(product, '+', '-');
  const statement = () => { if (peek() === 'name' && tokens[pos + 1].kind === '=') { const { value: name } = take('name'); take('='); return { op: 'let', name, arg: statement() }; } return expression(); };
  const tree = statement();
  take('end');
  return tree;
}

const env = { pi: 3.14159, sqrt: Math.sqrt, max: Math.max, sum: (...xs) => xs.reduce((a, b) => a + b, 0) };
const ops = { '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b, '^': (a, b) => a ** b };
function evaluate(t) {
  switch (t.op) {
    case 'number': return t.value;
    case 'neg': return -evaluate(t.arg);
    case 'name': if (!(t.name in env)) throw new ReferenceError(`unknown ${t.name}`); return env[t.name];
    case 'let': return (env[t.name] = evaluate(t.arg));
    case 'call': { const f = env[t.name]; if (typeof f !== 'function') throw new TypeError(`${t.name} is no function`); return f(...t.args.map(evaluate)); }
    default: return ops[t.op](evaluate(t.left), evaluate(t.right));
  }
}
const show = (t) => (t.op === 'number' ? `${t.value}` : t.op === 'name' ? t.name : `(${[t.op, ...(t.args ?? [t.left ?? t.arg, t.right].filter(Boolean)).map(show)].join(' ')})`);

for (const line of ['1 + 2 * 3', '(1 + 2) * 3', '2 ^ 3 ^ 2', '-2 ^ 2', '10 - 4 - 3', 'x = y = 7', 'x * y % 5', '100 / 8 / 2', 'sqrt(16) + max(1, x, 3)', 'sum()', 'sum(1,2,3,.5)', '2 * (3 + ', '3 $ 4', 'nope + 1', 'pi(2)', '1 2', '((((1))))', '1.2.3']) {
  try { const tree = parse(line); console.log(`${line} => ${show(tree)} => ${evaluate(tree)}`); } catch (e) { console.log(`${line} => ${e.name}: ${e.message}`); }
}
const long = Array.from({ length: 300 }, (_, i) => `${i} ${'+-*'[i % 3]} (${i % 7} - ${i})`).join(' + ');
console.log(evaluate(parse(long)), show(parse('a + b * -c')).length);
