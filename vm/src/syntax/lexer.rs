//! From text to tokens, all at once.
//!
//! The language has no regular expressions, so where a token ends does not depend on the parser; and so each opening
//! bracket knows its partner before the parser begins, which thereby sees at once whether `(` begins the parameters of
//! an arrow, and `[` or `{` a destructuring: it never has to go back.
//!
//! Invariant: the last token, and only the last, is [`Tok::End`] or [`Tok::Bad`]; tokens are in order and do not overlap.
//! An error is a token, so that the parser reports what comes first in the text.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::ast::{Name, Pos, Units};
use super::error::{Result, SyntaxError};
use super::subset;

/// A token.
#[derive(Clone, Debug)]
pub(super) enum Tok {
    /// An identifier.
    Name(Name),
    /// A reserved word of strict mode, or `await`.
    Keyword(&'static str),
    /// An operator or a bracket.
    Punct(&'static str),
    Number(f64),
    String(Units),
    /// A piece of a template: after `` ` `` if it is the first, else after `}`; up to `` ` `` if it is the last, else to
    /// `${`.
    Template {
        text: Units,
        first: bool,
        last: bool,
    },
    End,
    /// Here the text ceases to be tokens.
    Bad(Box<SyntaxError>),
}

/// A token and where it is.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) tok: Tok,
    pub(super) pos: Pos,
    pub(super) end: Pos,
    /// Whether a line ends between this token and the one before.
    pub(super) newline: bool,
    /// Of an opening bracket: the index of the token that closes it.
    pub(super) close: Option<u32>,
}

/// The tokens of `source`, which is shorter than 4 GiB.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { source, at: 0, newline: false, tokens: Vec::new(), open: Vec::new() };
    let last = lexer.run().map_or_else(|error| Tok::Bad(Box::new(error)), |()| Tok::End);
    lexer.push(lexer.at.min(source.len()), last);
    lexer.tokens
}

/// The reserved words of strict mode, and `await`.
static RESERVED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "await break case catch class const continue debugger default delete do else enum export extends false \
    finally for function if implements import in instanceof interface let new null package private protected \
    public return static super switch this throw true try typeof var void while with yield"
        .split(' ')
        .collect()
});

/// The longer before their beginnings.
const PUNCTUATORS: &[&str] = &[
    ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=", "&&",
    "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**", "{", "}", "(", ")",
    "[", "]", ".", ";", ",", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "!", "~", "?", ":", "=",
];

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    /// Whether a line ended since the last token.
    newline: bool,
    tokens: Vec<Token>,
    /// The brackets that are open, by the index of their token.
    open: Vec<usize>,
}

impl Lexer<'_> {
    fn run(&mut self) -> Result<()> {
        self.take("\u{feff}");
        if self.rest().starts_with("#!") {
            self.skip_line();
        }
        loop {
            self.skip_blank()?;
            let start = self.at;
            let Some(c) = self.peek() else { return Ok(()) };
            let tok = match c {
                '0'..='9' => self.number()?,
                '.' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number()?,
                '"' | '\'' | '`' => self.text(c)?,
                '}' if self.in_template() => self.text('`')?,
                c if is_name(c, true) => self.word(),
                _ => self.punctuator()?,
            };
            self.pair(start, &tok)?;
            self.push(start, tok);
        }
    }

    fn push(&mut self, start: usize, tok: Tok) {
        let (pos, end) = (start as Pos, self.at as Pos);
        self.tokens.push(Token { tok, pos, end, newline: std::mem::take(&mut self.newline), close: None });
    }

    /// Tells the opening bracket which token closes it.
    fn pair(&mut self, start: usize, tok: &Tok) -> Result<()> {
        let opener = match tok {
            Tok::Punct(")") => Some("("),
            Tok::Punct("]") => Some("["),
            Tok::Punct("}") => Some("{"),
            Tok::Template { first: false, .. } => Some("${"),
            _ => None,
        };
        if let Some(opener) = opener {
            let open = self.open.pop().filter(|&open| bracket(&self.tokens[open].tok) == Some(opener));
            let Some(open) = open else {
                return Err(SyntaxError::new(
                    start as Pos,
                    format!("Unexpected token '{}'", &self.source[start..=start]),
                ));
            };
            self.tokens[open].close = Some(self.tokens.len() as u32);
        }
        if bracket(tok).is_some() {
            self.open.push(self.tokens.len());
        }
        Ok(())
    }

    fn in_template(&self) -> bool {
        self.open.last().is_some_and(|&open| matches!(self.tokens[open].tok, Tok::Template { .. }))
    }

    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn take(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text);
        self.at += if there { text.len() } else { 0 };
        there
    }

    fn error(&self, at: usize, message: &str) -> SyntaxError {
        SyntaxError::new(at as Pos, message)
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find(is_newline).unwrap_or(self.rest().len());
    }

    /// Skips white space and comments.
    fn skip_blank(&mut self) -> Result<()> {
        while let Some(c) = self.peek() {
            if is_newline(c) || is_blank(c) {
                self.newline |= is_newline(c);
                self.at += c.len_utf8();
            } else if self.rest().starts_with("//") {
                self.skip_line();
            } else if self.rest().starts_with("/*") {
                let Some(length) = self.rest()[2..].find("*/") else {
                    return Err(self.error(self.at, "Unterminated comment").help("close it with */"));
                };
                self.newline |= self.rest()[..length + 2].contains(is_newline);
                self.at += length + 4;
            } else {
                break;
            }
        }
        Ok(())
    }

    fn word(&mut self) -> Tok {
        let rest = &self.source[self.at..];
        let end = rest.char_indices().find(|&(at, c)| !is_name(c, at == 0)).map_or(rest.len(), |(at, _)| at);
        self.at += end;
        RESERVED.get(&rest[..end]).map_or_else(|| Tok::Name(rest[..end].into()), |word| Tok::Keyword(word))
    }

    fn punctuator(&mut self) -> Result<Tok> {
        let start = self.at;
        if self.rest().starts_with("<!--") {
            return Err(subset::missing(start as Pos, "<!--"));
        }
        let rest = self.rest().as_bytes();
        let is_here = |text: &&&str| text.as_bytes()[0] == rest[0] && rest.starts_with(text.as_bytes());
        let Some(&(mut text)) = PUNCTUATORS.iter().find(is_here) else {
            let c = self.peek().unwrap_or_default();
            let message = format!("Unexpected character '{}' (U+{:04X})", c.escape_debug(), u32::from(c));
            return Err(subset::lacks(start as Pos, &c.to_string()).unwrap_or_else(|| self.error(start, &message)));
        };
        if text == "?." && self.rest()[2..].starts_with(|c: char| c.is_ascii_digit()) {
            text = "?"; // `a?.5:b`
        }
        self.at += text.len();
        Ok(Tok::Punct(text))
    }

    fn number(&mut self) -> Result<Tok> {
        let start = self.at;
        let radix = match self.rest().as_bytes() {
            [b'0', b'x' | b'X', ..] => 16,
            [b'0', b'o' | b'O', ..] => 8,
            [b'0', b'b' | b'B', ..] => 2,
            _ => 10,
        };
        let value = if radix == 10 {
            self.decimal()?
        } else {
            self.at += 2;
            let digits = u128::from_str_radix(&self.digits(radix, true)?, radix);
            digits.map_err(|_| self.error(start, "The number has more than 128 bits"))? as f64
        };
        match self.peek() {
            Some('n') => Err(subset::missing(start as Pos, "1n")),
            Some(c) if is_name(c, false) => {
                let message = format!("Unexpected character '{c}' in a number");
                Err(self.error(self.at, &message).help("put a space after the number"))
            }
            _ => Ok(Tok::Number(value)),
        }
    }

    fn decimal(&mut self) -> Result<f64> {
        let start = self.at;
        let mut text = self.digits(10, false)?;
        if text.len() > 1 && text.starts_with('0') {
            let error = self.error(start, "Octal literals and leading zeros are not allowed in strict mode");
            return Err(error.help("write octal numbers with 0o"));
        }
        if self.take(".") {
            text.push('.');
            text += &self.digits(10, false)?;
        }
        if self.take("e") || self.take("E") {
            text.push('e');
            text.push(if self.take("-") { '-' } else { '+' });
            if text.ends_with('+') {
                self.take("+");
            }
            text += &self.digits(10, true)?;
        }
        text.parse().map_err(|_| self.error(start, "Invalid number"))
    }

    /// Digits without their separators.
    fn digits(&mut self, radix: u32, required: bool) -> Result<String> {
        let mut digits = String::new();
        let mut separated = true;
        while let Some(c) = self.peek() {
            if c.is_digit(radix) {
                digits.push(c);
            } else if c != '_' || separated {
                break;
            }
            separated = c == '_';
            self.at += 1;
        }
        match self.peek() {
            Some('_') => Err(self.error(self.at, "A numeric separator stands between two digits")),
            _ if separated && !digits.is_empty() => {
                Err(self.error(self.at - 1, "A numeric separator stands between two digits"))
            }
            _ if required && digits.is_empty() => Err(self.error(self.at, "Digits are missing in a number")),
            _ => Ok(digits),
        }
    }

    /// A string; or the piece of a template after `` ` `` or `}`.
    fn text(&mut self, quote: char) -> Result<Tok> {
        let (start, template, first) = (self.at, quote == '`', self.peek() == Some('`'));
        self.at += 1;
        let mut units = Vec::new();
        loop {
            match self.bump() {
                Some(c) if c == quote && !template => return Ok(Tok::String(units.into())),
                Some(c) if c == quote => return Ok(Tok::Template { text: units.into(), first, last: true }),
                Some('$') if template && self.take("{") => {
                    return Ok(Tok::Template { text: units.into(), first, last: false });
                }
                Some('\\') => self.escape(&mut units)?,
                None | Some('\n' | '\r') if !template => {
                    let error = self.error(start, "Unterminated string");
                    return Err(error.help(format!("close it with {quote}; a template literal may have several lines")));
                }
                None => return Err(self.error(start, "Unterminated template literal").help("close it with `")),
                Some('\r') => {
                    self.take("\n");
                    units.push(0x0a);
                }
                Some(c) => push(&mut units, c),
            }
        }
    }

    /// What follows a backslash in a string or template.
    fn escape(&mut self, units: &mut Vec<u16>) -> Result<()> {
        let start = self.at - 1;
        let digit_follows = |lexer: &Self| lexer.rest().starts_with(|c: char| c.is_ascii_digit());
        match self.bump() {
            Some('n') => units.push(0x0a),
            Some('t') => units.push(0x09),
            Some('r') => units.push(0x0d),
            Some('b') => units.push(0x08),
            Some('v') => units.push(0x0b),
            Some('f') => units.push(0x0c),
            Some('0') if !digit_follows(self) => units.push(0),
            Some('0'..='9') => {
                let error = self.error(start, "Octal escape sequences are not allowed in strict mode");
                return Err(error.help("write \\x and two hexadecimal digits"));
            }
            Some('x') => {
                let code = self.hexadecimal(2);
                units.push(code.ok_or_else(|| self.error(start, "Invalid hexadecimal escape sequence"))? as u16);
            }
            Some('u') => match self.unicode_escape(start)? {
                half @ 0xd800..0xe000 => units.push(half as u16),
                code => push(units, char::from_u32(code).unwrap_or_default()),
            },
            Some('\r') => _ = self.take("\n"),
            Some(c) if is_newline(c) => {}
            Some(c) => push(units, c),
            None => {} // the caller finds the end
        }
        Ok(())
    }

    /// What follows `\u`: at most 0x10ffff, perhaps a half of a pair.
    fn unicode_escape(&mut self, start: usize) -> Result<u32> {
        if !self.take("{") {
            return self.hexadecimal(4).ok_or_else(|| self.error(start, "Invalid Unicode escape sequence"));
        }
        let length = self.rest().find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(self.rest().len());
        let digits = self.rest()[..length].trim_start_matches('0');
        // No digits but zeros are a zero; too many do not fit.
        let code = if digits.is_empty() { Ok(0) } else { u32::from_str_radix(digits, 16) };
        self.at += length;
        if length == 0 || !self.take("}") {
            return Err(self.error(start, "Invalid Unicode escape sequence"));
        }
        let code = code.ok().filter(|&code| code <= 0x10_ffff);
        code.ok_or_else(|| self.error(start, "Undefined Unicode code-point"))
    }

    fn hexadecimal(&mut self, length: usize) -> Option<u32> {
        let digits = self.rest().get(..length).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        self.at += length;
        Some(code)
    }
}

/// How an opening bracket is spelt.
pub(super) fn bracket(tok: &Tok) -> Option<&'static str> {
    match tok {
        Tok::Punct(text @ ("(" | "[" | "{")) => Some(text),
        Tok::Template { last: false, .. } => Some("${"),
        _ => None,
    }
}

fn push(units: &mut Vec<u16>, c: char) {
    units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
}

fn is_name(c: char, first: bool) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '$' | '_' => true,
        '0'..='9' => !first,
        _ if c.is_ascii() => false,
        _ if first => unicode_ident::is_xid_start(c),
        _ => unicode_ident::is_xid_continue(c) || matches!(c, '\u{200c}' | '\u{200d}'),
    }
}

/// JavaScript's line terminators.
fn is_newline(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

fn is_blank(c: char) -> bool {
    let space = matches!(c, '\t' | '\u{b}' | '\u{c}' | ' ' | '\u{a0}' | '\u{feff}' | '\u{1680}');
    space || matches!(c, '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}
