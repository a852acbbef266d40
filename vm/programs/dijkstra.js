// Stresses: a binary heap in an array, graphs of Maps, grids, paths that are rebuilt backwards.
// zeal: one-in=4000
'use strict';

function heap(less) {
  const items = [];
  const swap = (i, j) => { [items[i], items[j]] = [items[j], items[i]]; };
  return {
    size: () => items.length,
    push(x) {
      let i = items.push(x) - 1;
      while (i > 0) { const up = (i - 1) >> 1; if (!less(items[i], items[up])) break; swap(i, up); i = up; }
    },
    pop() {
      const top = items[0], last = items.pop();
      if (items.length > 0) {
        items[0] = last;
        for (let i = 0; ;) {
          let least = i;
          for (const c of [2 * i + 1, 2 * i + 2]) if (c < items.length && less(items[c], items[least])) least = c;
          if (least === i) break;
          swap(i, least);
          i = least;
        }
      }
      return top;
    },
  };
}

const h = heap((a, b) => a < b);
for (const n of [5, 3, 8, 1, 9, 2, 7, 3]) h.push(n);
console.log(Array.from({ length: 8 }, () => h.pop()), h.pop(), h.size());

function dijkstra(graph, from) {
  const dist = new Map([[from, 0]]), prev = new Map(), open = heap((a, b) => a.d < b.d || (a.d === b.d && a.node < b.node));
  open.push({ node: from, d: 0 });
  let popped = 0;
  while (open.size() > 0) {
    const { node, d } = open.pop();
    popped++;
    if (d > dist.get(node)) continue;
    for (const [to, w] of graph.get(node) ?? []) {
      const nd = d + w;
      if (nd < (dist.get(to) ?? Infinity)) { dist.set(to, nd); prev.set(to, node); open.push({ node: to, d: nd }); }
    }
  }
  const path = (to) => { const out = [to]; while (prev.has(out[0])) out.unshift(prev.get(out[0])); return out; };
  return { dist, path, popped };
}

const roads = new Map(Object.entries({ A: [['B', 7], ['C', 9], ['F', 14]], B: [['C', 10], ['D', 15]], C: [['D', 11], ['F', 2]], D: [['E', 6]], F: [['E', 9]], E: [] }));
const r = dijkstra(roads, 'A');
console.log(r.dist, r.path('E').join(' -> '), r.path('D').join(' -> '), r.dist.get('Z'));

let seed = 5;
const rand = (n) => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return (seed >>> 10) % n; };
const big = new Map();
for (let i = 0; i < 1200; i++) big.set(i, Array.from({ length: 6 }, () => [rand(1200), 1 + rand(50)]));
const b = dijkstra(big, 0);
console.log(b.dist.size, b.popped, [...b.dist.values()].reduce((x, y) => x + y, 0), Math.max(...b.dist.values()), b.path(777).length);

// A maze, walked by breadth and by the heap: the lengths agree.
const maze = ['#####################', '#S..#.....#...#.....#', '#.#.#.###.#.#.#.###.#', '#.#...#.#...#...#.#.#', '#.#####.#####.###.#.#', '#.....#.....#.#...#.#', '#####.###.#.#.#.###.#', '#.........#...#....E#', '#####################'];
const find = (c) => { for (let y = 0; y < maze.length; y++) { const x = maze[y].indexOf(c); if (x >= 0) return [x, y]; } };
const key = (x, y) => y * 100 + x;
const grid = new Map();
maze.forEach((row, y) => [...row].forEach((c, x) => {
  if (c !== '#') grid.set(key(x, y), [[1, 0], [0, 1], [-1, 0], [0, -1]].filter(([dx, dy]) => maze[y + dy][x + dx] !== '#').map(([dx, dy]) => [key(x + dx, y + dy), 1]));
}));
const start = key(...find('S')), end = key(...find('E'));
const bfs = () => { const d = new Map([[start, 0]]), q = [start]; for (const n of q) for (const [to] of grid.get(n)) if (!d.has(to)) { d.set(to, d.get(n) + 1); q.push(to); } return d.get(end); };
const solved = dijkstra(grid, start);
const onPath = new Set(solved.path(end));
console.log(bfs(), solved.dist.get(end));
console.log(maze.map((row, y) => [...row].map((c, x) => (c === '.' && onPath.has(key(x, y)) ? 'o' : c)).join('')).join('\n'));
