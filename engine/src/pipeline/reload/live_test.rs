use std::time::Duration;

use super::*;
use crate::guest::testing::{MENAGERIE, component, engine, tight, words};
use crate::guest::{Module, OnError};
use crate::pipeline::testing::Heard;

/// The menagerie with something behind it that means nothing; records of `L` keep it for ever, and so it fails as a whole.
fn zoo(number: u8) -> Transform {
    let (engine, _) = engine();
    let mut bytes = component(MENAGERIE);
    bytes.extend([0, 2, 1, b'a' + number]);
    let module = Module::from_bytes(&engine, &bytes, tight()).unwrap();
    Transform::new("zoo", module, OnError::DeadLetter, false)
}

/// The same with the endless loop taken out.
fn mended() -> Arc<Transform> {
    let (engine, _) = engine();
    let text = MENAGERIE.replace("(loop $ever (br $ever))", "(nop)");
    let module = Module::from_bytes(&engine, &component(&text), tight()).unwrap();
    Arc::new(Transform::new("zoo", module, OnError::DeadLetter, false))
}

fn poison() -> Records {
    words(&vec!["L"; 40].join(" "))
}

fn rows(processed: &Processed) -> usize {
    processed.rows.iter().map(arrow::array::RecordBatch::num_rows).sum()
}

#[tokio::test]
async fn nobody_watches_so_the_fault_is_given() {
    let live = Live::new(zoo(0));
    let heard = Heard::default();
    let fault = live.process(&poison(), &heard).await.unwrap_err();
    assert!(fault.to_string().contains("fails on every record"), "{fault}");
    assert_eq!(live.held(), None);
    assert!(heard.notices.lock().unwrap().is_empty());
    // What went through is not kept either.
    live.process(&words("a"), &heard).await.unwrap();
    assert!(live.last_records().is_none());
}

#[tokio::test]
async fn the_one_before_takes_the_same_records() {
    let live = Live::new(zoo(0));
    live.put(mended(), 0, Offsets::new());
    live.put(Arc::new(zoo(1)), 0, Offsets::new());
    let heard = Heard::default();
    let processed = live.process(&poison(), &heard).await.unwrap();
    assert_eq!(rows(&processed), 40);
    assert_eq!(live.versions().live().number, 2);
    assert_eq!(heard.notices.lock().unwrap().len(), 1);
    // All that is left fails too: the first version is tried, then there is none.
    live.versions()
        .set_aside(&live.versions().live(), "for the test".to_owned());
    live.put(Arc::new(zoo(2)), 0, Offsets::new());
    assert!(live.process(&poison(), &heard).await.is_err());
    assert_eq!(live.versions().live().number, 1);
}

#[tokio::test]
async fn without_one_it_waits_for_one() {
    let live = Arc::new(Live::new(zoo(0)));
    live.watch();
    let heard = Arc::new(Heard::default());
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            let (live, heard) = (Arc::clone(&live), Arc::clone(&heard));
            tokio::spawn(async move { live.process(&poison(), &*heard).await })
        })
        .collect();
    while live.held_since().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let since: Vec<i64> = live.held_since().unwrap().into_values().collect();
    assert_eq!(since, [100]);
    live.put(mended(), 0, Offsets::new());
    for task in tasks {
        assert_eq!(rows(&task.await.unwrap().unwrap()), 40);
    }
    assert_eq!(live.held(), None);
    // Told once, however many wait.
    assert_eq!(heard.notices.lock().unwrap().len(), 1);
    assert_eq!(live.last_records().unwrap().len(), 40);
}

#[tokio::test]
async fn what_is_brought_may_fail_as_well() {
    let live = Arc::new(Live::new(zoo(0)));
    live.watch();
    let heard = Arc::new(Heard::default());
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            let (live, heard) = (Arc::clone(&live), Arc::clone(&heard));
            tokio::spawn(async move { live.process(&poison(), &*heard).await })
        })
        .collect();
    let told = |count: usize| {
        let (live, heard) = (Arc::clone(&live), Arc::clone(&heard));
        async move {
            while heard.notices.lock().unwrap().len() < count || live.held_since().is_none() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    for number in 1..4 {
        told(usize::from(number)).await;
        live.put(Arc::new(zoo(number)), 0, Offsets::new());
    }
    told(4).await;
    live.put(mended(), 0, Offsets::new());
    for task in tasks {
        assert_eq!(rows(&task.await.unwrap().unwrap()), 40);
    }
    assert_eq!(live.held(), None);
    assert_eq!(heard.notices.lock().unwrap().len(), 4);
}
