use super::{CUSTOMERS, PARTITIONS, Records, Sums, count_of, customer, customer_of, first};

#[test]
fn what_a_customer_s_first_records_come_to_is_what_counting_gives() {
    assert_eq!(CUSTOMERS % PARTITIONS, 0);
    for end in [0, 1, 11, 12, 13, 100, 1000] {
        for customer in 0..CUSTOMERS {
            let numbers: Vec<u64> = (0..end).filter(|number| number % CUSTOMERS == customer).collect();
            let counted = Sums {
                count: numbers.len() as u64,
                total: numbers.iter().sum(),
                low: numbers.first().copied().unwrap_or_default(),
                high: numbers.last().copied().unwrap_or_default(),
            };
            assert_eq!(first(customer, count_of(customer, end)), counted);
        }
    }
}

#[test]
fn windows_hold_each_record_once() {
    let records = Records::new(false, 0);
    records.close(1234);
    let sums: Vec<Sums> = records
        .windows()
        .filter_map(|(start, customer)| records.window(start, customer))
        .collect();
    assert_eq!(sums.iter().map(|sums| sums.count).sum::<u64>(), 1234);
    assert_eq!(sums.iter().map(|sums| sums.total).sum::<u64>(), (0..1234).sum::<u64>());
    assert_eq!(records.window(1, 0), None);
}

#[test]
fn a_record_says_its_number_and_its_customer() {
    let records = Records::new(true, 0);
    assert_eq!(records.value(3), "broken 3");
    assert!(records.value(4).contains(r#""order_id":4,"customer_id":"CUST-004""#));
    assert_eq!(customer_of(&customer(25)), Some(1));
    assert_eq!(customer_of("CUST-999"), None);
}
