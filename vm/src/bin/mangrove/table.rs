//! [`table`]: figures for people to read, side by side.
//!
//! Invariant: a figure has the same unit in every column.

/// A line for each figure, a column for each run under its title.
pub(crate) fn table<'a>(titles: &[&str], rows: impl IntoIterator<Item = (&'a str, Vec<String>)>) -> String {
    let line = |label: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("{cell:>16}")).collect();
        format!("  {label:<22}{cells}\n")
    };
    let head = match titles {
        [""] => String::new(),
        _ => line("", titles.iter().map(|title| title.to_string()).collect()),
    };
    head + &rows.into_iter().map(|(label, cells)| line(label, cells)).collect::<String>()
}

/// A number with its thousands apart.
pub(crate) fn count(number: u64) -> String {
    indicatif::HumanCount(number).to_string()
}

/// Bytes in a unit that reads well.
pub(crate) fn bytes(number: u64) -> String {
    indicatif::BinaryBytes(number).to_string()
}

/// A time in a unit that reads well.
pub(crate) fn time(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}
