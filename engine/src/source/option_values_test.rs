use serde_json::json;

use super::*;

#[test]
fn durations_are_sparks() {
    for (text, ms) in [
        ("15m", 900_000),
        ("500ms", 500),
        ("30s", 30_000),
        ("2 minutes", 120_000),
        ("1h", 3_600_000),
        ("250", 250),
    ] {
        assert_eq!(duration("d", &json!(text)), Ok(Duration::from_millis(ms)), "{text}");
    }
    assert_eq!(duration("d", &json!(1500)), Ok(Duration::from_millis(1500)));
    for text in ["", "m", "-5s", "5 parsecs"] {
        assert!(duration("d", &json!(text)).is_err(), "{text}");
    }
}
