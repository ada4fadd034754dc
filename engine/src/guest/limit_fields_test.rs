use super::*;

#[test]
fn every_field_is_listed_once_in_the_order_of_the_struct() {
    let listed: Vec<&str> = Limits::FIELDS.iter().map(|field| field.name).collect();
    let debug = format!("{:#?}", Limits::default());
    let fields: Vec<&str> = debug
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter_map(|line| line.split_once(':').map(|(name, _)| name))
        .collect();
    assert_eq!(listed, fields);
}

#[test]
fn the_profiles_are_within_the_bounds() {
    for (profile, limits) in Limits::PROFILES.map(|(name, limits)| (name, limits())) {
        for field in Limits::FIELDS {
            let value = field.get(&limits);
            assert!((field.least..=field.most).contains(&value), "{profile}: {}", field.name);
        }
    }
}

#[test]
fn a_field_is_set_within_its_bounds_and_no_other_with_it() {
    for field in Limits::FIELDS {
        for value in [field.least, field.most] {
            let mut limits = Limits::default();
            assert!(field.set(&mut limits, value), "{}", field.name);
            for other in Limits::FIELDS {
                let expected = match other.name == field.name {
                    true => value,
                    false => other.get(&Limits::default()),
                };
                assert_eq!(other.get(&limits), expected, "{} beside {}", other.name, field.name);
            }
        }
        let mut limits = Limits::default();
        let too_little = field.least.checked_sub(1);
        for value in [Some(field.most + 1), too_little].into_iter().flatten() {
            assert!(!field.set(&mut limits, value), "{}", field.name);
        }
        assert_eq!(limits, Limits::default());
    }
}

#[test]
fn values_are_written_as_they_are_read() {
    let text = |name: &str, value: u64| {
        let field = Limits::FIELDS.iter().find(|field| field.name == name).unwrap();
        field.toml(value)
    };
    assert_eq!(text("memory_bytes", 64 * MIB), "\"64 MB\"");
    assert_eq!(text("memory_bytes", 4 * GIB), "\"4 GB\"");
    assert_eq!(text("memory_bytes", 1500), "\"1500 B\"");
    assert_eq!(text("kept_memory_bytes", 0), "\"0 B\"");
    assert_eq!(text("call_time", 10_000), "\"10 seconds\"");
    assert_eq!(text("call_time", 1_500), "\"1500 milliseconds\"");
    assert_eq!(text("call_records", 8_192), "8192");
}

#[test]
fn the_readme_has_them_all_with_their_values() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    for field in Limits::FIELDS {
        let [rust, script] = [Limits::rust(), Limits::script()].map(|limits| field.text(field.get(&limits)));
        let row = format!("\n| `{}` | {rust} | {script} | ", field.name);
        assert!(readme.contains(&row), "{row}");
    }
}
