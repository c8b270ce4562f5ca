//! What a person reads when something is wrong: the place, the thing, the remedy.

use super::super::resolve;
use super::{WHOLE, environment, planned, refused, refused_with, typed, words};
use crate::config::{Environment, Options};

/// The words for each of these texts behind a whole job, one after another.
fn all(cases: &[&str]) -> String {
    let words: Vec<String> = cases.iter().map(|more| refused_with(more)).collect();
    words.join("\n\n")
}

/// The same for a whole job in which one text is replaced.
fn all_with(cases: &[(&str, &str)]) -> String {
    let words: Vec<String> = cases
        .iter()
        .map(|(written, instead)| {
            assert!(WHOLE.contains(written), "{written}");
            refused(&WHOLE.replace(written, instead))
        })
        .collect();
    words.join("\n\n")
}

/// The words for something typed without a job file.
fn refused_typed(host: Option<&str>, edit: impl FnOnce(&mut Options), set: &Environment) -> String {
    let mut options = typed(&[("operation", &["bulk-delete"]), ("input.path", &["a.csv"])]);
    if let Some(host) = host {
        options.text("target.host", host);
    }
    edit(&mut options);
    words(resolve(None, &options, set).expect_err("it should be refused"))
}

#[test]
fn unknown_keys_are_named_with_their_nearest() {
    insta::assert_snapshot!(all(&[
        "[limit]\nrate = \"50/min\"\n",
        "[limits]\nbatchsize = 5\n",
        "[limits]\nmax_record = 5\n",
        "[runs]\nrate = \"50/min\"\n",
        "zzz = 1\n",
        "[[input.send_if]]\ncolumn = \"a\"\nis_in = \"b\"\n",
        "[alerts]\non = [\"failure\"]\n",
    ]), @"
    jobs/nightly.toml:9: unknown key `limit`
    hint: did you mean `limits`?

    jobs/nightly.toml:10: unknown key `limits.batchsize`
    hint: did you mean `limits.batch_size`?

    jobs/nightly.toml:10: unknown key `limits.max_record`
    hint: did you mean `guard.max_records`?

    jobs/nightly.toml:10: unknown key `runs.rate`
    hint: did you mean `limits.rate`?

    jobs/nightly.toml:9: unknown key `input.zzz`
    hint: `korebulk run --help` names the key of every option

    jobs/nightly.toml:11: unknown key `input.send_if.is_in`
    hint: a rule has `column` and one of `is`, `in`, `matches`, `before`, `after`, `older_than`, `newer_than`

    jobs/nightly.toml:9: unknown key `alerts`
    hint: `korebulk run --help` names the key of every option
    ");
    insta::assert_snapshot!(refused(&format!("operaton = \"bulk-delete\"\n{WHOLE}")), @"
    jobs/nightly.toml:1: unknown key `operaton`
    hint: did you mean `operation`?
    ");
}

#[test]
fn a_file_that_is_not_toml_says_where() {
    insta::assert_snapshot!(all(&[
        "[limits\n",
        "[limits]\nrate = 50/min\n",
        "[limits]\nburst = 1\nburst = 2\n",
        "[limits]\ntimeout = \"60s\n",
    ]), @r#"
    jobs/nightly.toml:9: unclosed table, expected `]`

    jobs/nightly.toml:10: string values must be quoted, expected literal string
    hint: write texts in double quotes: `name = "nightly"`

    jobs/nightly.toml:11: duplicate key

    jobs/nightly.toml:10: invalid basic string, expected `"`
    hint: write texts in double quotes: `name = "nightly"`
    "#);
}

#[test]
fn values_of_the_wrong_kind_say_what_is_expected() {
    insta::assert_snapshot!(all(&[
        "strict = \"yes\"\n",
        "columns = \"Id\"\n",
        "[input.columns]\nid = 3\n",
        "[limits]\nburst = true\n",
        "[limits]\nrate = [[\"50/min\"]]\n",
        "[limits.burst]\nx = 1\n",
        "send_if = \"x\"\n",
        "sheet = [1]\n",
    ]), @"
    jobs/nightly.toml:9: `input.strict`: expected a boolean

    jobs/nightly.toml:9: `input.columns`: expected a table of fields

    jobs/nightly.toml:10: `input.columns.id`: expected a text in quotes

    jobs/nightly.toml:10: `limits.burst`: expected a text or a number

    jobs/nightly.toml:10: `limits.rate`: expected a text or a number

    jobs/nightly.toml:9: `limits.burst`: expected a text or a number

    jobs/nightly.toml:9: `input.send_if`: expected a list

    jobs/nightly.toml:9: `input.sheet`: expected a text or a number
    ");
    insta::assert_snapshot!(refused("operation = \"bulk-delete\"\nlimits = 5\n"), @"
    jobs/nightly.toml:2: `limits` is a table
    hint: write `[limits]` on a line of its own, its keys below
    ");
    insta::assert_snapshot!(
        refused(&WHOLE.replace("client_id", "client_secret_command = \"pass show kore\"\nclient_id")), @r#"
    jobs/nightly.toml:6: `target.client_secret_command`: expected a list
    hint: a program and its arguments: `["pass", "show", "kore"]`
    "#);
}

#[test]
fn a_credential_in_clear_is_refused_and_not_repeated() {
    let secret = "hunter2hunter2";
    for key in ["client_secret", "clientSecret", "client-secret", "token", "password", "JWT"] {
        let words =
            refused(&WHOLE.replace("client_id", &format!("{key} = \"{secret}\"\nclient_id")));
        assert!(!words.contains(secret), "{words}");
        assert!(words.contains(&format!("`target.{key}` would hold a credential")), "{words}");
    }
    let cases = [
        ("client_id", "client_secret = \"hunter2hunter2\"\nclient_id"),
        ("client_id", "client_secret_env = \"hunter2-hunter2\"\nclient_id"),
        ("client_id", "client_secret = \"hunter2\nclient_id"),
        ("client_id", "client_secret_command = \"hunter2\"\nclient_id"),
        ("https://", "https://me:hunter2@"),
    ];
    let words = all_with(&cases);
    assert!(!words.contains("hunter2"), "{words}");
    insta::assert_snapshot!(words, @r#"
    jobs/nightly.toml:6: `target.client_secret` would hold a credential in clear
    hint: say where it is found: `client_secret_env`, `client_secret_file` or `client_secret_command`, or `token_env` and its like

    jobs/nightly.toml:6: `target.client_secret_env`: this is not the name of an environment variable
    hint: write the variable's name, such as `KOREBULK_CLIENT_SECRET`, never the credential itself

    jobs/nightly.toml:6: invalid basic string, expected `"`
    hint: write texts in double quotes: `name = "nightly"`

    jobs/nightly.toml:6: `target.client_secret_command`: expected a list
    hint: a program and its arguments: `["pass", "show", "kore"]`

    jobs/nightly.toml:3: `target.host`: a host has no user or password in it
    hint: write `https://` and the name only; credentials are named by `client_secret_env` and its like
    "#);
}

#[test]
fn no_slip_of_the_pen_makes_a_message_repeat_a_credential() {
    let secret = "hunter2-hunter2";
    for key in ["client_secret", "client_secret_env", "client_secret_command", "token_file"] {
        let text = WHOLE.replace("client_id", &format!("{key} = \"{secret}\"\nclient_id"));
        let slips = text.char_indices().flat_map(|(at, c)| {
            let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
            ["", "\"", "\n", "[", "="].map(|slip| format!("{before}{slip}{after}"))
        });
        for slip in slips {
            let Err(error) = planned(&slip) else { continue };
            assert!(!words(error).contains(secret), "{slip}");
        }
    }
}

#[test]
fn there_is_one_credential_source() {
    insta::assert_snapshot!(all_with(&[
        ("client_id", "client_secret_env = \"A\"\ntoken_file = \"b\"\nclient_id"),
        ("client_id", "client_secret_command = []\nclient_id"),
        ("client_id", "token_file = \"\"\nclient_id"),
    ]), @r#"
    jobs/nightly.toml:6: `target.client_secret_env`: two credential sources; the other is jobs/nightly.toml:7: `target.token_file`
    hint: keep exactly one of them

    jobs/nightly.toml:6: `target.client_secret_command`: the command has no program
    hint: write a list of the program and its arguments: `["pass", "show", "kore"]`

    jobs/nightly.toml:6: `target.token_file`: the path is empty
    hint: name a file
    "#);
}

#[test]
fn hosts_are_https_and_nothing_else() {
    let host = "https://platform.kore.ai";
    insta::assert_snapshot!(all_with(&[
        (host, "platform.kore.ai"),
        (host, "http://platform.kore.ai"),
        (host, "https://platform.kore.ai/agentassist"),
        (host, "https://plat form.kore.ai"),
        (host, ""),
        (host, "sandbx"),
    ]), @"
    jobs/nightly.toml:3: `target.host`: a host starts with `https://`
    hint: write `https://platform.kore.ai`, or `sandbox` for a local server of the run's own

    jobs/nightly.toml:3: `target.host`: plain http would send contacts and credentials in clear
    hint: write `https://platform.kore.ai`; http is for 127.0.0.0/8, [::1] and localhost only

    jobs/nightly.toml:3: `target.host`: a host has no path or query; korebulk adds the API's own paths
    hint: write `https://platform.kore.ai`

    jobs/nightly.toml:3: `target.host`: `https://plat form.kore.ai` is not a host
    hint: for example `https://platform.kore.ai`

    jobs/nightly.toml:3: `target.host`: a host starts with `https://`
    hint: for example `https://platform.kore.ai`, or `sandbox`

    jobs/nightly.toml:3: `target.host`: a host starts with `https://`
    hint: did you mean `sandbox`?
    ");
}

#[test]
fn ids_cannot_reach_another_route() {
    let stream = "st-7dc994f0-4436-5134-9fa8-a94262512345";
    insta::assert_snapshot!(all_with(&[
        (stream, "st-1/../x"),
        (stream, ".."),
        (stream, ""),
        ("65f7d49a5dd06e2cefa45012", "65f7 d49a"),
        ("65f7d49a5dd06e2cefa45012", "a\\r\\nb"),
        ("cs-1234", "cs-ü"),
    ]), @r"
    jobs/nightly.toml:4: `target.stream_id`: an id cannot hold `/`
    hint: it is `st-` and a UUID, 39 characters

    jobs/nightly.toml:4: `target.stream_id`: this is a step in a path, not an id
    hint: it is `st-` and a UUID, 39 characters

    jobs/nightly.toml:4: `target.stream_id`: the id is empty
    hint: it is `st-` and a UUID, 39 characters

    jobs/nightly.toml:5: `target.account_id`: an id cannot hold ` `
    hint: it is 24 hex characters

    jobs/nightly.toml:5: `target.account_id`: an id cannot hold `\r`
    hint: it is 24 hex characters

    jobs/nightly.toml:6: `target.client_id`: an id cannot hold `\u{fc}`
    hint: it is `cs-` and more
    ");
}

#[test]
fn what_is_missing_is_named_with_every_way_to_give_it() {
    insta::assert_snapshot!(all_with(&[
        ("operation = \"bulk-delete\"\n", ""),
        ("operation = \"bulk-delete\"\n", "operation = \"bulk-remove\"\n"),
        ("operation = \"bulk-delete\"\n", "operation = \"bulk-delte\"\n"),
        ("host = \"https://platform.kore.ai\"\n", ""),
        ("stream_id = \"st-7dc994f0-4436-5134-9fa8-a94262512345\"\n", ""),
        ("client_id = \"cs-1234\"\n", ""),
        ("path = \"exports/stale.csv\"\n", ""),
        ("path = \"exports/stale.csv\"\n", "path = []\n"),
        ("path = \"exports/stale.csv\"\n", "path = [\"-\", \"-\"]\n"),
    ]), @r#"
    jobs/nightly.toml: `operation` is missing
    hint: write one of `bulk-update`, `bulk-delete`, `delete-contact`, `delete-contact-list`, `create-contacts`

    jobs/nightly.toml:1: `operation`: `bulk-remove` is none of `bulk-update`, `bulk-delete`, `delete-contact`, `delete-contact-list`, `create-contacts`
    hint: write one of them

    jobs/nightly.toml:1: `operation`: `bulk-delte` is none of `bulk-update`, `bulk-delete`, `delete-contact`, `delete-contact-list`, `create-contacts`
    hint: did you mean `bulk-delete`?

    jobs/nightly.toml: `target.host` is missing
    hint: write `host = "…"` under `[target]`, or give `--host`, or set `KOREBULK_HOST`

    jobs/nightly.toml: `target.stream_id` is missing
    hint: write `stream_id = "…"` under `[target]`, or give `--stream-id`, or set `KOREBULK_STREAM_ID`

    jobs/nightly.toml: `target.client_id` is missing
    hint: write `client_id = "…"` under `[target]`, or give `--client-id`, or set `KOREBULK_CLIENT_ID`

    jobs/nightly.toml: `input.path` is missing
    hint: write `path = "…"` under `[input]`, or give `--input`

    jobs/nightly.toml:8: `input.path`: the path is empty
    hint: name a file, a pattern, or `-` for standard input

    jobs/nightly.toml:8: `input.path`: `-` is there twice
    hint: standard input can be read once
    "#);
}

#[test]
fn limits_keep_to_their_ranges() {
    insta::assert_snapshot!(all(&[
        "[limits]\nrate = \"50/mim\"\n",
        "[limits]\nrate = []\n",
        "[limits]\nrate = \"none\"\n",
        "[limits]\nrate = [\"none\", \"50/min\"]\n",
        "[limits]\nburst = 0\n",
        "[limits]\nbatch_size = \"many\"\n",
        "[limits]\nmax_batch_bytes = \"1 mib\"\n",
        "[limits]\nmax_batch_bytes = 100\n",
        "[limits]\nconcurrency = 33\n",
        "[limits]\ntimeout = 60\n",
        "[limits]\nconnect_timeout = \"0s\"\n",
        "[limits]\nmax_attempts = -1\n",
        "[limits]\nmax_failure_share = \"150%\"\n",
    ]), @r#"
    jobs/nightly.toml:10: `limits.rate`: `50/mim` is not a rate
    hint: write requests per window: `50/min`, `1800/h`, `100/15m`

    jobs/nightly.toml:10: `limits.rate`: the list is empty
    hint: write `["50/min"]`, or `"none"` for a local server

    jobs/nightly.toml:10: `limits.rate`: `none` is for loopback and sandbox targets only
    hint: Kore.ai allows 60 requests a minute for the whole account; write for example `50/min`

    jobs/nightly.toml:10: `limits.rate`: `none` is not a rate
    hint: write requests per window: `50/min`, `1800/h`, `100/15m`

    jobs/nightly.toml:10: `limits.burst`: `0` is not a number from 1 to 10000
    hint: write it in digits

    jobs/nightly.toml:10: `limits.batch_size`: `many` is neither `auto` nor a number from 1 to 100000
    hint: `auto` finds a good one while running

    jobs/nightly.toml:10: `limits.max_batch_bytes`: `1 mib` is not a size
    hint: write bytes, or a number and its unit: `512KiB`, `1MiB`, `2MB`

    jobs/nightly.toml:10: `limits.max_batch_bytes`: `100` is not between 1KiB and 64MiB
    hint: `1MiB` is what most gateways take

    jobs/nightly.toml:10: `limits.concurrency`: `33` is neither `auto` nor a number from 1 to 32
    hint: `auto` finds a good one while running

    jobs/nightly.toml:10: `limits.timeout`: `60` is not a duration
    hint: write a number and its unit: `500ms`, `10s`, `15m`, `1h30m`, `730d`

    jobs/nightly.toml:10: `limits.connect_timeout`: must be more than 0
    hint: write for example `10s`

    jobs/nightly.toml:10: `limits.max_attempts`: `-1` is not a number from 1 to 100
    hint: write it in digits

    jobs/nightly.toml:10: `limits.max_failure_share`: `150%` is not a share of a whole
    hint: write `50%` or `0.5`
    "#);
}

#[test]
fn inputs_are_described_in_known_words() {
    insta::assert_snapshot!(all(&[
        "format = \"exel\"\n",
        "header_row = -1\n",
        "encoding = \"latin-99\"\n",
        "delimiter = \";;\"\n",
        "hidden_rows = \"hide\"\n",
        "id_format = \"uuid\"\n",
        "on_duplicate = \"rejct\"\n",
        "first = -3\n",
        "[input.columns]\nid = \"\"\n",
        "[input.defaults]\n\"\" = \"x\"\n",
        "[phone]\nregion = \"India\"\n",
    ]), @"
    jobs/nightly.toml:9: `input.format`: `exel` is none of `auto`, `csv`, `tsv`, `jsonl`, `json`, `xlsx`, `xls`, `xlsb`, `ods`
    hint: write one of them

    jobs/nightly.toml:9: `input.header_row`: `-1` is not a number from 0 to 1048576
    hint: write it in digits

    jobs/nightly.toml:9: `input.encoding`: `latin-99` is not an encoding
    hint: write a label such as `utf-8`, `utf-16le`, `windows-1252`

    jobs/nightly.toml:9: `input.delimiter`: a delimiter is one ASCII character, not a quote or line break
    hint: write `,`, `;`, `|` or `tab`

    jobs/nightly.toml:9: `input.hidden_rows`: `hide` is none of `send`, `skip`
    hint: write one of them

    jobs/nightly.toml:9: `input.id_format`: `uuid` is none of `objectid`, `any`
    hint: write one of them

    jobs/nightly.toml:9: `input.on_duplicate`: `rejct` is none of `reject`, `first`, `last`
    hint: did you mean `reject`?

    jobs/nightly.toml:9: `input.first`: `-3` is not a number
    hint: write a whole number from 0 on

    jobs/nightly.toml:10: `input.columns.id`: the header is empty
    hint: write the column's header exactly as in the input

    jobs/nightly.toml:9: `input.defaults`: a field without a name
    hint: fields are named as the API names them: `firstName`, `cellPhone.phoneNumber`

    jobs/nightly.toml:10: `phone.region`: `India` is not a region
    hint: write two letters of ISO 3166: `IN`, `GB`, `US`
    ");
}

#[test]
fn a_rule_has_one_column_and_one_test() {
    insta::assert_snapshot!(all(&[
        "[[input.send_if]]\nis = \"x\"\n",
        "[[input.send_if]]\ncolumn = \"a\"\n",
        "[[input.skip_if]]\ncolumn = \"a\"\nis = \"x\"\n[[input.skip_if]]\ncolumn = \"a\"\nis = \"x\"\nmatches = \"y\"\n",
        "[[input.skip_if]]\ncolumn = \"a\"\nbefore = \"31.01.2026\"\n",
        "[[input.skip_if]]\ncolumn = \"a\"\nolder_than = 730\n",
    ]), @"
    jobs/nightly.toml:9: `input.send_if[1]`: `column` is missing
    hint: name the input's column, as its header has it

    jobs/nightly.toml:9: `input.send_if[1]`: has no test
    hint: a rule has `column` and one of `is`, `in`, `matches`, `before`, `after`, `older_than`, `newer_than`

    jobs/nightly.toml:12: `input.skip_if[2]`: has several tests
    hint: write one rule for each of them

    jobs/nightly.toml:9: `input.skip_if[1]`: `31.01.2026` is not a date
    hint: write `2026-01-31` or `2026-01-31T08:00:00Z`

    jobs/nightly.toml:9: `input.skip_if[1]`: `730` is not a duration
    hint: write a number and its unit: `500ms`, `10s`, `15m`, `1h30m`, `730d`
    ");
}

#[test]
fn guards_and_tolerances_are_counts_or_shares() {
    insta::assert_snapshot!(all(&[
        "[guard]\nmax_records = \"lots\"\n",
        "[guard]\nmax_records = 5\nmin_records = 9\n",
        "[guard]\nmax_growth = \"thrice\"\n",
        "[accept]\nfailed = \"5 percent\"\n",
        "[canary]\nrecords = 0.5\n",
        "[report]\ncontacts = \"none\"\n",
        "[runs]\nkeep_days = \"30d\"\n",
    ]), @"
    jobs/nightly.toml:10: `guard.max_records`: `lots` is not a number
    hint: write a whole number from 0 on

    jobs/nightly.toml:10: `guard.max_records`: 5 is less than `guard.min_records`, 9
    hint: no number of records could pass both

    jobs/nightly.toml:10: `guard.max_growth`: `thrice` is not a share
    hint: write for example `300%`

    jobs/nightly.toml:10: `accept.failed`: `5 percent` is neither a count nor a share
    hint: write a number of records, `3`, or a share of what was read, `5%`

    jobs/nightly.toml:10: `canary.records`: `0.5` is not a number
    hint: write a whole number from 0 on

    jobs/nightly.toml:10: `report.contacts`: `none` is none of `full`, `ids`
    hint: write one of them

    jobs/nightly.toml:10: `runs.keep_days`: `30d` is not a number from 0 to 36500
    hint: write it in digits
    ");
}

#[test]
fn a_job_is_named_so_that_a_directory_can_be() {
    let named = |name: &str| refused(&format!("name = \"{name}\"\n{WHOLE}"));
    insta::assert_snapshot!(named("nightly/../x"), @"
    jobs/nightly.toml:1: `name`: `nightly/../x` cannot name a job
    hint: a name has letters, digits, `-`, `_` and `.`, at most 100 of them, and starts with a letter, a digit or `_`; `con`, `nul` and the like are devices of Windows
    ");
    for bad in ["", ".hidden", "-x", "a b", "a@b", "a\\nb", "con", "Nul.x", "COM1", "lpt9.y"] {
        assert!(named(bad).contains("cannot name a job"), "{bad}");
    }
    for good in ["console", "com", "com10", "a.con"] {
        planned(&format!("name = \"{good}\"\n{WHOLE}")).unwrap();
    }
}

#[test]
fn a_guard_that_could_measure_nothing_is_refused() {
    insta::assert_snapshot!(refused_with("[guard]\nmax_selected = \"20%\"\n"), @"
    jobs/nightly.toml:10: `guard.max_selected`: no rule of this job selects contacts of the account
    hint: leave it out, or select them: `[input] from = \"account\"`; `guard.max_records` counts rows of a file
    ");
    assert!(refused_with("[limits]\nper_run = 5\n").contains("`limits.per_run`"));
}

#[test]
fn what_was_typed_is_named_by_its_option_and_what_was_set_by_its_variable() {
    let none = environment(&[]);
    insta::assert_snapshot!(
        refused_typed(Some("sandbox"), |o| o.list("limits.rate", ["50/min".into(), "x".into()]), &none), @"
    `--rate`: `x` is not a rate
    hint: write requests per window: `50/min`, `1800/h`, `100/15m`
    ");
    insta::assert_snapshot!(
        refused_typed(Some("sandbox"), |o| o.fields("input.columns", [("id".into(), String::new())]), &none), @"
    `--map`: the header is empty
    hint: write the column's header exactly as in the input
    ");
    let set = environment(&[("KOREBULK_HOST", "platform.kore.ai")]);
    insta::assert_snapshot!(refused_typed(None, |_| {}, &set), @"
    `KOREBULK_HOST`: a host starts with `https://`
    hint: write `https://platform.kore.ai`, or `sandbox` for a local server of the run's own
    ");
    insta::assert_snapshot!(refused_typed(None, |_| {}, &none), @"
    `--host` is missing
    hint: give `--host`, or set `KOREBULK_HOST`
    ");
}
