use super::{Aggregate, Packed, finish, merge, migrate, result, update};
use crate::column::{Data, DataType, Values};
use crate::{Bounded, State, aggregate};

/// Remembers what it got.
#[derive(State, Default, Debug, PartialEq)]
struct Seen {
    rows: Bounded<i64, 8>,
    nulls: u32,
}

#[aggregate(name = "what_was_seen", version = 3, migrates_from = [1, 2])]
impl Seen {
    fn update(&mut self, text: &str, number: Option<i64>, flag: bool) {
        match number {
            Some(number) if flag => {
                self.rows.push(number + text.len() as i64);
            }
            Some(_) => {}
            None => self.nulls += 1,
        }
    }

    fn merge(&mut self, other: &Self) {
        for row in other.rows.iter() {
            self.rows.push(*row);
        }
        self.nulls += other.nulls;
    }

    fn finish(&self) -> Vec<i64> {
        self.rows.to_vec()
    }

    fn migrate(version: u32, state: &[u8]) -> Option<Self> {
        (version == 1 && state == b"old").then(|| Seen {
            nulls: 7,
            ..Seen::default()
        })
    }
}

crate::aggregates!(Seen);

fn texts(texts: &[&str], validity: Vec<u8>) -> Data {
    let mut offsets = vec![0];
    let mut bytes = Vec::new();
    for text in texts {
        bytes.extend_from_slice(text.as_bytes());
        offsets.push(bytes.len() as i32);
    }
    Data {
        length: texts.len(),
        validity,
        offsets,
        values: Values::Utf8(bytes),
    }
}

fn flat(length: usize, validity: Vec<u8>, values: Values) -> Data {
    Data {
        length,
        validity,
        offsets: Vec::new(),
        values,
    }
}

/// Four rows: the second has no number, the third no text.
fn rows() -> Vec<Data> {
    vec![
        texts(&["a", "bb", "", "dddd"], vec![0b1011]),
        flat(4, vec![0b1101], Values::Int64(vec![10, 0, 30, 40])),
        flat(4, Vec::new(), Values::Boolean(vec![0b1111])),
    ]
}

fn empty(groups: usize) -> Packed {
    let mut states = Packed::default();
    (0..groups).for_each(|_| states.push(&[]));
    states
}

fn lists(states: &Packed) -> (Vec<i32>, Values) {
    let columns = finish::<Seen>(states).unwrap();
    (columns[0].offsets.clone(), columns[1].values.clone())
}

#[test]
fn rows_reach_their_groups_and_nulls_are_skipped_unless_they_are_asked_for() {
    let states = update::<Seen>(&empty(3), &[0, 2, 2, 2], &rows()).unwrap();
    assert_eq!(lists(&states), (vec![0, 1, 1, 2], Values::Int64(vec![11, 44])));
    let again = update::<Seen>(&states, &[2, 2, 1, 0], &rows()).unwrap();
    assert_eq!(lists(&again), (vec![0, 2, 2, 4], Values::Int64(vec![11, 44, 44, 11])));
}

#[test]
fn states_are_merged_group_by_group() {
    let one = update::<Seen>(&empty(2), &[0, 0, 0, 1], &rows()).unwrap();
    let merged = merge::<Seen>(&empty(1), &[0, 0], &one).unwrap();
    assert_eq!(lists(&merged), (vec![0, 2], Values::Int64(vec![11, 44])));
}

#[test]
fn what_does_not_fit_together_is_an_error_and_no_panic() {
    let refused = |states: &Packed, groups: &[u32], arguments: &[Data]| {
        update::<Seen>(states, groups, arguments).unwrap_err().to_string()
    };
    assert_eq!(refused(&empty(2), &[0, 1, 2, 0], &rows()), "group 2 of 2");
    assert_eq!(
        refused(&empty(1), &[0, 0, 0, 0], &rows()[..2]),
        "2 arguments instead of 3"
    );
    let mut wrong = rows();
    wrong[1] = flat(4, Vec::new(), Values::Float64(vec![0.0; 4]));
    assert_eq!(
        refused(&empty(1), &[0; 4], &wrong),
        "argument `number` is not as it was described"
    );
    let mut short = rows();
    short[2] = flat(4, Vec::new(), Values::Boolean(Vec::new()));
    assert_eq!(
        refused(&empty(1), &[0; 4], &short),
        "argument `flag` is not as it was described"
    );
    let mut lying = rows();
    lying[0].offsets[1] = 99;
    assert_eq!(
        refused(&empty(1), &[0; 4], &lying),
        "argument `text` is not as it was described"
    );
    let mut broken = Packed::default();
    broken.push(&[1, 2, 3]);
    assert_eq!(
        refused(&broken, &[0; 4], &rows()),
        "the bytes of a state are no state of `what_was_seen`"
    );
    broken.offsets[1] = 9;
    assert_eq!(
        refused(&broken, &[0; 4], &rows()),
        "the offsets of states do not fit their bytes"
    );
    assert!(merge::<Seen>(&empty(1), &[0], &empty(2)).is_err());
}

#[test]
fn older_states_are_read_where_the_aggregate_can() {
    let mut old = Packed::default();
    old.push(b"old");
    old.push(&[]);
    let new = migrate::<Seen>(1, &old).unwrap();
    let first = new.iter().unwrap().next().unwrap().to_vec();
    assert_eq!(Seen::decode(&mut &*first).unwrap().nulls, 7);
    assert_eq!(new.iter().unwrap().nth(1).unwrap(), b"");
    let refused = migrate::<Seen>(2, &old).unwrap_err().to_string();
    assert_eq!(refused, "`what_was_seen` can't read a state of version 2");
}

#[test]
fn it_says_what_it_is() {
    assert_eq!(
        (Seen::NAME, Seen::VERSION, Seen::MIGRATES_FROM),
        ("what_was_seen", 3, &[1, 2][..])
    );
    let fields: Vec<_> = Seen::arguments()
        .into_iter()
        .map(|field| (field.name, field.data_type))
        .collect();
    let named = |name: &str, data_type| (name.to_owned(), data_type);
    let wanted = [
        named("text", DataType::Utf8),
        named("number", DataType::Int64),
        named("flag", DataType::Boolean),
    ];
    assert_eq!(fields, wanted);
    let result: Vec<_> = result::<Seen>().into_iter().map(|field| field.data_type).collect();
    assert_eq!(result, [DataType::List, DataType::Int64]);
}
