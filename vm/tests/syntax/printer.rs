//! Trees as S-expressions.
//!
//! Invariant: what nests in the tree nests in the text, and each level is one pair of parentheses.

use mangrove_vm::syntax::ast::{DeclKind, Expr, ExprKind, Function, Script, Stmt, StmtKind, Units};
use mangrove_vm::syntax::operators::Operator;

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
            let declared = join(list, element);
            format!("({} {declared})", keyword(*kind))
        }
        StmtKind::Function(function) => self::function(function),
        StmtKind::Expr(value) => expr(value),
        StmtKind::Block(body) => format!("{{{}}}", format_args!("({})", statements(body))),
        StmtKind::If(test, yes, None) => format!("(if {} {})", expr(test), statement(yes)),
        StmtKind::If(test, yes, Some(no)) => format!("(if {} {} {})", expr(test), statement(yes), statement(no)),
        StmtKind::DoWhile(body, test) => format!("(do {} {})", statement(body), expr(test)),
        StmtKind::For(init, test, update, body) => {
            let init = init.as_ref().map_or("_".to_owned(), |init| statement(init));
            let [test, update] = [test, update].map(|part| part.as_ref().map_or("_".to_owned(), expr));
            format!("(for {init} {test} {update} {})", statement(body))
        }
        StmtKind::ForEach { kind, pattern: target, values, keys, body } => {
            let each = if *keys { "for-in" } else { "for-of" };
            let kind = kind.map_or(String::new(), |kind| format!("{} ", keyword(kind)));
            format!("({each} {kind}{} {} {})", pattern(target), expr(values), statement(body))
        }
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

fn function(function: &Function) -> String {
    let mut text =
        format!("({}{}", if function.is_async { "async " } else { "" }, if function.arrow { "=>" } else { "fn" });
    if let Some(name) = &function.name {
        text += &format!(" {name}");
    }
    let params = join(&function.params, element);
    let body = statements(&function.body);
    text + &format!(" [{}]{}{body})", params, if body.is_empty() { "" } else { " " })
}

fn element(element: &Expr) -> String {
    let (what, default) = element.bound();
    let dots = if matches!(element.kind, ExprKind::Spread(_)) { "..." } else { "" };
    format!("{dots}{}{}", pattern(what), default.map_or(String::new(), |value| format!("={}", expr(value))))
}

fn pattern(what: &Expr) -> String {
    match &what.kind {
        ExprKind::Array(elements) => {
            format!("([]{})", join(elements, |part| part.as_ref().map_or("_".to_owned(), element)))
        }
        ExprKind::Object(props) => format!("({{}}{})", join(props, |(name, value)| keyed(name, element(value)))),
        _ => expr(what),
    }
}

fn keyed(name: &Option<Expr>, value: String) -> String {
    match name.as_ref().map(|name| (&name.kind, name)) {
        None => format!("...{value}"),
        Some((ExprKind::String(name), _)) => format!("{}:{value}", units(name)),
        Some((_, name)) => format!("[{}]:{value}", expr(name)),
    }
}

fn units(units: &Units) -> String {
    String::from_utf16_lossy(units).replace('(', "❨").replace(')', "❩")
}

fn items(items: &[Expr]) -> String {
    items.iter().map(|part| format!(" {}", expr(part))).collect()
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
            format!("[{}]", format_args!("({})", join(parts, |part| part.as_ref().map_or("_".to_owned(), expr))))
        }
        ExprKind::Object(props) => {
            format!("{{{}}}", format_args!("({})", join(props, |(name, value)| keyed(name, expr(value)))))
        }
        ExprKind::Function(function) => self::function(function),
        ExprKind::Unary(op, operand) => format!("({} {})", op.text, expr(operand)),
        ExprKind::Spread(value) => format!("...{}", expr(value)),
        ExprKind::Update { delta, prefix, target } => {
            let op = if *delta > 0 { "++" } else { "--" };
            if *prefix { format!("({op}_ {})", expr(target)) } else { format!("(_{op} {})", expr(target)) }
        }
        ExprKind::Binary(op, left, right) => format!("({} {} {})", infix(op), expr(left), expr(right)),
        ExprKind::Conditional(test, yes, no) => format!("(? {} {} {})", expr(test), expr(yes), expr(no)),
        ExprKind::Assign(target, value) => format!("(= {} {})", pattern(target), expr(value)),
        ExprKind::AssignOp(op, target, value) => format!("({}= {} {})", infix(op), expr(target), expr(value)),
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

fn infix(op: &Operator) -> String {
    if op.is_logical() { op.text.to_owned() } else { format!("{:?}", op.op) }
}
