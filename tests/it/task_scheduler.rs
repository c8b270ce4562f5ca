//! `schedule --format windows` through the binary: what Task Scheduler is given, read as it reads it.

use std::fs;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::support::{ACCOUNT, CLIENT, Place, STREAM};

const AT: [&str; 4] = ["--at", "weekdays 22:30", "--format", "windows"];

/// A place with a job that can be left alone.
fn place(name: &str) -> Place {
    let place = Place::new();
    place.write(name, job("KOREBULK_CLIENT_SECRET"));
    place
}

fn job(variable: &str) -> String {
    format!(
        "operation = \"bulk-delete\"\nname = \"night--ü\"\n[target]\nhost = \"https://platform.kore.ai\"\n\
         stream_id = \"{STREAM}\"\naccount_id = \"{ACCOUNT}\"\nclient_id = \"{CLIENT}\"\n\
         client_secret_env = \"{variable}\"\n[input]\npath = \"stale.csv\"\n[guard]\nmax_records = 5000\n"
    )
}

/// Each element's path, with the text in it; attributes that others chose are none.
fn elements(xml: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(xml);
    let (mut path, mut found): (Vec<String>, Vec<(String, String)>) = Default::default();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                path.push(start.name().as_ref().to_owned());
                found.push((path.join("/"), String::new()));
            }
            Event::Empty(empty) => {
                let name = empty.name();
                found.push((format!("{}/{}", path.join("/"), name.as_ref()), String::new()));
            }
            Event::Text(text) => {
                if let Some((_, known)) = found.last_mut() {
                    known.push_str(&text);
                }
            }
            Event::GeneralRef(reference) => {
                let reference = format!("&{};", &*reference);
                let (_, known) = found.last_mut().unwrap();
                known.push_str(&quick_xml::escape::unescape(&reference).unwrap());
            }
            Event::End(_) => {
                path.pop();
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[track_caller]
fn one<'a>(elements: &'a [(String, String)], path: &str) -> &'a str {
    let found: Vec<&str> =
        elements.iter().filter(|(at, _)| at == path).map(|(_, text)| text.trim()).collect();
    assert_eq!(found.len(), 1, "{path} in {elements:#?}");
    found[0]
}

/// What a program of Windows finds in its command line: Microsoft's rules for `argv`.
fn argv(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let mut count = 1;
                while letters.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let before_quote = letters.peek() == Some(&'"');
                let shown = if before_quote { count / 2 } else { count };
                word.get_or_insert_default().push_str(&"\\".repeat(shown));
                if before_quote && count % 2 == 1 {
                    letters.next();
                    word.get_or_insert_default().push('"');
                }
            }
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.into_iter().chain(word).collect()
}

#[test]
fn a_task_says_in_the_order_of_its_schema_when_the_job_runs_as_whom_and_how() {
    let place = place("night.toml");
    let words = [&["schedule", "night.toml"], &AT[..], &["--user", r"SHOP\night run"]].concat();
    let text = place.run(&words).exits(0).out;
    assert!(text.is_ascii(), "the same in every encoding that a shell saves it in: {text}");
    assert!(text.starts_with("<?xml version=\"1.0\"?>\n<!--"), "{text}");
    let found = elements(&text);
    let names: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    let top: Vec<&str> =
        names.iter().copied().filter(|path| path.matches('/').count() == 1).collect();
    assert_eq!(
        top,
        ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"]
            .map(|name| format!("Task/{name}"))
    );
    let inside = |of: &str| {
        let of = format!("{of}/");
        let inner = names.iter().filter_map(|path| path.strip_prefix(&of));
        inner.filter(|name| !name.contains('/')).collect::<Vec<_>>()
    };
    assert_eq!(inside("Task/Triggers"), ["CalendarTrigger", "EventTrigger"]);
    assert_eq!(inside("Task/Triggers/CalendarTrigger"), ["StartBoundary", "ScheduleByWeek"]);
    assert_eq!(inside("Task/Triggers/EventTrigger"), ["Subscription", "Delay"]);
    assert_eq!(inside("Task/Principals/Principal"), ["UserId", "LogonType", "RunLevel"]);
    assert_eq!(inside("Task/Actions/Exec"), ["Command", "Arguments", "WorkingDirectory"]);
    let days = "Task/Triggers/CalendarTrigger/ScheduleByWeek/DaysOfWeek";
    assert_eq!(inside(days), ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]);
    assert_eq!(one(&found, "Task/Principals/Principal/UserId"), r"SHOP\night run");
    assert_eq!(one(&found, "Task/Settings/MultipleInstancesPolicy"), "IgnoreNew");
    assert_eq!(one(&found, "Task/Settings/StartWhenAvailable"), "true");
    assert_eq!(one(&found, "Task/Settings/ExecutionTimeLimit"), "PT0S");
    // Again after 4 and 75, and after nothing else.
    let again = one(&found, "Task/Triggers/EventTrigger/Subscription").to_owned();
    let query = elements(&again);
    let query = one(&query, "QueryList/Query/Select");
    assert!(query.ends_with(
        r#"*[EventData[Data[@Name="ResultCode"]="4" or Data[@Name="ResultCode"]="75"]]"#
    ));
    let task = one(&found, "Task/RegistrationInfo/URI");
    assert!(query.contains(&format!(r#"Data[@Name="TaskName"]="{task}""#)), "{query}");
}

#[test]
fn whatever_a_job_file_is_called_it_is_one_word_of_the_task() {
    for name in [
        "two blanks.toml",
        "it's & <more>.toml",
        "say \"hi\".toml",
        "M\u{fc}ll -- \u{674e}.toml",
        "a,b=c;d.toml",
    ] {
        // Some of these cannot be names of files there.
        if cfg!(windows) && name.contains(['"', '<']) {
            continue;
        }
        let place = place(name);
        let text = place.run(&[&["schedule", name], &AT[..]].concat()).exits(0).out;
        let found = elements(&text);
        let line = one(&found, "Task/Actions/Exec/Arguments");
        let words = argv(line);
        assert_eq!(words[..3], ["run", "--or-resume", "--quiet"]);
        assert_eq!(words[3], "--client-secret-file");
        let path = place.path().join(name);
        assert_eq!(words[5..], [path.to_str().unwrap()], "{line}");
        assert_eq!(
            one(&found, "Task/Actions/Exec/WorkingDirectory"),
            place.path().to_str().unwrap()
        );
    }
}

#[test]
fn what_task_scheduler_would_read_as_something_else_or_cannot_say_is_refused() {
    for name in ["50%TEMP%.toml", "a$(Arg0).toml"] {
        let place = place(name);
        let words = [&["schedule", name], &AT[..]].concat();
        place.run(&words).exits(2).says("Task Scheduler may read a variable in it");
    }
    let place = place("night.toml");
    let cron = ["schedule", "night.toml", "--format", "windows", "--cron"];
    for times in ["*/20 * * * *", "0 2 */2 * 1"] {
        place.run(&[&cron[..], &[times]].concat()).exits(2).says("knows no such times");
    }
    for user in ["a;b", "%USERNAME%", "a--b", " "] {
        let words = [&["schedule", "night.toml"], &AT[..], &["--user", user]].concat();
        place.run(&words).exits(2).says("is not a user");
    }
    place.write("bare.toml", job("X").replace("[guard]\nmax_records = 5000\n", ""));
    let refused = place.run(&[&["schedule", "bare.toml"], &AT[..]].concat()).exits(2);
    refused.says("the job has no guard");
}

#[test]
fn a_fleet_is_a_script_that_registers_one_task_for_each_account() {
    let place = place("night.toml");
    let text = fs::read_to_string(place.path().join("night.toml")).unwrap();
    let (target, rest) = (text.find("[target]").unwrap(), text.find("[input]").unwrap());
    place.write(
        "fleet.toml",
        format!("{}[runs]\ndir = \"runs/{{profile}}\"\n{}", &text[..target], &text[rest..]),
    );
    let row = |name: &str, account: &str| {
        format!("{name},https://platform.kore.ai,{STREAM},{account},{CLIENT},secrets/{name}\n")
    };
    let other = ACCOUNT.replace("12", "13");
    let header = "profile,host,stream_id,account_id,client_id,client_secret_file\n";
    let rows = [row("north", ACCOUNT), row("south", &other), row("again", ACCOUNT)].concat();
    place.write("shops.csv", format!("{header}{rows}"));
    let words = [&["schedule", "fleet.toml", "--accounts", "shops.csv"], &AT[..]].concat();
    let script = place.run(&words).exits(0).out;
    assert!(script.is_ascii(), "{script}");
    let tasks: Vec<&str> = script
        .split("$tasks['")
        .skip(1)
        .map(|task| task.split_once("'] = @'\n").unwrap().1)
        .collect();
    assert_eq!(tasks.len(), 2, "one for each account: {script}");
    let of = |task: &str| {
        let found = elements(task.split_once("\n'@").unwrap().0);
        let line = one(&found, "Task/Actions/Exec/Arguments").to_owned();
        (one(&found, "Task/RegistrationInfo/URI").to_owned(), argv(&line))
    };
    let (name, words) = of(tasks[0]);
    assert_eq!(name, r"\korebulk\shops\shops-north");
    let at = words.iter().position(|word| word == "--profile").unwrap();
    assert_eq!(words[at + 1], "north,again");
    let end = "Get-ScheduledTask -TaskPath $folder | Where-Object { -not $tasks.ContainsKey($_.TaskName) } | Unregister-ScheduledTask -Confirm:$false\n";
    assert!(script.ends_with(end), "what left the table ends: {script}");
}
