// Stresses: an interpreter in an interpreter: dispatch by switch, arrays as memory, jump tables, closures made from programs.
'use strict';

function compile(source) {
  const ops = [], stack = [];
  for (const c of source) {
    const last = ops.at(-1);
    switch (c) {
      case '+': case '-': { const d = c === '+' ? 1 : -1; if (last?.op === 'add') last.n += d; else ops.push({ op: 'add', n: d }); break; }
      case '>': case '<': { const d = c === '>' ? 1 : -1; if (last?.op === 'move') last.n += d; else ops.push({ op: 'move', n: d }); break; }
      case '.': ops.push({ op: 'out' }); break;
      case ',': ops.push({ op: 'in' }); break;
      case '[': stack.push(ops.length); ops.push({ op: 'open', to: -1 }); break;
      case ']': {
        if (stack.length === 0) throw new SyntaxError('] without [');
        const from = stack.pop();
        if (ops.length - from === 2 && last.op === 'add' && last.n === -1) { ops.length = from; ops.push({ op: 'zero' }); break; }
        ops[from].to = ops.length;
        ops.push({ op: 'close', to: from });
      }
    }
  }
  if (stack.length > 0) throw new SyntaxError(`${stack.length} [ without ]`);
  return ops;
}

function run(source, input = '') {
  const ops = compile(source), memory = [0];
  let at = 0, pc = 0, read = 0, steps = 0, out = '';
  while (pc < ops.length) {
    const { op, n, to } = ops[pc];
    steps++;
    switch (op) {
      case 'add': memory[at] = (memory[at] + n) & 255; break;
      case 'move': at += n; if (at < 0) throw new RangeError('left the memory'); while (at >= memory.length) memory.push(0); break;
      case 'out': out += String.fromCharCode(memory[at]); break;
      case 'in': memory[at] = read < input.length ? input.charCodeAt(read++) : 0; break;
      case 'zero': memory[at] = 0; break;
      case 'open': if (memory[at] === 0) pc = to; break;
      case 'close': if (memory[at] !== 0) pc = to; break;
    }
    pc++;
  }
  return { out, steps, cells: memory.length };
}

// The same by closures: each loop is a function.
function closures(source) {
  let i = 0;
  const block = () => {
    const parts = [];
    for (; i < source.length; i++) {
      switch (source[i]) {
        case '+': parts.push((m) => { m.cells[m.at] = ((m.cells[m.at] ?? 0) + 1) & 255; }); break;
        case '-': parts.push((m) => { m.cells[m.at] = ((m.cells[m.at] ?? 0) + 255) & 255; }); break;
        case '>': parts.push((m) => { m.at++; }); break;
        case '<': parts.push((m) => { m.at--; }); break;
        case '.': parts.push((m) => { m.out.push(m.cells[m.at] ?? 0); }); break;
        case '[': { i++; const body = block(); parts.push((m) => { while (m.cells[m.at]) body(m); }); break; }
        case ']': return (m) => { for (const p of parts) p(m); };
      }
    }
    return (m) => { for (const p of parts) p(m); };
  };
  const program = block();
  return () => { const m = { cells: {}, at: 0, out: [] }; program(m); return String.fromCharCode(...m.out); };
}

const hello = '++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+.>++.';
const reverse = '>,[>,]<[.<]';
const h = run(hello);
console.log(JSON.stringify(h.out), h.steps, h.cells, compile(hello).length);
console.log(run(reverse, 'stressed').out, run(',[.,]', 'echo').out, run('++++++[>++++++++<-]>[-]<.').steps);
console.log(JSON.stringify(closures(hello)()));
const sq = run('++++++++++[>++++++++++<-]>[>+>+<<-]>>[<<+>>-]<[>>+<<-]<.>>.');
console.log(sq.steps, [...sq.out].map((c) => c.charCodeAt(0)));
const triangle = '++++++++[>+>++++<<-]>++>>+<[-[>>+<<-]+>>]>+[-<<<[->[+[-]+>++>>>-<<]<[<]>>++++++[<<+++++>>-]+<<++.[-]<<]>.>+[>>]>+]';
console.log(run(triangle).out.split('\n').map((l) => l.trimEnd()).join('\n'), run(triangle).steps);
for (const bad of ['[', ']', '<', '[[]']) { try { run(bad); } catch (e) { console.log(bad, e.name, e.message); } }
