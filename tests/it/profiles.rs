//! Profiles: a name for an account, written by `login`, asked for by name where it is protected.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use korebulk::sandbox::Thread;

use crate::pty::OnTerminal;
use crate::support::{
    ACCOUNT, CLIENT, Place, Ran, SECRET, STREAM, applied, id, id_table, ids, look, sandbox,
};

/// A place without any target in its environment, whose user has profiles.
struct Scene {
    place: Place,
    server: Thread,
}

impl Scene {
    fn new() -> Self {
        let place = Place::new();
        place.write("stale.csv", id_table(&ids(3)));
        place.write("secret", SECRET);
        let input = "[input]\npath = \"stale.csv\"\n";
        place.write("job.toml", format!("operation = \"bulk-delete\"\n{input}"));
        Self { place, server: sandbox(3) }
    }

    /// With this profile, and more keys of it.
    fn with(more: &str) -> Self {
        let scene = Self::new();
        scene.profiles(&format!("[prod]\n{}{more}", scene.keys()));
        scene
    }

    fn host(&self) -> String {
        format!("http://{}", self.server.addr())
    }

    fn keys(&self) -> String {
        format!(
            "host = \"{}\"\nstream_id = \"{STREAM}\"\naccount_id = \"{ACCOUNT}\"\nclient_id = \"{CLIENT}\"\n\
             client_secret_file = \"../../secret\"\n",
            self.host()
        )
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.path().join("config/korebulk").join(name)
    }

    fn profiles(&self, text: &str) {
        self.place.write("config/korebulk/profiles.toml", text);
    }

    fn korebulk(&self, args: &[&str]) -> Command {
        let mut command = self.place.korebulk(args);
        command.env("XDG_CONFIG_HOME", self.place.path().join("config"));
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&self.korebulk(args).output().unwrap())
    }

    /// Adds a `[target]` to the job.
    fn target(&self, keys: &str) {
        let job = fs::read_to_string(self.place.path().join("job.toml")).unwrap();
        self.place.write("job.toml", format!("{job}[target]\n{keys}"));
    }

    fn on_terminal(&self, args: &[&str]) -> OnTerminal {
        OnTerminal::start(&mut self.korebulk(args))
    }
}

#[test]
fn a_profile_reaches_its_account_and_the_plan_names_it() {
    let scene = Scene::with("");
    let named = ["--profile", "prod"];
    let plan = scene.run(&[&["plan", "job.toml"], &named[..]].concat()).exits(0).out;
    assert!(plan.contains("profile  prod, of "), "{plan}");
    assert!(plan.contains(&scene.host()) && plan.contains(ACCOUNT), "{plan}");
    let checked = scene.run(&[&["check", "job.toml", "--yes"], &named[..]].concat()).exits(0);
    assert!(checked.out.contains(", profile `prod`"), "{}", checked.out);
    scene.run(&[&["token"], &named[..]].concat()).exits(0);
    scene.target("profile = \"prod\"\n");
    let json = scene.run(&["plan", "job.toml", "--format", "json"]).exits(0).out;
    let plan: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(plan["profile"]["name"], "prod", "{json}");
    scene.run(&["run", "job.toml", "--yes"]).exits(0);
    assert_eq!(applied(&scene.server).len(), 3);
}

#[test]
fn a_profile_never_overrides_what_a_job_says_itself_nor_gives_way_to_a_variable() {
    let scene = Scene::with("");
    scene.target("profile = \"prod\"\nhost = \"https://platform.kore.ai\"\n");
    let refused = scene.run(&["run", "job.toml", "--yes"]).exits(2);
    let refused = refused.says("job.toml:6: `target.host` is `https://platform.kore.ai`, but ");
    refused.says(&format!("profiles.toml:2: `prod.host` says `{}`", scene.host()));
    // Who names it at the command line means it.
    scene.run(&["plan", "job.toml", "--host", &scene.host()]).exits(0);
    let other = Scene::with("");
    let mut command = other.korebulk(&["run", "job.toml", "--yes", "--profile", "prod"]);
    let ran = Ran::of(&command.env("KOREBULK_ACCOUNT_ID", "f".repeat(24)).output().unwrap());
    ran.exits(2).says("`prod.account_id` is `").says("but `KOREBULK_ACCOUNT_ID` says `ffff");
    assert!(applied(&other.server).is_empty());
}

#[test]
fn the_sandbox_of_a_job_file_gives_way_to_a_profile_that_is_typed() {
    let scene = Scene::with("");
    scene.target("host = \"sandbox\"\n");
    scene.run(&["run", "job.toml"]).exits(0);
    assert!(applied(&scene.server).is_empty());
    let plan = scene.run(&["plan", "job.toml", "--profile", "prod"]).exits(0).out;
    assert!(plan.contains(&scene.host()) && plan.contains("profile  prod, of "), "{plan}");
    scene.run(&["run", "job.toml", "--profile", "prod", "--yes"]).exits(0);
    assert_eq!(applied(&scene.server).len(), 3);
}

#[test]
fn what_is_wrong_with_a_profile_is_said_with_its_place() {
    let scene = Scene::new();
    let cases = [
        ("[pord]\n", "`--profile`: there is no profile `prod`", "did you mean `pord`?"),
        ("", "`--profile`: there is no profile `prod`", "`korebulk login prod` writes it"),
        (
            "[prod]\nhots = \"x\"\n",
            "profiles.toml:2: unknown key `prod.hots`",
            "did you mean `host`?",
        ),
        ("[prod]\nprotected = 1\n", "profiles.toml:2: `prod.protected`: expected a boolean", ""),
        ("[prod]\nprofile = \"x\"\n", "profiles.toml:2: unknown key `prod.profile`", ""),
        ("[prod]\nsecret = \"x\"\n", "profiles.toml:2: `prod.secret` would hold a credential", ""),
        ("[prod]\nhost = \"ftp://x\"\n", "profiles.toml:2: `prod.host`: a host starts with", ""),
        ("prod = 1\n", "profiles.toml:1: `prod` is a table", "write `[prod]`"),
        ("[prod\n", "profiles.toml:1: ", ""),
    ];
    for (text, error, hint) in cases {
        scene.profiles(text);
        let ran = scene.run(&["plan", "job.toml", "--profile", "prod"]).exits(2);
        ran.says(error).says(hint);
    }
    scene.profiles(&format!("[prod]\n{}", scene.keys()));
    let open = fs::Permissions::from_mode(0o666);
    fs::set_permissions(scene.file("profiles.toml"), open).unwrap();
    let ran = scene.run(&["plan", "job.toml", "--profile", "prod"]).exits(2);
    ran.says("profiles.toml: cannot be read: everybody may write to it");
    // Whoever names no profile has nothing to do with the file.
    scene.target(&scene.keys().replace("../../", ""));
    scene.run(&["plan", "job.toml"]).exits(0);
}

#[test]
fn a_protected_account_is_sent_to_after_its_name_was_typed() {
    for (typed, code) in [("prod", 0), ("yes", 3), ("", 3)] {
        let scene = Scene::with("protected = true\n");
        let mut command = scene.korebulk(&["run", "job.toml", "--profile", "prod"]);
        command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1");
        let terminal = OnTerminal::start(&mut command);
        terminal.wait_for("Type 3 to go on: ");
        terminal.types("3\n");
        terminal.wait_for("Type the account's name to go on: ");
        terminal.types(&format!("{typed}\n"));
        let ran = terminal.end().exits(code);
        assert!(ran.err.contains("\u{1b}[31m"), "it is red: {}", ran.err);
        let ran = ran.says("PROTECTED: the account `prod`");
        assert_eq!(applied(&scene.server).len(), if code == 0 { 3 } else { 0 }, "{typed}");
        if code == 3 {
            ran.says("not confirmed: the account's name was not typed; nothing was sent");
        }
    }
}

#[test]
fn login_asks_and_tries_and_writes_a_profile_that_works() {
    let scene = Scene::new();
    let terminal = scene.on_terminal(&["login", "prod", "--protected"]);
    let host = scene.host();
    for (question, answer) in [
        ("Host", "platform.kore.ai"),
        ("a host starts with `https://`", host.as_str()),
        ("Stream", STREAM),
        ("Account id", ACCOUNT),
        ("Client id", CLIENT),
        ("Client secret", SECRET),
    ] {
        terminal.wait_for(question);
        terminal.types(&format!("{answer}\n"));
    }
    let ran = terminal.end().exits(0).says("ok server answered 200");
    assert!(!ran.err.contains(SECRET), "{}", ran.err);
    ran.says("use it with `--profile prod`");
    for name in ["profiles.toml", "prod.secret"] {
        let mode = fs::metadata(scene.file(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(fs::read_to_string(scene.file("prod.secret")).unwrap(), SECRET);
    let text = fs::read_to_string(scene.file("profiles.toml")).unwrap();
    assert!(!text.contains(SECRET) && text.contains("protected = true"), "{text}");
    assert!(look(&scene.server, "applied").as_array().unwrap().is_empty(), "nothing changed");
    scene.run(&["run", "job.toml", "--profile", "prod", "--yes"]).exits(0);
    assert_eq!(applied(&scene.server).len(), 3);
}

#[test]
fn a_login_that_is_not_accepted_writes_nothing() {
    let scene = Scene::new();
    let host = scene.host();
    let ids = ["--stream-id", STREAM, "--account-id", ACCOUNT, "--client-id", CLIENT];
    let args = [&["login", "prod", "--host", &host][..], &ids].concat();
    let no = |keys: &str, code: i32| {
        let terminal = scene.on_terminal(&args);
        terminal.wait_for("Client secret");
        terminal.types(keys);
        let ran = terminal.end().exits(code);
        let left: Vec<_> = fs::read_dir(scene.file("")).into_iter().flatten().collect();
        assert!(left.is_empty(), "{left:?}");
        ran
    };
    no("another secret\n", 6).says("refused the credentials").says("no profile `prod` was written");
    no("\n", 3).says("no secret was typed");
    no("\x03", 3);
    no("\x1c", 3);
    // Without a person everything has to be named.
    scene.run(&args).exits(2).says("no secret is named, and nobody is there to be asked");
    scene.run(&["login", "prod"]).exits(2).says("`--host` is missing");
    scene.run(&["login", "a/b"]).exits(2).says("this is not the name of a profile");
    let gone = [&["login", "prod", "--host", "http://127.0.0.1:9"][..], &ids].concat();
    let gone = [&gone[..], &["--client-secret-file", "secret"]].concat();
    scene.run(&gone).exits(4).says("no profile `prod` was written");
}

#[test]
fn login_leaves_the_other_profiles_as_they_are() {
    let scene = Scene::new();
    let other = "# mine\n[test] # of tests\nhost = 'https://a.example' # x\nclient_secret_command = [\n \"a\",\n \"b\" ]\n";
    scene.profiles(&format!(
        "{other}\n[prod]\nhost = \"https://b.example\"\n\n[last]\nprotected = true\n"
    ));
    let host = scene.host();
    let ids = ["--stream-id", STREAM, "--account-id", ACCOUNT, "--client-id", CLIENT];
    let args = ["login", "prod", "--host", &host, "--client-secret-file", "secret"];
    let args = [&args[..], &ids].concat();
    scene.run(&args).exits(2).says("there is a profile `prod` already").says("--replace");
    scene.run(&[&args[..], &["--replace"]].concat()).exits(0);
    let text = fs::read_to_string(scene.file("profiles.toml")).unwrap();
    assert!(text.starts_with(other) && text.contains("[last]\nprotected = true\n"), "{text}");
    assert!(!text.contains("b.example") && text.matches("[prod]").count() == 1, "{text}");
    scene.run(&["run", "job.toml", "--profile", "prod", "--yes"]).exits(0);
    assert_eq!(applied(&scene.server), [id(0), id(1), id(2)]);
}

#[test]
fn a_schedule_refuses_a_profile_that_is_not_there_at_night() {
    let scene = Scene::with("");
    scene.target("profile = \"prod\"\n[guard]\nmax_records = 10\n");
    let schedule =
        |more: &[&str]| scene.run(&[&["schedule", "job.toml", "--at", "02:00"], more].concat());
    schedule(&[]).exits(2).says("another user has no profile `prod` of yours");
    schedule(&["--format", "kubernetes", "--image", "k:1"])
        .exits(2)
        .says("a container has no profile");
    schedule(&["--format", "cron"]).exits(0);
}
