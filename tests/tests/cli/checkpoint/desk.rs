//! What real runs leave, and what is said of it without what differs from run to run.

use wasmill_tests::command::Output;

use super::super::support::{Desk, transcript};

pub(super) const PIPELINE: &str = r#"
checkpoint = "c"
trigger = "available-now"

[source.raw]
replay = "r.jsonl"

[table.groups]
sql = "SELECT CAST(value AS STRING) AS value, count(*) AS n FROM raw GROUP BY CAST(value AS STRING)"

[sink.files]
from = "raw"
parquet = "out"

[sink.screen]
from = "groups"
console = {}
mode = "update"
"#;

/// After two runs: checkpoints 1 and 2 of the first, over two records, and 4 and 5 of the second, over one more.
pub(super) fn desk() -> Desk {
    let desk = Desk::with(&[("p.toml", PIPELINE), ("r.jsonl", "{\"a\": 1}\n{\"a\": 2}\n")]);
    run(&desk);
    desk.write("r.jsonl", b"{\"a\": 1}\n{\"a\": 2}\n{\"a\": 3}\n");
    run(&desk);
    desk
}

pub(super) fn run(desk: &Desk) -> Output {
    desk.wasmill(&["run", "p.toml"]).succeed()
}

pub(super) fn rows(desk: &Desk) -> usize {
    wasmill_tests::parquet::rows(&desk.path().join("out")).len()
}

pub(super) fn checkpoint(desk: &Desk, arguments: &[&str]) -> Output {
    desk.wasmill(&[&["checkpoint"], arguments].concat()).output()
}

/// What was printed, without what differs from run to run.
pub(super) fn said(desk: &Desk, output: &Output) -> String {
    let folder = desk.path().display().to_string();
    let mut header: Vec<String> = Vec::new();
    let mut lines = Vec::new();
    for line in transcript(output, &[(&folder, "FOLDER")]).lines() {
        if line.starts_with("+-") {
            continue;
        }
        let Some(row) = line.strip_prefix('|') else {
            header.clear();
            lines.push(without_who(&without_ids(line)));
            continue;
        };
        let cells: Vec<&str> = row.trim_end_matches('|').split('|').map(str::trim).collect();
        if header.is_empty() {
            header = cells.iter().map(|&cell| cell.to_owned()).collect();
            lines.push(cells.join(" | "));
            continue;
        }
        let plain = header.iter().zip(&cells).map(|(name, cell)| match name.as_str() {
            _ if cell.is_empty() => "-".to_owned(),
            "written" | "begun" => "TIME".to_owned(),
            "by" => "WHO".to_owned(),
            "bytes" => "N".to_owned(),
            _ => without_ids(cell),
        });
        lines.push(plain.collect::<Vec<_>>().join(" | "));
    }
    lines.join("\n")
}

/// `PROCESS` for processes with their machine, `TIME` for when something was written, `N` for bytes.
fn without_who(line: &str) -> String {
    let cut = |line: &str, from: &str, until: &str, instead: &str| match line.split_once(from) {
        Some((before, behind)) => {
            let behind = behind.split_once(until).map_or("", |(_, behind)| behind);
            format!("{before}{instead}{behind}")
        }
        None => line.to_owned(),
    };
    let line = cut(line, "written 20", " by ", "written TIME by ");
    let line = match line.contains(", since ") {
        true => cut(&line, "process ", " UTC", "PROCESS"),
        false => cut(&line, "process ", ", epoch", "PROCESS, epoch"),
    };
    let words: Vec<&str> = line.split(' ').collect();
    let plain = words.iter().enumerate().map(|(at, word)| match words.get(at + 1) {
        Some(next) if next.starts_with("bytes") && word.parse::<u64>().is_ok() => "N",
        _ => word,
    });
    plain.collect::<Vec<_>>().join(" ")
}

/// `ID` for identifiers, with hyphens or without.
fn without_ids(text: &str) -> String {
    let is_id = |text: &str| {
        let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let parts: Vec<&str> = text.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        (lengths == [32] || lengths == [8, 4, 4, 4, 12]) && parts.iter().all(|part| is_hex(part))
    };
    let (mut plain, mut at) = (String::new(), 0);
    while let Some(letter) = text[at..].chars().next() {
        let found = [36, 32]
            .into_iter()
            .find(|length| text.get(at..at + length).is_some_and(is_id));
        match found {
            Some(length) => {
                plain += "ID";
                at += length;
            }
            None => {
                plain.push(letter);
                at += letter.len_utf8();
            }
        }
    }
    plain
}
