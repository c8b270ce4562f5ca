//! The page holds what it should, escaped, bounded, and nothing from elsewhere.

use super::*;
use crate::model::Outcome;
use crate::report::cluster::{Clusters, Voice};

fn report() -> HtmlReport {
    let mut clusters = Clusters::default();
    for row in [12, 57, 58, 90] {
        let reason = "`Phone` has letters (digits only, without the country code)";
        clusters.observe(Outcome::Rejected, Voice::Own, reason, row);
    }
    let said = "Phone number 98123 45678 of john already exists";
    clusters.observe(Outcome::Failed, Voice::Server, said, 77);
    let mut traffic = Traffic::paced(Some(50.0));
    for n in 0..1000 {
        let at = Duration::from_millis(n * 1200 + if n > 400 { 60_000 } else { 0 });
        traffic.sent(at);
        let status = if n % 100 == 7 { None } else { Some(200) };
        traffic.ended(at, status, "timeout", Duration::from_millis(200 + n));
    }
    HtmlReport {
        undoes: None,
        undone: None,
        job: "migration".into(),
        run: "migration-20260730T020000Z-x7k2".into(),
        dir: "/srv/runs/migration-20260730T020000Z-x7k2".into(),
        go_on: GoOn {
            dir: "/srv/runs/migration-20260730T020000Z-x7k2".into(),
            fixed: Some("korebulk run /srv/night.toml --input /srv/runs/migration-20260730T020000Z-x7k2/rejected.csv".into()),
            ..GoOn::default()
        },
        operation: Operation::BulkUpdate,
        target: ReportTarget {
            host: "https://platform.kore.ai".into(),
            stream: "st-0603182c-7ffb-53c3-b307-47ca14b00000".into(),
            account: "67777ce93e25326494e00001".into(),
            client_id: "cs-5f".into(),
        },
        started_at: "2026-07-30T02:00:00Z".parse().unwrap(),
        finished_at: "2026-07-30T02:21:04Z".parse().unwrap(),
        exit: Exit::SomeFailed,
        stopped: None,
        ledger: Ledger {
            read: 100_006,
            succeeded: 100_000,
            failed: 1,
            rejected: 4,
            skipped: 1,
            ..Ledger::default()
        },
        requests: RequestCounts { sent: 1000, retried: 10, split: 0, throttled: 1 },
        traffic,
        per_minute: Some(50.0),
        clusters: clusters.all(),
        values: Values::Masked,
        input: vec![InputFile {
            file: "contacts.xlsx".into(),
            sheet: Some("Sheet1".into()),
            rows: 100_006,
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        }],
        settings: vec![("limits.rate".into(), "50/min".into())],
        by: "ops on box, korebulk 0.1.0".into(),
        files: vec!["/srv/runs/migration-20260730T020000Z-x7k2/report.json".into()],
    }
}

#[test]
fn the_page_says_what_happened_and_how_to_go_on() {
    let page = report().render().unwrap();
    for words in [
        "<h1>Finished: 100,000 contacts were updated, 1 failed, 4 were rejected and 1 was skipped.</h1>",
        "korebulk retry --failed /srv/runs/migration-20260730T020000Z-x7k2</pre>",
        "Phone number &#60;number&#62; of … already exists",
        "without the country code",
        "<strong>100,006</strong>",
        "47.7 of 50 allowed on average",
        "Shaded: times in which nothing was under way",
        "timeout",
        "contacts.xlsx, sheet Sheet1",
        "<dt>limits.rate</dt><dd>50/min</dd>",
        "<dd>https://platform.kore.ai</dd>",
        "<dd>67777ce93e25326494e00001</dd>",
        "<dd>ops on box, korebulk 0.1.0</dd>",
        "HTTP 200",
        "<th scope=\"row\">99 %</th>",
        "Dashed: the quota.",
        "e.g. rows 12, 57, 58",
        "rejected.csv</pre>",
        "<a href=\"./report.json\">report.json</a></dt><dd>counts,",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("john") && !page.contains("45678"));
}

#[test]
fn the_page_of_an_undo_says_what_it_took_back_and_leads_there() {
    let page = HtmlReport {
        undoes: Some("migration-20260729T020000Z-p2v4".into()),
        undone: Some("put back 97 of 100; 3 edited since".into()),
        ..report()
    };
    let page = page.render().unwrap();
    for words in [
        "<title>migration: undo of run migration-20260729T020000Z-p2v4 by bulk-update,",
        "undo of run <a href=\"../migration-20260729T020000Z-p2v4/report.html\">migration-20260729T020000Z-p2v4</a> by bulk-update</span>",
        "<h1>put back 97 of 100; 3 edited since. Finished:",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = report().render().unwrap();
    assert!(!page.contains("undo of run"));
}

#[test]
fn a_job_that_is_named_as_its_operation_is_named_once() {
    let operation = report().operation;
    let page = HtmlReport { job: operation.name().into(), ..report() }.render().unwrap();
    assert!(page.contains(&format!("<title>{}, ", operation.name())), "{page}");
    assert!(report().render().unwrap().contains("<title>migration: "));
}

#[test]
fn the_servers_words_are_shown_where_the_job_says_so() {
    let page = HtmlReport { values: Values::Full, ..report() }.render().unwrap();
    assert!(page.contains("Phone number 98123 45678 of john already exists"));
}

#[test]
fn hostile_text_stays_text_and_nothing_is_fetched() {
    let evil = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";
    let mut report = report();
    for text in [&mut report.job, &mut report.run, &mut report.by, &mut report.target.host] {
        evil.clone_into(text);
    }
    report.input[0].file = evil.into();
    report.settings = vec![(evil.into(), evil.into())];
    report.files = vec![evil.into()];
    report.dir = evil.into();
    report.values = Values::Full;
    let mut clusters = Clusters::default();
    clusters.observe(Outcome::Failed, Voice::Server, evil, evil);
    report.clusters = clusters.all();
    report.traffic.ended(Duration::ZERO, None, evil, Duration::ZERO);
    let page = report.render().unwrap();
    assert!(page.contains("&#60;script&#62;"));
    // Links lead to files beside the page, whatever they are called.
    assert_eq!(page.matches("href=").count(), page.matches("<a href=\"./").count());
    for tag in ["<script", "<img", "src=", "url(", "@import"] {
        let own = page.matches(tag).count();
        let escaped = page.matches("&#60;img src=x").count();
        assert_eq!(own, if tag == "src=" { escaped } else { 0 }, "{tag}");
    }
}

#[test]
fn the_page_stays_small_whatever_the_run() {
    let mut report = report();
    report.input = vec![report.input[0].clone(); 10_000];
    let mut clusters = Clusters::default();
    for n in 0..20_000_usize {
        clusters.observe(Outcome::Failed, Voice::Server, &"!".repeat(n % 1000), n);
        report.traffic.sent(Duration::from_secs(u64::try_from(n).unwrap()));
    }
    report.clusters = clusters.all();
    let page = report.render().unwrap();
    assert!(page.len() < 100_000, "{}", page.len());
    assert!(page.contains("and 9950 more"));
}

#[test]
fn a_run_that_sent_nothing_has_a_page_too() {
    let report = HtmlReport {
        ledger: Ledger::default(),
        requests: RequestCounts::default(),
        traffic: Traffic::default(),
        clusters: Vec::new(),
        exit: Exit::Finished,
        ..report()
    };
    let page = report.render().unwrap();
    assert!(page.contains("there was nothing to do"));
    assert!(!page.contains("NaN") && !page.contains("inf"));
}

#[test]
fn the_page_is_written_beside_and_renamed() {
    let dir = tempfile::tempdir().unwrap();
    let path = report().write(dir.path()).unwrap();
    assert!(path.ends_with(HTML));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_row_held_back_because_of_another_names_it_on_the_page_too() {
    let mut clusters = Clusters::default();
    clusters.observe_pair(Outcome::Skipped, "duplicate of another row", 1211, "row 12");
    let page = HtmlReport { clusters: clusters.all(), ..report() }.render().unwrap();
    assert!(page.contains("row 1211 (see row 12)"), "{page}");
}
