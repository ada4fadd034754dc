use std::time::Duration;

use serde_json::json;

use super::super::text::tests::{blessed, different, verdict};
use super::super::verdict::Outcome;
use super::*;
use crate::error::Fault;

#[test]
fn one_object_says_it_all() {
    let before = json!([{"a": 1, "b": "x", "gone": 1}, {"a": 2, "b": "y", "gone": 1}]);
    let after = json!([{"a": 1, "b": "z"}, {"a": 3, "b": "w"}]);
    let fault = Fault::usage("nothing is expected").hint("look at it");
    let verdicts = [
        verdict("blessed", blessed()),
        verdict("broken", Outcome::Broken(fault)),
        verdict("different", different(before, after, true)),
        verdict("passed", Outcome::Passed),
    ];
    let text = report("mine", &verdicts, 2, Duration::from_millis(250));
    assert!(text.ends_with("}\n") && text.lines().count() == 1);
    let pretty: Value = serde_json::from_str(&text).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&pretty).unwrap(), @r#"
    {
      "project": "mine",
      "passed": 1,
      "failed": 2,
      "blessed": 1,
      "filtered": 2,
      "seconds": 0.25,
      "cases": [
        {
          "case": "blessed",
          "result": "blessed",
          "records": 3,
          "notices": [],
          "guests": [],
          "files": [
            {
              "file": "mine/cases/a/best.jsonl",
              "rows": 2,
              "change": "changed"
            },
            {
              "file": "mine/cases/a/big.jsonl",
              "rows": 2,
              "change": "none"
            },
            {
              "file": "mine/cases/a/big_errors.jsonl",
              "rows": 2,
              "change": "new"
            }
          ]
        },
        {
          "case": "broken",
          "result": "failed",
          "records": 3,
          "notices": [],
          "guests": [],
          "error": {
            "message": "nothing is expected",
            "hint": "look at it"
          }
        },
        {
          "case": "different",
          "result": "failed",
          "records": 3,
          "notices": [],
          "guests": [],
          "tables": [
            {
              "table": "best",
              "file": "mine/cases/a/best.jsonl",
              "ordered": true,
              "expected_rows": 2,
              "actual_rows": 2,
              "no_columns": [
                "gone"
              ],
              "changed": [
                {
                  "expected": {
                    "a": 1,
                    "b": "x",
                    "gone": 1
                  },
                  "actual": {
                    "a": 1,
                    "b": "z"
                  },
                  "columns": [
                    "b"
                  ]
                }
              ],
              "missing": [
                {
                  "a": 2,
                  "b": "y",
                  "gone": 1
                }
              ],
              "unexpected": [
                {
                  "a": 3,
                  "b": "w"
                }
              ]
            }
          ]
        },
        {
          "case": "passed",
          "result": "passed",
          "records": 3,
          "notices": [],
          "guests": []
        }
      ]
    }
    "#);
}
