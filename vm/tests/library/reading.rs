//! Reading JSON: any text is read or refused, in time and memory that its length bounds.

use mangrove_vm::json::{Build, Failure, Text, read};
use proptest::prelude::*;

/// Counts what is built, and refuses nothing.
#[derive(Default)]
struct Counts {
    values: usize,
}

impl Build for Counts {
    type Value = ();
    type Key = ();
    type Error = ();

    fn null(&mut self) {
        self.values += 1;
    }
    fn boolean(&mut self, _: bool) {
        self.values += 1;
    }
    fn number(&mut self, number: f64) {
        assert!(!number.is_nan(), "JSON has no NaN");
        self.values += 1;
    }
    fn string(&mut self, _: Text<'_>) -> Result<(), ()> {
        self.values += 1;
        Ok(())
    }
    fn key(&mut self, _: Text<'_>) -> Result<(), ()> {
        Ok(())
    }
    fn array(&mut self, elements: &[()]) -> Result<(), ()> {
        assert!(elements.len() < self.values.max(1) + 1);
        self.values += 1;
        Ok(())
    }
    fn object(&mut self, members: &[((), ())]) -> Result<(), ()> {
        assert!(members.len() < self.values.max(1) + 1);
        self.values += 1;
        Ok(())
    }
}

fn check_bytes(text: &[u8]) -> Result<usize, String> {
    let mut counts = Counts::default();
    match read(text, &mut counts) {
        Ok(()) => Ok(counts.values),
        Err(Failure::Syntax(message)) => Err(message),
        Err(Failure::Build(())) => unreachable!("it refuses nothing"),
    }
}

proptest! {
    #[test]
    fn bytes_make_it_panic(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = check_bytes(&text);
    }

    #[test]
    fn units_make_it_panic(text in prop::collection::vec(any::<u16>(), 0..200)) {
        let mut counts = Counts::default();
        let _ = read(&text, &mut counts);
    }

    #[test]
    fn what_looks_like_json_makes_it_panic(text in "[\\[\\]{},:\"\\\\0-9eE+.a-z \u{e9}\u{1f600}-]{0,80}") {
        let wide: Vec<u16> = text.encode_utf16().collect();
        let mut counts = Counts::default();
        let _ = read(&wide, &mut counts);
        let _ = check_bytes(text.as_bytes());
    }

    #[test]
    fn another_reader_disagrees(text in "[\\[\\]{},:\"0-9eE+. -]{0,12}|(true|false|null|[0-9,:\\[\\]{}\"a])*") {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        // A number that is too large for a double is infinite in JavaScript, and an error there.
        let too_large = theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
        if !too_large {
            prop_assert_eq!(check_bytes(text.as_bytes()).is_ok(), theirs.is_ok(), "{}", text);
        }
    }
}

#[test]
fn nesting_overflows_the_stack() {
    const DEPTH: usize = 1 << 20;
    let open = "[".repeat(DEPTH);
    assert_eq!(check_bytes((open.clone() + &"]".repeat(DEPTH)).as_bytes()), Ok(DEPTH));
    assert_eq!(check_bytes(open.as_bytes()).unwrap_err(), "Unexpected end of JSON input");
    let objects = "{\"a\":".repeat(DEPTH) + "1" + &"}".repeat(DEPTH);
    assert_eq!(check_bytes(objects.as_bytes()), Ok(DEPTH + 1));
}
