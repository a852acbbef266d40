//! Trees as S-expressions.
//!
//! Invariant: what nests in the tree nests in the text, and each level is one pair of parentheses.

use mangrove_vm::syntax::ast::{
    DeclKind, Element, Expr, ExprKind, ForTarget, Function, Item, Key, LogicalOp, Pattern, Prop, Script, Stmt,
    StmtKind, UnaryOp, Units,
};

/// The statements of a script, with spaces between.
pub(crate) fn script(script: &Script) -> String {
    statements(&script.body)
}

/// How many parentheses are open at most.
pub(crate) fn depth(text: &str) -> usize {
    let (mut open, mut most) = (0usize, 0);
    for c in text.chars() {
        match c {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        most = most.max(open);
    }
    most
}

fn join<T>(list: &[T], each: impl Fn(&T) -> String) -> String {
    list.iter().map(each).collect::<Vec<_>>().join(" ")
}

fn statements(list: &[Stmt]) -> String {
    join(list, statement)
}

fn statement(stmt: &Stmt) -> String {
    match &stmt.kind {
        StmtKind::Declare(kind, list) => {
            let declared = join(list, |(pattern, value)| with_default(pattern, value.as_ref()));
            format!("({} {declared})", keyword(*kind))
        }
        StmtKind::Function(function) => self::function(function),
        StmtKind::Expr(value) => expr(value),
        StmtKind::Block(body) => format!("{{{}}}", format_args!("({})", statements(body))),
        StmtKind::If(test, yes, None) => format!("(if {} {})", expr(test), statement(yes)),
        StmtKind::If(test, yes, Some(no)) => format!("(if {} {} {})", expr(test), statement(yes), statement(no)),
        StmtKind::While(test, body) => format!("(while {} {})", expr(test), statement(body)),
        StmtKind::DoWhile(body, test) => format!("(do {} {})", statement(body), expr(test)),
        StmtKind::For(init, test, update, body) => {
            let init = init.as_ref().map_or("_".to_owned(), |init| statement(init));
            let [test, update] = [test, update].map(|part| part.as_ref().map_or("_".to_owned(), expr));
            format!("(for {init} {test} {update} {})", statement(body))
        }
        StmtKind::ForOf(what, all, body) => format!("(for-of {} {} {})", target(what), expr(all), statement(body)),
        StmtKind::ForIn(what, all, body) => format!("(for-in {} {} {})", target(what), expr(all), statement(body)),
        StmtKind::Break(label) => label.as_ref().map_or("(break)".to_owned(), |label| format!("(break {label})")),
        StmtKind::Continue(label) => {
            label.as_ref().map_or("(continue)".to_owned(), |label| format!("(continue {label})"))
        }
        StmtKind::Labelled(label, body) => format!("({label}: {})", statement(body)),
        StmtKind::Switch(value, cases) => {
            let cases = join(cases, |(test, body)| {
                format!("[{}: {}]", test.as_ref().map_or("default".to_owned(), expr), statements(body))
            });
            format!("(switch {} {cases})", expr(value))
        }
        StmtKind::Return(value) => value.as_ref().map_or("(return)".to_owned(), |v| format!("(return {})", expr(v))),
        StmtKind::Throw(value) => format!("(throw {})", expr(value)),
        StmtKind::Try { block, handler, finalizer } => {
            let mut text = format!("(try [{}]", statements(block));
            if let Some((param, body)) = handler {
                let param = param.as_ref().map_or("_".to_owned(), pattern);
                text += &format!(" catch {param} [{}]", statements(body));
            }
            if let Some(body) = finalizer {
                text += &format!(" finally [{}]", statements(body));
            }
            text + ")"
        }
        StmtKind::Empty => ";".to_owned(),
    }
}

fn keyword(kind: DeclKind) -> &'static str {
    match kind {
        DeclKind::Let => "let",
        DeclKind::Const => "const",
    }
}

fn target(target: &ForTarget) -> String {
    match target {
        ForTarget::Declare(kind, declared) => format!("{} {}", keyword(*kind), pattern(declared)),
        ForTarget::Assign(assigned) => pattern(assigned),
    }
}

fn function(function: &Function) -> String {
    let mut text =
        format!("({}{}", if function.is_async { "async " } else { "" }, if function.arrow { "=>" } else { "fn" });
    if let Some(name) = &function.name {
        text += &format!(" {name}");
    }
    let mut params: Vec<_> = function.params.iter().map(element).collect();
    params.extend(function.rest.iter().map(|rest| format!("...{}", pattern(rest))));
    let body = statements(&function.body);
    text + &format!(" [{}]{}{body})", params.join(" "), if body.is_empty() { "" } else { " " })
}

fn element(element: &Element) -> String {
    with_default(&element.pattern, element.default.as_ref())
}

fn with_default(what: &Pattern, default: Option<&Expr>) -> String {
    pattern(what) + &default.map_or(String::new(), |value| format!("={}", expr(value)))
}

fn pattern(what: &Pattern) -> String {
    let list = |mut parts: Vec<String>, rest: &Option<Box<Pattern>>| {
        parts.extend(rest.iter().map(|rest| format!("...{}", pattern(rest))));
        parts.join(" ")
    };
    match what {
        Pattern::Name(name, _) => name.to_string(),
        Pattern::Member(member) => expr(member),
        Pattern::Array { elements, rest, .. } => {
            let parts = elements.iter().map(|part| part.as_ref().map_or("_".to_owned(), element));
            format!("([]{})", list(parts.collect(), rest))
        }
        Pattern::Object { props, rest, .. } => {
            let parts = props.iter().map(|(name, value)| format!("{}:{}", key(name), element(value)));
            format!("({{}}{})", list(parts.collect(), rest))
        }
    }
}

fn key(key: &Key) -> String {
    match key {
        Key::Static(name, _) => units(name),
        Key::Computed(name) => format!("[{}]", expr(name)),
    }
}

fn units(units: &Units) -> String {
    String::from_utf16_lossy(units).replace('(', "❨").replace(')', "❩")
}

fn item(item: &Item) -> String {
    match item {
        Item::One(value) => expr(value),
        Item::Spread(value) => format!("...{}", expr(value)),
    }
}

fn items(items: &[Item]) -> String {
    items.iter().map(|part| format!(" {}", item(part))).collect()
}

fn expr(value: &Expr) -> String {
    let dot = |optional: &bool| if *optional { "?." } else { "." };
    match &value.kind {
        ExprKind::Number(number) => number.to_string(),
        ExprKind::String(text) => format!("'{}'", units(text)),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Null => "null".to_owned(),
        ExprKind::Name(name) => name.to_string(),
        ExprKind::This => "this".to_owned(),
        ExprKind::Template(texts, values) => {
            let mut text = format!("(`'{}'", units(&texts[0]));
            assert_eq!(texts.len(), values.len() + 1);
            for (value, after) in values.iter().zip(&texts[1..]) {
                text += &format!(" {} '{}'", expr(value), units(after));
            }
            text + ")"
        }
        ExprKind::Array(parts) => {
            format!("[{}]", format_args!("({})", join(parts, |part| part.as_ref().map_or("_".to_owned(), item))))
        }
        ExprKind::Object(props) => {
            let prop = |prop: &Prop| match prop {
                Prop::Value(name, value) => format!("{}:{}", key(name), expr(value)),
                Prop::Spread(value) => format!("...{}", expr(value)),
            };
            format!("{{{}}}", format_args!("({})", join(props, prop)))
        }
        ExprKind::Function(function) => self::function(function),
        ExprKind::Unary(op, operand) => {
            let op = match op {
                UnaryOp::Minus => "-",
                UnaryOp::Plus => "+",
                UnaryOp::Not => "!",
                UnaryOp::BitNot => "~",
                UnaryOp::Typeof => "typeof",
                UnaryOp::Void => "void",
                UnaryOp::Delete => "delete",
            };
            format!("({op} {})", expr(operand))
        }
        ExprKind::Update { delta, prefix, target } => {
            let op = if *delta > 0 { "++" } else { "--" };
            if *prefix { format!("({op}_ {})", expr(target)) } else { format!("(_{op} {})", expr(target)) }
        }
        ExprKind::Binary(op, left, right) => format!("({op:?} {} {})", expr(left), expr(right)),
        ExprKind::Logical(op, left, right) => format!("({} {} {})", logical(*op), expr(left), expr(right)),
        ExprKind::Conditional(test, yes, no) => format!("(? {} {} {})", expr(test), expr(yes), expr(no)),
        ExprKind::Assign(target, value) => format!("(= {} {})", pattern(target), expr(value)),
        ExprKind::AssignBinary(op, target, value) => format!("({op:?}= {} {})", expr(target), expr(value)),
        ExprKind::AssignLogical(op, target, value) => {
            format!("({}= {} {})", logical(*op), expr(target), expr(value))
        }
        ExprKind::Member(object, name, optional) => format!("({} {} {name})", dot(optional), expr(object)),
        ExprKind::Index(object, index, optional) => format!("({}[] {} {})", dot(optional), expr(object), expr(index)),
        ExprKind::Call(callee, arguments, optional) => {
            format!("({}call {}{})", if *optional { "?." } else { "" }, expr(callee), items(arguments))
        }
        ExprKind::Chain(whole) => format!("(chain {})", expr(whole)),
        ExprKind::New(callee, arguments) => format!("(new {}{})", expr(callee), items(arguments)),
        ExprKind::Await(operand) => format!("(await {})", expr(operand)),
        ExprKind::Sequence(parts) => format!("(, {})", join(parts, expr)),
    }
}

fn logical(op: LogicalOp) -> &'static str {
    match op {
        LogicalOp::And => "&&",
        LogicalOp::Or => "||",
        LogicalOp::Nullish => "??",
    }
}
