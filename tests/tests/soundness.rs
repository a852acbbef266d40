//! What must not compile, does not: one file in `ui/` for each hole, named by the hazard.
//!
//! Each file states the hole in its first line (numbers are those of `SOUNDNESS.md`); its `.stderr` is what the user
//! reads instead. `pass_*.rs` must compile: what the rules leave possible. After a change of rustc's or of our own
//! wording, `TRYBUILD=overwrite cargo test -p mangrove-tests --test soundness` writes the texts anew: read the diff, a
//! file may have come to fail for another reason than its own.

#[test]
fn holes_do_not_compile() {
    let cases = trybuild::TestCases::new();
    let mut files: Vec<_> = std::fs::read_dir("tests/ui").unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
        match file.file_name().unwrap().to_string_lossy().starts_with("pass_") {
            true => cases.pass(file),
            false => cases.compile_fail(file),
        }
    }
}
