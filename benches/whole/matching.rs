//! `[match]`: what the plan of a job costs whose rows have numbers and names, beside that of the same job with ids.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::measure::{Cost, MIB, least, run};
use super::pages::{Account, id, name, number};
use super::table::Line;
use super::{TRIES, job_file, korebulk};

/// Contacts on a page.
const PAGE: u64 = 1_000;
/// Every tenth row means nobody: its number and name, or its id, is greater by this than that of anybody.
const NOBODY: u64 = 500_000_000;

const BY_ID: &str = "[update]\nblanks = \"keep\"\n[input.columns]\n";
const BY_NAME: &str = "[match]\nby = [\"phone\", \"name\"]\n[input.columns]\nfullName = \"Name\"\n";
const OF_BOTH: &str = "cellPhone.phoneNumber = \"Mobile\"\nsalutation = \"Title\"\n\
    [phone]\nregion = \"IN\"\n[account]\nmax_age = \"24h\"\n";

/// Measures plans of as many rows as the account has contacts. The account is read before.
pub(super) fn lines(rows: u64, dir: &Path) -> Vec<Line> {
    let account = Account::of(rows, PAGE);
    let job = |file: &str, header: &str, of_job: &str, cell: &dyn Fn(u64) -> String| {
        let input = dir.join(format!("{file}.csv"));
        write(&input, rows, header, cell);
        let job = dir.join(format!("{file}.toml"));
        let common = job_file(&account.host, "bulk-update", "full", &input, &dir.join("runs"));
        let text = format!("{common}{of_job}{OF_BOTH}[accept]\nrejected = {rows}\n");
        std::fs::write(&job, text).unwrap();
        job
    };
    let sheet = |n| {
        let (first, last) = name(n);
        format!("\"{last}, {first}\",{},Mrs", number(n))
    };
    let by_id = job("ids", "id,Name,Mobile,Title", BY_ID, &|n| format!("{},{}", id(n), sheet(n)));
    let by_name = job("names", "Name,Mobile,Title", BY_NAME, &sheet);
    plan(&by_id, dir);
    let best = |job: &PathBuf| least((0..TRIES).map(|_| plan(job, dir))).unwrap();
    let (by_id, by_name) = (best(&by_id), best(&by_name));
    let per_million = |cpu: f64| cpu * 1e6 / rows as f64;
    vec![
        Line::plain("plan by id, CPU-seconds per 1M rows", per_million(by_id.cpu), 20.0, 10.0),
        Line::plain(
            "the same by number and name, more",
            per_million(by_name.cpu - by_id.cpu),
            4.0,
            2.0,
        ),
        Line::plain("its peak memory, MiB", by_name.peak as f64 / MIB, 64.0, 64.0),
    ]
}

fn write(path: &Path, rows: u64, header: &str, cells: &dyn Fn(u64) -> String) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    writeln!(out, "{header}").unwrap();
    for row in 0..rows {
        // Rows come in another order than contacts.
        let n = row * 7_919 % rows;
        writeln!(out, "{}", cells(if n % 10 == 9 { n + NOBODY } else { n })).unwrap();
    }
    out.flush().unwrap();
}

fn plan(job: &Path, dir: &Path) -> Cost {
    let mut command = korebulk();
    command.arg("plan").arg(job).arg("--quiet").env("XDG_STATE_HOME", dir.join("state"));
    run(&mut command).expect("korebulk ends with 0")
}
