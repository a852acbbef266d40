// Runs many programs in one Node, one after another, each until nothing is left to do, and prints a line of JSON for each.
// Usage: node driver.cjs FILE…, with the names of the programs in FILE, one a line.
'use strict';

const { format } = require('node:util');
const { readFileSync } = require('node:fs');

const files = readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean);
let current = null;

const finish = () => {
  if (current) process.stdout.write(JSON.stringify({ stdout: Buffer.from(current.out).toString(), exit: current.exit, stderr: current.error }) + '\n');
  const file = files.shift();
  current = file === undefined ? null : { out: '', exit: 0, error: '' };
  if (!current) return;
  const mine = current;
  // What is left of a program that failed goes on here, where Node would have ended: it is not heard.
  console.log = (...args) => { if (mine === current && mine.exit === 0) mine.out += format(...args) + '\n'; };
  try { require(file); } catch (e) { fail(e); }
  setImmediate(() => { }); // keeps Node going until it has looked at what is left
};
const fail = (e) => { if (current.exit === 0) { current.exit = 1; current.error = String(e?.stack ?? e); } };

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
process.on('beforeExit', finish);
