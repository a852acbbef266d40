//! A visitor is the collector's: another could keep what it is shown.
use mangrove_gc::{Value, Visitor};

fn main() {}

fn build<'gc>(value: &mut Value<'gc>) {
    Visitor { young_only: false }.value(value);
}
