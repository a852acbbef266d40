//! `mangrove check` and `mangrove dis`.

use crate::{Temporary, mangrove, text};

#[test]
fn check_says_nothing_of_what_is_fine() {
    let programs = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");
    let files = std::fs::read_dir(programs).expect("the folder").map(|entry| entry.expect("an entry").path());
    let files: Vec<String> =
        files.map(|path| path.display().to_string()).filter(|path| path.ends_with(".js")).collect();
    let args: Vec<&str> = ["check"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let output = mangrove(&args);
    assert_eq!((output.status.code(), text(&output.stdout), text(&output.stderr)), (Some(0), "".into(), "".into()));
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_in_json_on_one_line_each() {
    let (wrong, fine) = (Temporary::new("syntax.js", "let x = ;"), Temporary::new("syntax-fine.js", "let x = 1;"));
    for command in ["check", "dis", "run"] {
        let output = mangrove(&[command, wrong.path()]);
        assert_eq!(output.status.code(), Some(1));
        let said = text(&output.stderr).replace(wrong.path(), "x.js");
        assert!(said.starts_with("x.js:1:9: SyntaxError: Unexpected token ';'\n  1 | let x = ;\n    |         ^\n"));
    }
    for command in ["check", "dis"] {
        let output = mangrove(&[command, "--json", wrong.path(), "no/such/file", fine.path()]);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(2), ""));
        let lines = text(&output.stdout);
        let lines: Vec<serde_json::Value> =
            lines.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
        assert_eq!(lines.iter().map(|json| json["exit"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(2), Some(0)]);
        assert_eq!((lines[0]["line"].as_u64(), lines[0]["column"].as_u64()), (Some(1), Some(9)));
        assert_eq!(lines[2]["listing"].is_string(), command == "dis");
    }
}
