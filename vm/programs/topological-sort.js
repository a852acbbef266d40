// Stresses: graphs as Maps of arrays: topological orders, cycles, strongly connected components, a build that runs in parallel by dependency.
'use strict';

const parse = (text) => new Map(text.trim().split('\n').map((l) => { const [name, deps] = l.split(':'); return [name.trim(), deps.trim().split(' ').filter(Boolean)]; }));
const build = parse(`
  app: ui net core
  ui: widgets core
  widgets: draw
  draw: core maths
  net: core codec
  codec: core
  core:
  maths:
  tests: app
`);

function kahn(graph) {
  const need = new Map([...graph].map(([n, deps]) => [n, deps.length]));
  const users = new Map();
  for (const [n, deps] of graph) for (const d of deps) users.set(d, [...(users.get(d) ?? []), n]);
  const ready = [...need].filter(([, n]) => n === 0).map(([n]) => n), order = [];
  while (ready.length > 0) {
    const n = ready.shift();
    order.push(n);
    for (const u of users.get(n) ?? []) { need.set(u, need.get(u) - 1); if (need.get(u) === 0) ready.push(u); }
  }
  return order.length === graph.size ? order : null;
}
function depthFirst(graph) {
  const state = new Map(), order = [];
  const visit = (n, path) => {
    if (state.get(n) === 'done') return;
    if (state.get(n) === 'open') throw new Error('cycle: ' + [...path.slice(path.indexOf(n)), n].join(' -> '));
    state.set(n, 'open');
    for (const d of graph.get(n) ?? []) visit(d, [...path, n]);
    state.set(n, 'done');
    order.push(n);
  };
  for (const n of graph.keys()) visit(n, []);
  return order;
}
function components(graph) {
  let counter = 0;
  const index = new Map(), low = new Map(), stack = [], onStack = new Set(), out = [];
  const visit = (n) => {
    index.set(n, counter); low.set(n, counter++);
    stack.push(n); onStack.add(n);
    for (const m of graph.get(n) ?? []) {
      if (!index.has(m)) { visit(m); low.set(n, Math.min(low.get(n), low.get(m))); } else if (onStack.has(m)) low.set(n, Math.min(low.get(n), index.get(m)));
    }
    if (low.get(n) === index.get(n)) { const part = []; let m; do { m = stack.pop(); onStack.delete(m); part.push(m); } while (m !== n); out.push(part.sort()); }
  };
  for (const n of graph.keys()) if (!index.has(n)) visit(n);
  return out;
}

const ok = (order, graph) => order.every((n, i) => graph.get(n).every((d) => order.indexOf(d) < i));
console.log(kahn(build), ok(kahn(build), build));
console.log(depthFirst(build).join(' '), ok(depthFirst(build), build));
const cyclic = new Map([...build, ['core', ['codec']]]);
console.log(kahn(cyclic));
try { depthFirst(cyclic); } catch (e) { console.log(e.message); }
console.log(components(cyclic), components(new Map([[1, [2]], [2, [3]], [3, [1, 4]], [4, [5]], [5, [4]], [6, [6]]])));

async function parallel(graph, run) {
  const tasks = new Map();
  const start = (n) => { if (!tasks.has(n)) tasks.set(n, (async () => { await Promise.all(graph.get(n).map(start)); return run(n); })()); return tasks.get(n); };
  return Promise.all([...graph.keys()].map(start));
}
const finished = [], depths = {};
parallel(build, async (n) => { await null; depths[n] = Math.max(-1, ...build.get(n).map((d) => depths[d])) + 1; finished.push(n); return n.length; }).then(async (sizes) => {
  console.log(sizes, ok(finished, build), depths);
  const big = new Map(Array.from({ length: 1000 }, (_, i) => [i, [i * 7 + 1, i * 3 + 2, i + 13].filter((d) => d < 1000)]));
  const order = kahn(big), dfs = depthFirst(big);
  console.log(order.length, order.slice(0, 8), dfs.slice(0, 8), components(big).length);
  let done = 0;
  await parallel(big, async () => { done++; });
  const failing = await parallel(build, async (n) => { if (n === 'draw') throw new Error('draw does not build'); }).catch((e) => e.message);
  console.log(done, failing);
});
