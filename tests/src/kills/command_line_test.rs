use super::{Kind, parse};

fn parsed(line: &str) -> Result<Option<(usize, u64, usize)>, String> {
    let arguments = line.split_whitespace().map(str::to_owned);
    let parsed = parse(arguments)?;
    Ok(parsed.map(|arguments| (arguments.kills, arguments.seed, arguments.kinds.len())))
}

#[test]
fn what_can_be_asked_for() {
    assert_eq!(parsed(""), Ok(Some((100, 1, Kind::ALL.len()))));
    assert_eq!(parsed("--kills 1000 --seed 7"), Ok(Some((1000, 7, Kind::ALL.len()))));
    assert_eq!(parsed("--pipeline append --kills 3"), Ok(Some((3, 1, 1))));
    assert_eq!(parsed("--kills 3 --help"), Ok(None));
    for wrong in ["--kills", "--kills many", "--pipeline none", "--what 3", "7"] {
        assert!(parsed(wrong).is_err(), "{wrong}");
    }
}
