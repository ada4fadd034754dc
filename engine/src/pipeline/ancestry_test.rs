use super::super::plan::{Mode, Plan};
use super::super::testing::plan;
use super::*;

/// Two sources of empty files, rows of both, groups of one, and what is made of them.
async fn planned() -> (Plan, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    std::fs::write(&file, "").unwrap();
    let text = format!(
        "[source.one]\nreplay = {file:?}\n[source.two]\nreplay = {file:?}\n\
         [table.both]\nsql = \"SELECT topic, timestamp FROM one UNION ALL SELECT topic, timestamp FROM two\"\n\
         [table.more]\nsql = \"SELECT topic, timestamp FROM both UNION ALL SELECT topic, timestamp FROM one\"\n\
         [table.counted]\nsql = \"SELECT topic, count(*) AS n FROM two GROUP BY topic\"\n\
         watermark = {{ column = \"timestamp\", delay = \"1 minute\" }}\n\
         [table.above]\nsql = \"SELECT topic AS t FROM counted WHERE n > 1\"\n\
         [table.lost]\nsql = \"SELECT reason FROM counted_late\"\n\
         [sink.more]\nfrom = \"more\"\nconsole = {{}}\n[sink.above]\nfrom = \"above\"\nconsole = {{}}\nmode = \"update\"\n\
         [sink.lost]\nfrom = \"lost\"\nconsole = {{}}\n"
    );
    let plan = plan(&text, Mode::Stream)
        .await
        .unwrap_or_else(|report| panic!("{report}"));
    (plan, folder)
}

#[tokio::test]
async fn rows_come_from_sources_and_groups_on_their_way() {
    let (plan, _folder) = planned().await;
    let above = Above {
        guests: &[],
        tables: &plan.tables,
    };
    let of = |name: &str| {
        let table = plan.tables.iter().find(|table| table.name == name).unwrap();
        let ancestry = Ancestry::of(table.relation, above);
        (ancestry.sources, ancestry.groups.join(" "))
    };
    assert_eq!(of("both"), (vec![0, 1], String::new()));
    assert_eq!(of("more"), (vec![0, 1], String::new()));
    assert_eq!(of("counted"), (vec![1], "counted".to_owned()));
    assert_eq!(of("above"), (vec![1], "counted".to_owned()));
    // Late rows are rows as they came.
    assert_eq!(of("lost"), (vec![1], String::new()));
    let source = Ancestry::of(Relation::Source(1), above);
    assert_eq!((source.sources, source.groups.len()), (vec![1], 0));
    // What is not planned has no rows.
    assert_eq!(Ancestry::of(Relation::Guest(3), above), Ancestry::default());
    assert_eq!(Ancestry::of(Relation::Table(99), above), Ancestry::default());
}

/// What Spark calls several stateful operators in a row.
#[tokio::test]
async fn groups_of_groups_are_refused_unless_the_first_are_rows_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    std::fs::write(&file, "").unwrap();
    let text = |from: &str| {
        format!(
            "[source.two]\nreplay = {file:?}\n[table.counted]\nsql = \"SELECT topic, count(*) AS n FROM two GROUP BY topic\"\n\
             watermark = {{ column = \"timestamp\", delay = \"1 minute\" }}\n\
             [table.renamed]\nsql = \"SELECT topic AS t FROM counted\"\n\
             [table.again]\nsql = \"SELECT count(*) AS n FROM {from}\"\n[sink.again]\nfrom = \"again\"\nconsole = {{}}\nmode = \"complete\"\n"
        )
    };
    let refused = plan(&text("renamed"), Mode::Stream).await.err().unwrap();
    insta::assert_snapshot!(refused.replace(&*folder.path().to_string_lossy(), ""), @r#"
    error: table `again`: it aggregates the rows of `counted`, which has an aggregate itself: on a stream those rows change after they were counted
     --> p.toml:9:7
      |
    9 | sql = "SELECT count(*) AS n FROM renamed"
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
    hint: write the rows of the first to a topic or to Parquet and aggregate those, or run the pipeline with `--once`

    1 mistake in `p.toml`
    "#);
    assert!(plan(&text("counted_late"), Mode::Stream).await.is_ok());
    assert!(plan(&text("renamed"), Mode::Batch).await.is_ok());
}
