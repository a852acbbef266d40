//! A head whose `Drop` nobody would run: native data lives in `Static`.
use mangrove_gc::Mutation;

fn owned(mc: &Mutation<'_>) -> bool {
    mc.alloc_blob(String::new(), b"text").is_ok()
}

fn main() {
    let _: fn(&Mutation<'_>) -> bool = owned;
}
