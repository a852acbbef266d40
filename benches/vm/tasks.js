// Dispatch over plain objects with functions, after Richards: a scheduler of tasks with queues of packets and states.
'use strict';

const IDLE = 0, WORKER = 1, HANDLER_A = 2, HANDLER_B = 3, DEVICE_A = 4, DEVICE_B = 5;
const RUNNING = 0, RUNNABLE = 1, SUSPENDED = 2, SUSPENDED_RUNNABLE = 3, HELD = 4;
const DEV = 0, WORK = 1, SIZE = 4;

const packet = (link, id, kind) => ({ link, id, kind, datum: 0, data: [0, 0, 0, 0] });
const append = (p, queue) => {
  p.link = null;
  if (queue === null) return p;
  let last = queue;
  while (last.link !== null) last = last.link;
  last.link = p;
  return queue;
};

function scheduler() {
  return { queueCount: 0, holdCount: 0, blocks: [null, null, null, null, null, null], list: null, current: null, currentId: 0 };
}
const block = (s, id, priority, queue, state, run) => {
  s.list = { link: s.list, id, priority, queue, state, run };
  s.blocks[id] = s.list;
};
const heldOrSuspended = (t) => (t.state & HELD) !== 0 || t.state === SUSPENDED;
const schedule = (s) => {
  s.current = s.list;
  while (s.current !== null) {
    const t = s.current;
    if (heldOrSuspended(t)) s.current = t.link;
    else {
      s.currentId = t.id;
      let p = null;
      if (t.state === SUSPENDED_RUNNABLE) {
        p = t.queue;
        t.queue = p.link;
        t.state = t.queue === null ? RUNNING : RUNNABLE;
      }
      s.current = t.run(s, p);
    }
  }
};
const release = (s, id) => {
  const t = s.blocks[id];
  if (t === null) return t;
  t.state &= ~HELD;
  return t.priority > s.current.priority ? t : s.current;
};
const hold = (s) => { s.holdCount++; s.current.state |= HELD; return s.current.link; };
const suspend = (s) => { s.current.state |= SUSPENDED; return s.current; };
const send = (s, p) => {
  const t = s.blocks[p.id];
  if (t === null) return t;
  s.queueCount++;
  p.link = null;
  p.id = s.currentId;
  if (t.queue === null) {
    t.queue = p;
    t.state |= RUNNABLE;
    if (t.priority > s.current.priority) return t;
  } else t.queue = append(p, t.queue);
  return s.current;
};

const idle = (seed, rounds) => {
  let v1 = seed, count = rounds;
  return (s) => {
    count--;
    if (count === 0) return hold(s);
    if ((v1 & 1) === 0) { v1 >>= 1; return release(s, DEVICE_A); }
    v1 = (v1 >> 1) ^ 0xd008;
    return release(s, DEVICE_B);
  };
};
const device = () => {
  let v1 = null;
  return (s, p) => {
    if (p === null) {
      if (v1 === null) return suspend(s);
      const v = v1;
      v1 = null;
      return send(s, v);
    }
    v1 = p;
    return hold(s);
  };
};
const worker = () => {
  let v1 = HANDLER_A, v2 = 0;
  return (s, p) => {
    if (p === null) return suspend(s);
    v1 = v1 === HANDLER_A ? HANDLER_B : HANDLER_A;
    p.id = v1;
    p.datum = 0;
    for (let i = 0; i < SIZE; i++) { v2++; if (v2 > 26) v2 = 1; p.data[i] = v2; }
    return send(s, p);
  };
};
const handler = () => {
  let v1 = null, v2 = null;
  return (s, p) => {
    if (p !== null) { if (p.kind === WORK) v1 = append(p, v1); else v2 = append(p, v2); }
    if (v1 !== null) {
      const count = v1.datum;
      if (count < SIZE) {
        if (v2 !== null) {
          const v = v2;
          v2 = v2.link;
          v.datum = v1.data[count];
          v1.datum = count + 1;
          return send(s, v);
        }
      } else {
        const v = v1;
        v1 = v1.link;
        return send(s, v);
      }
    }
    return suspend(s);
  };
};

function run() {
  const s = scheduler();
  block(s, IDLE, 0, null, RUNNING, idle(1, 10000));
  block(s, WORKER, 1000, packet(packet(null, WORKER, WORK), WORKER, WORK), SUSPENDED_RUNNABLE, worker());
  let q = packet(packet(packet(null, DEVICE_A, DEV), DEVICE_A, DEV), DEVICE_A, DEV);
  block(s, HANDLER_A, 2000, q, SUSPENDED_RUNNABLE, handler());
  q = packet(packet(packet(null, DEVICE_B, DEV), DEVICE_B, DEV), DEVICE_B, DEV);
  block(s, HANDLER_B, 3000, q, SUSPENDED_RUNNABLE, handler());
  block(s, DEVICE_A, 4000, null, SUSPENDED, device());
  block(s, DEVICE_B, 5000, null, SUSPENDED, device());
  schedule(s);
  return [s.queueCount, s.holdCount];
}

let queued = 0, held = 0;
for (let i = 0; i < 20; i++) { const [q, h] = run(); queued += q; held += h; }
console.log('tasks', queued, held);
