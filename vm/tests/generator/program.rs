//! [`Program`]: a tree of statements, and its text.
//!
//! Invariant: the text has one statement a line, indented, so that a failure can be read.

/// A statement: text, and bodies of other statements within it.
#[derive(Clone, Debug)]
pub(crate) struct Stmt {
    pub(crate) parts: Vec<Part>,
}

/// A part of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// Text, as it is.
    Text(String),
    /// Statements between braces.
    Body(Vec<Stmt>),
}

impl Stmt {
    /// A statement of one line.
    pub(crate) fn line(text: impl Into<String>) -> Stmt {
        Stmt { parts: vec![Part::Text(text.into())] }
    }

    /// `head { body }`.
    pub(crate) fn block(head: impl Into<String>, body: Vec<Stmt>) -> Stmt {
        Stmt::line(head).and(body, "")
    }

    /// The same with one more body, and text behind it.
    pub(crate) fn and(mut self, body: Vec<Stmt>, behind: impl Into<String>) -> Stmt {
        self.parts.extend([Part::Body(body), Part::Text(behind.into())]);
        self
    }
}

/// A program: what all begin with, and its own statements.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    prelude: String,
    pub(crate) body: Vec<Stmt>,
}

impl Program {
    pub(crate) fn new(prelude: String, body: Vec<Stmt>) -> Program {
        Program { prelude, body }
    }

    /// The same with another body.
    pub(crate) fn with(&self, body: Vec<Stmt>) -> Program {
        Program { prelude: self.prelude.clone(), body }
    }

    /// Its source.
    pub(crate) fn text(&self) -> String {
        let mut text = self.prelude.clone();
        write(&self.body, 0, &mut text);
        text
    }

    /// How many statements it has.
    pub(crate) fn len(&self) -> usize {
        count(&self.body)
    }
}

fn write(body: &[Stmt], depth: usize, text: &mut String) {
    for stmt in body {
        indent(depth, text);
        for part in &stmt.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Body(inner) => {
                    text.push_str(" {\n");
                    write(inner, depth + 1, text);
                    indent(depth, text);
                    text.push('}');
                }
            }
        }
        text.push('\n');
    }
}

fn indent(depth: usize, text: &mut String) {
    text.extend(std::iter::repeat_n("  ", depth));
}

fn count(body: &[Stmt]) -> usize {
    let inside = |stmt: &Stmt| -> usize {
        stmt.parts.iter().map(|part| if let Part::Body(body) = part { count(body) } else { 0 }).sum()
    };
    body.iter().map(|stmt| 1 + inside(stmt)).sum()
}
