use super::Taken;
use crate::kills::output::Verdict;

#[test]
fn each_step_has_to_go_on_from_the_one_before() {
    let mut taken = Taken::default();
    // Of customer 1 these are the records 1, 13, 25.
    assert_eq!(taken.take("CUST-001", "1 1 1 1", "here"), Ok(()));
    assert_eq!(taken.take("CUST-001", "3 39 1 25", "here"), Ok(()));
    assert_eq!(
        taken.take("CUST-001", "3 39 1 25", "there").unwrap_err(),
        "there: `CUST-001` is `3 39 1 25`, after it was of 3 records"
    );
    for wrong in ["4 39 1 25", "4 77 1 36", "4", "many"] {
        assert!(
            taken
                .take("CUST-001", wrong, "here")
                .unwrap_err()
                .ends_with("which it can't be")
        );
    }
    assert!(taken.take("nobody", "1 1 1 1", "here").is_err());
    assert_eq!(taken.verdict(26), Verdict { lost: 23, twice: 1 });
}
