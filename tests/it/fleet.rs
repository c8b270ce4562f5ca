//! Many accounts out of one table: units for each, runs of each, and how all of them went.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use korebulk::sandbox::Thread;
use serde::Deserialize as _;
use serde_json::Value;

use crate::json_schema::check;
use crate::schedule::words_of;
use crate::support::{
    ACCOUNT, CLIENT, Place, Ran, SECRET, STREAM, applied, id_table, ids, sandbox,
};

const JOB: &str = "operation = \"bulk-delete\"\n[input]\npath = \"/input/{profile}/stale.csv\"\n\
                   [guard]\nmax_records = 5000\n[notify]\nping_url_env = \"PING\"\n";
const AT: [&str; 4] = ["--at", "02:00", "--accounts", "shops.csv"];

/// A place with jobs `a` and `b` and a table of accounts.
fn place(rows: &str) -> Place {
    let place = Place::new();
    place.write("a.toml", JOB);
    place.write("b.toml", JOB.replace("stale", "gone"));
    let header = "profile,host,stream_id,account_id,client_id,client_secret_file\n";
    place.write("shops.csv", format!("{header}{rows}"));
    place
}

fn row(profile: &str, host: &str, account: &str) -> String {
    format!("{profile},{host},{STREAM},{account},{CLIENT},/etc/korebulk/{profile}.secret\n")
}

const HOST: &str = "https://platform.kore.ai";

/// Two accounts in four rows: one of them under two profiles, and written in other ways.
fn rows() -> String {
    let [one, two] = ["65f7d49a5dd06e2cefa45012", "65f7d49a5dd06e2cefa45013"];
    let again = row("north", "HTTPS://Platform.Kore.AI/", &one.to_uppercase());
    [row("south", HOST, one), again, row("east_1", HOST, two), row("south", HOST, one)].concat()
}

fn schedule(place: &Place, words: &[&str]) -> Ran {
    place.run(&[&["schedule", "a.toml", "b.toml"], &AT[..], words].concat())
}

/// What a manifest holds, each checked by the published schema.
fn objects(manifest: &str) -> Vec<Value> {
    let schema: Value = serde_json::from_str(include_str!("kubernetes.schema.json")).unwrap();
    let documents = serde_yaml_ng::Deserializer::from_str(manifest);
    let objects = documents.map(|document| Value::deserialize(document).unwrap());
    let objects: Vec<Value> = objects.filter(|object| !object.is_null()).collect();
    for object in &objects {
        let kind = object["kind"].as_str().unwrap();
        let mut wrong = Vec::new();
        check(&schema, &schema["definitions"][kind], object, kind, &mut wrong);
        assert_eq!(wrong, [""; 0], "{object:#}");
    }
    objects
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}

fn container(job: &Value) -> &Value {
    &job["spec"]["template"]["spec"]["containers"][0]
}

fn arguments(job: &Value) -> Vec<&str> {
    container(job)["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn each_account_has_one_object_whatever_the_rows_and_its_jobs_run_one_after_the_other() {
    let place = place(&rows());
    let text = schedule(&place, &["--format", "kubernetes"]).exits(0).out;
    let objects = objects(&text);
    let jobs = of_kind(&objects, "CronJob");
    let names: Vec<&Value> = jobs.iter().map(|job| &job["metadata"]["name"]).collect();
    assert_eq!(names[0], "korebulk-shops-south");
    assert!(names[1].as_str().unwrap().starts_with("korebulk-shops-east-1-"), "{names:?}");
    let job = &jobs[0]["spec"]["jobTemplate"];
    assert_eq!(
        arguments(job),
        [
            "run",
            "--or-resume",
            "--quiet",
            "--format",
            "json",
            "--accounts",
            "/etc/korebulk/shops.csv",
            "--profile",
            "south,north",
            "--runs-dir",
            "/var/lib/korebulk/runs/{profile}",
            "--client-secret-file",
            "/run/secrets/korebulk/{profile}.client-secret",
            "--ping-url-file",
            "/run/secrets/korebulk/ping-url",
            "/etc/korebulk/a.toml",
            "/etc/korebulk/b.toml",
        ]
    );
    assert_eq!(container(job)["image"], format!("korebulk:{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(job["spec"]["podReplacementPolicy"], "Failed");
    assert_eq!(jobs[0]["spec"]["concurrencyPolicy"], "Forbid");
    // Each has a claim of its own; job files and table are there, and all that can be ended has the label.
    let claims = of_kind(&objects, "PersistentVolumeClaim");
    assert_eq!(claims.len(), 3, "one for each account, one for the input");
    let config = of_kind(&objects, "ConfigMap")[0];
    assert_eq!(config["data"]["a.toml"], JOB);
    assert!(objects.iter().all(|object| object["metadata"]["labels"]["korebulk-fleet"] == "shops"));
    assert!(text.contains("kubectl apply -f THIS-FILE --prune -l korebulk-fleet=shops "), "{text}");
    let secret = "kubectl create secret generic korebulk-shops-south --from-file=south.client-secret=/etc/korebulk/south.secret --from-file=north.client-secret=/etc/korebulk/north.secret\n";
    assert!(text.contains(secret), "{text}");
}

/// A place whose jobs have all their secrets in files.
fn with_files() -> Place {
    let place = place(&rows());
    for job in ["a.toml", "b.toml"] {
        let text = fs::read_to_string(place.path().join(job)).unwrap();
        let file = "ping_url_file = \"/etc/korebulk/ping\"";
        let runs = "\n[runs]\ndir = \"/srv/korebulk/{profile}\"\n";
        place.write(job, text.replace("ping_url_env = \"PING\"", file) + runs);
    }
    place
}

/// The units of a fleet, for systemd's own judge.
pub(crate) fn services() -> String {
    schedule(&with_files(), &[]).exits(0).out
}

#[test]
fn every_scheduler_has_one_line_or_unit_for_each_account_at_its_own_minute() {
    let place = with_files();
    let cron = schedule(&place, &["--format", "cron"]).exits(0).out;
    let lines: Vec<&str> = cron.lines().filter(|line| line.contains(" run ")).collect();
    assert_eq!(lines.len(), 2, "{cron}");
    let words = words_of(lines[0].splitn(6, ' ').nth(5).unwrap());
    assert_eq!(
        words[4..][..4],
        [
            "--accounts",
            &place.path().join("shops.csv").display().to_string(),
            "--profile",
            "south,north"
        ]
    );
    let times: BTreeSet<&str> = lines.iter().map(|line| line.split(" /").next().unwrap()).collect();
    assert!(times.iter().all(|time| time.ends_with(" 2 * * *")) && times.len() == 2, "{times:?}");
    // The minute is the account's, whatever else is in the table.
    place.write(
        "shops.csv",
        fs::read_to_string(place.path().join("shops.csv")).unwrap()
            + &row("west", HOST, "65f7d49a5dd06e2cefa45014"),
    );
    let more = schedule(&place, &["--format", "cron"]).exits(0).out;
    assert!(lines.iter().all(|line| more.contains(line)), "{more}");

    let units = schedule(&place, &[]).exits(0).out;
    let services = units.matches(".service\n# fleet: shops\n[Unit]").count();
    assert_eq!(
        (services, units.matches(".timer\n# fleet: shops\n[Unit]").count()),
        (3, 3),
        "{units}"
    );
    assert!(
        units.contains("LoadCredential=north.client-secret:/etc/korebulk/north.secret\n"),
        "{units}"
    );
    let one = place.run(&[&["schedule", "a.toml"], &AT[..], &["--profile", "north"]].concat());
    assert_eq!(one.exits(0).out.matches("\nExecStart=").count(), 1);
}

#[test]
fn three_hundred_accounts_have_three_hundred_names_claims_and_secrets() {
    let mut rows = String::new();
    for number in 0..300 {
        // Names that Kubernetes would make one of.
        let name = format!("Shop{}{number}", ["-", "_"][number % 2]);
        write!(rows, "{}", row(&name, HOST, &format!("{number:024x}"))).unwrap();
    }
    let place = place(&rows);
    let text = schedule(&place, &["--format", "kubernetes"]).exits(0).out;
    let objects = objects(&text);
    let in_full = |object: &Value| format!("{} {}", object["kind"], object["metadata"]["name"]);
    let names: BTreeSet<String> = objects.iter().map(in_full).collect();
    assert_eq!((of_kind(&objects, "CronJob").len(), names.len()), (300, objects.len()));
    let minutes = of_kind(&objects, "CronJob");
    let minutes: BTreeSet<&str> =
        minutes.iter().map(|job| job["spec"]["schedule"].as_str().unwrap()).collect();
    assert!(minutes.len() > 50, "{minutes:?}");
}

#[test]
fn what_an_account_would_not_find_where_it_runs_is_refused() {
    let rows = rows();
    let kubernetes = ["--format", "kubernetes"];
    let beside = place(&rows);
    beside.write("b.toml", JOB.replace("/input/{profile}/", "exports/"));
    schedule(&beside, &kubernetes).exits(2).says("write `/input/{profile}/…`");
    let file = place(&rows);
    file.write("b.toml", format!("{JOB}[report]\nmetrics_file = \"a.prom\"\n"));
    schedule(&file, &kubernetes).exits(2).says("push_url_env");
    schedule(&place(&rows), &[]).exits(2).says("no scheduler has the variable `PING`");
    schedule(&place(""), &kubernetes).exits(2).says("no accounts");
    let one = with_files();
    for job in ["a.toml", "b.toml"] {
        let text = fs::read_to_string(one.path().join(job)).unwrap();
        one.write(job, text.replace("/{profile}\"\n", "\"\n"));
    }
    schedule(&one, &[]).exits(2).says("put `{profile}` into `runs.dir`");
    let two = place(&row("a", HOST, "65f7d49a5dd06e2cefa45012"));
    schedule(&two, &["--profile", "b"]).exits(2).says("there is no profile `b`");
    let other = row("south", HOST, "65f7d49a5dd06e2cefa45019");
    let twice = place(&format!("{rows}{other}"));
    schedule(&twice, &kubernetes).exits(2).says("shops.csv:6: line 2 is another profile `south`");
    // A job's own target is never overridden.
    let own = place(&rows);
    own.write("b.toml", format!("{JOB}[target]\nhost = \"https://de-platform.kore.ai\"\n"));
    schedule(&own, &kubernetes).exits(2).says("but ").says("shops.csv:2: `south.host` says");
}

/// Two accounts on servers of their own, each with an export.
fn two_accounts() -> (Place, [Thread; 2]) {
    let servers = [sandbox(3), sandbox(3)];
    let place = Place::new();
    place.write("secret", SECRET);
    let mut table = "profile;host;stream_id;account_id;client_id;client_secret_file\n".to_owned();
    for (name, server) in ["one", "two"].iter().zip(&servers) {
        let host = format!("http://{}", server.addr());
        writeln!(table, "{name};{host};{STREAM};{ACCOUNT};{CLIENT};secret").unwrap();
    }
    writeln!(table, "three;https://platform.kore.ai;{STREAM};{ACCOUNT};{CLIENT};secret").unwrap();
    place.write("shops.csv", table);
    let job = "operation = \"bulk-delete\"\n[input]\npath = \"{profile}.csv\"\n[runs]\ndir = \"runs/{profile}\"\n";
    place.write("night.toml", job);
    place.write("one.csv", id_table(&ids(3)));
    place.write("two.csv", id_table(&ids(5)));
    (place, servers)
}

const BOTH: [&str; 5] = ["run", "--accounts", "shops.csv", "--profile", "one,two"];

#[test]
fn several_profiles_are_run_one_after_the_other_each_with_its_own_input_and_history() {
    let (place, servers) = two_accounts();
    place.run(&[&BOTH[..], &["night.toml", "--yes", "--quiet"]].concat()).exits(1);
    assert_eq!(servers.each_ref().map(|server| applied(server).len()), [3, 3]);
    for profile in ["one", "two"] {
        assert_eq!(fs::read_dir(place.path().join("runs").join(profile)).unwrap().count(), 3);
    }
    place.write("night.toml", "operation = \"bulk-delete\"\n[input]\npath = \"{profile}.csv\"\n");
    let refused = place.run(&[&BOTH[..], &["night.toml", "--yes"]].concat()).exits(2);
    refused.says("of several accounts would be one job").says("put `{profile}` into `runs.dir`");
    place.run(&["plan", "night.toml"]).exits(2).says("none is named");
}

#[test]
fn the_commands_that_a_run_prints_name_its_table_and_profile_from_anywhere() {
    let (place, _servers) = two_accounts();
    place.write("one.csv", format!("{}no-id\n", id_table(&ids(2))));
    let words = [&BOTH[..4], &["one", "night.toml", "--yes"]].concat();
    let said = place.run(&words).exits(1).err;
    let table = place.path().join("shops.csv");
    assert!(said.contains(&format!("--accounts {}", table.display())), "{said}");
    assert!(said.contains("--profile one"), "{said}");
}

#[test]
fn last_night_shows_what_never_began_first_out_of_the_log_and_out_of_the_runs() {
    let (place, _servers) = two_accounts();
    fs::remove_file(place.path().join("two.csv")).unwrap();
    let ran =
        place.run(&[&BOTH[..], &["night.toml", "--yes", "--format", "json"]].concat()).exits(2);
    let lines: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!([&lines[0]["exitCode"], &lines[1]["exitCode"]], [0, 2], "{}", ran.out);
    let log = format!("[pod/korebulk-shops-one-1/korebulk] {}", ran.out);
    let from = ["runs", "--accounts", "shops.csv", "--html", "night.html", "--from", "-"];
    let shown = place.run_with_stdin(&from, log.as_bytes()).exits(0).out;
    assert!(shown.starts_with("3 accounts since "), "{shown}");
    assert!(shown.contains(": 1 never began, 1 needs a person, 1\n  other"), "{shown}");
    let at = |name: &str| shown.find(name).unwrap_or_else(|| panic!("{name}: {shown}"));
    assert!(at("three: ") < at("\ntwo ") && at("\ntwo ") < at("\none "), "{shown}");
    assert!(shown.contains("usage, job file, secrets or input"), "why: {shown}");
    let page = fs::read_to_string(place.path().join("night.html")).unwrap();
    assert!(page.contains("<h2>never began: 1</h2>") && !page.contains("<script"), "{page}");
    let under = place.run(&["runs", "--accounts", "shops.csv", "--under", "."]).exits(0).out;
    assert!(under.contains(": 1 never began, 1 needs a person, 1\n  other"), "{under}");
    let json = place.run(&["runs", "--under", "runs", "--format", "json"]).exits(0).out;
    let night: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(night["accounts"][1]["jobs"][0]["counts"][0], 3, "{json}");
    place.run(&["runs", "--html", "night.html"]).exits(2).says("--under DIR");
}

#[test]
fn a_command_runs_once_with_the_units_secret_claim_and_user() {
    let place = place(&rows());
    let once = |words: &[&str]| place.run(&[&["schedule", "a.toml"], words].concat());
    let target = row("south", HOST, "65f7d49a5dd06e2cefa45012");
    let cells: Vec<&str> = target.trim().split(',').collect();
    let keys = ["host", "stream_id", "account_id", "client_id", "client_secret_file"];
    let mut job = JOB.replace("{profile}/", "") + "[target]\n";
    for (key, cell) in keys.iter().zip(&cells[1..]) {
        writeln!(job, "{key} = \"{cell}\"").unwrap();
    }
    place.write("a.toml", &job);
    let manifest = once(&["--once", "undo latest", "--format", "kubernetes"]).exits(0).out;
    let objects = objects(&manifest);
    assert_eq!(objects[0]["kind"], "Job");
    let spec = &objects[0]["spec"]["template"]["spec"];
    assert_eq!(
        arguments(&objects[0])[..5],
        ["undo", "latest", "--yes", "--runs-dir", "/var/lib/korebulk/runs"]
    );
    assert!(arguments(&objects[0]).contains(&"/run/secrets/korebulk/client-secret"));
    let claims = spec["volumes"].as_array().unwrap();
    let runs = claims.iter().find(|volume| volume["name"] == "runs").unwrap();
    assert_eq!(runs["persistentVolumeClaim"]["claimName"], "korebulk-a-runs");
    let north = [&AT[2..], &["--profile", "north", "--once", "undo latest"]].concat();
    let mut of_fleet = north.clone();
    of_fleet.extend(["--format", "kubernetes"]);
    place.write("b.toml", JOB);
    let manifest = place.run(&[&["schedule", "b.toml"], &of_fleet[..]].concat()).exits(0).out;
    let objects = self::objects(&manifest);
    assert_eq!(objects.len(), 1, "one of the account's two profiles: {manifest}");
    let words = arguments(&objects[0]);
    assert!(words.contains(&"/var/lib/korebulk/runs/north"), "{words:?}");
    assert!(words.contains(&"/run/secrets/korebulk/north.client-secret"), "{words:?}");
    assert!(manifest.contains("claimName: korebulk-shops-south-runs\n"), "{manifest}");
    let service = once(&["--once", "runs"]).exits(0).out;
    let command = service.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>();
    let words = words_of(&command.join("\n"));
    assert_eq!(words[0], "systemd-run");
    assert!(!service.contains("LoadCredential"), "what sends nothing has no secret: {service}");
    let undo = once(&["--once", "undo latest"]).exits(0).out;
    let words = words_of(&undo.lines().skip(1).collect::<Vec<_>>().join("\n"));
    assert!(words.contains(&"LoadCredential=client-secret:/etc/korebulk/south.secret".to_owned()));
    assert!(words.contains(&"${CREDENTIALS_DIRECTORY}/client-secret".to_owned()), "{undo}");
    once(&["--once", "reboot"]).exits(2).says("`reboot` is none of `undo`");
    once(&["--once", "undo latest", "--format", "cron"]).exits(2).says("cron runs nothing once");
    once(&["--once", "undo latest", "--at", "02:00"]).exits(2);
    place.write("c.toml", &job);
    once(&["c.toml", "--once", "undo latest"]).exits(2).says("any of 2 jobs");
    once(&["c.toml", "--once", "undo c@latest"]).exits(0);
}

#[test]
fn a_job_that_never_came_to_a_run_has_its_line_too() {
    let (place, _servers) = two_accounts();
    place.write("runs", "no directory");
    let words = [&BOTH[..4], &["one", "night.toml", "--yes", "--format", "json"]].concat();
    let output = place.korebulk(&words).output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["exitCode"].as_i64(), output.status.code().map(i64::from), "{said}");
    assert!(said["run"].is_null() && said["job"] == "night", "{said}");
    assert_eq!(said["target"]["account"], ACCOUNT);
    let log = String::from_utf8(output.stdout).unwrap();
    let from = ["runs", "--accounts", "shops.csv", "--from", "-"];
    let shown = place.run_with_stdin(&from, log.as_bytes()).exits(0).out;
    let why = said["error"].as_str().unwrap().split_whitespace().next_back().unwrap();
    assert!(shown.contains("2 never began, 1 needs a person") && shown.contains(why), "{shown}");
}

#[test]
fn a_night_of_which_nothing_is_known_is_no_good_night() {
    let (place, _servers) = two_accounts();
    place.write("empty.log", "");
    place.write("other.log", "nothing of ours\n{\"a\": 1}\n");
    fs::create_dir(place.path().join("bare")).unwrap();
    for log in ["empty.log", "other.log"] {
        place.run(&["runs", "--from", log]).exits(2).says("no line of it is the end of a run");
        // With the table of accounts it says who never began.
        let known = ["runs", "--from", log, "--accounts", "shops.csv"];
        assert!(place.run(&known).exits(0).out.contains("never began"));
    }
    place.run(&["runs", "--under", "bare"]).exits(2).says("no run below it");
    let ran = place.run(&["runs", "--under", "nowhere"]).exits(2);
    assert!(!ran.err.contains("--runs-dir"), "{}", ran.err);
    let html = ["runs", "--from", "other.log", "--accounts", "shops.csv", "--html", "none/a.html"];
    place.run(&html).exits(2).says("none/a.html: the page cannot be written");
}
