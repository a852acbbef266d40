// Stresses: bindings before their initialisation, const, hoisting, scopes of switch and catch.
'use strict';

function attempt(label, f) {
  try {
    console.log(label, f());
  } catch (e) {
    console.log(label, e.name + ': ' + e.message, e instanceof ReferenceError, e instanceof TypeError);
  }
}

attempt('let', () => { const f = () => x; const r = f(); let x = 1; return r + x; });
attempt('const', () => { const f = () => { c = 2; }; const c = 1; f(); return c; });
attempt('typeof', () => { const t = typeof y; let y = 1; return t + y; });
attempt('undeclared', () => undeclared);
attempt('typeof undeclared', () => typeof undeclared);
attempt('assign undeclared', () => { undeclaredToo = 1; });
attempt('default sees earlier', () => ((a, b = a + 1, c = a + b) => [a, b, c])(1));
attempt('default sees later', () => ((a = b, b = 1) => [a, b])());
attempt('own initialiser', () => { let z = z + 1; return z; });
attempt('closure later', () => { let f = () => w; let w = 7; return f(); });
attempt('loop head', () => { let i = 9; for (let i = 0; i < 1; i++) { } return i; });
attempt('const in for-of', () => { for (const k of [1]) { k = 2; } });
attempt('const counter', () => { for (const k = 0; k < 2; k++) { } });
attempt('switch scope', () => {
  switch (2) {
    case 1: let a = 1; return a;
    case 2: return a;
  }
});
attempt('hoisted', () => hoisted() + hoisted());
function hoisted() { return 21; }

attempt('block function', () => {
  const r = [inner()];
  { const r2 = inner(); r.push(r2); function inner() { return 'block'; } }
  function inner() { return 'outer'; }
  return r;
});
attempt('catch parameter', () => {
  let e = 'outer';
  try { throw 'thrown'; } catch (e) { e += '!'; }
  try { throw { a: 1, b: [2, 3] }; } catch ({ a, b: [c, d], z = 5 }) { e += a + c + d + z; }
  try { throw 0; } catch { e += '?'; }
  return e;
});
attempt('parameter and body', () => {
  const f = (a, g = () => a) => { a = 2; return [a, g()]; };
  return f(1);
});
attempt('no initialiser', () => { let u; const r = [u]; u = 1; return r.concat(u); });
attempt('let in loop body is fresh', () => {
  const out = [];
  for (let i = 0; i < 3; i++) { let v; out.push(v); v = i; }
  return out;
});
