// Stresses: small vectors as objects and arrays, closures over scenes, doubles that become characters.
'use strict';

const vec = (x, y, z) => ({ x, y, z });
const add = (a, b) => vec(a.x + b.x, a.y + b.y, a.z + b.z);
const sub = (a, b) => vec(a.x - b.x, a.y - b.y, a.z - b.z);
const scale = (a, k) => vec(a.x * k, a.y * k, a.z * k);
const dot = (a, b) => a.x * b.x + a.y * b.y + a.z * b.z;
const length = (a) => Math.sqrt(dot(a, a));
const unit = (a) => scale(a, 1 / length(a));

const sphere = (c, r) => (p) => length(sub(p, c)) - r;
const floor = (h) => (p) => p.y - h;
const box = (c, s) => (p) => {
  const d = sub(p, c), q = vec(Math.abs(d.x) - s.x, Math.abs(d.y) - s.y, Math.abs(d.z) - s.z);
  return length(vec(Math.max(q.x, 0), Math.max(q.y, 0), Math.max(q.z, 0))) + Math.min(Math.max(q.x, q.y, q.z), 0);
};
const union = (...shapes) => (p) => shapes.reduce((least, s) => Math.min(least, s(p)), Infinity);
const without = (a, b) => (p) => Math.max(a(p), -b(p));

const scene = union(sphere(vec(-1.1, 0, 4), 1), without(box(vec(1.3, -0.2, 4.2), vec(0.8, 0.8, 0.8)), sphere(vec(1.3, 0.2, 3.4), 0.75)), floor(-1));
let evaluations = 0;
const march = (from, dir, far = 20) => {
  let t = 0;
  for (let i = 0; i < 60 && t < far; i++) {
    const d = scene(add(from, scale(dir, t)));
    evaluations++;
    if (d < 0.002) return t;
    t += d;
  }
  return Infinity;
};
const normal = (p) => {
  const e = 0.001, d = scene(p);
  return unit(vec(scene(add(p, vec(e, 0, 0))) - d, scene(add(p, vec(0, e, 0))) - d, scene(add(p, vec(0, 0, e))) - d));
};
const light = unit(vec(-0.6, 0.9, -0.7));
const shade = (from, dir) => {
  const t = march(from, dir);
  if (t === Infinity) return 0;
  const p = add(from, scale(dir, t)), n = normal(p);
  const lit = Math.max(0, dot(n, light));
  const shadow = march(add(p, scale(n, 0.02)), light, 6) < Infinity ? 0.35 : 1;
  const fog = 1 / (1 + t * t * 0.01);
  return Math.min(1, (0.12 + 0.88 * lit * shadow) * fog);
};

const ramp = ' .,:;=+*xX#%@', width = 60, height = 22, sums = [];
for (let y = 0; y < height; y++) {
  let line = '', sum = 0;
  for (let x = 0; x < width; x++) {
    const dir = unit(vec(((x + 0.5) / width) * 2.4 - 1.2, 0.85 - ((y + 0.5) / height) * 1.7, 1.5));
    const v = shade(vec(0, 0.4, -1), dir);
    sum += v;
    line += ramp[Math.round(v * (ramp.length - 1))];
  }
  sums.push(sum);
  console.log(line.trimEnd() || '|');
}
console.log(sums.map((s) => s.toFixed(3)).join(' '), evaluations);
