//! `[account] read_budget`: a selection reads the account in parts, each from where the last one ended.

use crate::account_server::{AccountServer, By, Honours, World};
use crate::support::{Place, Ran, report};

/// Pages of ten; nobody has a salutation.
fn world(count: usize, by: By, honours: Honours) -> World {
    let mut world = World { cap: 10, above: 10, by, honours, ..World::with(count) };
    for held in &mut world.contacts {
        held.fields["salutation"] = "".into();
    }
    world
}

/// A job that gives every contact a salutation.
fn job(place: &Place, budget: u64, more: &str) {
    let head = place.job("bulk-update", "x").replace("path = \"x\"", "from = \"account\"");
    let rule = "[[input.send_if]]\ncolumn = \"lastName\"\nmatches = \"Testwell\"\n[input.defaults]\nsalutation = \"Dr\"\n";
    let limits = "[limits]\nrate = \"none\"\n[account]\nread_rate = \"none\"\n";
    place.write("job.toml", format!("{head}{rule}{limits}read_budget = {budget}\n{more}"));
}

const ALL: &str = "[guard]\nmax_selected = \"100%\"\n";

fn run(place: &Place) -> Ran {
    place.run(&["run", "job.toml", "--yes"])
}

fn left(server: &AccountServer) -> usize {
    server.world().contacts.iter().filter(|held| held.fields["salutation"] == "").count()
}

#[test]
fn each_run_goes_on_where_the_last_one_ended_until_all_contacts_were_read() {
    let ways =
        [(By::Id, Honours::Skip), (By::IdBackwards, Honours::Skip), (By::Hash, Honours::PageOnly)];
    for (by, honours) in ways {
        let server = AccountServer::quiet(world(150, by, honours));
        let place = Place::at(server.addr);
        job(&place, 8, ALL);
        let mut runs = 0;
        while left(&server) > 0 {
            let (before, asked) = (left(&server), server.asked().len());
            let ran = run(&place).exits(0);
            runs += 1;
            assert!(server.asked().len() <= asked + 8 + 2, "{by:?}: {}", ran.err);
            assert!(left(&server) < before, "{by:?}: {}", ran.err);
            assert!(ran.err.contains(" of 150 contacts by "), "{by:?}: {}", ran.err);
            assert!(runs < 10, "{by:?}");
        }
        assert!(runs > 2, "{by:?}: {runs}");
        let account = &report(place.runs().last().unwrap())["account"];
        assert_eq!((account["partOf"].as_u64(), account["complete"].is_null()), (Some(150), true));
        // Behind the last contact comes the first again.
        server.edit(|world| {
            for held in &mut world.contacts {
                held.fields["salutation"] = "".into();
            }
        });
        run(&place).exits(0);
        let again = left(&server);
        assert!(again < 150, "{by:?}");
    }
}

#[test]
fn nobody_is_passed_over_where_others_are_deleted_between_the_runs() {
    let server = AccountServer::quiet(world(150, By::Id, Honours::Skip));
    let place = Place::at(server.addr);
    job(&place, 8, ALL);
    for runs in 0.. {
        run(&place).exits(0);
        let is_over = left(&server) == 0;
        // Those that are done are deleted by somebody: the others move to their places.
        server.edit(|world| {
            let mut nth = 0;
            world.contacts.retain(|held| {
                nth += 1;
                held.fields["salutation"] == "" || nth % 3 == 0
            });
        });
        if is_over {
            break;
        }
        assert!(runs < 8, "{} are left", left(&server));
    }
    let world = server.world();
    assert!(world.contacts.iter().all(|held| held.fields["salutation"] == "Dr"));
}

#[test]
fn what_a_run_leaves_to_a_later_one_is_where_that_one_begins() {
    let server = AccountServer::quiet(world(100, By::Id, Honours::Skip));
    let place = Place::at(server.addr);
    job(&place, 8, ALL);
    let text = std::fs::read_to_string(place.path().join("job.toml")).unwrap();
    place.write("job.toml", text.replace("[limits]\n", "[limits]\nper_run = 25\n"));
    for runs in 1..=4 {
        let ran = run(&place).exits(0);
        assert_eq!(left(&server), 100 - 25 * runs, "{}", ran.err);
        assert!(
            !ran.err.contains(" in all"),
            "of the rest nobody knows what it selects: {}",
            ran.err
        );
    }
}

#[test]
fn a_run_goes_by_the_part_that_its_plan_has_read() {
    let server = AccountServer::quiet(world(150, By::Id, Honours::Skip));
    let place = Place::at(server.addr);
    job(&place, 8, ALL);
    let plan = place.run(&["plan", "job.toml"]).exits(0).out;
    let flat = plan.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(" of 150 contacts by "), "{plan}");
    assert!(flat.contains("the next run goes on where this one ends"), "{plan}");
    let asked = server.asked().len();
    let again = place.run(&["plan", "job.toml"]).exits(0).out;
    assert_eq!(again.lines().last(), plan.lines().last(), "a plan takes nobody's turn");
    let id = plan.lines().last().unwrap().strip_prefix("plan ").unwrap();
    place.run(&["run", "job.toml", "--plan", id]).exits(0);
    assert!(server.asked().len() <= asked + 8, "looks at what was shown again, at nothing else");
    place.run(&["run", "job.toml", "--plan", id]).exits(3).says("no longer holds");
    let done = 150 - left(&server);
    run(&place).exits(0);
    assert!(150 - left(&server) > done + 20, "the next part");
}

#[test]
fn a_guard_on_what_is_selected_counts_what_was_read_and_the_next_run_reads_the_same() {
    let server = AccountServer::quiet(world(150, By::Id, Honours::Skip));
    let place = Place::at(server.addr);
    job(&place, 8, "");
    for _ in 0..2 {
        run(&place).exits(3).says("`guard.max_selected`: at most 20%");
        assert_eq!(left(&server), 150);
    }
    job(&place, 8, ALL);
    run(&place).exits(0);
    let first = server.world().ids()[0].clone();
    let world = server.world();
    let held = world.contacts.iter().find(|held| held.id == first).unwrap();
    assert_eq!(held.fields["salutation"], "Dr", "the first part was not passed over");
}

#[test]
fn the_smallest_budget_goes_on_too() {
    let server = AccountServer::quiet(world(40, By::Id, Honours::Skip));
    let place = Place::at(server.addr);
    job(&place, 1, ALL);
    for _ in 0..3 {
        let before = left(&server);
        let ran = run(&place).exits(0);
        assert!(left(&server) < before, "{}", ran.err);
    }
}

#[test]
fn a_budget_that_is_enough_reads_the_account_whole() {
    let server = AccountServer::quiet(world(50, By::Id, Honours::Skip));
    let place = Place::at(server.addr);
    job(&place, 100, ALL);
    let ran = run(&place).exits(0);
    assert!(ran.err.contains("the account was read whole by"), "{}", ran.err);
    assert_eq!(left(&server), 0);
}

#[test]
fn where_absence_counts_a_budget_is_refused_with_its_sentence() {
    let server = AccountServer::quiet(World::with(30));
    let place = Place::at(server.addr);
    job(&place, 8, "");
    let export = ["export", "job.toml", "--to", "a.csv"];
    place.run(&export).exits(2).says("job.toml:").says("`account.read_budget`").says("whole");
    let typed = ["export", "--to", "a.csv", "--read-budget", "5"];
    place.run(&typed).exits(2).says("`--read-budget`").says("whole");
    place.write("a.csv", "Name,Mobile,Title\nAster1 Testwell1,+919800000001,Dr\n");
    let columns = "[input.columns]\nfullName = \"Name\"\n\"cellPhone.phoneNumber\" = \"Mobile\"\nsalutation = \"Title\"\n";
    let matched = place.job("bulk-update", "a.csv") + columns + "[match]\n";
    place.write("match.toml", format!("{matched}[account]\nread_budget = 5\n"));
    for command in ["plan", "run", "check"] {
        let ran = place.run(&[command, "match.toml"]).exits(2);
        assert!(format!("{}{}", ran.out, ran.err).contains("`[match]` needs the whole account"));
    }
    place.write("file.toml", place.job("bulk-delete", "a.csv") + "[account]\nread_budget = 5\n");
    place.run(&["plan", "file.toml"]).exits(2).says("only contacts that rules select");
    job(&place, 0, "");
    place.run(&["plan", "job.toml"]).exits(2).says("at least one request");
    assert_eq!(server.asked().len(), 0);
}
