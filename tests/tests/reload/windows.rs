//! Windows stand while modules change.

use serde_json::Value;

use super::modules::sizes;
use super::support::{Lab, rows_of};

const TABLES: &str = "[table.w]\nwatermark = { column = \"kafka_timestamp\", delay = \"0 seconds\" }\n\
    sql = \"SELECT window.start AS start, count(*) AS n, sum(length) AS total FROM sizes GROUP BY window(kafka_timestamp, '1 minute')\"\n\
    [sink.w]\nfrom = \"w\"\nconsole = {}\nmode = \"append\"\n\
    [table.seen]\nsql = \"SELECT length FROM sizes\"\n[sink.seen]\nfrom = \"seen\"\nconsole = {}\n";

/// So many records, twelve a minute, in batches with a change of the module between them; `versions` are put there in turn.
fn totals(versions: &[Vec<u8>]) -> Vec<(Value, Value)> {
    let lab = Lab::new();
    lab.save("sizes.wasm", &versions[0]);
    let stream = lab.stream(TABLES);
    let begin = 1_768_730_400_000;
    let mut sent = 0;
    for round in 0..6 {
        let records: Vec<(i64, &str)> = (0..10).map(|at| (begin + (sent + at) * 5_000, "abcde")).collect();
        lab.produce_at(records);
        sent += 10;
        stream.rows("seen", "length", usize::try_from(sent).unwrap());
        if versions.len() > 1 {
            lab.save("sizes.wasm", &versions[(round + 1) % versions.len()]);
            stream.said(" live since", round + 1);
        }
    }
    lab.produce_at([(begin + 3_600_000, "late")]);
    stream.rows("w", "n", 5);
    let output = stream.stop();
    let counts = rows_of(&output.stdout, "w", "n");
    counts.into_iter().zip(rows_of(&output.stdout, "w", "total")).collect()
}

#[test]
fn the_results_are_those_of_a_run_without_a_change_if_the_code_is_equal_in_effect() {
    let same = [sizes(1, "length"), equal_in_effect()];
    assert_ne!(same[0], same[1]);
    let undisturbed = totals(&same[..1]);
    assert_eq!(undisturbed[0], (12.into(), 60.into()));
    assert_eq!(totals(&same), undisturbed);
}

/// Other bytes, the same rows: its last bytes are a section that means nothing.
fn equal_in_effect() -> Vec<u8> {
    let mut module = sizes(1, "length");
    // A custom section: its id, its size, the length of its name, its name.
    module.extend([0, 5, 4, b'n', b'o', b't', b'e']);
    module
}
