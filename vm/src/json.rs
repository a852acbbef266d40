//! JSON: a text becomes values, values become a text.
//!
//! Invariant: neither direction recurses. Reading keeps its open arrays and objects on a stack of its own, so a text
//! needs memory in proportion to its length and nothing else; writing refuses what nests deeper than [`MAX_DEPTH`].
//!
//! [`read`] knows no heap: it tells a [`Build`] what it found, bottom up. The messages are those of Node 20.

mod write;

pub use write::{Gap, MAX_DEPTH, Written, quote, write};

/// UTF-16 text, in one byte a unit when they all fit.
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    /// Latin-1.
    Narrow(&'a [u8]),
    /// UTF-16.
    Wide(&'a [u16]),
}

/// A unit of a text.
pub trait Unit: Copy + Into<u16> {
    /// The text of these units.
    fn text(units: &[Self]) -> Text<'_>;
}

impl Unit for u8 {
    fn text(units: &[u8]) -> Text<'_> {
        Text::Narrow(units)
    }
}

impl Unit for u16 {
    fn text(units: &[u16]) -> Text<'_> {
        Text::Wide(units)
    }
}

/// What makes values of what was read.
pub trait Build {
    /// A value.
    type Value: Copy;
    /// A key of an object.
    type Key: Copy;
    /// Why none could be made.
    type Error;

    /// `null`
    fn null(&mut self) -> Self::Value;
    /// `true`, `false`
    fn boolean(&mut self, value: bool) -> Self::Value;
    /// A number.
    fn number(&mut self, value: f64) -> Self::Value;
    /// A string.
    fn string(&mut self, text: Text<'_>) -> Result<Self::Value, Self::Error>;
    /// A key of an object.
    fn key(&mut self, text: Text<'_>) -> Result<Self::Key, Self::Error>;
    /// An array.
    fn array(&mut self, elements: &[Self::Value]) -> Result<Self::Value, Self::Error>;
    /// An object; of members with the same key, the last one counts.
    fn object(&mut self, members: &[(Self::Key, Self::Value)]) -> Result<Self::Value, Self::Error>;
}

/// Why a text has no value.
#[derive(Debug)]
pub enum Failure<E> {
    /// It is no JSON: the message of the SyntaxError.
    Syntax(String),
    /// The [`Build`] refused.
    Build(E),
}

impl<E> From<E> for Failure<E> {
    fn from(error: E) -> Self {
        Failure::Build(error)
    }
}

/// Reads one value, which is the whole text.
///
/// # Errors
/// The text is no JSON, or `build` refused.
pub fn read<U: Unit, B: Build>(text: &[U], build: &mut B) -> Result<B::Value, Failure<B::Error>> {
    Reader { text, at: 0, build, buffer: Vec::new() }.document()
}

/// An array or object that is not closed yet, and where its members begin on the stack.
enum Open {
    Array(usize),
    Object(usize),
}

struct Reader<'a, U, B: Build> {
    text: &'a [U],
    at: usize,
    build: &'a mut B,
    /// The units of a string with escapes.
    buffer: Vec<u16>,
}

type Read<T, B> = Result<T, Failure<<B as Build>::Error>>;

impl<U: Unit, B: Build> Reader<'_, U, B> {
    fn document(mut self) -> Read<B::Value, B> {
        let mut open: Vec<Open> = Vec::new();
        let mut elements: Vec<B::Value> = Vec::new();
        let mut members: Vec<(B::Key, Option<B::Value>)> = Vec::new();
        let mut scratch: Vec<(B::Key, B::Value)> = Vec::new();
        loop {
            // A value begins here.
            let mut value = match self.token() {
                Some('[') => {
                    self.at += 1;
                    if self.token() != Some(']') {
                        open.push(Open::Array(elements.len()));
                        continue;
                    }
                    self.at += 1;
                    self.build.array(&[])?
                }
                Some('{') => {
                    self.at += 1;
                    if self.token() != Some('}') {
                        open.push(Open::Object(members.len()));
                        members.push((self.key("Expected property name or '}' in JSON")?, None));
                        self.expect(':', "Expected ':' after property name in JSON")?;
                        continue;
                    }
                    self.at += 1;
                    self.build.object(&[])?
                }
                Some('"') => self.string(|build, text| build.string(text))?,
                Some('-' | '0'..='9') => self.number()?,
                Some('t') => self.word("true").map(|()| self.build.boolean(true))?,
                Some('f') => self.word("false").map(|()| self.build.boolean(false))?,
                Some('n') => self.word("null").map(|()| self.build.null())?,
                _ => return Err(self.unexpected()),
            };
            // It ends here, and with it perhaps what it is in.
            loop {
                match open.last() {
                    None => {
                        if self.token().is_some() || self.at < self.text.len() {
                            return Err(self.complaint("Unexpected non-whitespace character after JSON"));
                        }
                        return Ok(value);
                    }
                    Some(&Open::Array(from)) => {
                        elements.push(value);
                        if self.token() == Some(',') {
                            self.at += 1;
                            break;
                        }
                        self.expect(']', "Expected ',' or ']' after array element in JSON")?;
                        value = self.build.array(&elements[from..])?;
                        elements.truncate(from);
                    }
                    Some(&Open::Object(from)) => {
                        if let Some(member) = members.last_mut() {
                            member.1 = Some(value);
                        }
                        if self.token() == Some(',') {
                            self.at += 1;
                            members.push((self.key("Expected double-quoted property name in JSON")?, None));
                            if self.token() != Some(':') {
                                return Err(self.unexpected());
                            }
                            self.at += 1;
                            break;
                        }
                        self.expect('}', "Expected ',' or '}' after property value in JSON")?;
                        scratch.clear();
                        scratch.extend(members.drain(from..).filter_map(|(key, value)| Some((key, value?))));
                        value = self.build.object(&scratch)?;
                    }
                }
                open.pop();
            }
        }
    }

    fn unit(&self, at: usize) -> Option<u16> {
        self.text.get(at).map(|&unit| unit.into())
    }

    /// Skips white space: the unit behind it, if it is ASCII.
    fn token(&mut self) -> Option<char> {
        while let Some(0x20 | 0x09 | 0x0A | 0x0D) = self.unit(self.at) {
            self.at += 1;
        }
        self.ascii()
    }

    fn ascii(&self) -> Option<char> {
        self.unit(self.at).and_then(|unit| u8::try_from(unit).ok()).filter(u8::is_ascii).map(char::from)
    }

    fn expect(&mut self, wanted: char, message: &str) -> Read<(), B> {
        if self.token() != Some(wanted) {
            return Err(self.complaint(message));
        }
        self.at += 1;
        Ok(())
    }

    fn key(&mut self, message: &str) -> Read<B::Key, B> {
        if self.token() != Some('"') {
            return Err(self.complaint(message));
        }
        self.string(|build, text| build.key(text))
    }

    fn word(&mut self, word: &str) -> Read<(), B> {
        for letter in word.chars() {
            if self.ascii() != Some(letter) {
                return Err(self.unexpected());
            }
            self.at += 1;
        }
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while self.ascii().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - from
    }

    fn number(&mut self) -> Read<B::Value, B> {
        let from = self.at;
        if self.ascii() == Some('-') {
            self.at += 1;
        }
        if self.ascii() == Some('0') {
            self.at += 1;
            if self.ascii().is_some_and(|c| c.is_ascii_digit()) {
                return Err(self.unexpected());
            }
        } else if self.digits() == 0 {
            return Err(self.complaint("No number after minus sign in JSON"));
        }
        if self.ascii() == Some('.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.complaint("Unterminated fractional number in JSON"));
            }
        }
        if let Some('e' | 'E') = self.ascii() {
            self.at += 1;
            if let Some('+' | '-') = self.ascii() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.complaint("Exponent part is missing a number in JSON"));
            }
        }
        let digits: String = self.text[from..self.at].iter().map(|&unit| (unit.into() as u8) as char).collect();
        Ok(self.build.number(digits.parse().unwrap_or(f64::NAN)))
    }

    /// A string, whose quote is the next unit; `make` is told its contents.
    fn string<T>(&mut self, make: impl Fn(&mut B, Text<'_>) -> Result<T, B::Error>) -> Read<T, B> {
        self.at += 1;
        let from = self.at;
        self.buffer.clear();
        let mut escaped = false;
        loop {
            let Some(unit) = self.unit(self.at) else {
                return Err(self.complaint("Unterminated string in JSON"));
            };
            match unit {
                0x22 => {
                    let plain = &self.text[from..self.at];
                    self.at += 1;
                    let text = if escaped { Text::Wide(&self.buffer) } else { U::text(plain) };
                    return Ok(make(self.build, text)?);
                }
                0x5C => {
                    if !escaped {
                        escaped = true;
                        self.buffer.extend(self.text[from..self.at].iter().map(|&unit| unit.into()));
                    }
                    self.at += 1;
                    let unit = self.escape()?;
                    self.buffer.push(unit);
                }
                0..0x20 => return Err(self.complaint("Bad control character in string literal in JSON")),
                _ => {
                    if escaped {
                        self.buffer.push(unit);
                    }
                    self.at += 1;
                }
            }
        }
    }

    /// What an escape stands for; the backslash is behind.
    fn escape(&mut self) -> Read<u16, B> {
        let Some(unit) = self.unit(self.at) else {
            return Err(self.unexpected());
        };
        let meaning = match self.ascii() {
            Some('"' | '\\' | '/') => unit,
            Some('b') => 8,
            Some('f') => 12,
            Some('n') => 10,
            Some('r') => 13,
            Some('t') => 9,
            Some('u') => {
                let mut value = 0;
                for _ in 0..4 {
                    self.at += 1;
                    let Some(digit) = self.ascii().and_then(|c| c.to_digit(16)) else {
                        return Err(self.complaint("Bad Unicode escape in JSON"));
                    };
                    value = value << 4 | digit as u16;
                }
                value
            }
            None if unit > 0xFF => return Err(self.unexpected()),
            _ => return Err(self.complaint("Bad escaped character in JSON")),
        };
        self.at += 1;
        Ok(meaning)
    }

    fn complaint(&self, message: &str) -> Failure<B::Error> {
        Failure::Syntax(format!("{message} at position {}", self.at))
    }

    /// The next unit cannot stand where it does.
    fn unexpected(&self) -> Failure<B::Error> {
        /// How much of the text is shown before and after the place.
        const AROUND: usize = 10;
        let show = |from: usize, to: usize| {
            let units: Vec<u16> = self.text[from..to].iter().map(|&unit| unit.into()).collect();
            String::from_utf16_lossy(&units)
        };
        let (at, len) = (self.at, self.text.len());
        Failure::Syntax(match self.ascii() {
            _ if at >= len => "Unexpected end of JSON input".to_owned(),
            Some('0'..='9' | '-') => format!("Unexpected number in JSON at position {at}"),
            Some('"') => format!("Unexpected string in JSON at position {at}"),
            _ if len <= 15 && ["NaN", "Infinity", "undefined", "[object Object]"].contains(&show(0, len).as_str()) => {
                format!("\"{}\" is not valid JSON", show(0, len))
            }
            _ => {
                let whole = len <= 2 * AROUND;
                let (from, before) = if whole || at < AROUND { (0, "") } else { (at - AROUND, "...") };
                let (to, after) = if whole || at >= len - AROUND { (len, "") } else { (at + AROUND, "...") };
                let (unit, context) = (show(at, at + 1), show(from, to));
                format!("Unexpected token '{unit}', {before}\"{context}\"{after} is not valid JSON")
            }
        })
    }
}
