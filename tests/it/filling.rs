//! Half a row: what a row does not say stays as the contact has it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::account_server::{AccountServer, World};
use crate::support::{Place, Ran};

const KEEP: [&str; 7] = ["--blanks", "keep", "--yes", "--rate", "none", "--batch-size", "10"];

fn update(place: &Place, file: &str) -> Ran {
    place.run(&[&["bulk-update", file], &KEEP[..]].concat())
}

/// A sheet of ids and one other column.
fn sheet(place: &Place, header: &str, rows: &[(String, &str)]) {
    let rows: Vec<String> = rows.iter().map(|(id, value)| format!("{id},{value}")).collect();
    place.write("a.csv", format!("id,{header}\n{}\n", rows.join("\n")));
}

#[test]
fn a_second_half_row_keeps_what_the_first_has_just_changed() {
    let server = AccountServer::quiet(World::with(10));
    let place = Place::at(server.addr);
    let id = server.world().ids()[3].clone();
    sheet(&place, "lastName", &[(id.clone(), "Roe")]);
    update(&place, "a.csv").exits(0);
    sheet(&place, "salutation", &[(id.clone(), "Dr")]);
    update(&place, "a.csv").exits(0);
    let world = server.world();
    let contact = world.contacts.iter().find(|contact| contact.id == id).unwrap();
    assert_eq!(
        (&contact.fields["lastName"], &contact.fields["salutation"]),
        (&"Roe".into(), &"Dr".into())
    );
}

#[test]
fn half_a_row_changes_what_it_says_and_nothing_else() {
    let server = AccountServer::quiet(World { cap: 10, above: 10, ..World::with(40) });
    let place = Place::at(server.addr);
    let before = server.world();
    let ids = before.ids();
    sheet(
        &place,
        "lastName",
        &[(ids[30].clone(), "Roe"), (ids[3].clone(), "Rao"), (ids[4].clone(), "Testwell5")],
    );
    place.write(
        "job.toml",
        place.job("bulk-update", "a.csv")
            + "[update]\nblanks = \"keep\"\n[limits]\nrate = \"none\"\n",
    );
    let plan = place.run(&["plan", "job.toml"]).exits(0).out;
    for line in [
        "these contacts were read in the account by",
        "Phone: none.",
        "Names: 2 change: T… → R…, T… → R…",
        "Salutation: none.",
        "unchanged",
        "salutation             ← the contact's own value",
    ] {
        assert!(plan.contains(line), "{line}\n{plan}");
    }
    assert!(
        server
            .world()
            .contacts
            .iter()
            .zip(&before.contacts)
            .all(|(is, was)| is.fields == was.fields)
    );
    let ran = place.run(&["run", "job.toml", "--yes"]).exits(0);
    assert!(ran.err.contains("2 contacts were updated and 1 was skipped"), "{}", ran.err);
    for (was, is) in before.contacts.iter().zip(&server.world().contacts) {
        let mut expected = was.fields.clone();
        match ids.iter().position(|id| *id == was.id) {
            Some(30) => expected["lastName"] = "Roe".into(),
            Some(3) => expected["lastName"] = "Rao".into(),
            _ => assert_eq!(was.updated, is.updated),
        }
        assert_eq!(is.fields, expected);
    }
}

#[test]
fn few_contacts_are_sought_where_that_takes_less_than_reading_the_account() {
    let server = AccountServer::quiet(World { cap: 10, above: 10, ..World::with(2_000) });
    let place = Place::at(server.addr);
    let ids = server.world().ids();
    let gone = "0".repeat(24);
    let rows = [(ids[1234].clone(), "Roe"), (ids[7].clone(), "Rao"), (gone, "Roy")];
    sheet(&place, "lastName", &rows);
    let ran = update(&place, "a.csv").exits(1).says("gone: the account has no contact");
    let asked = server.asked().len();
    assert!(asked < 50, "{asked} requests\n{}", ran.err);
    let names = |at: usize| server.world().contacts[at].fields["lastName"].clone();
    assert_eq!((names(1234), names(7), names(8)), ("Roe".into(), "Rao".into(), "Testwell9".into()));
}

/// What an account may hold that no sheet would be allowed to say.
fn odd_contacts(world: &mut World) {
    let odd: [(&str, Value); 9] = [
        ("firstName", json!("#N/A")),
        ("firstName", json!(" Ann ")),
        ("lastName", json!("n/a")),
        ("lastName", json!("D\u{e9}j\u{0065}\u{301}")),
        ("salutation", json!("mister")),
        ("salutation", json!("")),
        ("lastName", json!("O\"Brien, \u{200b}=1+1")),
        ("firstName", json!("")),
        ("lastName", json!("'quoted")),
    ];
    for (held, (field, value)) in world.contacts.iter_mut().zip(odd) {
        held.fields[field] = value;
    }
    world.contacts[9].fields["cellPhone"] =
        json!({"extension": "91", "phoneNumber": "+9198 12-34", "countryCode": "91"});
}

#[test]
fn a_table_that_was_exported_edited_in_one_column_and_taken_back_changes_that_column_alone() {
    for (name, column) in [("a.csv", "lastName"), ("a.xlsx", "salutation"), ("a.jsonl", "lastName")]
    {
        let mut world = World::with(25);
        odd_contacts(&mut world);
        let server = AccountServer::quiet(world);
        let place = Place::at(server.addr);
        let before = server.world();
        let job = place.run(&["export", "--to", name, "--rate", "none"]).exits(0).out;
        place.write("back.toml", job);
        let ran = place.run(&["run", "back.toml", "--yes", "--rate", "none"]).exits(0);
        assert!(
            ran.err.contains("0 requests") && ran.err.contains("25 rows: unchanged"),
            "{name}: {}",
            ran.err
        );
        assert_eq!(
            server.world().contacts.iter().map(|held| held.updated).max(),
            before.contacts.iter().map(|held| held.updated).max()
        );
        if name == "a.xlsx" {
            continue;
        }
        let path = place.path().join(name);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("Testwell12", "Changed").replace("Testwell20", "Changed"))
            .unwrap();
        place.run(&["run", "back.toml", "--yes", "--rate", "none"]).exits(0);
        for (was, is) in before.contacts.iter().zip(&server.world().contacts) {
            let mut expected = was.fields.clone();
            if ["Testwell12", "Testwell20"].contains(&was.fields["lastName"].as_str().unwrap()) {
                expected[column] = "Changed".into();
            }
            assert_eq!(is.fields, expected, "{name}");
        }
    }
}

#[test]
fn an_id_that_the_account_does_not_have_is_rejected_and_so_is_a_deleted_contact() {
    let server = AccountServer::quiet(World { shows_inactive: true, ..World::with(5) });
    let inactive = {
        let mut id = String::new();
        server.edit(|world| id = world.delete(2));
        id
    };
    let place = Place::at(server.addr);
    let other = "0".repeat(24);
    sheet(
        &place,
        "lastName",
        &[(inactive, "Roe"), (other, "Roe"), (server.world().ids()[0].clone(), "Roe")],
    );
    let ran = update(&place, "a.csv").exits(1);
    for words in ["deleted contact", "gone: the account has no contact with this id"] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    assert_eq!(server.world().contacts[0].fields["lastName"], "Roe");
}

#[test]
fn a_new_phone_number_of_another_country_is_not_mixed_with_the_old_code() {
    let server = AccountServer::quiet(World::with(4));
    let place = Place::at(server.addr);
    let ids = server.world().ids();
    let rows = [
        (ids[0].clone(), "+44 7400 000068"),
        (ids[1].clone(), "98123 45678"),
        (ids[2].clone(), "+91 98123 45679"),
    ];
    sheet(&place, "phoneNumber", &rows);
    let ran = update(&place, "a.csv").exits(1);
    assert!(ran.err.contains("old country code"), "{}", ran.err);
    let phone = |at: usize| server.world().contacts[at].fields["cellPhone"].clone();
    assert_eq!(
        phone(1),
        json!({"extension": "+91", "phoneNumber": "+919812345678", "countryCode": "+91"})
    );
    assert_eq!(phone(2)["phoneNumber"], "+919812345679");
    let ran = place
        .run(&[&["bulk-update", "a.csv", "--set", "cellPhone.extension=+"], &KEEP[..]].concat())
        .exits(0);
    assert_eq!(
        phone(0),
        json!({"extension": "+", "phoneNumber": "+447400000068", "countryCode": "+44"}),
        "{}",
        ran.err
    );
}

#[test]
fn a_sheet_with_less_than_all_fields_learns_how_contacts_keep_theirs() {
    let place = Place::to("http://127.0.0.1:9".to_owned());
    sheet(&place, "lastName", &[("6960cbe9b155d194e2f00001".to_owned(), "Roe")]);
    let ran = place.run(&["bulk-update", "a.csv", "--yes"]).exits(2);
    assert!(ran.err.contains("--blanks keep"), "{}", ran.err);
    place.write("b.csv", "id,note\n6960cbe9b155d194e2f00001,x\n");
    let ran = update(&place, "b.csv").exits(2);
    assert!(ran.err.contains("no column that could change anything"), "{}", ran.err);
}

#[test]
fn what_is_there_is_not_overwritten_where_that_is_asked_for() {
    let server = AccountServer::quiet(World::with(3));
    server.edit(|world| world.contacts[1].fields["salutation"] = "".into());
    let place = Place::at(server.addr);
    let ids = server.world().ids();
    sheet(&place, "salutation", &[(ids[0].clone(), "Dr"), (ids[1].clone(), "Dr")]);
    let keep = ["bulk-update", "a.csv", "--keep-existing", "salutation"];
    place.run(&[&keep[..], &KEEP[..]].concat()).exits(0);
    let salutation = |at: usize| server.world().contacts[at].fields["salutation"].clone();
    assert_eq!((salutation(0), salutation(1)), (json!("Mrs"), json!("Dr")));
    let ran =
        place.run(&[&["bulk-update", "a.csv", "--keep-existing", "nickname"], &KEEP[..]].concat());
    assert!(ran.exits(2).err.contains("`nickname` is no field"));
}

#[test]
fn a_plan_writes_every_change_to_a_table_and_the_report_says_how_the_account_was_read() {
    let server = AccountServer::quiet(World { cap: 10, above: 10, ..World::with(30) });
    let place = Place::at(server.addr);
    let ids = server.world().ids();
    sheet(&place, "lastName", &[(ids[3].clone(), "Roe"), (ids[4].clone(), "Testwell5")]);
    let job = place.job("bulk-update", "a.csv")
        + "[update]\nblanks = \"keep\"\n[limits]\nrate = \"none\"\n[backup]\ncontacts = true\n";
    place.write("job.toml", job);
    place.run(&["plan", "job.toml", "--no-read"]).exits(3).says("`account.no_read`");
    assert_eq!(server.asked().len(), 0);
    place.run(&["export", "--to", "-", "--rate", "none"]).exits(0);
    place.run(&["plan", "job.toml", "--no-read", "--diff", "changes.csv"]).exits(0);
    let (header, rows) = crate::support::table(&place.path().join("changes.csv"));
    assert_eq!(header, ["row", "id", "field", "before", "after", "from"]);
    let changed: Vec<&[String]> = rows.iter().map(|row| &row[2..]).collect();
    assert!(
        changed.contains(&&["lastName", "Testwell4", "Roe", "the row"].map(str::to_owned)[..]),
        "{rows:?}"
    );
    assert!(rows.iter().all(|row| row[1] == ids[3]), "{rows:?}");
    let ran = place.run(&["run", "job.toml", "--yes"]).exits(0);
    assert!(ran.err.contains("the account was read whole by"), "{}", ran.err);
    let report = place.report();
    let account = &report["account"];
    assert_eq!(
        (&account["contacts"], &account["complete"]),
        (&json!(30), &json!("overlappingPages"))
    );
    assert!(
        account["readUntil"].is_string() && account["requests"].as_u64() > Some(2),
        "{account}"
    );
    let page = fs::read_to_string(place.the_run().join("report.html")).unwrap();
    assert!(page.contains("the account was read whole by"));
}

#[test]
fn a_list_of_changes_is_the_users_own_runs_no_formula_and_takes_no_other_files_place() {
    let server = AccountServer::quiet(World::with(30));
    server.edit(|world| world.contacts[3].fields["lastName"] = json!("=1+1"));
    let place = Place::at(server.addr);
    let ids = server.world().ids();
    sheet(&place, "lastName", &[(ids[3].clone(), "Roe")]);
    let job = place.job("bulk-update", "a.csv")
        + "[update]\nblanks = \"keep\"\n[limits]\nrate = \"none\"\n";
    place.write("job.toml", &job);
    place.write("two.toml", format!("name = \"two\"\n{job}"));
    let changes = [
        ("c.csv", ",lastName,'=1+1,Roe,the row\n"),
        ("c.jsonl", r#""before":"=1+1","after":"Roe""#),
        // Its cells are text whatever is in them.
        ("c.xlsx", "xl/"),
    ];
    for (name, change) in changes {
        for command in [&["plan", "job.toml"][..], &["run", "job.toml", "--dry-run"]] {
            let path = place.path().join(name);
            let _ = fs::remove_file(&path);
            let diff = [command, &["--diff", name]].concat();
            place.run(&diff).exits(0);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            assert!(text.contains(change), "{name}: {text}");
            fs::write(&path, "theirs").unwrap();
            let asked = server.asked().len();
            place.run(&diff).exits(2).says("exists already");
            assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
            assert_eq!(server.asked().len(), asked, "it is refused before anything is read");
        }
    }
    let two = ["run", "job.toml", "two.toml", "--dry-run", "--diff", "two.csv"];
    place.run(&two).exits(2).says("one job");
    let left = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().ends_with(".part")));
}

#[test]
fn a_reading_that_does_not_fit_is_refused_with_figures() {
    let server = AccountServer::quiet(World { cap: 10, above: 10, ..World::with(300) });
    let place = Place::at(server.addr);
    let head = place.job("bulk-delete", "x").replace("path = \"x\"", "from = \"account\"");
    let more = "except = []\n[[input.send_if]]\ncolumn = \"lastName\"\nis = \"x\"\n[limits]\nrate = \"none\"\nmax_duration = \"1m\"\n";
    place.write("job.toml", head + more);
    let ran = place.run(&["run", "job.toml", "--yes", "--read-rate", "30/min"]).exits(3);
    let ran = ran.says("`limits.max_duration` is 1 min").says("requests");
    assert!(server.asked().len() < 6, "{}", ran.err);
}

#[test]
fn a_plan_binds_a_run_to_what_it_has_read() {
    let server = AccountServer::quiet(World::with(30));
    let place = Place::at(server.addr);
    let ids = server.world().ids();
    sheet(&place, "lastName", &[(ids[3].clone(), "Roe")]);
    let job = place.job("bulk-update", "a.csv");
    place.write("job.toml", job + "[update]\nblanks = \"keep\"\n[limits]\nrate = \"none\"\n");
    let planned = || {
        let out = place.run(&["plan", "job.toml"]).exits(0).out;
        out.lines().last().unwrap().strip_prefix("plan ").unwrap().to_owned()
    };
    let first = planned();
    place.run(&["export", "--to", "-", "--rate", "none", "--max-age", "1ms"]).exits(0);
    place.run(&["run", "job.toml", "--plan", &first]).exits(3).says("no longer holds");
    let second = planned();
    place.run(&["run", "job.toml", "--plan", &second]).exits(0);
    assert_eq!(server.world().contacts[3].fields["lastName"], "Roe");
}
