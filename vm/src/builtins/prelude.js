// What the library needs callbacks for, in the language itself: natives never call script code.
//
// `Array_map` becomes the method `map` of arrays, `Array$from` the property `from` of the constructor `Array`,
// and `Promise$new` is what `new Promise` calls: see `install_prelude` in mod.rs. The
// functions are named after what follows `_` or `$`, and stack traces do not show them. Names that are not declared here are those of natives which only this
// file can call. A parameter `= undefined` is one that `length` does not count.
//
// Invariant: every element is read when its turn comes, since a callback may change what is walked. An element that
// reads as undefined may be a hole: only then is `in` asked.

// The callback `f`, or a TypeError; with `self` as its `this`.
const callback = (f, self) => {
  if (typeof f !== 'function') throw new TypeError(describe(f) + ' is not a function');
  return self === undefined ? f : (...args) => f.call(self, ...args);
};

function Array_forEach(f, self = undefined) {
  f = callback(f, self);
  const length = this.length;
  for (let i = 0; i < length; i++) {
    const value = this[i];
    if (value !== undefined || i in this) f(value, i, this);
  }
}

function Array_map(f, self = undefined) {
  f = callback(f, self);
  const length = this.length;
  const result = newArray(length);
  for (let i = 0; i < length; i++) {
    const value = this[i];
    if (value !== undefined || i in this) result[i] = f(value, i, this);
  }
  return result;
}

function Array_filter(f, self = undefined) {
  f = callback(f, self);
  const length = this.length;
  const result = [];
  for (let i = 0; i < length; i++) {
    const value = this[i];
    if ((value !== undefined || i in this) && f(value, i, this)) result.push(value);
  }
  return result;
}

function Array_some(f, self = undefined) {
  f = callback(f, self);
  const length = this.length;
  for (let i = 0; i < length; i++) {
    const value = this[i];
    if ((value !== undefined || i in this) && f(value, i, this)) return true;
  }
  return false;
}

function Array_every(f, self = undefined) {
  f = callback(f, self);
  const length = this.length;
  for (let i = 0; i < length; i++) {
    const value = this[i];
    if ((value !== undefined || i in this) && !f(value, i, this)) return false;
  }
  return true;
}

function Array_reduce(f, ...initial) {
  f = callback(f);
  const length = this.length;
  let i = 0;
  let result = initial[0];
  if (initial.length === 0) {
    while (i < length && !(i in this)) i++;
    if (i >= length) throw new TypeError('Reduce of empty array with no initial value');
    result = this[i++];
  }
  for (; i < length; i++) {
    const value = this[i];
    if (value !== undefined || i in this) result = f(result, value, i, this);
  }
  return result;
}

function Array_reduceRight(f, ...initial) {
  f = callback(f);
  let i = this.length - 1;
  let result = initial[0];
  if (initial.length === 0) {
    while (i >= 0 && !(i in this)) i--;
    if (i < 0) throw new TypeError('Reduce of empty array with no initial value');
    result = this[i--];
  }
  for (; i >= 0; i--) {
    const value = this[i];
    if (value !== undefined || i in this) result = f(result, value, i, this);
  }
  return result;
}

function Array_find(f, self = undefined) {
  f = callback(f, self);
  const length = this.length;
  for (let i = 0; i < length; i++) {
    const value = this[i];
    if (f(value, i, this)) return value;
  }
}

function Array_findIndex(f, self = undefined) {
  f = callback(f, self);
  const length = this.length;
  for (let i = 0; i < length; i++) if (f(this[i], i, this)) return i;
  return -1;
}

function Array_findLast(f, self = undefined) {
  f = callback(f, self);
  for (let i = this.length - 1; i >= 0; i--) {
    const value = this[i];
    if (f(value, i, this)) return value;
  }
}

function Array_findLastIndex(f, self = undefined) {
  f = callback(f, self);
  for (let i = this.length - 1; i >= 0; i--) if (f(this[i], i, this)) return i;
  return -1;
}

function Array_flatMap(f, self = undefined) {
  if (typeof f !== 'function') throw new TypeError('flatMap mapper function is not callable');
  f = callback(f, self);
  const length = this.length;
  const result = [];
  for (let i = 0; i < length; i++) {
    const value = this[i];
    if (value !== undefined || i in this) {
      const mapped = f(value, i, this);
      if (isArray(mapped)) mapped.forEach((inner) => result.push(inner));
      else result.push(mapped);
    }
  }
  return result;
}

// Sorts `list`, which has neither holes nor undefined elements: Timsort, as Node has it, but that its merges do not
// gallop: with fewer than 64 elements the comparator sees the same pairs in the same order.
const timsort = (list, compare) => {
  const length = list.length;
  let short = 0;
  let rest = length;
  for (; rest >= 64; rest >>= 1) short |= rest & 1;
  rest += short;
  const starts = [];
  let from = 0;
  while (from < length) {
    let end = sortedRun(list, from, compare);
    if (end - from < rest) {
      const to = from + rest < length ? from + rest : length;
      insertAll(list, from, end, to, compare);
      end = to;
    }
    starts.push(from);
    from = end;
    // Each run is longer than the two above it together, and so the stack of runs is short.
    for (let n = starts.length; n > 1; n = starts.length) {
      const c = from - starts[n - 1];
      const b = starts[n - 1] - starts[n - 2];
      const a = n > 2 ? starts[n - 2] - starts[n - 3] : Infinity;
      const balanced = a > b + c && (n < 4 || starts[n - 3] - starts[n - 4] > a + b);
      if (balanced && b > c) break;
      mergeRuns(list, starts, !balanced && a < c ? n - 3 : n - 2, from, compare);
    }
  }
  while (starts.length > 1) {
    const n = starts.length;
    const below = n > 2 && starts[n - 2] - starts[n - 3] < length - starts[n - 1];
    mergeRuns(list, starts, below ? n - 3 : n - 2, length, compare);
  }
  return list;
};

// The end of the run that begins at `from`; one that descends strictly is reversed.
const sortedRun = (list, from, compare) => {
  let end = from + 1;
  if (end === list.length) return end;
  let last = list[end++];
  const descends = compare(last, list[from]) < 0;
  while (end < list.length) {
    const next = list[end];
    if (compare(next, last) < 0 !== descends) break;
    last = next;
    end++;
  }
  if (descends) for (let i = from, j = end - 1; i < j; i++, j--) [list[i], list[j]] = [list[j], list[i]];
  return end;
};

// Inserts the elements from `end` on into the run from `from` to `end`.
const insertAll = (list, from, end, to, compare) => {
  for (; end < to; end++) {
    const value = list[end];
    let left = from;
    let right = end;
    while (left < right) {
      const middle = left + ((right - left) >> 1);
      if (compare(value, list[middle]) < 0) right = middle;
      else left = middle + 1;
    }
    if (left < end) {
      list.copyWithin(left + 1, left, end);
      list[left] = value;
    }
  }
};

// Merges the run at place `n` of the stack with the one above it; `end` is that of the last run.
const mergeRuns = (list, starts, n, end, compare) => {
  const from = starts[n];
  const middle = starts[n + 1];
  const to = starts[n + 2] ?? end;
  starts.splice(n + 1, 1);
  const left = list.slice(from, middle);
  const length = left.length;
  let i = 0;
  let j = middle;
  let at = from;
  while (i < length && j < to) {
    if (compare(list[j], left[i]) < 0) list[at++] = list[j++];
    else list[at++] = left[i++];
  }
  while (i < length) list[at++] = left[i++];
};

// Sorts by the strings of the elements; the native gives up when objects have functions for theirs.
const byText = (a, b) => {
  a = String(a);
  b = String(b);
  return a < b ? -1 : a > b ? 1 : 0;
};
const sorted = (list) => sortByText(list) ?? timsort(list, byText);

const comparator = (f) => {
  if (f !== undefined && typeof f !== 'function') {
    throw new TypeError('The comparison function must be either a function or undefined');
  }
};

function Array_sort(f) {
  comparator(f);
  const list = sortable(this);
  return setSorted(this, f === undefined ? sorted(list) : timsort(list, f));
}

function Array_toSorted(f) {
  comparator(f);
  const copy = [...this];
  const list = sortable(copy);
  return setSorted(copy, f === undefined ? sorted(list) : timsort(list, f));
}

function Array_toReversed() {
  return [...this].reverse();
}

function Array$from(items, f = undefined, self = undefined) {
  if (f !== undefined) f = callback(f, self);
  let list = listFrom(items);
  if (list === null) {
    const length = Math.trunc(items.length);
    list = newArray(length > 0 ? length : 0);
  } else if (f === undefined) {
    return list;
  } else {
    items = list;
  }
  const length = list.length;
  for (let i = 0; i < length; i++) list[i] = f === undefined ? items[i] : f(items[i], i);
  return list;
}

const incompatible = (method, receiver) => {
  throw new TypeError(`Method ${method} called on incompatible receiver ${describe(receiver)}`);
};

function Map_forEach(f, self = undefined) {
  if (!(this instanceof Map)) incompatible('Map.prototype.forEach', this);
  f = callback(f, self);
  for (const [key, value] of this) f(value, key, this);
}

function Set_forEach(f, self = undefined) {
  if (!(this instanceof Set)) incompatible('Set.prototype.forEach', this);
  f = callback(f, self);
  for (const value of this) f(value, value, this);
}

// The text in which a function replaces the first `pattern`, or all.
const replaced = (text, pattern, replacement, all) => {
  text = String(text);
  pattern = String(pattern);
  const step = pattern.length || 1;
  const parts = [];
  let done = 0;
  for (let at = text.indexOf(pattern); at >= 0; at = at + step > text.length ? -1 : text.indexOf(pattern, at + step)) {
    parts.push(text.slice(done, at), String(replacement(pattern, at, text)));
    done = at + pattern.length;
    if (!all) break;
  }
  parts.push(text.slice(done));
  return parts.join('');
};

function String_replace(pattern, replacement) {
  return (typeof replacement === 'function' ? replaced : replaceText)(this, pattern, replacement, false);
}

function String_replaceAll(pattern, replacement) {
  return (typeof replacement === 'function' ? replaced : replaceText)(this, pattern, replacement, true);
}

function JSON$stringify(value, replacer, space) {
  const script = typeof replacer === 'function';
  // The native gives up, and returns null, when it meets a function `toJSON`.
  const text = script ? null : stringify(value, replacer, space, false);
  if (text !== null) return text;
  const done = new Map();
  const plain = (holder, key) => {
    let value = holder[key];
    if (typeof value === 'object' && value !== null && typeof value.toJSON === 'function') value = value.toJSON(key);
    if (script) value = replacer.call(holder, key, value);
    if (typeof value !== 'object' || value === null) return value;
    // An object that is inside of itself is copied to one that is, too: the native finds it.
    if (done.has(value)) return done.get(value);
    const copy = isArray(value) ? newArray(value.length) : {};
    done.set(value, copy);
    if (isArray(value)) for (let i = 0; i < value.length; i++) copy[i] = plain(value, String(i));
    else for (const name of Object.keys(value)) copy[name] = plain(value, name);
    done.delete(value);
    return copy;
  };
  return stringify(plain({ '': value }, ''), script ? undefined : replacer, space, true);
}

function JSON$parse(text, reviver) {
  const value = parse(text);
  if (typeof reviver !== 'function') return value;
  const revive = (holder, key) => {
    const value = holder[key];
    if (typeof value === 'object' && value !== null) {
      const keys = Object.keys(value);
      for (let i = 0; i < keys.length; i++) {
        const member = revive(value, keys[i]);
        if (member === undefined) delete value[keys[i]];
        else value[keys[i]] = member;
      }
    }
    return reviver.call(holder, key, value);
  };
  return revive({ '': value }, '');
}

function Error_toString() {
  const isObject = typeof this === 'function' || (typeof this === 'object' && this !== null);
  if (!isObject) throw new TypeError("Error.prototype.toString requires that 'this' be a JSReceiver");
  const name = this.name === undefined ? 'Error' : String(this.name);
  const message = this.message === undefined ? '' : String(this.message);
  return name && message ? `${name}: ${message}` : name || message;
}

function Object$fromEntries(items) {
  const result = {};
  if (items === undefined || items === null) throw new TypeError('undefined is not iterable');
  for (const entry of iterated(items)) {
    if (typeof entry !== 'object' && typeof entry !== 'function' || entry === null) {
      throw new TypeError(`Iterator value ${describe(entry)} is not an entry object`);
    }
    const key = entry[0];
    const value = entry[1];
    result[key] = value;
  }
  return result;
}

function Promise$new(executor) {
  if (typeof executor !== 'function') throw new TypeError(`Promise resolver ${describe(executor)} is not a function`);
  const promise = newPromise();
  const [resolve, reject] = resolversOf(promise);
  try {
    executor(resolve, reject);
  } catch (error) {
    reject(error);
  }
  return promise;
}

function Promise_catch(onRejected) {
  return this.then(undefined, onRejected);
}

function Promise_finally(f) {
  if (typeof f !== 'function') return this.then(f, f);
  return this.then(
    (value) => Promise.resolve(f()).then(() => value),
    (error) => Promise.resolve(f()).then(() => {
      throw error;
    }),
  );
}

// What the interpreter calls when a native wants a primitive value where `call`, its callee, `this` and arguments, has an
// object that the script has functions for: converts it, and calls the native with it; until it wants no other.
const converting = (call, place, number, length, isNew) => {
  const wanted = [place, number];
  for (;;) {
    call[wanted[0]] = toPrimitive(call[wanted[0]], wanted[1]);
    const result = retry(call, wanted, length, isNew);
    if (result !== wanted) return result;
  }
};

// The primitive value of an object.
const toPrimitive = (object, number) => {
  const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
  const first = number ? object.valueOf : object.toString;
  if (typeof first === 'function') {
    const value = first.call(object);
    if (!isObject(value)) return value;
  }
  const second = number ? object.toString : object.valueOf;
  if (typeof second === 'function') {
    const value = second.call(object);
    if (!isObject(value)) return value;
  }
  throw new TypeError('Cannot convert object to primitive value');
};

// The elements of `list` as text, when some have functions for it; `joining` are the arrays that this is in the middle
// of: one within itself is empty.
const joining = [];
const joined = (list, separator) => {
  const length = list.length;
  separator = String(separator);
  if (joining.includes(list)) return '';
  joining.push(list);
  try {
    let text = '';
    for (let i = 0; i < length; i++) {
      if (i > 0) text += separator;
      const value = list[i];
      if (value !== undefined && value !== null) text += `${value}`;
    }
    return text;
  } finally {
    joining.pop();
  }
};
