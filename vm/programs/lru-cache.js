// Stresses: a doubly linked list and a Map under constant change: most nodes die middle-aged, links are rewritten in old objects.
'use strict';

function lru(capacity) {
  const index = new Map();
  const head = { key: null, value: null, prev: null, next: null };
  const tail = { key: null, value: null, prev: head, next: null };
  head.next = tail;
  let hits = 0, misses = 0, evicted = 0;
  const unlink = (node) => { node.prev.next = node.next; node.next.prev = node.prev; };
  const front = (node) => { node.next = head.next; node.prev = head; head.next.prev = node; head.next = node; };
  return {
    get(key) {
      const node = index.get(key);
      if (node === undefined) { misses++; return undefined; }
      hits++;
      unlink(node); front(node);
      return node.value;
    },
    set(key, value) {
      let node = index.get(key);
      if (node) { node.value = value; unlink(node); front(node); return; }
      if (index.size === capacity) {
        const last = tail.prev;
        unlink(last);
        index.delete(last.key);
        evicted++;
      }
      node = { key, value, prev: null, next: null };
      index.set(key, node);
      front(node);
    },
    keys() { const out = []; for (let n = head.next; n !== tail; n = n.next) out.push(n.key); return out; },
    backwards() { const out = []; for (let n = tail.prev; n !== head; n = n.prev) out.push(n.key); return out; },
    stats: () => ({ hits, misses, evicted, size: index.size }),
  };
}

const small = lru(3);
for (const k of ['a', 'b', 'c']) small.set(k, k.toUpperCase());
small.get('a'); small.set('d', 'D'); small.get('b'); small.set('c', 'new');
console.log(small.keys(), small.get('c'), small.get('a'), small.get('b'), small.keys(), small.backwards(), small.stats());

let seed = 12345;
const rand = (n) => { seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff; return seed % n; };
const cache = lru(200);
let sum = 0;
for (let i = 0; i < 12000; i++) {
  const key = 'page' + Math.min(rand(600), rand(600));
  const got = cache.get(key);
  if (got === undefined) cache.set(key, { id: i, body: [key, key.length] });
  else sum = (sum * 31 + got.id + got.body[1]) % 1000003;
  if (i % 3000 === 2999) console.log(i + 1, cache.stats(), sum);
}
const keys = cache.keys();
console.log(keys.slice(0, 5), keys.length, cache.backwards().reverse().join() === keys.join());
