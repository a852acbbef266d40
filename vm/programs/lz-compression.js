// Stresses: LZ77 and LZW over text: Maps of substrings, arrays of codes, strings rebuilt from slices.
'use strict';

function lz77(text, window = 255) {
  const out = [], seen = new Map();
  let i = 0;
  const remember = (from, to) => { for (let k = from; k < to && k + 3 <= text.length; k++) { const key = text.slice(k, k + 3); const list = seen.get(key); if (list) list.push(k); else seen.set(key, [k]); } };
  while (i < text.length) {
    let best = 0, from = 0;
    for (const at of seen.get(text.slice(i, i + 3)) ?? []) {
      if (i - at > window) continue;
      let n = 0;
      while (n < 60 && i + n < text.length && text[at + n] === text[i + n]) n++;
      if (n > best) { best = n; from = at; }
    }
    if (best >= 4) { out.push([i - from, best]); remember(i, i + best); i += best; } else { out.push(text[i]); remember(i, i + 1); i++; }
  }
  return out;
}
const unlz77 = (codes) => {
  let text = '';
  for (const c of codes) {
    if (typeof c === 'string') { text += c; continue; }
    const [back, n] = c;
    for (let k = 0; k < n; k++) text += text[text.length - back];
  }
  return text;
};

function lzw(text) {
  const table = new Map();
  for (let i = 0; i < 256; i++) table.set(String.fromCharCode(i), i);
  const out = [];
  let word = '';
  for (const c of text) {
    if (table.has(word + c)) { word += c; continue; }
    out.push(table.get(word));
    table.set(word + c, table.size);
    word = c;
  }
  if (word) out.push(table.get(word));
  return out;
}
const unlzw = ([first, ...codes]) => {
  const table = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i));
  let word = table[first], text = word;
  for (const code of codes) {
    const entry = table[code] ?? word + word[0];
    text += entry;
    table.push(word + entry[0]);
    word = entry;
  }
  return text;
};

const samples = {
  empty: 'a',
  same: 'a'.repeat(200),
  abab: 'abcabcabcabcabcabcd'.repeat(8),
  prose: 'she sells sea shells by the sea shore; the shells she sells are sea shells for sure. '.repeat(6),
  numbers: Array.from({ length: 300 }, (_, i) => i * i % 1000).join(' '),
};
const show = (codes) => codes.map((c) => (typeof c === 'string' ? c : `{${c}}`)).join('');
for (const [name, text] of Object.entries(samples)) {
  const a = lz77(text), b = lzw(text);
  console.log(name, text.length, a.length, b.length, unlz77(a) === text, unlzw(b) === text, show(a).slice(0, 40));
}

// Bits: codes of growing width packed into bytes, and unpacked again.
const pack = (codes) => {
  const bytes = [];
  let acc = 0, have = 0;
  codes.forEach((code, i) => { const width = 32 - Math.clz32(256 + i); acc |= code << have; have += width; while (have >= 8) { bytes.push(acc & 255); acc >>>= 8; have -= 8; } });
  if (have > 0) bytes.push(acc & 255);
  return bytes;
};
const unpack = (bytes, count) => {
  const codes = [];
  let acc = 0, have = 0, at = 0;
  for (let i = 0; i < count; i++) { const width = 32 - Math.clz32(256 + i); while (have < width) { acc |= bytes[at++] << have; have += 8; } codes.push(acc & ((1 << width) - 1)); acc >>>= width; have -= width; }
  return codes;
};
const codes = lzw(samples.prose), bytes = pack(codes);
console.log(bytes.length, bytes.slice(0, 12), unlzw(unpack(bytes, codes.length)) === samples.prose);
const base64 = (bs) => { const abc = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'; let out = ''; for (let i = 0; i < bs.length; i += 3) { const n = (bs[i] << 16) | ((bs[i + 1] ?? 0) << 8) | (bs[i + 2] ?? 0); out += abc[n >> 18] + abc[(n >> 12) & 63] + (i + 1 < bs.length ? abc[(n >> 6) & 63] : '=') + (i + 2 < bs.length ? abc[n & 63] : '='); } return out; };
console.log(base64(bytes).slice(0, 64), base64([...'Mangrove'].map((c) => c.charCodeAt(0))));
