use super::*;
use crate::sink::fixture_test::{load, read};
use crate::sink::is_broken_pipe;

#[tokio::test]
async fn a_batch_has_a_heading_a_table_and_an_empty_line() {
    let rows = load("show/long");
    let mut out = Vec::new();
    let mut console = Console::new(&mut out, rows.schema(), ConsoleOptions::default());
    for row in 0..rows.num_rows() {
        console.write(0, &rows.slice(row, 1)).await.unwrap();
    }
    assert_eq!(console.kept_rows, 21);
    console.end_batch(0).await.unwrap();
    console.write(1, &rows.slice(0, 1)).await.unwrap();
    console.end_batch(1).await.unwrap();
    console.end_batch(2).await.unwrap();
    assert_eq!(console.finish().await.unwrap().rows, 26);

    let rule = "-".repeat(43);
    let heading = |batch: u64| format!("{rule}\nBatch: {batch}\n{rule}\n");
    let first = heading(0) + &read("show/long.20.true.txt");
    let second = heading(1) + "+---+-------+\n| id|  texte|\n+---+-------+\n|  0|ligne 0|\n+---+-------+\n\n";
    let third = heading(2) + "+---+-----+\n| id|texte|\n+---+-----+\n+---+-----+\n\n";
    assert_eq!(String::from_utf8(out).unwrap(), first + &second + &third);
}

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_reader_that_went_away_can_be_told_from_a_full_disk() {
    let rows = load("show/long");
    let mut console = Console::new(Closed, rows.schema(), ConsoleOptions::default());
    let fault = console.end_batch(0).await.unwrap_err();
    assert!(is_broken_pipe(&fault));
    let full = output_fault(std::io::ErrorKind::StorageFull.into());
    assert!(!is_broken_pipe(&full));
    insta::assert_snapshot!(full.report(), @"error: can't write the output: no storage space");
}
