#!/usr/bin/env node
// Makes expected/NAME.txt of each program with Node; with --check, reports what differs and changes nothing.
// Usage: node vm/programs/expect.mjs [--check] [NAME…]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const expected = join(here, 'expected');
const words = process.argv.slice(2);
const check = words.includes('--check');
const names = words.filter((word) => !word.startsWith('--')).map((word) => basename(word, '.js'));
const all = readdirSync(here).filter((file) => file.endsWith('.js')).map((file) => basename(file, '.js')).sort();
mkdirSync(expected, { recursive: true });

let wrong = 0;
const complain = (line) => { wrong += 1; console.error(line); };

for (const name of names.length > 0 ? names : all) {
  const file = join(here, name + '.js');
  const source = readFileSync(file, 'utf8');
  const exit = Number(/^\/\/ exit: (\d+)$/m.exec(source)?.[1] ?? 0);
  const started = performance.now();
  // Colours and locales must not be seen: the environment is bare.
  const run = spawnSync(process.execPath, [file], { env: { NO_COLOR: '1', TZ: 'UTC' }, timeout: 20000, maxBuffer: 1 << 26 });
  const took = performance.now() - started;
  const out = run.stdout.toString();
  if (run.status !== exit) { complain(`${name}: exit ${run.status}, not ${exit}\n${run.stderr}`); continue; }
  if (exit === 0 && run.stderr.length > 0 && !/console\.error/.test(source)) complain(`${name}: wrote to stderr\n${run.stderr}`);
  if (out.length === 0) complain(`${name}: printed nothing`);
  if (took > 4000) complain(`${name}: took ${Math.round(took)} ms`);
  const to = join(expected, name + '.txt');
  const before = existsSync(to) ? readFileSync(to, 'utf8') : null;
  if (before === out) continue;
  if (check) complain(`${name}: ${before === null ? 'has no expected output' : 'prints something else than expected'}`);
  else { writeFileSync(to, out); console.log(`${name}: ${before === null ? 'new' : 'changed'}`); }
}

if (names.length === 0) {
  for (const file of readdirSync(expected)) {
    if (all.includes(basename(file, '.txt'))) continue;
    if (check) complain(`expected/${file}: has no program`);
    else rmSync(join(expected, file));
  }
}
console.log(`${all.length} programs, ${wrong} complaints`);
process.exit(wrong > 0 ? 1 : 0);
