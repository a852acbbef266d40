//! Whether Node agrees on what is a program.
//!
//! Invariant: the same texts are asked of both; without Node, the tests pass and say so.

use std::io::Write;
use std::process::{Command, Stdio};

use mangrove_vm::syntax::{ast, number_to_string, parse};

use crate::{errors, snippets, trees};

/// What `script`, which maps the list `texts`, makes of `given` in Node; in strict code.
fn node(script: &str, given: &[String]) -> Option<Vec<Option<String>>> {
    let script = format!(
        "const vm = require('vm'); const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
         console.log(JSON.stringify(texts.map(text => {{ {script} }})))"
    );
    let mut command = Command::new("node");
    command.args(["--use-strict", "-e", &script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        eprintln!("Node is not here: not compared");
        return None;
    };
    let json = serde_json::to_string(given).expect("texts are JSON");
    child.stdin.take().expect("a pipe").write_all(json.as_bytes()).expect("Node reads");
    let output = child.wait_with_output().expect("Node ends");
    assert!(output.status.success(), "Node failed");
    Some(serde_json::from_slice(&output.stdout).expect("Node prints JSON"))
}

/// Why each text is no program in Node, if it is none.
fn verdicts(texts: &[String]) -> Option<Vec<Option<String>>> {
    node("try { new vm.Script(text); return null } catch (error) { return error.message }", texts)
}

#[test]
fn what_has_a_tree_is_a_program_in_node() {
    let texts: Vec<String> =
        trees::ALL.iter().flat_map(|table| table.iter().map(|(text, _)| text.to_string())).collect();
    // Of a byte order mark, Node takes care before the script is made.
    let texts: Vec<String> = texts.into_iter().filter(|text| !text.starts_with('\u{feff}')).collect();
    for (text, verdict) in texts.iter().zip(verdicts(&texts).into_iter().flatten()) {
        assert_eq!(verdict, None, "{text}");
    }
}

#[test]
fn what_is_an_early_error_is_one_in_node() {
    let tables = errors::EARLY.iter().flat_map(|table| table.iter());
    let texts: Vec<String> = tables.map(|(text, ..)| text.replacen('¦', "", 1)).collect();
    let only_when_run = ["a() = b", "a()--"];
    for (text, verdict) in texts.iter().zip(verdicts(&texts).into_iter().flatten()) {
        assert_eq!(verdict.is_some(), !only_when_run.contains(&text.as_str()), "{text}");
    }
}

#[test]
fn verdicts_are_those_of_node() {
    let texts: Vec<String> = snippets::VALID.iter().chain(snippets::ANY).map(ToString::to_string).collect();
    for valid in snippets::VALID {
        assert_eq!(parse(valid).err(), None, "{valid}");
    }
    let mut valid = 0;
    for (text, verdict) in texts.iter().zip(verdicts(&texts).into_iter().flatten()) {
        let ours = parse(text).err();
        valid += usize::from(ours.is_none());
        let outside = ours.as_ref().map_or("", |error| &error.message);
        let outside = outside.contains("not in the subset") || outside.starts_with("await outside");
        assert!(outside || ours.is_some() == verdict.is_some(), "`{text}`: {ours:?}, but Node: {verdict:?}");
    }
    eprintln!("{valid} of {} are programs", texts.len());
}

#[test]
fn numbers_are_read_and_written_as_in_node() {
    let mut texts: Vec<String> = [
        "0",
        "0.1",
        "1e21",
        "1e20",
        "123456789012345680000",
        "1e-6",
        "1e-7",
        "1.5e-10",
        "5e-324",
        "1.7976931348623157e308",
        "1e400",
        "0x1fffffffffffff8",
        "0x20000000000001",
        "0x20000000000003",
        "0b1",
        "0o777",
        "4.35",
        "0.000001234",
        "1234.5678e10",
        "9007199254740993",
        "1_2.3_4e1_0",
        "100",
        "1e2",
        "1.0",
        ".5",
        "5.",
        "2e308",
        "0xFFFFFFFFFFFFFFFFF",
    ]
    .map(str::to_owned)
    .to_vec();
    // All magnitudes, digits from a linear congruence.
    let mut digits = 1u64;
    texts.extend((-330..310).map(|exponent| {
        digits = digits.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        format!("{}.{}e{exponent}", digits % 10, digits >> (digits % 60))
    }));
    let ours = texts.iter().map(|text| match parse(text).expect("a number").body.remove(0).kind {
        ast::StmtKind::Expr(ast::Expr { kind: ast::ExprKind::Number(number), .. }) => number_to_string(number),
        other => panic!("{other:?}"),
    });
    for ((text, ours), theirs) in
        texts.iter().zip(ours).zip(node("return String(eval(text))", &texts).into_iter().flatten())
    {
        assert_eq!(Some(ours), theirs, "{text}");
    }
}

#[test]
fn names_have_the_characters_that_node_allows() {
    // Unicode's newer characters may be known to one side only, and a few are compatibility letters that end no name
    // here: of all planes, the share that differs is small.
    let chars: Vec<char> = (0x80..0x3_0000).step_by(7).filter_map(char::from_u32).collect();
    let texts: Vec<String> = chars.iter().map(|c| format!("a{c}")).collect();
    let Some(verdicts) = verdicts(&texts) else { return };
    let differ = texts.iter().zip(&verdicts).filter(|(text, verdict)| parse(text).is_ok() != verdict.is_none());
    let differ: Vec<_> = differ.map(|(text, _)| text).collect();
    assert!(differ.len() * 50 < texts.len(), "{} of {} differ: {differ:?}", differ.len(), texts.len());
}
