// An instruction that wants several primitive values of objects gets those of its own, whatever becomes of another.
'use strict';

const a = { toString: () => 'A' };
const b = {
  toString() {
    throw new Error('no text');
  },
};
const c = { toString: () => 'C' };

async function fails() {
  return `${a}${b}`;
}
const succeeds = () => `${c}`;

function main() {
  const promise = fails();
  const text = succeeds();
  console.log(text);
  promise.catch((error) => console.log(error.message, succeeds()));
  try {
    succeeds(a + b);
  } catch {
    console.log(succeeds());
  }
}
main();

let count = 0;
const counter = { valueOf: () => (count += 1), toString: () => `#${(count += 1)}` };
console.log(`${counter}${counter}${counter}`, counter + counter, counter * 10, count);

// What is converted while something else is.
const nested = { toString: () => `<${a}${[c, { toString: () => `(${counter - 8})` }]}>` };
console.log(`${nested}${a}${nested}`);

// A function that changes what the array has.
const list = [{ toString: () => ((list[1] = c), 'first') }, a];
console.log(list.join());

// Methods of the library are what they are.
const methods = Array.prototype;
console.log([typeof methods.map, [1, 2].map((x) => x + 1).join()]);
