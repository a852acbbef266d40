// Stresses: `this` in methods, lost and kept by arrows; objects made by functions; methods that return this; callbacks with this.
'use strict';

const account = {
  owner: 'Ada',
  balance: 100,
  deposit(n) { this.balance += n; return this; },
  withdraw: function (n) { if (n > this.balance) throw new RangeError(`${this.owner} has only ${this.balance}`); this.balance -= n; return this; },
  later() { return () => this.balance; },
  each(xs) { return xs.map((x) => x + this.balance); },
  lost() { return [1].map(function () { return this; })[0]; },
  nested: { owner: 'inner', who() { return this.owner; } },
  ['dyn' + 'amic']() { return this.owner.length; },
};
console.log(account.deposit(50).withdraw(30).deposit(5).balance, account.later()(), account.each([1, 2]), account.lost(), account.nested.who(), account.dynamic());
try { account.withdraw(1000); } catch (e) { console.log(e.name, e.message); }
const { deposit } = account;
try { deposit(1); } catch (e) { console.log(e instanceof TypeError, e.message); }
const other = { owner: 'Bob', balance: 0, deposit: account.deposit, withdraw: account.withdraw };
console.log(other.deposit(7).balance, (0, account.nested.who) === account.nested.who, account['nested']['who']());

function makeStack() {
  const items = [];
  return {
    push(...xs) { items.push(...xs); return this; },
    pop: () => items.pop(),
    peek() { return items[items.length - 1]; },
    size: () => items.length,
    text() { return `Stack(${items})`; },
  };
}
const st = makeStack().push(1, 2, 3);
console.log(st.pop(), st.peek(), st.size(), `${st.text()}`, st.text() + '!');

// Objects that share functions rather than prototypes.
const shapeMethods = {
  area() { return this.kind === 'circle' ? Math.round(Math.PI * this.r ** 2 * 100) / 100 : this.w * this.h; },
  scale(k) { return { ...this, ...(this.kind === 'circle' ? { r: this.r * k } : { w: this.w * k, h: this.h * k }) }; },
  describe() { return `${this.kind} of ${this.area()}`; },
};
const circle = (r) => ({ kind: 'circle', r, ...shapeMethods });
const rect = (w, h) => ({ kind: 'rect', w, h, ...shapeMethods });
console.log([circle(1), rect(2, 3), circle(2).scale(0.5), rect(1, 1).scale(3)].map((s) => s.describe()));

const builder = { parts: [], add(p) { this.parts.push(p); return this; }, when(c, f) { if (c) f(this); return this; }, build() { return this.parts.join(' '); } };
console.log(builder.add('SELECT *').add('FROM t').when(true, (b) => b.add('WHERE x')).when(false, (b) => b.add('never')).build());

function Outer() { return typeof this; }
const callee = { f: Outer, g: [Outer], h() { const inner = () => () => this === callee; return inner()(); } };
console.log(Outer(), callee.f(), callee.g[0](), callee.h(), (callee.f)());
const counter = { n: 0, tick() { return ++this.n; }, async atick() { await null; return ++this.n; } };
const ticks = [counter.tick(), counter.tick()];
counter.atick().then((n) => console.log(ticks, n, counter.n));
const linked = { value: 1, next: { value: 2, next: { value: 3, next: null } }, sum() { let t = 0; for (let n = this; n; n = n.next) t += n.value; return t; } };
console.log(linked.sum());
