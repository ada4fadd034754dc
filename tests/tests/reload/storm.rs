//! A hundred changes a second, under load.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::modules::sizes;
use super::support::Lab;

/// How long: an issue of ten seconds in a release build is one of half a minute here, where a stream has little left beside.
const STORM: Duration = Duration::from_secs(10);
const ROWS: &str =
    "[table.seen]\nsql = \"SELECT kafka_offset AS o FROM sizes\"\n[sink.seen]\nfrom = \"seen\"\nconsole = {}\n";

#[test]
#[expect(clippy::disallowed_methods, reason = "so many changes a second, and no more")]
fn every_record_arrives_once_and_memory_stays() {
    let lab = Lab::new();
    // Sixteen versions in turn: more than are kept.
    let versions: Vec<Vec<u8>> = (1..=16).map(|factor| sizes(factor, "length")).collect();
    lab.save("sizes.wasm", &versions[0]);
    let stream = lab.stream(ROWS);
    lab.produce(&["first"]);
    stream.rows("seen", "o", 1);

    let over = AtomicBool::new(false);
    let (mut sent, mut saved, mut memory) = (1, 0, Vec::new());
    std::thread::scope(|scope| {
        let storm = scope.spawn(|| {
            let mut count = 0;
            let begin = Instant::now();
            while !over.load(Ordering::Relaxed) {
                lab.save("sizes.wasm", &versions[count % versions.len()]);
                count += 1;
                let due = begin + Duration::from_millis(10) * u32::try_from(count).unwrap();
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            count
        });
        let until = Instant::now() + STORM;
        while Instant::now() < until {
            let values = vec!["some value"; 200];
            lab.produce(&values);
            sent += values.len();
            memory.extend(resident(stream.0.id()));
        }
        over.store(true, Ordering::Relaxed);
        saved = storm.join().unwrap();
    });
    assert!(saved >= 300, "only {saved} changes in {STORM:?}");
    let offsets = stream.rows("seen", "o", sent);
    let wanted: Vec<serde_json::Value> = (0..sent).map(Into::into).collect();
    assert_eq!(offsets, wanted);
    let output = stream.stop();
    assert_eq!(output.code, Some(0), "{output}");
    let swaps = output.stderr.matches(" live since").count();
    assert!(swaps >= 10, "{swaps} versions were live of {saved} saved\n{output}");
    assert!(!output.stderr.contains("was not changed"), "{output}");
    // What was taken in the first half is enough for the second.
    if let (Some(half), Some(most)) = (memory[..memory.len() / 2].iter().max(), memory.iter().max()) {
        assert!(
            most - half < 64 << 20,
            "resident memory grew from {half} to {most} bytes"
        );
    }
}

/// The resident memory of a process, where the system tells.
fn resident(process: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? << 10)
}
