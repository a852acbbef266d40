//! Statements: what a program is made of.
//!
//! Invariant: every loop has a bound of its own and burns fuel first of all, so nothing inside can keep it running.

use super::Generator;
use super::program::Stmt;
use super::scope::{Function, Kind, Target};

const KINDS: [Kind; 8] = [Kind::Num, Kind::Num, Kind::Str, Kind::Bool, Kind::Any, Kind::Arr, Kind::Obj, Kind::Map];

impl Generator {
    /// The whole program: functions, work in sections that catch what is thrown, and the values at the end.
    pub(crate) fn top_level(&mut self) -> Vec<Stmt> {
        let mut body = Vec::new();
        for _ in 0..2 + self.rng.below(4) {
            body.push(self.declaration());
        }
        for _ in 0..1 + self.rng.below(4) {
            body.push(self.function());
        }
        let sections = 2 + self.rng.below(5);
        for number in 0..sections {
            let depth = self.scope.vars.len();
            let count = 3 + self.rng.below(5);
            let statements = self.statements(count);
            self.scope.vars.truncate(depth);
            // Now and then nothing catches: the program ends there, with 1.
            if self.rng.one_in(40) {
                body.push(Stmt::block("", statements));
            } else {
                let caught = vec![Stmt::line(format!("log('caught {number}', err(e));"))];
                body.push(Stmt::block("try", statements).and_text(" catch (e)").and(caught, ""));
            }
        }
        let shown: Vec<String> = self
            .scope
            .vars
            .iter()
            .filter(|v| !matches!(v.kind, Kind::Fun(_) | Kind::Async(_) | Kind::Promise))
            .map(|v| v.name.clone())
            .collect();
        body.push(Stmt::line(format!("log('end', {});", shown.join(", "))));
        body
    }

    /// So many statements; what they declare stays in scope.
    fn statements(&mut self, count: u32) -> Vec<Stmt> {
        (0..count).map(|_| self.statement()).collect()
    }

    /// A body: a few statements in a scope of their own.
    fn body(&mut self) -> Vec<Stmt> {
        let outer = self.scope.vars.len();
        self.scope.depth += 1;
        let count = 1 + self.rng.below(if self.scope.depth > 2 { 2 } else { 4 });
        let body = self.statements(count);
        self.scope.depth -= 1;
        self.scope.vars.truncate(outer);
        body
    }

    fn statement(&mut self) -> Stmt {
        let simple = self.scope.depth >= 4;
        match self.rng.below(if simple { 16 } else { 34 }) {
            0..=2 => self.declaration(),
            3..=5 => self.assignment(),
            6..=8 => self.log(),
            9 => self.mutation(),
            10 => self.destructuring(),
            11 => self.leave(),
            12 => self.asynchronous(),
            13 => self.asynchronous(),
            14 => self.await_one(),
            15 => Stmt::line(format!("{};", self.any(2).as_statement())),
            16 | 17 => self.branch(),
            18..=20 => self.counted(),
            21 | 22 => self.for_each(),
            23 => self.while_loop(),
            24..=27 => self.attempt(),
            28 => self.switch(),
            29 => self.labelled(),
            30 => self.function(),
            31 => self.method(),
            32 => self.closures(),
            _ => self.asynchronous(),
        }
    }

    fn declaration(&mut self) -> Stmt {
        let kind = self.pick(&KINDS);
        let kind = if self.rng.one_in(12) { Kind::Set } else { kind };
        let (value, name) = (self.expr(kind, 2), self.fresh("v"));
        let mutable = !self.rng.one_in(3);
        self.scope.declare(&name, kind, mutable);
        Stmt::line(format!("{} {name} = {};", if mutable { "let" } else { "const" }, clipped(kind, value)))
    }

    fn assignment(&mut self) -> Stmt {
        let kind = self.pick(&[Kind::Num, Kind::Num, Kind::Str, Kind::Bool, Kind::Any, Kind::Arr, Kind::Obj]);
        let Some(name) = self.mutable(kind) else { return self.declaration() };
        if kind == Kind::Num && self.rng.one_in(2) {
            let op = self.pick(&["+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", ">>>=", "||=", "??="]);
            return Stmt::line(format!("{name} {op} {};", self.expr(Kind::Num, 2)));
        }
        let value = self.expr(kind, 2);
        Stmt::line(format!("{name} = {};", clipped(kind, value)))
    }

    fn log(&mut self) -> Stmt {
        let tag = self.fresh("#");
        let values: Vec<String> = (0..1 + self.rng.below(3)).map(|_| self.shown(2)).collect();
        // Now and then the first value may be a format.
        let tag = if self.rng.one_in(12) { String::new() } else { format!("'{tag}', ") };
        Stmt::line(format!("log({tag}{});", values.join(", ")))
    }

    /// A change inside an array, an object, a map or a set.
    fn mutation(&mut self) -> Stmt {
        let value = self.stored(2);
        let kind = self.pick(&[Kind::Arr, Kind::Obj, Kind::Map, Kind::Set]);
        let Some(name) = self.name(kind) else { return self.assignment() };
        let line = match kind {
            Kind::Arr => match self.rng.below(6) {
                0 => format!("{name}.push({value});"),
                1 => format!("{name}.unshift({value});"),
                2 => format!("log({name}.{}(), {name}.length);", self.pick(&["pop", "shift", "reverse"])),
                3 => format!("if ({name}.length > 1) {name}[{name}.length - 1] = {value};"),
                4 => format!("log({name}.splice({}, {}, {value}));", self.rng.below(4), self.rng.below(3)),
                _ => format!("{name}.fill({value}, {});", self.rng.below(4)),
            },
            Kind::Obj => match self.rng.below(5) {
                0 => format!("delete {name}.{};", self.key()),
                1 => format!("{name}[{}] = {value};", self.pick(&["'a' + 1", "7", "'key'", "'x y'"])),
                2 => format!("{name}.{} ??= {value};", self.key()),
                3 => format!("Object.assign({name}, {});", self.obj(1)),
                _ => format!("{name}.{} {} {value};", self.key(), self.pick(&["=", "=", "||=", "&&="])),
            },
            Kind::Map => format!("{name}.set({}, {value});", self.stored(1)),
            _ => format!("{name}.{}({value});", self.pick(&["add", "add", "delete"])),
        };
        Stmt::line(line)
    }

    fn destructuring(&mut self) -> Stmt {
        let (a, b, rest) = (self.fresh("d"), self.fresh("d"), self.fresh("r"));
        if self.rng.one_in(3)
            && let (Some(x), Some(y)) = (self.mutable(Kind::Any), self.mutable(Kind::Num))
        {
            return Stmt::line(match self.rng.below(2) {
                0 => format!("[{x}, {y} = {}] = {};", self.num0(), self.arr(1)),
                _ => format!("({{ {}: {x} = {}, {}: {y} }} = {});", self.key(), self.any(1), self.key(), self.obj(1)),
            });
        }
        let line = if self.rng.one_in(2) {
            let pattern = match self.rng.below(4) {
                0 => format!("[{a}, {b} = {}, ...{rest}]", self.any(1)),
                1 => format!("[, {a}, [{b}] = [{}], ...{rest}]", self.any(0)),
                2 => format!("[{a} = {}, {b}, ...{rest}]", self.any(1)),
                _ => format!("[{a}, ...[{b}, ...{rest}]]",),
            };
            // Its second element may be no array: the pattern [b] then throws, unless it is undefined or a string.
            let value = if pattern.starts_with("[, ") { format!("[{}, 2]", self.any(0)) } else { self.arr(2) };
            self.scope.declare(&rest, Kind::Arr, false);
            format!("const {pattern} = {value};")
        } else {
            let (k, l) = (self.key(), self.key());
            let line = format!("const {{ {k}: {a} = {}, {l}: {b}, ...{rest} }} = {};", self.any(1), self.obj(2));
            self.scope.declare(&rest, Kind::Obj, false);
            line
        };
        // What an object holds may be an array, which does not count as plain: only text is made of it.
        let (c, d) = (self.fresh("v"), self.fresh("v"));
        self.scope.declare(&c, Kind::Str, false);
        self.scope.declare(&d, Kind::Str, false);
        Stmt::line(format!("{line} const {c} = clip(String({a})), {d} = clip(String({b}));"))
    }

    fn num0(&mut self) -> String {
        self.expr(Kind::Num, 0)
    }

    /// `return`, `break`, `continue` or `throw`, behind a condition.
    fn leave(&mut self) -> Stmt {
        let mut ways = vec!["throw"];
        if self.scope.function != Function::Top {
            ways.extend(["return", "return"]);
        }
        if self.scope.targets.iter().any(|t| !t.is_block || t.label.is_some()) {
            ways.extend(["break", "break"]);
        }
        if self.scope.targets.iter().any(|t| t.is_loop) {
            ways.extend(["continue", "continue"]);
        }
        let condition = self.expr(Kind::Bool, 2);
        let way = self.pick(&ways);
        let line = match way {
            "throw" => {
                let what = self.thrown();
                format!("throw {what};")
            }
            "return" => format!("return {};", self.plain(2)),
            _ => self.jump(way),
        };
        Stmt::line(format!("if ({condition}) {line}"))
    }

    fn jump(&mut self, way: &str) -> String {
        let targets: Vec<Target> = self.scope.targets.iter().filter(|t| way == "break" || t.is_loop).cloned().collect();
        let labels: Vec<String> = targets.iter().filter_map(|t| t.label.clone()).collect();
        let bare = targets.iter().any(|t| !t.is_block);
        if !labels.is_empty() && (!bare || self.rng.one_in(2)) {
            let label = &labels[self.rng.below(labels.len() as u32) as usize];
            return format!("{way} {label};");
        }
        format!("{way};")
    }

    fn thrown(&mut self) -> String {
        let tag = self.fresh("#e");
        match self.rng.below(4) {
            0 => self.plain(1),
            1 => format!("new {}('{tag}')", self.pick(&["TypeError", "RangeError", "Error"])),
            2 => "null.x".into(),
            _ => format!("new Error('{tag}')"),
        }
    }

    fn branch(&mut self) -> Stmt {
        let head = format!("if ({})", self.expr(Kind::Bool, 2));
        let stmt = Stmt::block(head, self.body());
        match self.rng.below(3) {
            0 => stmt,
            1 => {
                let head = format!(" else if ({})", self.any(1));
                let then = self.body();
                let otherwise = self.body();
                stmt.and_text(head).and(then, " else").and(otherwise, "")
            }
            _ => {
                let otherwise = self.body();
                stmt.and_text(" else").and(otherwise, "")
            }
        }
    }

    /// The body of a loop: fuel first, then statements that may leave it.
    fn loop_body(&mut self, label: Option<&str>) -> Vec<Stmt> {
        self.scope.targets.push(Target { label: label.map(Into::into), is_loop: true, is_block: false });
        let body = self.body();
        self.scope.targets.pop();
        body
    }

    fn label(&mut self) -> (Option<String>, String) {
        if self.rng.one_in(3) {
            let label = self.fresh("l");
            let text = format!("{label}: ");
            (Some(label), text)
        } else {
            (None, String::new())
        }
    }

    fn counted(&mut self) -> Stmt {
        let (label, prefix) = self.label();
        let i = self.fresh("i");
        let outer = self.scope.vars.len();
        self.scope.declare(&i, Kind::Num, false);
        let head = match self.rng.below(4) {
            0 => format!("{prefix}for (let {i} = {}; burn(), {i} > 0; {i} -= 1)", 1 + self.rng.below(5)),
            1 => format!("{prefix}for (let {i} = 0, n = {}; burn(), {i} < n; {i}++)", 1 + self.rng.below(5)),
            2 => format!("{prefix}for (let {i} = 2147483645; burn(), {i} < 2147483649; {i}++)"),
            _ => format!("{prefix}for (let {i} = 0; burn(), {i} < {}; {i}++)", 1 + self.rng.below(6)),
        };
        let body = self.loop_body(label.as_deref());
        self.scope.vars.truncate(outer);
        Stmt::block(head, body)
    }

    fn for_each(&mut self) -> Stmt {
        let (label, prefix) = self.label();
        let x = self.fresh("x");
        let outer = self.scope.vars.len();
        let (binding, over, kind) = match self.rng.below(6) {
            0 => (x.clone(), format!("clip({})", self.expr(Kind::Str, 1)), Kind::Str),
            1 => (format!("[k, {x}]"), self.expr(Kind::Map, 1), Kind::Any),
            2 => (format!("[k, {x}]"), format!("Object.entries({})", self.expr(Kind::Obj, 1)), Kind::Promise),
            3 => (x.clone(), self.expr(Kind::Set, 1), Kind::Any),
            _ => (x.clone(), format!("clip({})", self.expr(Kind::Arr, 1)), Kind::Any),
        };
        let over_keys = self.rng.one_in(6);
        let head = if over_keys {
            // Now and then the head uses the name that it declares: an error.
            let early = self.rng.one_in(10);
            if early {
                self.scope.declare(&x, Kind::Str, false);
            }
            let over = self.expr(Kind::Obj, 1);
            if !early {
                self.scope.declare(&x, Kind::Str, false);
            }
            format!("{prefix}for (const {x} in {over})")
        } else {
            // What the values of an object are is not known: they have no name in scope.
            if kind != Kind::Promise {
                self.scope.declare(&x, kind, false);
            }
            format!("{prefix}for (const {binding} of {over})")
        };
        let body = self.loop_body(label.as_deref());
        self.scope.vars.truncate(outer);
        burning(head, body)
    }

    fn while_loop(&mut self) -> Stmt {
        let (label, prefix) = self.label();
        let w = self.fresh("w");
        let rounds = 1 + self.rng.below(5);
        let condition = self.expr(Kind::Bool, 1);
        let body = self.loop_body(label.as_deref());
        if self.rng.one_in(2) {
            let head = format!("let {w} = {rounds}; {prefix}while (burn(), {w}-- > 0 && ({condition} || true))");
            Stmt::block(head, body)
        } else {
            let tail = format!(" while (burn(), {w}-- > 0 && {condition});");
            Stmt::block(format!("let {w} = {rounds}; {prefix}do"), body).and_text(tail)
        }
    }

    fn attempt(&mut self) -> Stmt {
        let mut body = self.body();
        if self.rng.one_in(2) {
            let what = self.thrown();
            let throw = if self.rng.one_in(3) {
                format!("throw {what};")
            } else {
                format!("if ({}) throw {what};", self.expr(Kind::Bool, 1))
            };
            body.push(Stmt::line(throw));
        }
        let stmt = Stmt::block("try", body);
        let caught = self.rng.below(4) > 0;
        let stmt = if caught {
            let e = self.fresh("e");
            let text = self.fresh("v");
            let outer = self.scope.vars.len();
            self.scope.declare(&text, Kind::Any, false);
            let handler = self.body();
            self.scope.vars.truncate(outer);
            let mut all = vec![Stmt::line(format!("const {text} = err({e}); log('{e}', {text});"))];
            all.extend(handler);
            stmt.and_text(format!(" catch ({e})")).and(all, "")
        } else {
            stmt
        };
        if caught && self.rng.one_in(2) {
            return stmt;
        }
        let tag = self.fresh("#f");
        let mut last = vec![Stmt::line(format!("log('{tag}');"))];
        last.extend(self.body());
        stmt.and_text(" finally").and(last, "")
    }

    fn switch(&mut self) -> Stmt {
        let (on, cases) = if self.rng.one_in(2) {
            (format!("{} & 3", self.expr(Kind::Num, 1)), 1 + self.rng.below(4))
        } else {
            (self.any(1), 1 + self.rng.below(4))
        };
        self.scope.targets.push(Target { label: None, is_loop: false, is_block: false });
        let mut stmt = Stmt::line(format!("switch ({on}) {{"));
        let default = self.rng.below(cases + 2);
        for case in 0..cases {
            let head = if case == default {
                " default:".into()
            } else {
                format!(" case {}:", if self.rng.one_in(4) { self.any(1) } else { case.to_string() })
            };
            let end = if self.rng.one_in(3) { "" } else { " break;" };
            let body = self.body();
            stmt = stmt.and_text(head).and(body, end);
        }
        self.scope.targets.pop();
        stmt.and_text(" }")
    }

    fn labelled(&mut self) -> Stmt {
        let label = self.fresh("l");
        self.scope.targets.push(Target { label: Some(label.clone()), is_loop: false, is_block: true });
        let body = self.body();
        self.scope.targets.pop();
        Stmt::block(format!("{label}:"), body)
    }

    /// A function, plain or async, as a declaration or as an arrow.
    fn function(&mut self) -> Stmt {
        let is_async = self.rng.one_in(2);
        let arity = self.rng.below(3);
        let name = self.fresh("f");
        let outer = self.scope.vars.len();
        let mut parameters = Vec::new();
        for index in 0..arity {
            let p = self.fresh("p");
            let default = if self.rng.one_in(4) {
                format!(" = {}", self.awaiting(false, |this| this.any(1)))
            } else {
                String::new()
            };
            self.scope.declare(&p, Kind::Any, true);
            parameters.push(format!("{p}{default}"));
            if index + 1 == arity && self.rng.one_in(4) {
                let rest = self.fresh("r");
                self.scope.declare(&rest, Kind::Arr, false);
                parameters.push(format!("...{rest}"));
            }
        }
        let saved =
            (std::mem::take(&mut self.scope.targets), self.scope.function, self.scope.depth, self.scope.can_await);
        self.scope.function = if is_async { Function::Async } else { Function::Plain };
        self.scope.can_await = is_async;
        self.scope.depth = saved.2.max(1) + 1;
        let mut body = vec![Stmt::line("burn();")];
        let count = 1 + self.rng.below(4);
        body.extend(self.statements(count));
        let result = self.plain(2);
        body.push(Stmt::line(match is_async && self.rng.one_in(4) {
            true => format!("return {};", self.promise(1)),
            false => format!("return {result};"),
        }));
        (self.scope.targets, self.scope.function, self.scope.depth, self.scope.can_await) = saved;
        self.scope.vars.truncate(outer);
        self.scope.declare(&name, if is_async { Kind::Async(arity) } else { Kind::Fun(arity) }, false);
        let (parameters, prefix) = (parameters.join(", "), if is_async { "async " } else { "" });
        match self.rng.below(3) {
            0 => Stmt::block(format!("const {name} = {prefix}({parameters}) =>"), body).and_text(";"),
            1 => Stmt::block(format!("const {name} = {prefix}function ({parameters})"), body).and_text(";"),
            _ => Stmt::block(format!("{prefix}function {name}({parameters})"), body),
        }
    }

    /// An object with a method that uses `this`, and calls of it.
    fn method(&mut self) -> Stmt {
        let (o, k) = (self.fresh("o"), self.key());
        let tag = self.fresh("#m");
        let (start, step) = (self.plain(1), self.expr(Kind::Num, 1));
        let line = match self.rng.below(4) {
            0 => format!(
                "const {o} = {{ {k}: {start}, m(x) {{ burn(); this.{k} += x; return this; }} }}; log('{tag}', {o}.m({step}).m(1).{k});"
            ),
            1 => format!(
                "const {o} = {{ {k}: {start}, m(...xs) {{ burn(); return xs.map((x) => [x, this.{k}].join(':')); }} }}; log('{tag}', {o}.m({step}, 2), {o});"
            ),
            2 => {
                let value = self.awaiting(true, |this| this.plain(2));
                format!(
                    "const {o} = {{ {k}: {start}, async m(x) {{ burn(); this.{k} = [x, {value}].join(); return (await this).{k}; }} }}; {o}.m({step}).then((v) => log('{tag}', v), (e) => log('{tag}!', err(e)));"
                )
            }
            _ => format!(
                "const {o} = {{ {k}: {start}, async m() {{ burn(); await null; return this.{k}; }} }}; {o}.m().then((v) => log('{tag}', v));"
            ),
        };
        Stmt::line(line)
    }

    /// Closures made in a loop, called behind it.
    fn closures(&mut self) -> Stmt {
        let (fs, i, tag) = (self.fresh("fs"), self.fresh("i"), self.fresh("#c"));
        let outer = self.scope.vars.len();
        self.scope.declare(&i, Kind::Num, true);
        let value = self.awaiting(false, |this| this.plain(2));
        self.scope.vars.truncate(outer);
        let step = self.pick(&["++", " += 2"]);
        let line = format!(
            "const {fs} = []; for (let {i} = 0; burn(), {i} < {}; {i}{step}) {fs}.push(() => (burn(), {value})); log('{tag}', {fs}.map((f) => f()).map(String), {fs}.length && {fs}[0]());",
            1 + self.rng.below(4)
        );
        Stmt::line(line)
    }

    /// Promises, microtasks and timers.
    fn asynchronous(&mut self) -> Stmt {
        let tag = self.fresh("#a");
        match self.rng.below(11) {
            // Nobody may listen to this one: if it is rejected, the program ends there.
            9 if self.rng.one_in(20) => {
                let promise = self.promise(2);
                Stmt::line(format!("{promise}.then((v) => log('{tag}', v));"))
            }
            10 => self.parallel(&tag),
            0..=2 => {
                let (value, name) = (self.promise(2), self.fresh("q"));
                self.scope.declare(&name, Kind::Promise, false);
                Stmt::line(format!("const {name} = {value};"))
            }
            3 | 4 => {
                let promise = self.promise(2);
                Stmt::line(format!("{promise}.then((v) => log('{tag}', v), (e) => log('{tag}!', err(e)));"))
            }
            5 => {
                let value = self.awaiting(false, |this| this.any(1));
                // Timers of no delay are in one list only if there are no others: then their order is certain.
                let how = if self.ticks() == 0 && self.rng.one_in(2) { "setTimeout" } else { "queueMicrotask" };
                let delay = if how == "setTimeout" { self.pick(&["", ", 0", ", 1"]) } else { "" };
                Stmt::line(format!("{how}(() => log('{tag}', {value}){delay});"))
            }
            6 if self.ticks() > 0 => {
                let n = self.rng.below(self.ticks());
                let value = self.awaiting(false, |this| this.any(1));
                Stmt::line(format!("tick[{n}].then(() => log('{tag}', {value}));"))
            }
            7 => {
                let n = 1 + self.rng.below(8);
                let i = self.fresh("i");
                Stmt::line(format!(
                    "(async () => {{ for (let {i} = 0; {i} < {n}; {i}++) await null; log('{tag}'); }})();"
                ))
            }
            _ => {
                let promise = self.promise(2);
                Stmt::line(format!(
                    "{promise}.finally(() => log('{tag}')).then((v) => v, (e) => log('{tag}!', err(e)));"
                ))
            }
        }
    }

    /// An async function over an array: all at once, or in a loop that may end early.
    fn parallel(&mut self, tag: &str) -> Stmt {
        let x = self.fresh("x");
        let items = self.arr(1);
        let outer = self.scope.vars.len();
        self.scope.declare(&x, Kind::Any, false);
        let value = self.awaiting(true, |this| this.plain(2));
        let condition = self.awaiting(true, |this| this.expr(Kind::Bool, 1));
        self.scope.vars.truncate(outer);
        if self.rng.one_in(2) {
            let (join, end) = self.pick(&[
                ("all", "v"),
                ("any", "v"),
                ("allSettled", "v.map((s) => [s.status, s.value ?? err(s.reason)])"),
            ]);
            return Stmt::line(format!(
                "Promise.{join}({items}.map(async ({x}) => {{ burn(); if ({condition}) await null; return {value}; }})).then((v) => log('{tag}', {end}), (e) => log('{tag}!', err(e)));"
            ));
        }
        let out = self.fresh("out");
        Stmt::line(format!(
            "(async () => {{ const {out} = []; try {{ for (const {x} of {items}) {{ burn(); if ({condition}) break; {out}.push({value}); }} }} finally {{ log('{tag}', {out}); }} }})().catch((e) => log('{tag}!', err(e)));"
        ))
    }

    /// `await`, where that can be.
    fn await_one(&mut self) -> Stmt {
        if self.scope.function != Function::Async {
            return self.asynchronous();
        }
        let promise = if self.rng.one_in(4) { self.plain(1) } else { self.promise(2) };
        let name = self.fresh("v");
        self.scope.declare(&name, Kind::Any, false);
        Stmt::line(format!("const {name} = cut(await {promise}); log('{name}', {name});"))
    }
}

impl Stmt {
    /// The same with text behind it.
    fn and_text(mut self, text: impl Into<String>) -> Stmt {
        self.parts.push(super::program::Part::Text(text.into()));
        self
    }
}

/// A loop whose head cannot burn fuel does so in its body's first statement, which is not left out when shrinking.
fn burning(head: String, body: Vec<Stmt>) -> Stmt {
    Stmt::line(format!("{head} {{ burn();")).and(body, " }")
}

/// What is assigned to a name must not grow.
fn clipped(kind: Kind, value: String) -> String {
    match kind {
        Kind::Str | Kind::Arr => format!("clip({value})"),
        Kind::Any => format!("cut({value})"),
        _ => value,
    }
}

trait AsStatement {
    /// So that it does not begin like another kind of statement.
    fn as_statement(&self) -> String;
}

impl AsStatement for String {
    fn as_statement(&self) -> String {
        format!("({self})")
    }
}
