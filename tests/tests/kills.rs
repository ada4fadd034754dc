//! Kills on real servers: a few dozen, and each thing that else may happen once. `cargo run -p wasmill-tests --bin kills` is for more.
//!
//! Without `WASMILL_TEST_KAFKA` and `WASMILL_TEST_S3` nothing of this runs: an embedded broker has no transactions and does not survive
//! the process that it is in.

use std::time::Duration;

use wasmill_tests::kills::{Disk, Fault, Kind, Outage, Plan, Report, Server, Servers, run};

/// The same at every run, so that a change fails by what it does. The other program tries as many as one likes.
const SEED: u64 = 7;

/// Runs plans one after the other, on the servers of the environment or, if servers have to go, on some of their own.
fn disturb(plans: &[Plan]) {
    let Some(given) = Servers::given() else {
        eprintln!("left out: no real servers (`tests/servers run cargo test -p wasmill-tests --test kills`)");
        return;
    };
    let servers_go = |plan: &Plan| plan.faults.iter().any(|fault| matches!(fault, Fault::Away(..)));
    let own = plans.iter().any(servers_go).then(Servers::start);
    let servers = own.as_ref().unwrap_or(&given);
    let mut total = Report::default();
    for plan in plans {
        match run(plan, servers) {
            Ok(report) => total.add(report),
            Err(wrong) => panic!("{wrong}"),
        }
    }
    eprintln!("{total}");
}

fn killed(kind: Kind, kills: usize, faults: &[Fault]) -> Plan {
    Plan {
        kind,
        seed: SEED,
        kills,
        faults: faults.to_vec(),
        tell: true,
    }
}

#[test]
fn rows_in_the_store_are_there_once() {
    disturb(&[killed(Kind::Store, 6, &[Fault::SecondStart])]);
}

#[test]
fn rows_on_the_disk_are_there_once_also_when_it_was_full() {
    let full = if Disk::can_be_small() {
        vec![Fault::DiskFull, Fault::DiskFull]
    } else {
        eprintln!("left out: no small file system can be mounted here, so the disk is never full");
        Vec::new()
    };
    disturb(&[killed(Kind::Disk, 6, &full)]);
}

#[test]
fn windows_are_there_once_also_when_one_that_was_stopped_wakes_up() {
    // Longer than it takes until another one takes over; `--bin kills` has it stand still for half a minute.
    let zombie = Fault::Zombie(Duration::from_secs(10));
    disturb(&[killed(Kind::Append, 6, &[zombie])]);
}

#[test]
fn a_topic_has_each_step_once() {
    disturb(&[killed(Kind::Update, 6, &[Fault::Interrupt, Fault::InterruptTwice])]);
}

#[test]
fn whole_results_are_of_all_that_was_read() {
    disturb(&[killed(Kind::Complete, 5, &[Fault::Interrupt])]);
}

#[test]
fn a_record_is_in_the_output_or_in_the_dead_letters() {
    disturb(&[killed(Kind::DeadLetters, 6, &[Fault::InterruptTwice])]);
}

#[test]
fn servers_go_and_come_back() {
    let away = |server, outage| Fault::Away(server, outage);
    disturb(&[
        killed(
            Kind::Update,
            1,
            &[
                away(Server::Broker, Outage::Stop),
                away(Server::Broker, Outage::Kill),
                away(Server::Store, Outage::Kill),
            ],
        ),
        killed(
            Kind::Store,
            1,
            &[
                away(Server::Store, Outage::Stop),
                away(Server::Store, Outage::Pause),
                away(Server::Broker, Outage::Pause),
            ],
        ),
    ]);
}
