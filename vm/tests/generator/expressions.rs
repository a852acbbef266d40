//! Expressions, by the kind of what they give.
//!
//! Invariant: an expression has effects only on names in scope, and its size is bounded by `depth`.
//! Avoided is what two correct engines may do differently: powers and roots that are not exact, text of functions,
//! sorting by a comparison that is no order.

use super::Generator;
use super::scope::Kind;

const INTS: [&str; 12] =
    ["0", "1", "2", "3", "7", "-1", "10", "255", "2147483647", "-2147483648", "4294967295", "65536"];
const NUMS: [&str; 9] = ["0.5", "-0", "1.25", "NaN", "Infinity", "-7.75", "1e21", "9007199254740991", "0.1"];
const STRS: [&str; 15] = [
    "''",
    "'a'",
    "'b'",
    "'abc'",
    "'hello world'",
    "'12'",
    "' 7 '",
    "'é€'",
    "'x😀y'",
    "'it\\'s'",
    "'A,b,C'",
    "'null'",
    "'\\n'",
    "'100%'",
    "'%s is %d'",
];
const KEYS: [&str; 5] = ["a", "b", "c", "d", "e"];

impl Generator {
    /// An expression of this kind.
    pub(crate) fn expr(&mut self, kind: Kind, depth: u32) -> String {
        match kind {
            Kind::Num => self.num(depth),
            Kind::Str => self.str(depth),
            Kind::Bool => self.bool(depth),
            Kind::Any => self.any(depth),
            Kind::Arr => self.arr(depth),
            Kind::Obj => self.obj(depth),
            Kind::Map => self.map(depth),
            Kind::Set => format!("new Set({})", self.arr(depth)),
            Kind::Fun(arity) => self.arrow(arity, depth),
            Kind::Async(arity) => format!("async {}", self.arrow(arity, depth)),
            Kind::Promise => self.promise(depth),
        }
    }

    /// A plain expression of any plain kind.
    pub(crate) fn plain(&mut self, depth: u32) -> String {
        let kind = self.pick(&Kind::PLAIN);
        self.expr(kind, depth)
    }

    /// A plain expression whose value does not grow when it is stored again and again.
    pub(crate) fn stored(&mut self, depth: u32) -> String {
        let value = self.plain(depth);
        if depth == 0 { value } else { format!("cut({value})") }
    }

    /// A name of this kind, if there is one.
    pub(crate) fn name(&mut self, kind: Kind) -> Option<String> {
        let names: Vec<String> = self.scope.of(kind).iter().map(|var| var.name.clone()).collect();
        // The latest are taken more often: they are what the statements around are about.
        let n = names.len() as u32;
        (n > 0).then(|| names[self.rng.below(n).max(self.rng.below(n)) as usize].clone())
    }

    /// A name of this kind that can be assigned.
    pub(crate) fn mutable(&mut self, kind: Kind) -> Option<String> {
        let names: Vec<String> =
            self.scope.vars.iter().filter(|v| v.kind == kind && v.mutable).map(|v| v.name.clone()).collect();
        (!names.is_empty()).then(|| names[self.rng.below(names.len() as u32) as usize].clone())
    }

    pub(crate) fn key(&mut self) -> &'static str {
        self.pick(&KEYS)
    }

    fn num(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.rng.below(5) {
                0 => self.pick(&NUMS).into(),
                1 => self.pick(&INTS).into(),
                _ => self.name(Kind::Num).unwrap_or_else(|| self.rng.below(20).to_string()),
            };
        }
        let d = depth - 1;
        match self.rng.below(22) {
            0..=3 => {
                let op = self.pick(&["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>"]);
                format!("({} {op} {})", self.num(d), self.num(d))
            }
            4 => format!("({}{})", self.pick(&["-", "+", "~"]), self.num(d).paren()),
            5 => format!("Math.{}({})", self.pick(&["floor", "ceil", "round", "trunc", "abs", "sign"]), self.num(d)),
            6 => format!("Math.{}({}, {})", self.pick(&["max", "min", "imul"]), self.num(d), self.num(d)),
            7 => format!("{}.length", self.str(d)),
            8 => format!("{}.{}({})", self.str(d), self.pick(&["charCodeAt", "codePointAt"]), self.rng.below(6)),
            9 => format!("{}.{}({})", self.str(d), self.pick(&["indexOf", "lastIndexOf"]), self.str(0)),
            10 => format!("{}.length", self.arr(d)),
            11 => format!("{}({})", self.pick(&["Number", "parseInt", "parseFloat", "+"]), self.any(d)),
            12 => format!("({} ? {} : {})", self.bool(d), self.num(d), self.num(d)),
            13 => match self.mutable(Kind::Num) {
                Some(name) => match self.rng.below(4) {
                    0 => format!("{name}++"),
                    1 => format!("--{name}"),
                    2 => format!("({name} = {})", self.num(d)),
                    _ => {
                        let op = self.pick(&["+=", "-=", "*=", "%=", "|=", "^=", "<<=", ">>>=", "??=", "&&="]);
                        format!("({name} {op} {})", self.num(d))
                    }
                },
                None => self.num(d),
            },
            14 => format!(
                "{}.reduce((a, x) => {}, {})",
                self.arr(d),
                self.pick(&["a + (x | 0)", "a - x", "a ^ x"]),
                self.num(0)
            ),
            15 => match self.pick(&[Kind::Map, Kind::Set]) {
                kind if self.name(kind).is_some() => format!("{}.size", self.name(kind).expect("there is one")),
                _ => format!("{}.{}({})", self.arr(d), self.pick(&["indexOf", "lastIndexOf"]), self.any(0)),
            },
            16 => format!("(({} & 1023) ** {})", self.num(d), self.rng.below(5)),
            17 => format!("({}, {})", self.plain(d), self.num(d)),
            18 => format!("parseInt({}, {})", self.str(d), self.pick(&["2", "10", "16", "36"])),
            19 => format!(
                "{}.reduceRight((a, x, i) => {}, {})",
                self.arr(d),
                self.pick(&["a * 2 + i", "a + Number(x)", "i"]),
                self.num(0)
            ),
            20 => format!("Number(({} % 10000).toFixed({}))", self.num(d), self.rng.below(4)),
            _ => format!("Math.sqrt({} & 65535)", self.num(d)),
        }
    }

    fn str(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.rng.below(3) {
                0 => self.pick(&STRS).into(),
                _ => self.name(Kind::Str).unwrap_or_else(|| format!("'s{}'", self.rng.below(9))),
            };
        }
        let d = depth - 1;
        match self.rng.below(22) {
            0 => format!("({} + {})", self.str(d), self.any(d)),
            1 => format!("({} + {})", self.any(d), self.str(d)),
            2 | 3 => format!(
                "`{}${{{}}}{}${{{}}}`",
                self.pick(&["", "<", "é ", "\\n"]),
                self.any(d),
                self.pick(&["", "-", "$"]),
                self.any(d)
            ),
            4 => format!("{}.{}({}, {})", self.str(d), self.pick(&["slice", "substring"]), self.index(), self.index()),
            5 => format!("({}.{}({}) ?? 'none')", self.str(d), self.pick(&["at", "charAt"]), self.index()),
            6 => format!("({}[{}] ?? 'none')", self.str(d), self.rng.below(5)),
            7 => format!(
                "{}.{}()",
                self.str(d),
                self.pick(&["toUpperCase", "toLowerCase", "trim", "trimStart", "trimEnd"])
            ),
            8 => format!("{}.repeat({})", self.str(0), self.rng.below(4)),
            9 => format!(
                "{}.{}({}, {})",
                self.str(d),
                self.pick(&["padStart", "padEnd"]),
                self.rng.below(12),
                self.pick(&["'*'", "'ab'", "' '"])
            ),
            10 => format!("String({})", self.any(d)),
            11 => format!("(typeof {})", self.any(d).paren()),
            12 => format!("{}.join({})", self.arr(d), self.pick(&["','", "''", "' - '"])),
            13 => format!("String(JSON.stringify({}))", self.shown(d)),
            14 => format!(
                "{}.split({}).join({})",
                self.str(d),
                self.pick(&["''", "'a'", "','", "' '"]),
                self.pick(&["'|'", "''"])
            ),
            15 => format!(
                "{}.{}({}, {})",
                self.str(d),
                self.pick(&["replace", "replaceAll"]),
                self.pick(&["'a'", "'l'", "' '", "'é'"]),
                self.pick(&["'-'", "''", "'[$&]'"])
            ),
            16 => format!("({} | 0).toString({})", self.num(d), self.pick(&["2", "8", "16", "36", ""])),
            17 => format!("({} % 1000000).toFixed({})", self.num(d), self.rng.below(5)),
            18 => format!(
                "String(JSON.stringify({}, {}, {}))",
                self.shown(d),
                self.pick(&["null", "['a', 'b']", "(k, v) => (k === 'a' ? undefined : v)"]),
                self.rng.below(4)
            ),
            19 => format!("({} % 100000).toString({})", self.num(d), self.pick(&["2", "3", "7", "16", "36"])),
            20 => format!("String({})", self.shown(d)),
            _ => format!("({} ? {} : {})", self.bool(d), self.str(d), self.str(d)),
        }
    }

    fn bool(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.name(Kind::Bool).unwrap_or_else(|| self.pick(&["true", "false"]).into());
        }
        let d = depth - 1;
        match self.rng.below(15) {
            0..=2 => {
                let op = self.pick(&["<", "<=", ">", ">=", "==", "!=", "===", "!=="]);
                format!("({} {op} {})", self.any(d), self.any(d))
            }
            3 => format!("({} {} {})", self.num(d), self.pick(&["<", ">", "==="]), self.num(d)),
            4 => format!("!{}", self.any(d).paren()),
            5 => format!("({} {} {})", self.bool(d), self.pick(&["&&", "||"]), self.bool(d)),
            6 => format!("{}.{}({})", self.str(d), self.pick(&["includes", "startsWith", "endsWith"]), self.str(0)),
            7 => format!("{}.includes({})", self.arr(d), self.any(0)),
            8 => format!("('{}' in {})", self.key(), self.obj(d)),
            9 => format!(
                "{}.{}((x) => {})",
                self.arr(d),
                self.pick(&["some", "every"]),
                self.pick(&["x > 1", "x", "typeof x === 'number'"])
            ),
            10 => match self.pick(&[Kind::Map, Kind::Set]) {
                kind if self.name(kind).is_some() => {
                    let name = self.name(kind).expect("there is one");
                    let method = self.pick(&["has", "delete"]);
                    format!("{name}.{method}({})", self.any(0))
                }
                _ => format!("Array.isArray({})", self.shown(0)),
            },
            11 => format!("({} in {})", self.rng.below(4), self.arr(d)),
            12 => format!("({} instanceof {})", self.shown(d), self.pick(&["Array", "Object", "Map", "Error"])),
            13 => format!("({} === {})", self.any(d), self.any(d)),
            _ => format!(
                "{}({})",
                self.pick(&["Number.isInteger", "Number.isNaN", "isNaN", "Boolean", "Number.isFinite"]),
                self.any(d)
            ),
        }
    }

    /// A plain value of any kind.
    pub(crate) fn any(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.rng.below(6) {
                0 => self.pick(&["null", "undefined"]).into(),
                1 => self.num(0),
                2 => self.str(0),
                3 => self.bool(0),
                _ => self.name(Kind::Any).unwrap_or_else(|| self.num(0)),
            };
        }
        let d = depth - 1;
        match self.rng.below(21) {
            0 | 1 => self.num(depth),
            2 | 3 => self.str(depth),
            4 => self.bool(depth),
            5 => format!("({} {} {})", self.any(d), self.pick(&["??", "||", "&&", "+", "-", "*"]), self.any(d)),
            6 => format!("{}{}{}", self.obj(d).paren(), self.pick(&[".", "?."]), self.key()),
            7 => format!("{}[{}]", self.arr(d), self.rng.below(5)),
            8 => format!("{}.at({})", self.arr(d), self.index()),
            9 => match self.name(Kind::Map) {
                Some(name) => format!("{name}.get({})", self.any(0)),
                None => self.any(d),
            },
            10..=12 => self.call(d),
            13 => format!(
                "{}.{}((x) => x {} {})",
                self.arr(d),
                self.pick(&["find", "findLast", "findIndex"]),
                self.pick(&[">", "===", "<"]),
                self.any(0)
            ),
            14 => match self.mutable(Kind::Any) {
                Some(name) => format!("({name} {} {})", self.pick(&["=", "??=", "||="]), self.stored(d)),
                None => self.any(d),
            },
            15..=17 if self.scope.can_await => match self.rng.below(4) {
                0 => format!("(await {})", self.any(d).paren()),
                _ => format!("(await {})", self.promise(d)),
            },
            15 | 16 => self.call(d),
            17 => match self.name(Kind::Fun(1)) {
                Some(name) => format!("{name}?.({})", self.any(d)),
                None => format!("{}?.[{}]", self.any(0), self.rng.below(3)),
            },
            18 => format!("{}[{}]", self.obj(d).paren(), self.str(0)),
            19 => format!("{}?.b?.length", self.obj(d).paren()),
            _ => format!("(void {})", self.any(d).paren()),
        }
    }

    /// A call that gives a plain value.
    fn call(&mut self, depth: u32) -> String {
        for arity in [1, 0, 2, 3] {
            if let Some(name) = self.name(Kind::Fun(arity)) {
                return format!("{name}({})", self.arguments(arity, depth));
            }
        }
        let arity = self.rng.below(3);
        format!("({})({})", self.arrow(arity, depth), self.arguments(arity, depth))
    }

    /// As many arguments, or one more or less; or some of them spread.
    pub(crate) fn arguments(&mut self, arity: u32, depth: u32) -> String {
        let count = if self.rng.one_in(8) { self.rng.below(arity + 2) } else { arity };
        let mut arguments: Vec<String> = (0..count).map(|_| self.plain(depth.min(1))).collect();
        if self.rng.one_in(8) {
            arguments.push(format!("...{}", self.arr(0)));
        }
        arguments.join(", ")
    }

    pub(crate) fn arr(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.name(Kind::Arr).unwrap_or_else(|| format!("[{}, {}]", self.num(0), self.any(0)));
        }
        let d = depth - 1;
        match self.rng.below(20) {
            0..=2 => {
                let count = if self.rng.one_in(5) { 5 + self.rng.below(6) } else { self.rng.below(5) };
                let mut items: Vec<String> = (0..count).map(|_| self.stored(d.min(1))).collect();
                if self.rng.one_in(3) {
                    let spread = self.pick(&[Kind::Arr, Kind::Str]);
                    items.push(format!("...clip({})", self.expr(spread, 0)));
                }
                format!("[{}]", items.join(", "))
            }
            3 => format!(
                "{}.map((x, i) => {})",
                self.arr(d),
                self.pick(&["x + i", "[i, x].join()", "x * 2", "i", "typeof x", "x ?? i", "`${x}!`"])
            ),
            4 => format!(
                "{}.filter((x) => {})",
                self.arr(d),
                self.pick(&["x", "x > 0", "typeof x === 'string'", "x !== undefined"])
            ),
            5 => format!("{}.slice({}, {})", self.arr(d), self.index(), self.index()),
            6 => format!("clip({}.concat({}))", self.arr(d), self.any(0)),
            7 => format!("[...clip({})].reverse()", self.arr(d)),
            8 => format!("[...clip({})].sort()", self.arr(d)),
            9 => format!(
                "{}.map((x) => x | 0).sort((a, b) => {})",
                self.arr(d),
                self.pick(&["a - b", "b - a", "(a & 3) - (b & 3)"])
            ),
            10 => format!("Object.{}({})", self.pick(&["keys", "values"]), self.obj(d)),
            11 => format!("clip({}).split({})", self.str(d), self.pick(&["''", "' '", "'a'"])),
            12 => format!(
                "Array.from({{ length: {} }}, (_, i) => {})",
                self.rng.below(8),
                self.pick(&["i", "i * i", "String(i)", "i / 2"])
            ),
            13 => match self.name(Kind::Set) {
                Some(name) => format!("[...{name}]"),
                None => format!("[...clip({})]", self.str(d)),
            },
            14 => format!("{}.flat()", self.arr(d)),
            15 => format!("Object.entries({}).map(String)", self.obj(d)),
            16 => format!("Array.from({}.entries(), String)", self.arr(d)),
            17 => format!("JSON.parse(JSON.stringify({}))", self.arr(d)),
            18 => format!("clip({}).splice({}, {})", self.arr(d), self.index(), self.rng.below(3)),
            _ => match self.name(Kind::Map) {
                Some(name) => format!("[...{name}.{}()]", self.pick(&["keys", "values"])),
                None => format!("{}.flatMap((x) => [x, x])", "[1, 'f', null]"),
            },
        }
    }

    pub(crate) fn obj(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.name(Kind::Obj).unwrap_or_else(|| format!("({{ {}: {} }})", self.key(), self.any(0)));
        }
        if self.rng.one_in(10) {
            return format!("JSON.parse(JSON.stringify({}))", self.obj(depth - 1));
        }
        let d = (depth - 1).min(1);
        let mut fields = Vec::new();
        if self.rng.one_in(3) {
            fields.push(format!("...{}", self.obj(0)));
        }
        // No key comes twice: V8 gives a literal with a spread and a key that comes twice another order than the language.
        let mut keys: Vec<String> = Vec::new();
        for _ in 0..self.rng.below(4) {
            let (key, value) = match self.rng.below(6) {
                0 => (format!("[{}]", self.str(0)), self.stored(d)),
                1 => (self.key().to_owned(), format!("[{}]", self.plain(0))),
                2 => (self.rng.below(12).to_string(), self.stored(d)),
                _ => (self.key().to_owned(), self.stored(d)),
            };
            let computed = key.starts_with('[');
            if computed && !keys.is_empty() || keys.iter().any(|other| *other == key || other.starts_with('[')) {
                continue;
            }
            fields.push(format!("{key}: {value}"));
            keys.push(key);
        }
        format!("({{ {} }})", fields.join(", "))
    }

    fn map(&mut self, depth: u32) -> String {
        let count = self.rng.below(4);
        let entries: Vec<String> =
            (0..count).map(|_| format!("[{}, {}]", self.stored(depth.min(1)), self.stored(depth.min(1)))).collect();
        format!("new Map([{}])", entries.join(", "))
    }

    /// Whatever can be shown: a plain value, an array or an object.
    pub(crate) fn shown(&mut self, depth: u32) -> String {
        match self.rng.below(7) {
            0 => self.arr(depth),
            1 => self.obj(depth),
            6 => self.nested(3),
            2 if self.name(Kind::Map).is_some() => self.name(Kind::Map).expect("there is one"),
            3 if self.name(Kind::Set).is_some() => self.name(Kind::Set).expect("there is one"),
            _ => self.any(depth),
        }
    }

    /// Arrays, objects, Maps and Sets in each other, to be shown.
    fn nested(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.plain(1);
        }
        let parts: Vec<String> = (0..self.rng.below(5)).map(|_| self.nested(depth - 1)).collect();
        match self.rng.below(6) {
            0 | 1 => format!("[{}]", parts.join(", ")),
            2 | 3 => {
                let fields: Vec<String> = parts.iter().enumerate().map(|(i, part)| format!("k{i}: {part}")).collect();
                format!("({{ {} }})", fields.join(", "))
            }
            4 => {
                let entries: Vec<String> =
                    parts.iter().enumerate().map(|(i, part)| format!("['k{i}', {part}]")).collect();
                format!("new Map([{}])", entries.join(", "))
            }
            _ => format!("new Set([{}])", parts.join(", ")),
        }
    }

    /// An arrow whose value is an expression.
    pub(crate) fn arrow(&mut self, arity: u32, depth: u32) -> String {
        let outer = self.scope.vars.len();
        let parameters: Vec<String> = (0..arity).map(|_| self.fresh("p")).collect();
        for name in &parameters {
            self.scope.declare(name, Kind::Any, true);
        }
        let body = self.awaiting(false, |this| this.plain(depth.min(2)));
        self.scope.vars.truncate(outer);
        format!("({}) => (burn(), {body})", parameters.join(", "))
    }

    /// A promise of a plain value that has a handler, so it may be rejected.
    pub(crate) fn promise(&mut self, depth: u32) -> String {
        if (depth == 0 || self.rng.one_in(5))
            && let Some(name) = self.name(Kind::Promise)
        {
            return name;
        }
        let d = depth.saturating_sub(1);
        let value = self.awaiting(false, |this| this.plain(d.min(1)));
        match self.rng.below(15) {
            0 => format!("Promise.resolve({value})"),
            1 => format!("mute(Promise.reject({value}))"),
            2 => format!("new Promise((r) => r({value}))"),
            3 => format!("mute(new Promise(() => {{ throw {value}; }}))"),
            4 => format!("Promise.resolve({{ then(r) {{ r({value}); }} }})"),
            5..=7 => self.async_call(d),
            8 => format!(
                "mute({}.then((v) => {}))",
                self.promise(d),
                self.pick(&["v", "[v].length", "Promise.resolve(v)", "String(v)", "{ throw v; }"])
            ),
            9 => format!(
                "mute({}.then((v) => v, (e) => {}))",
                self.promise(d),
                self.pick(&["err(e)", "{ throw e; }", "undefined"])
            ),
            10 => format!(
                "mute({}.{}(() => {}))",
                self.promise(d),
                self.pick(&["catch", "finally"]),
                self.pick(&["'c'", "{ throw 'f'; }", "Promise.resolve('ignored?')", "undefined"])
            ),
            11 | 12 => {
                let count = self.rng.below(4);
                let parts: Vec<String> =
                    (0..count).map(|_| if self.rng.one_in(4) { self.plain(0) } else { self.promise(d) }).collect();
                let (kind, then) = self.pick(&[
                    ("all", "(v) => v.map(String).join()"),
                    ("allSettled", "(v) => v.map((s) => s.status[0] + String(s.value ?? err(s.reason))).join()"),
                    ("any", "(v) => v, (e) => err(e) + e.errors.length"),
                ]);
                // A race without runners would leave its waiters for ever.
                let race = count > 0 && self.rng.one_in(4);
                let (kind, then) = if race { ("race", "(v) => v") } else { (kind, then) };
                format!("mute(Promise.{kind}([{}]).then({then}))", parts.join(", "))
            }
            13 if self.ticks() > 0 => format!("tick[{}]", self.rng.below(self.ticks())),
            _ => format!("mute((async () => {{ await {value}; return {}; }})())", self.plain(0)),
        }
    }

    /// A call of an async function.
    pub(crate) fn async_call(&mut self, depth: u32) -> String {
        for arity in [0, 1, 2] {
            if let Some(name) = self.name(Kind::Async(arity)) {
                return format!("mute({name}({}))", self.arguments(arity, depth));
            }
        }
        let body = self.awaiting(true, |this| this.plain(depth.min(2)));
        format!("mute((async () => {body})())")
    }

    fn index(&mut self) -> &'static str {
        self.pick(&["0", "1", "2", "-1", "-2", "3", "undefined", "99"])
    }
}

trait Paren {
    /// In parentheses, unless it is a word.
    fn paren(&self) -> String;
}

impl Paren for String {
    fn paren(&self) -> String {
        let word = self.chars().all(|c| c.is_ascii_alphanumeric()) || self.starts_with('(') && self.ends_with(')');
        if word && self.find(')').is_none_or(|at| at + 1 == self.len()) { self.clone() } else { format!("({self})") }
    }
}
